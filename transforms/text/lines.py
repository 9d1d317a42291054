"""Split decoded text into the numbered lines that everything else refers to."""

import re

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
        misread = "\x85" in text and any(lead in text for lead in MISREAD_LEADS)
        lines = (LINE_END_IN_MOJIBAKE if misread else LINE_END).split(text)
    else:
        lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines
