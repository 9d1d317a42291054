"""Split decoded text into the numbered lines that everything else refers to."""

import re

MAX_LINES = 200_000
"""Of a page, blank ones too: as many as fill a row of 8 MiB with 40 bytes each. Extracting so many
takes 4 to 7 seconds and up to 460 MB; two million, of a few bytes each, would take 4.7 GB."""

MAX_LINE_CHARACTERS = 1_000_000
"""What is longer than a whole book is no line that somebody wrote."""

LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
LINE_END_IN_MOJIBAKE = re.compile(r"\r\n|[\n\r\u2028\u2029]")
"""UTF-8 misread as Latin-1 is full of U+0085: there it is half a letter, not a line end."""

UNUSUAL_LINE_ENDS = ("\r", "\x85", "\u2028", "\u2029")
MISREAD_LEADS = ("Ð", "Ñ", "Ã", "Â", "â")


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, without their ends; line 0 is the first.

    A line ends at LF, CR LF, CR, NEL, LS or PS. A final line end adds no empty line.
    """
    if any(end in text for end in UNUSUAL_LINE_ENDS):
        lines = (LINE_END_IN_MOJIBAKE if _is_misread(text) else LINE_END).split(text)
    else:
        lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def count_lines(text: str) -> int:
    """Return how many lines `split_lines` returns, without splitting."""
    ends = ["\n", *UNUSUAL_LINE_ENDS]
    if _is_misread(text):
        ends.remove("\x85")
    count = sum([text.count(end) for end in ends]) - text.count("\r\n")
    return count + (not text.endswith(tuple(ends))) if text else 0


def _is_misread(text: str) -> bool:
    """Tell whether U+0085 in a text is half a letter."""
    return "\x85" in text and any(lead in text for lead in MISREAD_LEADS)
