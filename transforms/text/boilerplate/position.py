"""Judge short lines by where they stand: before the first or after the last paragraph.

On the development data a line of up to three words without a final stop is boilerplate nine times
in ten there, and one time in five between paragraphs, where it may be a subheading.
"""

from collections.abc import Sequence

from transforms.text.draft import SENTENCE_ENDS, DraftLine, Removal
from transforms.text.fold import FIRST_CJK

FAMILY = "fragment"
MAX_FRAGMENT_WORDS = 3
MAX_FURNITURE_WORDS = 8
MIN_FURNITURE_LINES = 3
MIN_FURNITURE_SHARE = 0.2
"""An edge of which so many lines, and so large a share, are boilerplate is all page furniture."""
MAX_FRAGMENT_CHARS = 60
MAX_CJK_FRAGMENT_CHARS = 10
MAX_RUN = 12
"""Longer runs of short lines are as often a list or a table of the article itself."""
MIN_PARAGRAPHS = 2
"""A page with fewer has no edge that could be known."""


def mark_fragments(lines: Sequence[DraftLine]) -> None:
    """Mark the fragments of page furniture around the body."""
    prose = [index for index, line in enumerate(lines) if line.is_prose and line.removal is None]
    if len(prose) < MIN_PARAGRAPHS:
        return
    _mark_run(lines[: prose[0]])
    _mark_run(lines[prose[-1] + 1 :])


def _mark_run(run: Sequence[DraftLine]) -> None:
    """Mark the short lines of one edge of the page."""
    open_lines = [line for line in run if line.is_open]
    removed = sum(line.removal is not None for line in run)
    if removed >= MIN_FURNITURE_LINES and removed >= MIN_FURNITURE_SHARE * len(run):
        _mark(open_lines, MAX_FURNITURE_WORDS, "among boilerplate lines", 0.7)
    elif len(open_lines) <= MAX_RUN:
        _mark(open_lines, MAX_FRAGMENT_WORDS, "a short line outside the body", 0.8)


def _mark(lines: Sequence[DraftLine], max_words: int, evidence: str, score: float) -> None:
    """Mark those of some lines that are fragments."""
    for line in lines:
        if _is_fragment(line, max_words):
            line.removal = Removal(FAMILY, "position", evidence, score)


def _is_fragment(line: DraftLine, max_words: int) -> bool:
    """Tell whether a line is a few words without the end of a sentence."""
    text = line.text
    if not text or len(text) > MAX_FRAGMENT_CHARS or text[-1] in SENTENCE_ENDS:
        return False
    if text.count(" ") >= max_words:
        return False
    return len(text) <= MAX_CJK_FRAGMENT_CHARS or max(text) < FIRST_CJK
