"""A page while it is being judged: its non-blank lines and what is known of each so far."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from transforms.text.boilerplate.phrases import (
    LONGEST_LINE_CHARS,
    Hit,
    match_phrase,
    phrase_book,
)

SURE_PROSE_CHARS = 200
"""No title, menu or widget line of the development data is longer, bar a handful."""
MIN_PROSE_CHARS = 40
MIN_PROSE_WORDS = 8
PROSE_WORDS_WITHOUT_STOP = 25
MIN_CJK_PROSE_CHARS = 20
SENTENCE_ENDS = frozenset('.!?…»"”“)؟。！？」』:;')
FULL_STOPS = frozenset(".!…;؟۔。！")
CLOSING_QUOTES = frozenset('»"”“)’')
QUOTED_STOPS = frozenset(".!?…,")
CJK_STOPS = ("。", "，")
CJK_ENDS = frozenset("。！？」』…")
CRAWL_PREFIX = re.compile(r"date \d{4}(?:-\d\d){1,2}(?: [A-Z]{2})?(?:\s+|\Z)")


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a line that states a field, from code point `start` to `end`."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Removal:
    """Why a line is boilerplate."""

    family: str
    layer: str
    evidence: str
    score: float = 1.0


@dataclass(slots=True)
class DraftLine:
    """A non-blank line: its number, repaired text, and the verdict that grows on it.

    `parts` are the fields that it states; `removal` is set where it is boilerplate; a line with
    neither is a paragraph, and so is what `parts` leave of a line where `has_prose` is set.
    `prefix` is what a crawler glued before the text; `text` and the parts do not count it.
    """

    number: int
    text: str
    is_prose: bool
    hit: Hit | None
    parts: Sequence[Part] = ()
    has_prose: bool = False
    removal: Removal | None = None
    prefix: str = ""

    @property
    def is_open(self) -> bool:
        """Tell whether nothing is decided about the line yet."""
        return not self.parts and self.removal is None

    def take(self, field_name: str) -> None:
        """Let the whole line state one field."""
        self.parts = [Part(field_name, 0, len(self.text))]
        self.removal = None


def draft_lines(lines: Sequence[str]) -> list[DraftLine]:
    """Return the non-blank lines of a repaired page, with what their phrases say."""
    drafts = [
        DraftLine(number, text, is_prose(text), None) for number, text in enumerate(lines) if text
    ]
    if not drafts:
        return []
    _cut_crawl_prefix(drafts[0])
    prose = [draft for draft in drafts if draft.is_prose and len(draft.text) <= LONGEST_LINE_CHARS]
    for index in phrase_book().lines_to_ask([draft.text for draft in prose]):
        prose[index].hit = match_phrase(prose[index].text)
    for draft in drafts:
        if not draft.is_prose:
            draft.hit = match_phrase(draft.text)
    return drafts


def _cut_crawl_prefix(first: DraftLine) -> None:
    """Cut off the date that a crawler may have glued to the first line."""
    match = CRAWL_PREFIX.match(first.text)
    if match:
        first.prefix, first.text = match.group(), first.text[match.end() :]
        first.is_prose = bool(first.text) and is_prose(first.text)


def is_prose(text: str) -> bool:
    """Tell whether a line reads like a sentence or more of running text."""
    chars = len(text)
    if chars >= SURE_PROSE_CHARS:
        return True
    if chars < MIN_PROSE_CHARS:
        return chars >= MIN_CJK_PROSE_CHARS and text[-1] in CJK_ENDS
    words = text.count(" ") + 1
    if words < MIN_PROSE_WORDS:
        return text[-1] in CJK_ENDS or any(stop in text for stop in CJK_STOPS)
    if words >= PROSE_WORDS_WITHOUT_STOP:
        return True
    before_byline, gap, _ = text.rpartition("  ")
    statement = before_byline.rstrip() if gap else text
    return text[0] != "#" and (_has_full_stop(text) or _has_full_stop(statement))


def _has_full_stop(text: str) -> bool:
    """Tell whether a text ends as statements do: titles end in `?` and in quotes, too."""
    last = text[-1]
    return last in FULL_STOPS or (last in CLOSING_QUOTES and text[-2] in QUOTED_STOPS)
