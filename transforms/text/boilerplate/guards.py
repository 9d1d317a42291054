"""Guard rails: what no rule may do to a page, whatever it believes."""

from collections.abc import Sequence

from transforms.text.draft import DraftLine

MAX_BLOCK_SHARE = 0.5
"""A block that holds more of a page's prose than this was not a block of other stories."""


def restore_body(lines: Sequence[DraftLine]) -> None:
    """Give back the prose that blocks took, where that was most of the page's."""
    taken = [line for line in lines if line.removal and line.removal.layer == "block"]
    if not taken:
        return
    lost = sum(len(line.text) for line in taken if line.is_prose)
    kept = sum(len(line.text) for line in lines if line.is_prose and line.removal is None)
    if lost > MAX_BLOCK_SHARE * (lost + kept):
        for line in taken:
            if line.is_prose:
                line.removal = None
