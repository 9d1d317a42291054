"""Texts in Cyrillic: the Slavic languages, Kazakh and its neighbours, and strangers."""

import re

from schemas.rows import UNDETERMINED
from transforms.text.language.detectors import Guess
from transforms.text.language.drafts import (
    LONG_WINDOW,
    SURE,
    SURE_OF_LONG,
    Draft,
    as_guessed,
)
from transforms.text.language.evidence import OTHERS, Weighed, weigh
from transforms.text.language.lexicon import neighbour_of
from transforms.text.language.ngrams import normalise
from transforms.text.language.second import Second, second_opinion
from transforms.text.language.slavic import (
    SLAVIC,
    foreign_letters,
    languages_by_letters,
    votes_by_words,
)

# CLD2 calls one of these what is another in one line of five.
_SLAVIC_MIXED_UP = frozenset({"bg", "mk", "sr"})
_HARDLY_SLAVIC, _WORDS_OF_SLAVIC = 300.0, 5.0  # CLD2's score; words for full strength below it
_VOTES_FOR_RUSSIAN = 0.4  # the others' texts mostly have a letter or a word that it lacks
_MIN_ALPHABET = 6  # different letters: fewer in a longer text are no language
# Share of the signs of a small neighbour (see neighbours.toml) that a text must have: where it
# fits no language that the model knows, and where it may.
_ENOUGH_OF_STRANGER = 0.45
_ENOUGH = 0.7
_NO_STRANGER = 25.0  # nats above the least of a language: no neighbour reaches that
# Kazakh as typed on a Russian keyboard, without its own letters, is taken for Kyrgyz; but that has
# its letters or a long vowel in nearly every line.
_KYRGYZ_SIGN = re.compile("[ңөү]|аа|ээ|оо|уу", re.IGNORECASE)
_NATS_OF_TYPED = 0.3  # a character
# CLD2 and the second opinion take Karakalpak in Cyrillic for Kazakh, and are sure of it.
_NATS_OF_KARAKALPAK = 90.0
_LONG_WITHOUT_I = 120  # characters
# For these all detectors take languages that none of them knows; the letters are Kazakh alone.
_ALIKE = frozenset({"kk", "ky"})
_ONLY_KAZAKH = "әқұ"
_SCORE_OF_AGREED, _SCORE_OF_ALIKE = 150.0, 420.0
_FOREIGN_NAMES = 0.02  # share of letters that no Slavic language has, in names of a Slavic text
_NATS_OF_LETTER = 4.0  # against Slavic languages, for each letter that they lack: names have few


def draft_cyrillic(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Cyrillic."""
    normalised = normalise(window)
    if guess.language == UNDETERMINED and len(set(normalised)) < _MIN_ALPHABET < len(normalised):
        return Draft(UNDETERMINED, "unknown", 0.0)
    foreign = foreign_letters(normalised)
    clear = len(window) >= LONG_WINDOW and guess.score >= SURE_OF_LONG
    if clear and guess.language in SLAVIC and foreign <= _FOREIGN_NAMES * len(normalised):
        return _slavic(normalised, window, guess)
    against = {OTHERS: _NATS_OF_LETTER * foreign}
    if not looks_kyrgyz(normalised):
        against["ky"] = _NATS_OF_TYPED * len(normalised)
    against["kk"] = _NATS_OF_KARAKALPAK if looks_karakalpak(normalised) else 0.0
    evidence = weigh("cyrillic", window, normalised, guess, against)
    if evidence.language in SLAVIC:
        if foreign and (neighbour := neighbour_of(evidence.language, "Cyrl", normalised, _ENOUGH)):
            return Draft(neighbour, "words", 0.5)
        return _slavic(normalised, window, guess)
    if evidence.known >= _NO_STRANGER:
        return evidence.draft()
    return _known_or_neighbour(normalised, window, guess, evidence)


def looks_karakalpak(normalised: str) -> bool:
    """Return whether a text has Kazakh letters but none of і and ұ, which Karakalpak lacks.

    A shorter one needs a letter that Kazakh lacks as well: of Kazakh sentences of 60 to 80
    characters one in 30 has no і and no ұ, of those of more than 110 one in 1,000.
    """
    if "і" in normalised or "ұ" in normalised or not any(map(normalised.count, "әңөү")):
        return False
    return len(normalised) >= _LONG_WITHOUT_I or "ў" in normalised or "ҳ" in normalised


def looks_kyrgyz(text: str) -> bool:
    """Return whether a text has any letter or long vowel of Kyrgyz."""
    return _KYRGYZ_SIGN.search(text) is not None


def _known_or_neighbour(normalised: str, window: str, guess: Guess, evidence: Weighed) -> Draft:
    """Return the language of a text that may be in one that the model does not know."""
    stranger = evidence.known < 0 or not evidence.in_model
    enough = _ENOUGH_OF_STRANGER if stranger else _ENOUGH
    if neighbour := neighbour_of(evidence.language, "Cyrl", normalised, enough):
        return Draft(neighbour, "words", 0.5)
    if not stranger:
        return evidence.draft()
    if guess.language == second_opinion(window).language:
        alike = guess.language in _ALIKE and not any(map(normalised.count, _ONLY_KAZAKH))
        if guess.score >= (_SCORE_OF_ALIKE if alike else _SCORE_OF_AGREED):
            return as_guessed(guess, "agreed")
    return Draft(UNDETERMINED, "stranger", 0.0)


def _slavic(normalised: str, window: str, guess: Guess) -> Draft:
    """Return which Slavic language a text is in."""
    fitting = languages_by_letters(normalised)
    sure = SURE_OF_LONG if len(window) >= LONG_WINDOW else SURE
    if guess.score >= sure and guess.language in fitting:
        if guess.language not in _SLAVIC_MIXED_UP:
            return as_guessed(guess)
        words = votes_by_words(normalised)
        ahead = words[guess.language] - max(words[name] for name in SLAVIC - {guess.language})
        if len(fitting) == 1 or ahead >= 2:
            return as_guessed(guess)
    return _slavic_of(normalised, guess, second_opinion(window), fitting)


def _slavic_of(normalised: str, guess: Guess, second: Second, fitting: frozenset[str]) -> Draft:
    """Return the Slavic language that CLD2, the second opinion, letters and words agree on."""
    words = votes_by_words(normalised)
    votes = {name: min(1.5, 0.5 * count) for name, count in words.items()}
    if guess.language in SLAVIC:
        weight = 0.8 if guess.language == "sr" else 1.5
        votes[guess.language] += weight * min(1.0, guess.score / 1_000)
    if second.language in SLAVIC:
        votes[second.language] += 0.3 + second.probability
    for language in fitting:
        votes[language] += 1.5
    votes["ru"] += _VOTES_FOR_RUSSIAN
    ranked = sorted(votes, key=lambda name: (-votes[name], name))
    strength = min(1.0, (votes[ranked[0]] - votes[ranked[1]]) / 3)
    if guess.score < _HARDLY_SLAVIC:  # it may be in any language written with Russian letters
        strength = min(strength, words[ranked[0]] / _WORDS_OF_SLAVIC)
    return Draft(ranked[0], "slavic", strength)
