"""The words of printed dates and what each can stand for, read from `knowledge/dates.toml`."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from transforms.text.fold import fold
from transforms.text.knowledge_files import load_knowledge

UNFOLDED_FROM = "\u1100"
"""Hangul, kana and ideographs are compared as they are: folding keeps only the first sound of a
Hangul syllable, so that 어제 (yesterday) would be 오전 (a. m.)."""
UNFOLDED_TO = "\ud7ff"

MERIDIEM_HOURS = {"am": 0, "pm": 12}


@dataclass(frozen=True, slots=True)
class DateWord:
    """What a word can stand for; `value`: a month, minutes of offset, hours that pm adds."""

    roles: frozenset[str]
    value: int | None = None
    begins_phrase: bool = False


UNKNOWN_WORD = DateWord(frozenset({"unknown"}))


@dataclass(frozen=True, slots=True)
class DateWords:
    """All words by their key, the spellings of several words, and the symbols of gaps."""

    by_key: dict[str, DateWord]
    phrases: tuple[str, ...]
    tight_gaps: dict[str, str]
    loose_gaps: dict[str, str]


def word_key(word: str) -> str:
    """Return the form under which a spelling is stored and looked up."""
    return word if UNFOLDED_FROM <= word[:1] <= UNFOLDED_TO else fold(word)


@cache
def load_date_words() -> DateWords:
    """Return the vocabulary, read once per process."""
    knowledge = load_knowledge("dates.toml")
    roles: defaultdict[str, set[str]] = defaultdict(set)
    values: dict[str, int] = {}
    phrases: set[str] = set()
    for spelling, role, value in _spellings(knowledge):
        key = word_key(spelling)
        roles[key].add(role)
        if value is not None:
            values.setdefault(key, value)
        if not spelling.replace("'", "").isalpha():
            phrases.add(spelling)
    _weaken(roles, knowledge["weak"])
    heads = {word_key(re.split(r"[^\w']", phrase)[0]) for phrase in phrases}
    words = {
        key: DateWord(frozenset(roles.get(key, UNKNOWN_WORD.roles)), values.get(key), key in heads)
        for key in roles.keys() | heads
    }
    gaps = knowledge["gaps"]
    return DateWords(
        words,
        tuple(sorted(phrases, key=len, reverse=True)),
        _by_spelling(gaps["tight"]),
        _by_spelling(gaps["loose"]),
    )


def _by_spelling(gaps: dict[str, list[str]]) -> dict[str, str]:
    """Return the symbol of each gap."""
    return {spelling: symbol for symbol, spellings in gaps.items() for spelling in spellings}


def _spellings(knowledge: dict[str, Any]) -> Iterator[tuple[str, str, int | None]]:
    """Yield (spelling, role, value) of every entry, months with all their endings."""
    for language in knowledge["months"].values():
        for month, names in enumerate(language["names"], start=1):
            for name in names:
                yield name, "name", month
                yield from ((name + ending, "name", month) for ending in language["endings"])
    for language, names in knowledge["weekdays"].items():
        role = "bracketday" if language == "in-brackets" else "weekday"
        yield from ((name, role, None) for name in names)
    for names in knowledge["relative"].values():
        yield from ((name, "relative", None) for name in names)
    for group in ("ago", "connectors"):
        for key, names in knowledge[group].items():
            hours = MERIDIEM_HOURS.get(key)
            role = key.replace("-", "") if hours is None else "half"
            yield from ((name, role, hours) for name in names)
    yield from ((name, "zone", offset) for name, offset in knowledge["zones"].items())


def _weaken(roles: defaultdict[str, set[str]], weak: dict[str, list[str]]) -> None:
    """Mark the spellings that are common words as well."""
    for role, spellings, weak_role in (
        ("name", weak["months"], "weakname"),
        ("name", weak["months-always"], "rarename"),
        ("weekday", weak["weekdays"], "weakweekday"),
    ):
        for key in map(word_key, spellings):
            roles[key].discard(role)
            roles[key].add(weak_role)
