"""Find who is credited: authors, press services, agencies; as lines or at the end of the prose."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from transforms.text.draft import DraftLine, Part
from transforms.text.fields.names import has_name_form, is_person_name, split_names
from transforms.text.fold import fold
from transforms.text.words import field_words

MAX_CREDIT_CHARS = 120
MAX_SOURCE_CHARS = 90
MAX_TAIL_LINES = 5
STATEMENT_ENDS = (".", "!", "?", "…")
"""A byline and a line with the writer's office stand within so many lines of the last paragraph."""
ENDS_BYLINES = ("related_latest", "comments")
"""Under these headers names are those of other writers."""
LABEL = re.compile(r"(?P<label>[^:：\-–—]{2,40}?)\s*[:：]\s*(?P<value>\S.{1,100})")
BY_LINE = re.compile(
    r"(?P<label>By|BY|by|Von|Par|Por|Di|Written by|Posted by|Reported by)\s+"
    r"(?P<value>[^\W\d_].{2,80})"
)
GLUED_BYLINE = re.compile(r"[.!?…»\"”)](?P<name>\s{2,}(?P<text>\S[^.!?…]{3,58}\S?))\Z")
GLUED_BYLINE_CHARS = 64
NOT_A_NAME = re.compile(r"\d|[@#|]|https?:")


@dataclass(frozen=True, slots=True)
class Credit:
    """What a line credits: `author` or `source`, and the names or the body it names."""

    field: str
    names: Sequence[str]


def read_labelled_credit(text: str) -> Credit | None:
    """Return what a line such as `Author: A. Name` or `Source: Agency` credits; else None."""
    if len(text) > MAX_CREDIT_CHARS:
        return None
    has_colon = ":" in text or "：" in text
    match = LABEL.fullmatch(text) if has_colon else BY_LINE.fullmatch(text)
    if not match:
        return None
    label, value = fold(match["label"]), match["value"].strip(" .")
    words = field_words()
    if label in words.source and value:
        return Credit("source", [value])
    if label in words.author and not NOT_A_NAME.search(value):
        names = [name for name in split_names(value) if has_name_form(name)]
        return Credit("author", names) if names else None
    return None


def is_press_service(text: str) -> bool:
    """Tell whether a line is the signature of a press service or press office."""
    if len(text) > MAX_SOURCE_CHARS or "," in text or text.endswith(":"):
        return False
    folded = fold(text)
    first_words, phrases = _source_words()
    if first_words.isdisjoint(folded.split()):
        return False
    return any(f" {phrase} " in f" {folded} " for phrase in phrases)


@cache
def _source_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the first words of the phrases for a press service, and the phrases."""
    phrases = field_words().source_words
    return frozenset(phrase.split()[0] for phrase in phrases), phrases


def find_glued_byline(text: str) -> Part | None:
    """Return the byline that stands after two or more spaces at the end of a paragraph."""
    match = GLUED_BYLINE.search(text, max(len(text) - GLUED_BYLINE_CHARS, 0))
    if not match or not is_person_name(match["text"]):
        return None
    return Part("author", match.start("name"), match.end("name"))


def tail_bylines(tail: Sequence[DraftLine]) -> list[DraftLine]:
    """Return the lines right after the last paragraph that are names of writers.

    A line that ends in a comma, or follows a name, may be the writer's office: it belongs to
    the byline if a name stands directly before it.
    """
    found: list[DraftLine] = []
    for line in tail[:MAX_TAIL_LINES]:
        if line.hit and line.hit.is_header and line.hit.family in ENDS_BYLINES:
            break
        if line.hit or not line.is_open:
            continue
        is_name = is_person_name(line.text.rstrip(" ,.")) and not _ends_sentence(line.text)
        if is_name or (found and found[-1].text.endswith(",")):
            found.append(line)
        elif found or not line.text.endswith(STATEMENT_ENDS):
            break
    return found


def _ends_sentence(text: str) -> bool:
    """Tell whether a line ends like a sentence rather than a name."""
    return text.endswith((".", "!", "?")) and text.count(" ") > 2
