"""Make text of strangers safe to print."""

import re

UNPRINTABLE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What could command the terminal, turn the line around, or cannot be encoded."""


def printable(text: str, keep_length: bool = False) -> str:
    """Return text that a terminal shows and does not obey: control characters as codes.

    With `keep_length` each becomes one replacement character, so that offsets stay true.
    """
    if keep_length:
        return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return UNPRINTABLE.sub(lambda match: f"\\x{ord(match.group()):02x}", text)
