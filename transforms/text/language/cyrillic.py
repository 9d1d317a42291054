"""Texts in Cyrillic: the Slavic languages, Kazakh and its neighbours, and strangers."""

from schemas.rows import UNDETERMINED
from transforms.text.language.detectors import Guess
from transforms.text.language.drafts import LONG_WINDOW, SURE, SURE_OF_LONG, Draft, as_guessed
from transforms.text.language.lexicon import neighbour_of
from transforms.text.language.models import load_model
from transforms.text.language.ngrams import normalise
from transforms.text.language.second import Second, second_opinion
from transforms.text.language.slavic import (
    SLAVIC,
    foreign_share,
    languages_by_letters,
    votes_by_words,
)

# CLD2 calls one of these what is another in one line of five.
_SLAVIC_MIXED_UP = frozenset({"bg", "mk", "sr"})
# A text of so many characters in Kazakh, Kyrgyz, Tatar or Bashkir never has a lower score (the
# lowest of 1 in 100: 390 to 600); Khakas, Tuvan, Altai and Karachay-Balkar taken for them have.
_STRANGE = ((25, 330.0), (75, 360.0), (110, 400.0), (160, 520.0))
# Share of letters that no Slavic language has: from which a text that CLD2 hardly knows is not
# Slavic, and up to which they may be names in a text that it knows.
_FOREIGN_AT_ALL = 0.02
_FOREIGN_NAMES = 0.08
_MIN_ALPHABET = 6  # different letters: fewer in a longer text are no language
_NO_STRANGER = 650.0
_TAKEN_FOR = frozenset({"ba", "kk", "ky", "mn", "tk", "tt", "uz"})
# Languages that only our model knows: that the detectors agree on another says little.
_ONLY_OURS = frozenset({"cv", "sah"})
_STRANGER_SCORE = 450.0
# Share of the signs of a small neighbour (see neighbours.toml) that a text must have: where CLD2
# hardly knows the text, and where it knows it so and so.
_ENOUGH_OF_STRANGER = 0.45
_ENOUGH = 0.7
_MODEL_SURE = 0.8  # probability from which a model's answer stands against CLD2's


def draft_cyrillic(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Cyrillic."""
    normalised = normalise(window)
    if guess.language == UNDETERMINED and len(set(normalised)) < _MIN_ALPHABET < len(normalised):
        return Draft(UNDETERMINED, "unknown", 0.0)
    if guess.language in SLAVIC and not _is_foreign(normalised, guess.score):
        slavic = _slavic(normalised, window, guess)
        if slavic is not None:
            return slavic
    label, probability = load_model("cyrillic").best(window)
    draft = _turkic(window, guess, label, probability)
    if draft.language in SLAVIC:
        return draft
    return _known_or_neighbour(draft, normalised, guess)


def _is_foreign(normalised: str, score: float) -> bool:
    """Return whether letters show that a text is not Slavic; a few may be those of names."""
    limit = _FOREIGN_AT_ALL if score < _STRANGER_SCORE else _FOREIGN_NAMES
    return foreign_share(normalised) > limit


def _known_or_neighbour(draft: Draft, normalised: str, guess: Guess) -> Draft:
    """Return the draft, or the neighbour that the text is in; `und` if it is in an unknown one."""
    if guess.score >= _NO_STRANGER:
        return draft
    stranger = draft.language in _TAKEN_FOR and _is_strange(guess, len(normalised))
    enough = _ENOUGH_OF_STRANGER if stranger else _ENOUGH
    if neighbour := neighbour_of(draft.language, "Cyrl", normalised, enough):
        return Draft(neighbour, "words", 0.5)
    if stranger and draft.language == "kk":
        return Draft(UNDETERMINED, "stranger", 0.0)
    return draft


def _is_strange(guess: Guess, length: int) -> bool:
    """Return whether CLD2's score is too low for a text of one language that it knows."""
    if guess.language in SLAVIC and guess.score >= _STRANGER_SCORE:
        return False  # a text of two languages, not of an unknown one
    return any(length >= least and guess.score < limit for least, limit in _STRANGE)


def _slavic(normalised: str, window: str, guess: Guess) -> Draft | None:
    """Return which Slavic language a text is in; None if it seems to be in none."""
    fitting = languages_by_letters(normalised)
    sure = SURE_OF_LONG if len(window) >= LONG_WINDOW else SURE
    if guess.score >= sure and guess.language in fitting:
        if guess.language not in _SLAVIC_MIXED_UP:
            return as_guessed(guess)
        words = votes_by_words(normalised)
        ahead = words[guess.language] - max(words[name] for name in SLAVIC - {guess.language})
        if len(fitting) == 1 or ahead >= 2:
            return as_guessed(guess)
    second = second_opinion(window)
    if guess.score < SURE:
        label, probability = load_model("cyrillic").best(window)
        if label not in SLAVIC and probability >= 0.7 and second.language not in SLAVIC:
            return None
        if label == "sah" and probability >= 0.9:
            return None
    return _slavic_of(normalised, guess, second, fitting)


def _slavic_of(normalised: str, guess: Guess, second: Second, fitting: frozenset[str]) -> Draft:
    """Return the Slavic language that CLD2, the second opinion, letters and words agree on."""
    votes = {name: min(1.5, 0.5 * words) for name, words in votes_by_words(normalised).items()}
    weight = 0.8 if guess.language == "sr" else 1.5
    votes[guess.language] += weight * min(1.0, guess.score / 1_000)
    if second.language in SLAVIC:
        votes[second.language] += 0.3 + second.probability
    for language in fitting:
        votes[language] += 1.5
    ranked = sorted(votes, key=lambda name: (-votes[name], name))
    lead = votes[ranked[0]] - votes[ranked[1]]
    return Draft(ranked[0], "slavic", min(1.0, lead / 3))


def _turkic(window: str, guess: Guess, label: str, probability: float) -> Draft:
    """Return the language of a Cyrillic text that is hardly Slavic."""
    if label == guess.language:
        return Draft(label, "model-agreed", probability, guess.code)
    if label in SLAVIC and guess.language in SLAVIC:  # of two languages, as the letters show
        return as_guessed(guess, "disputed")
    alone = label in _ONLY_OURS and probability >= 0.6 and guess.score < _STRANGER_SCORE
    if (probability >= 0.95 and label not in SLAVIC) or alone:
        return Draft(label, "model", probability)
    second = second_opinion(window)
    if second.language == label:
        return Draft(label, "model-second", probability)
    if second.language == guess.language:
        return as_guessed(guess, "agreed")
    foreign = foreign_share(normalise(window)) > _FOREIGN_AT_ALL
    unclear = guess.language == UNDETERMINED and not foreign
    if second.language in SLAVIC and (label in SLAVIC or unclear):
        return Draft(second.language, "second", second.probability)
    if probability >= _MODEL_SURE or guess.score < 200.0 or guess.language in SLAVIC:
        return Draft(label, "model", probability)
    return as_guessed(guess, "disputed")
