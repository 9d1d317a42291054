"""The languages that a user wants to keep: as written, checked, and compared with an answer."""

import importlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from typing import Any

from schemas.rows import UNDETERMINED
from transforms.text.language.choice import ROUTED
from transforms.text.language.detectors import language_of_profile
from transforms.text.language.second import second_languages
from transforms.text.language.seeded import langdetect_codes
from transforms.text.language.tags import language_of_code, read_knowledge, tags

_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?", re.IGNORECASE | re.ASCII)
_SCRIPT_LETTERS = 4


class LanguageTagError(ValueError):
    """A word that is not the tag of a language, or of none that may be answered."""


def canonical_tag(text: str) -> str:
    """Return a tag in its usual case, such as `kk-Cyrl`; raise LanguageTagError for another word.

    A tag is a BCP 47 language, or a language and an ISO 15924 script.
    """
    tag = _canonical(text.strip())
    if tag is None:
        near = _near(text)
        meant = f"did you mean {near}?" if near else "write it like kk or kk-Cyrl"
        raise LanguageTagError(f"{text!r} is no language tag; {meant}")
    return tag


def _canonical(text: str) -> str | None:
    """Return a tag in its usual case; None for another word."""
    match = _TAG.fullmatch(text)
    if match is None:
        return None
    language, script = match.groups()
    return f"{language.lower()}-{script.capitalize()}" if script else language.lower()


def _near(text: str) -> str | None:
    """Return the tag in a longer one or one with underscores: kk_Cyrl, kk-KZ; None in others."""
    language, *others = re.split("[-_]", text.strip())
    scripts = [other for other in others if len(other) == _SCRIPT_LETTERS]
    return _canonical("-".join([language, *scripts]))


def check_tags(wanted: Iterable[str], detector: str) -> None:
    """Raise LanguageTagError for the first tag that the detector answers to no text."""
    known = answered_languages(detector)
    for tag in wanted:
        language, _, script = tag.partition("-")
        if language not in known:
            meant = _slips().get(language)
            hint = f"; did you mean {meant}?" if meant in known else ""
            raise LanguageTagError(f"{tag!r}: {detector} never answers {language}{hint}")
        if script and script not in _scripts():
            raise LanguageTagError(f"{tag!r}: no text is told to be in the script {script}")


def is_wanted(language: str, script: str | None, wanted: Collection[str]) -> bool:
    """Return whether an answer is among the tags; a tag without a script stands for all."""
    return language in wanted or f"{language}-{script}" in wanted


@cache
def answered_languages(detector: str) -> frozenset[str]:
    """Return all languages that a detector may answer, `und` among them; KeyError for no such."""
    return frozenset(_ANSWERED[detector]()) | {UNDETERMINED}


def _cld2_languages() -> list[str]:
    """Return the languages of CLD2; raise ImportError without pycld2."""
    cld2 = importlib.import_module("pycld2")
    code_of = dict(cld2.LANGUAGES)
    return [language_of_code(code_of[name]) for name in cld2.DETECTED_LANGUAGES]


def _langdetect_languages() -> list[str]:
    """Return the languages of langdetect's profiles."""
    return [language_of_profile(code) for code in langdetect_codes()]


def _general_languages() -> Iterable[str]:
    """Return the languages of the general detector that is installed."""
    try:
        return _cld2_languages()
    except ImportError:
        return second_languages() or _langdetect_languages()


def _routed_languages() -> Iterator[str]:
    """Yield the languages of the general detectors, and what scripts, words and models tell."""
    known = tags()
    yield from _general_languages()
    yield from second_languages()
    yield from known.script_languages.values()
    yield from known.script_default.values()
    for allowed in known.script_allows.values():
        yield from allowed
    yield from (neighbour["language"] for neighbour in read_knowledge("neighbours")["neighbour"])
    for twins in read_knowledge("twins")["twins"]:
        yield from twins["words"]


_ANSWERED: dict[str, Callable[[], Iterable[str]]] = {
    ROUTED: _routed_languages,
    "cld2": _cld2_languages,
    "py3langid": second_languages,
    "langdetect": _langdetect_languages,
}


@cache
def _table() -> dict[str, Any]:
    """Return the knowledge of `wanted.toml`."""
    return read_knowledge("wanted")


def _slips() -> dict[str, str]:
    """Return what is written by mistake, with the language that is meant."""
    slips: dict[str, str] = _table()["slips"]
    return slips


def _scripts() -> frozenset[str]:
    """Return the scripts that are told apart."""
    return frozenset(_table()["scripts"]["codes"])
