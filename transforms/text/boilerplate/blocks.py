"""Judge lines by the company they keep: what stands under a header of other stories or comments."""

from collections.abc import Sequence
from itertools import accumulate

from transforms.text.draft import DraftLine, Removal

ITEM_FAMILIES = {
    "related_latest": "related_items",
    "comments": "comments",
    "tags": "tags",
    "share_social": "share_social",
}
"""Families whose header is followed by items, and what the items are."""
LONG_PROSE_CHARS = 120
MAX_ITEM_CHARS = 200
MAX_INNER_ITEMS = 2
"""Between paragraphs a longer list under a header is more often the article's own."""
MAX_BLOCK_SHARE = 0.5
"""A block with more text than this share of what stands before it is no block of other stories."""


def mark_phrases(lines: Sequence[DraftLine]) -> None:
    """Mark the lines that their own phrase gives away."""
    for line in lines:
        if line.hit and line.is_open:
            line.removal = Removal(line.hit.family, line.hit.layer, line.hit.evidence)


def mark_blocks(lines: Sequence[DraftLine]) -> None:
    """Mark the items that stand under the header of a block.

    After the last long paragraph of a page a block reaches to the page's end or to the next
    header. Between paragraphs it is the few lines under the header that are no sentences.
    """
    headers = [
        (index, line.hit)
        for index, line in enumerate(lines)
        if line.hit and line.hit.is_header and line.removal and line.hit.family in ITEM_FAMILIES
    ]
    if not headers:
        return
    long = [index for index, line in enumerate(lines) if _is_long_prose(line)]
    last_long = long[-1] if long else len(lines)
    chars_before = list(accumulate((len(line.text) for line in lines), initial=0))
    for index, hit in headers:
        start = index + 1
        end = _inner_end(lines, start) if index < last_long else _outer_end(lines, start)
        chars = chars_before[end] - chars_before[start]
        if chars <= MAX_BLOCK_SHARE * chars_before[index]:
            _mark_items(lines[start:end], ITEM_FAMILIES[hit.family], hit.evidence)


def _is_long_prose(line: DraftLine) -> bool:
    """Tell whether a line is a paragraph rather than a headline or a teaser."""
    return line.is_prose and len(line.text) >= LONG_PROSE_CHARS and line.removal is None


def _inner_end(lines: Sequence[DraftLine], start: int) -> int:
    """Return where the items of a block between paragraphs end; `start` if the list is long."""
    limit = min(start + MAX_INNER_ITEMS + 1, len(lines))
    for index in range(start, limit):
        line = lines[index]
        if line.is_prose or line.removal or line.parts:
            return index
    return start if limit - start > MAX_INNER_ITEMS else limit


def _outer_end(lines: Sequence[DraftLine], start: int) -> int:
    """Return where the items of a block after the body end: at the next header."""
    for index in range(start, len(lines)):
        line = lines[index]
        if (line.hit and line.hit.is_header) or len(line.text) > MAX_ITEM_CHARS:
            return index
    return len(lines)


def _mark_items(items: Sequence[DraftLine], family: str, evidence: str) -> None:
    """Mark the open lines of a block."""
    for line in items:
        if line.is_open:
            line.removal = Removal(family, "block", evidence, 0.9)
