"""Parse short lines that are made of nothing but metadata: dates, readers, comments, sections.

A line is read as tokens: dates, numbers, and runs of words between them. It is a stamp if every
run of words is known (a label, a unit, a section, a person's name) and something in it is sure: a
date, a number with its unit, or a section beside a number.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transforms.text.dates import FoundDate, find_dates
from transforms.text.draft import Part
from transforms.text.fields.names import is_person_name, is_plain_name
from transforms.text.fold import fold, strip_numbers
from transforms.text.words import field_words

MAX_STAMP_CHARS = 110
"""The longest line of dates and counts on the pages seen was 96 characters."""
MAX_TOKENS = 12
MAX_SECTION_WORDS = 3
SECTION_SIGNS = ("•", "|", "·", "●")
DIGIT = re.compile(r"\d")
NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?!\d)|\d{1,9}(?!\d)")
TOKEN = re.compile(
    rf"(?P<number>{NUMBER.pattern})|(?P<words>[^\d|•·●,;/()\[\]–—«»→>\s][^\d|•·●;/()\[\]–—«»→>]*)"
)
EDGES = " \t\xa0.:,-#*_"
UNITS = ("views", "comments", "read_time")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a line of metadata says: its parts, which cover it in order, and what they hold."""

    parts: Sequence[Part]
    dates: Sequence[FoundDate]
    view_count: int | None = None
    comment_count: int | None = None
    section: str | None = None
    author: str | None = None
    has_label: bool = False


@dataclass(slots=True)
class _Token:
    """A date, a number or a run of words, and what it turns out to be."""

    kind: str
    start: int
    end: int
    text: str


def read_stamp(text: str) -> Stamp | None:
    """Return what a line says if it is nothing but metadata; None for any other line."""
    if len(text) > MAX_STAMP_CHARS or not DIGIT.search(text):
        return None
    dates = find_dates(text)
    if len(dates) == 1 and dates[0].text == text:
        return Stamp([Part("published", 0, len(text))], dates)
    tokens = list(_tokens(text, dates))
    if dates:
        _name_unknown(text, tokens)
    if not tokens or len(tokens) > MAX_TOKENS or any(token.kind == "unknown" for token in tokens):
        return None
    if not dates and all(token.kind == "number" for token in tokens):
        return None
    _join_counts(tokens, beside_date=bool(dates))
    return _stamp(text, tokens, dates)


def parse_count(text: str) -> int | None:
    """Return the number that a text states, with its thousands joined; None without one."""
    match = NUMBER.search(text)
    return int("".join(filter(str.isdigit, match.group()))) if match else None


def unit_kind(text: str) -> str | None:
    """Return what words count as a unit: `views`, `comments` or `read_time`; None if nothing."""
    words = field_words()
    unit = strip_numbers(fold(text))
    if unit in words.views:
        return "views"
    if unit in words.comments:
        return "comments"
    return "read_time" if unit in words.read_time or unit in words.minutes else None


def _tokens(text: str, dates: Sequence[FoundDate]) -> Iterator[_Token]:
    """Yield the dates, numbers and runs of words of a line in order."""
    position = 0
    for date in dates:
        yield from _tokens_between(text, position, date.start)
        yield _Token("published", date.start, date.end, date.text)
        position = date.end
    yield from _tokens_between(text, position, len(text))


def _tokens_between(text: str, start: int, end: int) -> Iterator[_Token]:
    """Yield the numbers and runs of words of a span without dates."""
    for match in TOKEN.finditer(text, start, end):
        if match.lastgroup == "number":
            yield _Token("number", *match.span(), match.group())
            continue
        words = match.group().strip(EDGES)
        if words:
            yield _Token(_words_kind(words), *match.span(), words)


def _words_kind(words: str) -> str:
    """Return what a run of words is: a label, a unit, a section, an author, or unknown."""
    folded = fold(words)
    known = field_words()
    if folded in known.published:
        return "label"
    if folded in known.sections:
        return "section"
    kind = unit_kind(words)
    return kind or ("author" if is_person_name(strip_author_label(words)) else "unknown")


def strip_author_label(words: str) -> str:
    """Return words without a label such as `by` before them."""
    label, _, name = words.partition(" ")
    return name.strip() if name and fold(label) in field_words().author else words


def _name_unknown(text: str, tokens: Sequence[_Token]) -> None:
    """Let unknown words beside a date be a writer's name, or before a sign the section."""
    for token in tokens:
        if token.kind == "unknown" and is_plain_name(strip_author_label(token.text)):
            token.kind = "author"
    first = tokens[0]
    if first.kind != "unknown" or not first.text[0].isupper():
        return
    following = text[first.end :].lstrip()
    if following[:1] in SECTION_SIGNS and first.text.count(" ") < MAX_SECTION_WORDS:
        first.kind = "section"


def _join_counts(tokens: list[_Token], *, beside_date: bool) -> None:
    """Give each unit its number, and numbers without a unit beside a date their usual meaning."""
    for index, token in enumerate(tokens):
        if token.kind not in UNITS:
            continue
        neighbours = [*tokens[index - 1 : index], *tokens[index + 1 : index + 2]]
        number = next((other for other in neighbours if other.kind == "number"), None)
        if number:
            number.kind = token.kind
    bare = [token for token in tokens if token.kind == "number"]
    stated = {token.kind for token in tokens}
    if beside_date or "section" in stated:
        free = [kind for kind in ("views", "comments") if kind not in stated]
        for token, kind in zip(bare, free, strict=False):
            token.kind = kind


def _stamp(text: str, tokens: Sequence[_Token], dates: Sequence[FoundDate]) -> Stamp | None:
    """Return the stamp that tokens make; None if a number is left without a meaning."""
    kinds = {token.kind for token in tokens}
    if "number" in kinds or not (dates or kinds & {"views", "comments", "read_time"}):
        return None
    stated = [token for token in tokens if token.kind != "label"]
    return Stamp(
        parts=_cover(text, stated),
        dates=dates,
        view_count=_count(stated, "views"),
        comment_count=_count(stated, "comments"),
        section=next((token.text for token in stated if token.kind == "section"), None),
        author=next((strip_author_label(t.text) for t in stated if t.kind == "author"), None),
        has_label=len(stated) < len(tokens),
    )


def _count(tokens: Sequence[_Token], kind: str) -> int | None:
    """Return the number that a line states of a kind."""
    counts = (parse_count(token.text) for token in tokens if token.kind == kind)
    return next((count for count in counts if count is not None), None)


def _cover(text: str, tokens: Sequence[_Token]) -> list[Part]:
    """Return a part a field, stretched so that together they are the whole line."""
    firsts = [
        token
        for index, token in enumerate(tokens)
        if index == 0 or token.kind != tokens[index - 1].kind
    ]
    starts = [0, *(token.start for token in firsts[1:]), len(text)]
    return [Part(token.kind, starts[i], starts[i + 1]) for i, token in enumerate(firsts)]
