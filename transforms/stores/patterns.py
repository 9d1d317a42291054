"""Globs over the names of objects, which have slashes but no directories."""

import re
from functools import lru_cache

MAGIC = re.compile(r"[*?\[]")
TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
"""A wildcard, a set of characters, or a character that stands for itself."""

WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def fixed_part(pattern: str) -> str:
    """Return what all that a glob matches begins with."""
    return MAGIC.split(pattern, maxsplit=1)[0]


@lru_cache(maxsize=64)
def translate(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a glob.

    As on a local disk `**/` may stand for no folder at all; `[!a]` is any character but that.
    """
    expression = "".join(map(_translate_token, TOKEN.findall(pattern)))
    return re.compile(expression, re.DOTALL)


def _translate_token(token: str) -> str:
    """Return the regular expression of a wildcard, a set or a character."""
    if token in WILDCARDS:
        return WILDCARDS[token]
    if len(token) == 1:
        return re.escape(token)
    is_negated = token.startswith("[!")
    members = re.sub(r"([\\\]\[^&~|])", r"\\\1", token[2 if is_negated else 1 : -1])
    return f"(?!/)[{'^' if is_negated else ''}{members}]"
