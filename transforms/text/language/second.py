"""The second opinion: py3langid, for answers that CLD2 is not sure of."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from schemas.rows import UNDETERMINED
from transforms.text.language.tags import second_language

_READ = 240  # characters; more do not change the answer, and each costs about 2 us


@dataclass(frozen=True, slots=True)
class Second:
    """The second opinion: a language and its probability."""

    language: str
    probability: float


@cache
def _classifier() -> tuple[Callable[[str], tuple[str, float]], frozenset[str]]:
    """Return py3langid's classifier and the languages that it knows; none if not installed."""
    try:
        langid = importlib.import_module("py3langid.langid")
    except ImportError:
        return (lambda _: (UNDETERMINED, 0.0)), frozenset()
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    return identifier.classify, frozenset(map(second_language, identifier.labels))


def second_opinion(text: str, read: int | None = _READ) -> Second:
    """Return what py3langid makes of the first `read` characters (None: all) of a clean text."""
    return _asked(text[:read])


@lru_cache(maxsize=4)  # several rules may ask for the same text, one after the other
def _asked(text: str) -> Second:
    """Return py3langid's answer."""
    code, probability = _classifier()[0](text)
    return Second(second_language(code), probability)


def second_knows(language: str) -> bool:
    """Return whether the second opinion could have named this language."""
    return language in _classifier()[1]


def second_languages() -> frozenset[str]:
    """Return the languages that the second opinion may name; none if it is not installed."""
    return _classifier()[1]


def has_second_opinion() -> bool:
    """Return whether py3langid is installed."""
    return bool(_classifier()[1])
