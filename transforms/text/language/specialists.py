"""What CLD2's guess becomes, script by script: models, letters, words, a second opinion."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.rows import UNDETERMINED
from transforms.text.language.detectors import Guess
from transforms.text.language.lexicon import has_twins, neighbour_of, twin_by_words
from transforms.text.language.models import load_model
from transforms.text.language.ngrams import normalise
from transforms.text.language.second import second_knows, second_opinion

_SLAVIC = frozenset({"be", "bg", "mk", "ru", "sr", "uk"})
# CLD2 calls one of these what is another in one line of five.
_SLAVIC_MIXED_UP = frozenset({"bg", "mk", "sr"})
_LATIN_TURKIC = frozenset({"az", "crh", "kk", "tk", "tr", "tt", "uz"})
_ARABIC_MODEL = frozenset({"kk", "ky", "ug", UNDETERMINED})
# Yeh and kaf of Persian, Urdu, Pashto and Sorani; Kazakh and Uyghur write U+0649 and U+0643.
_PERSIAN_LETTERS = "\u06cc\u06a9"
_SURE = 600.0  # CLD2's score from which 94 % of short lines are right
# A second opinion of this probability outweighs a CLD2 score below the limit.
_OUTWEIGHS = ((200.0, 0.0), (400.0, 0.3), (600.0, 0.5), (800.0, 0.97))
_ENGLISH_BY_CHANCE = 900.0  # CLD2 falls back to English on Latin text that it hardly knows


@dataclass(frozen=True, slots=True)
class Draft:
    """A language, the rule that found it, and how strong (0 to 1) its evidence is."""

    language: str
    route: str
    strength: float
    code: str = ""


def by_specialist(window: str, script: str | None, guess: Guess) -> Draft | None:
    """Return the language of a text whose script has several; None if nothing says it."""
    draft = _BY_SCRIPT.get(script or "", _general)(window, guess)
    if draft.language == UNDETERMINED:
        return None
    if draft.route == "cld2" and script != "Hani" and script != "Latn":
        return draft
    return _by_words(window, script, draft)


def _by_words(window: str, script: str | None, draft: Draft) -> Draft:
    """Return the draft, or the neighbour or twin that the words of the text speak for."""
    if has_twins(draft.language):
        language, lead = twin_by_words(draft.language, normalise(window))
        route = "twins" if lead else "twins-unsaid"
        return Draft(language, route, min(1.0, lead / 5) if lead else draft.strength)
    if script == "Hani" or draft.language in _LATIN_TURKIC:
        if neighbour := neighbour_of(draft.language, script, normalise(window)):
            return Draft(neighbour, "words", 0.5)
    return draft


def _cld2(guess: Guess) -> Draft:
    """Return CLD2's guess as it is."""
    return Draft(guess.language, "cld2", min(1.0, guess.score / 1_500), guess.code)


def _general(window: str, guess: Guess) -> Draft:
    """Return CLD2's guess, or the second opinion where that outweighs it."""
    if guess.score >= 800.0:
        return _cld2(guess)
    return _second(window, guess)


def _second(window: str, guess: Guess, limit: float | None = None) -> Draft:
    """Return the better one of CLD2's guess and the second opinion."""
    needed = limit if limit is not None else _needed(guess.score)
    second = second_opinion(window)
    if second.language == guess.language:
        return Draft(guess.language, "agreed", min(1.0, guess.score / 1_500), guess.code)
    if guess.language == UNDETERMINED:
        return Draft(second.language, "second", second.probability)
    knows = guess.score < 300.0 or second_knows(guess.language)
    if knows and second.probability >= needed and second.language != UNDETERMINED:
        return Draft(second.language, "second", second.probability)
    return Draft(guess.language, "disputed", min(1.0, guess.score / 1_500), guess.code)


def _needed(score: float) -> float:
    """Return the probability from which the second opinion outweighs such a score."""
    return next((needed for limit, needed in _OUTWEIGHS if score < limit), 2.0)


def _cyrillic(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Cyrillic."""
    normalised = normalise(window)
    if neighbour := neighbour_of(guess.language, "Cyrl", normalised):
        return Draft(neighbour, "words", 0.5)
    if guess.language in _SLAVIC:
        sure = guess.score >= _SURE and guess.language not in _SLAVIC_MIXED_UP
        draft = _cld2(guess) if sure else _second(window, guess, 0.6)
        if draft.language in _SLAVIC:
            return draft
    label, probability = load_model("cyrillic").best(window)
    if label == guess.language:
        return Draft(label, "model-agreed", probability, guess.code)
    if guess.language in _SLAVIC and guess.score >= 400.0:
        return Draft(guess.language, "disputed", guess.score / 1_500)
    if label in _SLAVIC or guess.language == UNDETERMINED:
        second = second_opinion(window)
        if second.language in _SLAVIC and second.probability > 0.5:
            return Draft(second.language, "second", second.probability)
    if probability >= 0.6 or guess.score < _SURE:
        return Draft(label, "model", probability)
    return Draft(guess.language, "disputed", min(1.0, guess.score / 1_500), guess.code)


def _arabic(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Arabic script."""
    persian = sum(map(window.count, _PERSIAN_LETTERS))
    if guess.language in _ARABIC_MODEL and persian * 50 < len(window):
        label, probability = load_model("arabic").best(window)
        return Draft(label, "model", probability)
    if guess.language in _ARABIC_MODEL or guess.score < _SURE:
        return _second(window, guess, 0.5)
    return _cld2(guess)


def _latin(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Latin script."""
    turkic = guess.language in _LATIN_TURKIC
    if turkic or guess.score < _SURE:
        label, probability = load_model("latin").best(window)
        if label == "kk" and probability >= (0.5 if turkic else 0.8):
            return Draft("kk", "model", probability)
    if turkic:
        return _latin_turkic(window, guess)
    if guess.language == "en" and guess.score < _ENGLISH_BY_CHANCE:
        return _second(window, guess, 0.4)
    return _general(window, guess)


def _latin_turkic(window: str, guess: Guess) -> Draft:
    """Return which Turkic language in Latin script a text is in."""
    second = second_opinion(window)
    if second.language == "crh" and second.probability >= 0.5:
        return Draft("crh", "second", second.probability)
    if second.language == guess.language:
        return Draft(guess.language, "agreed", min(1.0, guess.score / 1_500), guess.code)
    if guess.score < _SURE and second.probability > 0.5:
        return Draft(second.language, "second", second.probability)
    return Draft(guess.language, "disputed", min(1.0, guess.score / 1_500), guess.code)


_BY_SCRIPT: dict[str, Callable[[str, Guess], Draft]] = {
    "Cyrl": _cyrillic,
    "Arab": _arabic,
    "Latn": _latin,
}
