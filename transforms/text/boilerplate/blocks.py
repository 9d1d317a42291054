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
MAX_ITEMS_BEFORE_BODY = 40
BODY_AGAIN = 2
"""So many long paragraphs in a row are the page going on, not another story's headline."""


def mark_phrases(lines: Sequence[DraftLine]) -> None:
    """Mark the lines that their own phrase gives away."""
    for line in lines:
        if line.is_open and line.hit:
            line.removal = Removal(line.hit.family, line.hit.layer, line.hit.evidence)


def mark_blocks(lines: Sequence[DraftLine]) -> None:
    """Mark the items that stand under the header of a block.

    A block ends at a long paragraph that another one follows: then the body goes on. At the end
    of a page, after the body, everything under the header belongs to it.
    """
    index = 0
    while index < len(lines):
        hit = lines[index].hit
        if lines[index].removal and hit and hit.is_header and hit.family in ITEM_FAMILIES:
            end = _block_end(lines, index + 1)
            _mark_items(lines[index + 1 : end], ITEM_FAMILIES[hit.family], hit.evidence)
            index = end
        else:
            index += 1


def _block_end(lines: Sequence[DraftLine], start: int) -> int:
    """Return the index after the last item of a block."""
    for index in range(start, len(lines)):
        line = lines[index]
        if line.hit and line.hit.is_header:
            return index
        if line.parts and line.parts[0].field in ("title", "author", "source"):
            return index
        if len(line.text) > MAX_ITEM_CHARS:
            return index
        if _is_long_prose(line) and _goes_on(lines, index):
            return index
    return len(lines)


def _is_long_prose(line: DraftLine) -> bool:
    """Tell whether a line is a paragraph rather than a headline or a teaser."""
    return line.is_prose and len(line.text) >= LONG_PROSE_CHARS


def _goes_on(lines: Sequence[DraftLine], index: int) -> bool:
    """Tell whether the body goes on at a line: long paragraphs follow each other."""
    following = lines[index : index + BODY_AGAIN]
    return len(following) == BODY_AGAIN and all(_is_long_prose(line) for line in following)


def _mark_items(items: Sequence[DraftLine], family: str, evidence: str) -> None:
    """Mark the open lines of a block."""
    for line in items:
        if line.is_open:
            line.removal = Removal(family, "block", evidence, 0.9)
