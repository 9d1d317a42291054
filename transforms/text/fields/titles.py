"""Find the title among the first lines of a page.

The title is on nine pages of ten one line, but "the first line of three words" finds it on 7 to
47 % (measured on pages of many sites): hence a score, whose weights were set on the development
data so that hardly any body line is ever taken for a title.
"""

import re
from collections.abc import Sequence

from transforms.text.draft import DraftLine
from transforms.text.fields.names import MAX_NAME_TOKENS, is_person_name
from transforms.text.fold import FIRST_CJK, fold
from transforms.text.words import field_words

MAX_TITLE_CHARS = 220
MAX_CANDIDATES = 60
MAX_REPETITION_DIFFERENCE = 4
REPEATED_WITHIN_LINES = 4
"""Some sites print the title again after the lead."""
PROSE_FOR_OVERLAP_CHARS = 600
STEM_CHARS = 5
"""Kazakh and Russian words share their first letters through all cases."""
MIN_OVERLAP_WORD_CHARS = 4
MIN_SCORE = 2.0

MARKDOWN_HEADING = re.compile(r"#{1,2} ")
WORD = re.compile(r"\w+")
NO_DIGITS = re.compile(r"\D+")
LIST_MARK = re.compile(r"[-–—•*·»>]|\d{1,3}[.)] ")
NAVIGATION_SIGNS = (" | ", " » ", " › ", " > ", "→", "...")


def find_title(lines: Sequence[DraftLine], first_prose: int) -> list[DraftLine]:
    """Return the lines that print the title, best first; empty where the page prints none.

    `lines` are the page's non-blank lines and `first_prose` the index of its first paragraph
    (their number if there is none).
    """
    head = lines[max(first_prose - MAX_CANDIDATES, 0) : first_prose]
    candidates = [line for line in head if _may_be_title(line)]
    if not candidates and first_prose < len(lines) and _may_be_title(lines[first_prose]):
        candidates = [lines[first_prose]]
    if not candidates:
        return []
    opening = _opening(lines[first_prose:], skipped=candidates)
    texts = [_wording(line.text) for line in candidates]
    scores = [
        _score(line, opening, repeated=texts.count(text) > 1, distance=len(candidates) - index - 1)
        for index, (line, text) in enumerate(zip(candidates, texts, strict=True))
    ]
    best = max(range(len(scores)), key=scores.__getitem__)
    if scores[best] < MIN_SCORE:
        return []
    near = lines[: first_prose + REPEATED_WITHIN_LINES]
    repeated = [line for line in near if _repeats(line, candidates[best], texts[best])]
    return [candidates[best], *repeated]


def _repeats(line: DraftLine, title: DraftLine, wording: tuple[str, str]) -> bool:
    """Tell whether a line is another print of the title; length is asked before folding."""
    is_as_long = abs(len(line.text) - len(title.text)) <= MAX_REPETITION_DIFFERENCE
    if not is_as_long or line is title or not _may_be_title(line):
        return False
    return _wording(line.text) == wording


def _wording(text: str) -> tuple[str, str]:
    """Return what all prints of one text share: its folded form and its digits.

    Folding makes all numbers one, but where only they differ, as in the results of a tournament
    or the weather day by day, the lines say different things.
    """
    folded = fold(text)
    return folded, NO_DIGITS.sub("", text) if "0" in folded else ""


def clean_title(text: str) -> str:
    """Return a title line as a title: without the mark of a Markdown heading."""
    return MARKDOWN_HEADING.sub("", text, count=1) if text.startswith("#") else text


def _may_be_title(line: DraftLine) -> bool:
    """Tell whether a line is free to be the title."""
    return (
        bool(line.text) and line.is_open and line.hit is None and len(line.text) <= MAX_TITLE_CHARS
    )


def _opening(lines: Sequence[DraftLine], skipped: Sequence[DraftLine]) -> str:
    """Return the beginning of the first paragraphs in lower case."""
    pieces: list[str] = []
    left = PROSE_FOR_OVERLAP_CHARS
    for line in lines:
        if not line.is_prose or any(line is other for other in skipped):
            continue
        pieces.append(line.text[:left])
        left -= len(line.text)
        if left <= 0:
            break
    return " ".join(pieces).lower()


def _stems(text: str) -> list[str]:
    """Return the first letters of the longer words of a text; of Chinese or Japanese, pairs."""
    words = WORD.findall(text.lower())
    stems = [word[:STEM_CHARS] for word in words if len(word) >= MIN_OVERLAP_WORD_CHARS]
    if not any(word[0] >= FIRST_CJK for word in words):
        return stems
    return [word[i : i + 2] for word in words for i in range(len(word) - 1) if word[i] >= FIRST_CJK]


def _word_count(text: str) -> int:
    """Return the number of words; two characters of Chinese or Japanese count as one."""
    if text.isascii() or max(text) < FIRST_CJK:
        return text.count(" ") + 1
    return text.count(" ") + 1 + len(text) // 2


def _score(line: DraftLine, opening: str, *, repeated: bool, distance: int) -> float:
    """Return how much a line looks like the title; `distance` counts candidates after it."""
    text = clean_title(line.text)
    score = _form_score(text)
    own = _stems(text)
    if own:
        score += 3.0 * sum(stem in opening for stem in own) / len(own)
    if repeated:
        score += 2.5
    if text is not line.text:
        score += 3.0
    if line.number == 0:
        score += 1.0
    return score - 0.1 * min(distance, 20)


def _form_score(text: str) -> float:
    """Return what the form of a line says about its being a title."""
    words = _word_count(text)
    score = 1.0 if 3 <= words <= 20 else 0.0
    if words == 1:
        score -= 2.0
    elif words > 25:
        score -= 3.0
    if text.endswith((",", ";", ":")):
        score -= 3.0
    elif text.endswith(".") and not text.endswith(".."):
        score -= 2.0
    else:
        score += 0.5
    if text[0].islower() or LIST_MARK.match(text):
        score -= 2.0
    if any(sign in text for sign in NAVIGATION_SIGNS):
        score -= 1.0
    if words <= MAX_NAME_TOKENS and (fold(text) in field_words().sections or is_person_name(text)):
        score -= 3.0
    return score
