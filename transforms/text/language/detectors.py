"""The general detector: CLD2; where pycld2 has no wheel py3langid, then langdetect.

All have the same interface, so that the specialists behind them stay the same.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from schemas.rows import UNDETERMINED
from transforms.text.language.second import has_second_opinion, second_opinion
from transforms.text.language.tags import language_of_code

UNKNOWN_CODE = "un"
# The others give probabilities; CLD2's is about 1,000 for a text it is sure of.
_FALLBACK_SCORE = 1_000.0
_FALLBACK_SEED = 0
_RELIABLE = 0.9  # probability


@dataclass(frozen=True, slots=True)
class Guess:
    """One language a detector sees: its code and tag, CLD2's score, its share of the text."""

    code: str
    language: str
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a detector says of a text, the largest share first; `reliable` is its own word."""

    guesses: Sequence[Guess]
    reliable: bool


NO_GUESS = Guess("", UNDETERMINED, 0.0, 0.0)
NO_OPINION = Opinion((), reliable=False)


@cache
def general_detector() -> Callable[[str], Opinion]:
    """Return the best general detector that is installed."""
    try:
        return _cld2_detector(importlib.import_module("pycld2"))
    except ImportError:
        return fallback_detector()


def _cld2_detector(cld2: ModuleType) -> Callable[[str], Opinion]:
    """Return CLD2 as a function of clean text."""
    detect, refusal = cld2.detect, cld2.error

    def ask(text: str) -> Opinion:
        try:
            reliable, _, found = detect(
                text.encode("utf-8", "replace"), isPlainText=True, bestEffort=True
            )
        except refusal:  # characters that it does not take, in spite of our cleaning
            return NO_OPINION
        guesses = tuple(
            Guess(code, language_of_code(code), score, percent / 100)
            for _, code, percent, score in found
            if code != UNKNOWN_CODE
        )
        return Opinion(guesses, reliable)

    return ask


def fallback_detector() -> Callable[[str], Opinion]:
    """Return the best detector that is not CLD2."""
    return _second_as_first if has_second_opinion() else seeded_langdetect()


def _second_as_first(text: str) -> Opinion:
    """Return py3langid's answer in the form of CLD2's."""
    second = second_opinion(text)
    if second.language == UNDETERMINED:
        return NO_OPINION
    score = second.probability * _FALLBACK_SCORE
    guess = Guess(second.language, second.language, score, 1.0)
    return Opinion((guess,), reliable=second.probability > _RELIABLE)


@cache
def seeded_langdetect() -> Callable[[str], Opinion]:
    """Return langdetect, seeded, as a function of clean text."""
    langdetect = importlib.import_module("langdetect")
    langdetect.DetectorFactory.seed = _FALLBACK_SEED

    def ask(text: str) -> Opinion:
        try:
            found = langdetect.detect_langs(text)
        except langdetect.LangDetectException:  # no letters that it knows
            return NO_OPINION
        guesses = tuple(
            Guess(one.lang, language_of_code(one.lang), one.prob * _FALLBACK_SCORE, one.prob)
            for one in found
        )
        return Opinion(guesses, reliable=bool(guesses) and guesses[0].share > _RELIABLE)

    return ask
