"""Count the tokens of a line, so that lines weigh as much as they say."""

import re

UNSPACED_CHARACTER = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Kana and Han: written without spaces, so each counts as one token. Hangul is spaced."""


def count_tokens(text: str) -> int:
    """Return the number of tokens: words between spaces, and each Chinese or Japanese character."""
    if text.isascii():
        return len(text.split())
    spaced, characters = UNSPACED_CHARACTER.subn(" ", text)
    return characters + len(spaced.split())
