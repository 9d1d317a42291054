"""What CLD2's guess becomes, script by script: models, letters, words, a second opinion."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.rows import UNDETERMINED
from transforms.text.language.detectors import Guess
from transforms.text.language.lexicon import has_twins, neighbour_of, twin_by_words
from transforms.text.language.models import load_model
from transforms.text.language.ngrams import normalise
from transforms.text.language.second import Second, second_knows, second_opinion
from transforms.text.language.slavic import (
    SLAVIC,
    has_foreign_letters,
    languages_by_letters,
    votes_by_words,
)
from transforms.text.language.tags import tags

# CLD2 calls one of these what is another in one line of five.
_SLAVIC_MIXED_UP = frozenset({"bg", "mk", "sr"})
_LATIN_TURKIC = frozenset({"az", "crh", "kaa", "kk", "tk", "tr", "tt", "uz"})
_ARABIC_MODEL = frozenset({"kk", "ky", "ug", UNDETERMINED})
# Yeh and kaf of Persian, Urdu, Pashto and Sorani; Kazakh and Uyghur write U+0649 and U+0643.
_PERSIAN_LETTERS = "\u06cc\u06a9"
# The letter e/ә of Kazakh and Uyghur; Arabic, Persian and Urdu have none of it.
_KAZAKH_ARABIC_LETTER = "\u06d5"
# Letters of one or the other Latin spelling of Kazakh that Turkish and Crimean Tatar lack.
_KAZAKH_LATIN = "äïýjwáǵńúóx"
_FULL_SCORE = 1_500.0  # CLD2's score of a text that it cannot be surer of
_SURE = 600.0  # CLD2's score from which 94 % of short lines are right
# On texts of this length no answer with such a score was wrong, but for the languages that CLD2
# mixes up with each other or (English) falls back to.
_LONG = 90  # characters
_SURE_OF_LONG = 700.0
_QUICK = (
    dict.fromkeys(("ba", "be", "kk", "ky", "mn", "ru", "tg", "uk"), 550.0)
    | dict.fromkeys(("bs", "da", "hr", "id", "ms", "nb", "nn", "rn", "rw"), 1_600.0)
    | {
        "en": 1_000.0,
        "zh": float("inf"),
        "sr": 1_000.0,
        "tr": 1_000.0,
        "xh": 1_200.0,
        "zu": 1_200.0,
    }
)
_SURE_OF_FEW = 450.0  # where a script has two or three languages, not a hundred
_SURE_OF_RARE = 1_000.0
# A second opinion of this probability outweighs a CLD2 score below the limit.
_OUTWEIGHS = ((200.0, 0.0), (400.0, 0.3), (600.0, 0.5))
# CLD2 falls back to English on Latin text that it hardly knows.
_OUTWEIGHS_ENGLISH = ((600.0, 0.0), (900.0, 0.2))
# A text of so many characters in Kazakh, Kyrgyz, Tatar or Bashkir never has a lower score (the
# lowest of 1 in 100: 390 to 600); Khakas, Tuvan, Altai and Karachay-Balkar taken for them have.
_STRANGE = ((25, 330.0), (75, 360.0), (110, 400.0), (160, 520.0))
_MIN_ALPHABET = 6  # different letters: fewer in a longer text are no language
_NO_STRANGER = 650.0
_TAKEN_FOR = frozenset({"ba", "kk", "ky", "mn", "tk", "tt", "uz"})
# Languages that only our model knows: that the detectors agree on another says little.
_ONLY_OURS = frozenset({"cv", "sah"})
_STRANGER_SCORE = 450.0
_ENOUGH_OF_STRANGER = 0.45
_MODEL_SURE = 0.8  # probability from which a model's answer stands against CLD2's


@dataclass(frozen=True, slots=True)
class Draft:
    """A language, the rule that found it, and how strong (0 to 1) its evidence is."""

    language: str
    route: str
    strength: float
    code: str = ""


def by_specialist(window: str, script: str | None, guess: Guess) -> Draft | None:
    """Return the language of a text whose script has several; None if nothing says it."""
    if len(window) >= _LONG and guess.score >= _QUICK.get(guess.language, _SURE_OF_LONG):
        return _cld2(guess)
    draft = _BY_SCRIPT.get(script or "", _by_other_script)(window, guess)
    if draft.language == UNDETERMINED:
        return None
    if script in {"Latn", "Hani"}:
        return _by_words(window, script, draft)
    return draft


def _by_words(window: str, script: str, draft: Draft) -> Draft:
    """Return the draft, or the neighbour or twin that the words of the text speak for."""
    if has_twins(draft.language):
        language, lead = twin_by_words(draft.language, normalise(window))
        if lead == 0:
            return Draft(draft.language, "twins", 0.0, draft.code)
        if language == draft.language or lead > 1 or draft.route in {"disputed", "second"}:
            return Draft(language, "twins", min(1.0, lead / 5), draft.code)
        return Draft(draft.language, "twins", 0.0, draft.code)
    sure = (draft.route == "model" and draft.strength >= 0.9) or (
        draft.route == "agreed" and draft.strength * _FULL_SCORE >= _SURE
    )
    if script == "Latn" and (sure or draft.language not in _LATIN_TURKIC):
        return draft
    neighbour = neighbour_of(draft.language, script, normalise(window))
    return draft if neighbour is None else Draft(neighbour, "words", 0.5)


def _strength(score: float) -> float:
    """Return CLD2's score as a strength of evidence."""
    return min(1.0, score / _FULL_SCORE)


