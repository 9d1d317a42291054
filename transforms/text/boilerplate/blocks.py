"""Judge lines by the company they keep: what stands under a header of other stories or comments."""

from collections.abc import Sequence

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
    for index, hit in headers:
        following = lines[index + 1 :]
        items = _inner_items(following) if index < last_long else _outer_items(following)
        if _chars(items) <= MAX_BLOCK_SHARE * _chars(lines[:index]):
            _mark_items(items, ITEM_FAMILIES[hit.family], hit.evidence)


def _is_long_prose(line: DraftLine) -> bool:
    """Tell whether a line is a paragraph rather than a headline or a teaser."""
    return line.is_prose and len(line.text) >= LONG_PROSE_CHARS and line.removal is None


def _chars(lines: Sequence[DraftLine]) -> int:
    """Return the number of characters of lines."""
    return sum(len(line.text) for line in lines)


def _inner_items(following: Sequence[DraftLine]) -> Sequence[DraftLine]:
    """Return the items of a block between paragraphs; none where the list is long."""
    count = 0
    for line in following:
        if line.is_prose or line.removal or line.parts:
            break
        count += 1
    return following[:count] if count <= MAX_INNER_ITEMS else ()


def _outer_items(following: Sequence[DraftLine]) -> Sequence[DraftLine]:
    """Return the items of a block after the body: all up to the next header."""
    for index, line in enumerate(following):
        if (line.hit and line.hit.is_header) or len(line.text) > MAX_ITEM_CHARS:
            return following[:index]
    return following


def _mark_items(items: Sequence[DraftLine], family: str, evidence: str) -> None:
    """Mark the open lines of a block."""
    for line in items:
        if line.is_open:
            line.removal = Removal(family, "block", evidence, 0.9)
