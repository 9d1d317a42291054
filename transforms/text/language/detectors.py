"""The general detectors: CLD2; where pycld2 has no wheel py3langid, then langdetect.

All have the same interface, so that the specialists behind them stay the same, and each may be
asked alone.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from types import ModuleType

from schemas.rows import UNDETERMINED
from transforms.text.language.second import Second, has_second_opinion, second_opinion
from transforms.text.language.seeded import seeded_ranking
from transforms.text.language.tags import language_of_code

UNKNOWN_CODE = "un"
# The others give probabilities; CLD2's is about 1,000 for a text it is sure of.
_FULL_SCORE = 1_000.0
# In CLD2's place they get so little of it that our models are always heard: their probability is
# near 1 even for a text in a language that they do not know.
_WEIGHT_OF_FALLBACK = 0.3
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


Detector = Callable[[str], Opinion]


@cache
def general_detector() -> Detector:
    """Return the best general detector that is installed."""
    try:
        return cld2_detector()
    except ImportError:
        return fallback_detector()


@cache
def cld2_detector() -> Detector:
    """Return CLD2 as a function of clean text; raise ImportError without pycld2."""
    return _cld2_detector(importlib.import_module("pycld2"))


def _cld2_detector(cld2: ModuleType) -> Detector:
    """Return a CLD2 module as a function of clean text."""
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


def fallback_detector() -> Detector:
    """Return the best detector that is not CLD2, its word of less weight."""
    ask = _second_as_first if has_second_opinion() else seeded_langdetect()
    return partial(_lighter_opinion, ask)


def _lighter_opinion(ask: Detector, text: str) -> Opinion:
    """Return a detector's opinion with the scores of a fallback."""
    opinion = ask(text)
    guesses = [replace(each, score=each.score * _WEIGHT_OF_FALLBACK) for each in opinion.guesses]
    return Opinion(guesses, opinion.reliable)


def _second_as_first(text: str) -> Opinion:
    """Return py3langid's answer in the form of CLD2's."""
    return _opinion_of_second(second_opinion(text))


@cache
def py3langid_detector() -> Detector:
    """Return py3langid, which reads the whole text, as a function of clean text.

    Raises ImportError where it is not installed.
    """
    if not has_second_opinion():
        raise ImportError("py3langid is not installed")
    return lambda text: _opinion_of_second(second_opinion(text, read=None))


def _opinion_of_second(second: Second) -> Opinion:
    """Return a second opinion in the form of CLD2's."""
    if second.language == UNDETERMINED:
        return NO_OPINION
    score = second.probability * _FULL_SCORE
    guess = Guess(second.language, second.language, score, 1.0)
    return Opinion((guess,), reliable=second.probability > _RELIABLE)


def seeded_langdetect() -> Detector:
    """Return langdetect, seeded and with all profiles, as a function of clean text."""
    return _langdetect_opinion


def _langdetect_opinion(text: str) -> Opinion:
    """Return langdetect's answer in the form of CLD2's; profiles of one language are added up."""
    guesses: dict[str, Guess] = {}
    for code, probability in seeded_ranking()(text):
        language = language_of_profile(code)
        first = guesses.setdefault(language, Guess(code, language, 0.0, 0.0))
        share = first.share + probability
        guesses[language] = Guess(first.code, language, share * _FULL_SCORE, share)
    ranked = sorted(guesses.values(), key=lambda guess: (-guess.share, guess.language))
    return Opinion(ranked, reliable=bool(ranked) and ranked[0].share > _RELIABLE)


def language_of_profile(code: str) -> str:
    """Return the BCP 47 language of a profile of langdetect, such as `kk-Latn` or `zh-cn`."""
    return language_of_code(code.partition("-")[0])