def _cld2(guess: Guess, route: str = "cld2") -> Draft:
    """Return CLD2's guess as it is."""
    return Draft(guess.language, route, _strength(guess.score), guess.code)


def _by_other_script(window: str, guess: Guess) -> Draft:
    """Return the language of a text in a script of few languages."""
    if guess.score >= (_SURE if guess.language == "hi" else _SURE_OF_FEW):
        return _cld2(guess)
    return _weighed(guess, second_opinion(window), _OUTWEIGHS)


def _general(window: str, guess: Guess) -> Draft:
    """Return CLD2's guess, or the second opinion where that outweighs it."""
    least = _SURE_OF_RARE if guess.language in tags().rare else _SURE
    if guess.score >= least and not has_twins(guess.language):
        return _cld2(guess)
    return _weighed(guess, second_opinion(window), _OUTWEIGHS)


def _weighed(guess: Guess, second: Second, scale: tuple[tuple[float, float], ...]) -> Draft:
    """Return the better one of CLD2's guess and the second opinion."""
    if second.language == guess.language:
        return _cld2(guess, "agreed")
    if second.language == UNDETERMINED:
        return _cld2(guess)
    if guess.language in tags().rare and guess.score < _SURE_OF_RARE:
        return Draft(second.language, "second", second.probability)
    if guess.score >= 100.0 and not second_knows(guess.language):
        return _cld2(guess)
    needed = next((needed for limit, needed in scale if guess.score < limit), 2.0)
    if second.probability >= needed:
        return Draft(second.language, "second", second.probability)
    return _cld2(guess, "disputed")


def _cyrillic(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Cyrillic."""
    normalised = normalise(window)
    if guess.language == UNDETERMINED and len(set(normalised)) < _MIN_ALPHABET < len(normalised):
        return Draft(UNDETERMINED, "unknown", 0.0)
    if guess.language in SLAVIC and not has_foreign_letters(normalised):
        slavic = _slavic(normalised, window, guess)
        if slavic is not None:
            return slavic
    label, probability = load_model("cyrillic").best(window)
    draft = _turkic(window, guess, label, probability)
    if draft.language in SLAVIC:
        return draft
    return _known_or_neighbour(draft, normalised, guess)


def _known_or_neighbour(draft: Draft, normalised: str, guess: Guess) -> Draft:
    """Return the draft, or the neighbour that the text is in; `und` if it is in an unknown one."""
    if guess.score >= _NO_STRANGER:
        return draft
    stranger = draft.language in _TAKEN_FOR and _is_strange(guess.score, len(normalised))
    enough = _ENOUGH_OF_STRANGER if stranger else 1.0
    if neighbour := neighbour_of(draft.language, "Cyrl", normalised, enough):
        return Draft(neighbour, "words", 0.5)
    if stranger and draft.language == "kk":
        return Draft(UNDETERMINED, "stranger", 0.0)
    return draft


def _is_strange(score: float, length: int) -> bool:
    """Return whether CLD2's score is too low for a text of a language that it knows."""
    return any(length >= least and score < limit for least, limit in _STRANGE)


def _slavic(normalised: str, window: str, guess: Guess) -> Draft | None:
    """Return which Slavic language a text is in; None if it seems to be in none."""
    fitting = languages_by_letters(normalised)
    if guess.score >= _SURE and guess.language in fitting:
        if guess.language not in _SLAVIC_MIXED_UP:
            return _cld2(guess)
        words = votes_by_words(normalised)
        ahead = words[guess.language] - max(words[name] for name in SLAVIC - {guess.language})
        if len(fitting) == 1 or ahead >= 2:
            return _cld2(guess)
    second = second_opinion(window)
    if guess.score < _SURE:
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
    alone = label in _ONLY_OURS and probability >= 0.6 and guess.score < _STRANGER_SCORE
    if probability >= 0.95 or alone:
        return Draft(label, "model", probability)
    second = second_opinion(window)
    if second.language == label:
        return Draft(label, "model-second", probability)
    if second.language == guess.language:
        return _cld2(guess, "agreed")
    foreign = has_foreign_letters(normalise(window))
    if (
        not foreign
        and second.language in SLAVIC
        and (guess.language == UNDETERMINED or label in SLAVIC)
    ):
        return Draft(second.language, "second", second.probability)
    if probability >= _MODEL_SURE or guess.score < 200.0 or guess.language in SLAVIC:
        return Draft(label, "model", probability)
    return _cld2(guess, "disputed")


def _arabic(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Arabic script."""
    persian = sum(map(window.count, _PERSIAN_LETTERS))
    kazakh = window.count(_KAZAKH_ARABIC_LETTER) * 40 > len(window)
    if persian * 50 < len(window) and (kazakh or guess.language in _ARABIC_MODEL):
        label, probability = load_model("arabic").best(window)
        return Draft(label, "model", probability)
    if guess.language in _ARABIC_MODEL or guess.score < _SURE_OF_FEW:
        return _weighed(guess, second_opinion(window), _OUTWEIGHS)
    return _cld2(guess)


def _latin(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Latin script."""
    if guess.language in _LATIN_TURKIC:
        return _latin_turkic(window, guess)
    if guess.score < (900.0 if guess.language == "en" else _SURE):
        draft = _kazakh_or_karakalpak(window)
        if draft is not None:
            return draft
    if guess.language == "en":
        if guess.score >= _OUTWEIGHS_ENGLISH[-1][0]:
            return _cld2(guess)
        return _weighed(guess, second_opinion(window), _OUTWEIGHS_ENGLISH)
    return _general(window, guess)


def _kazakh_or_karakalpak(window: str) -> Draft | None:
    """Return Kazakh or Karakalpak where the model sees it in a text that CLD2 hardly knows."""
    label, probability = load_model("latin").best(window)
    label = _by_letters(label, window)
    if label not in {"kk", "kaa"} or probability < 0.5:
        return None
    if probability >= 0.9 or second_opinion(window).language in _LATIN_TURKIC:
        return Draft(label, "model", probability)
    return None


def _by_letters(label: str, window: str) -> str:
    """Return the model's label, corrected where the letters contradict it."""
    lowered = window.lower()
    if label == "kk" and _foreign_to_kazakh(lowered) > max(
        len(window) / 80, _count(lowered, _KAZAKH_LATIN)
    ):
        return "other"
    if label == "kaa" and _count(lowered, "äöüñğşïý") > _count(lowered, "áóúńǵ"):
        return "kk"
    return label


def _foreign_to_kazakh(lowered: str) -> int:
    """Return how many letters Kazakh has in no Latin spelling: ç, c alone, â, v."""
    return _count(lowered, "çcâv") - lowered.count("ch")


def _is_oghuz(window: str, probability: float) -> bool:
    """Return whether the letters speak for Turkish or Crimean Tatar and against Kazakh."""
    lowered = window.lower()
    ours, theirs = _count(lowered, _KAZAKH_LATIN), _foreign_to_kazakh(lowered)
    return theirs > ours or (ours == theirs and probability < 0.9)


def _count(text: str, letters: str) -> int:
    """Return how often any of the letters occurs in a text."""
    return sum(map(text.count, letters))


def _latin_turkic(window: str, guess: Guess) -> Draft:
    """Return which Turkic language in Latin script a text is in."""
    label, probability = load_model("latin").best(window)
    if guess.score >= _SURE and label == guess.language and probability >= 0.9:
        return Draft(label, "model-agreed", probability, guess.code)
    if guess.score >= _SURE_OF_RARE and guess.language == "tr" and label != "kk":
        return _cld2(guess)
    label = _by_letters(label, window)
    second = second_opinion(window)
    agreed = second.language == guess.language
    if label == "kk" and (second.language == "crh" or "tr" in {second.language, guess.language}):
        label = "other" if _is_oghuz(window, probability) else label
    if label in {"kk", "kaa"} and probability >= (0.9 if agreed and guess.score > 450 else 0.5):
        return Draft(label, "model", probability)
    if agreed:
        return _cld2(guess, "agreed")
    if second.language == "crh" and second.probability >= 0.5 and not _is_tatar(window):
        return Draft("crh", "second", second.probability)
    if guess.score < _SURE and second.probability > 0.5:
        return Draft(second.language, "second", second.probability)
    return _cld2(guess, "disputed")


def _is_tatar(window: str) -> bool:
    """Return whether a text has the letters of Tatar that Crimean Tatar lacks."""
    return sum(map(window.count, "äwəx")) * 100 > len(window)


_BY_SCRIPT: dict[str, Callable[[str, Guess], Draft]] = {
    "Cyrl": _cyrillic,
    "Arab": _arabic,
    "Latn": _latin,
}
