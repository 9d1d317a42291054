"""Fold text for matching: what damaged, shouted and look-alike spellings have in common.

Nothing that is published passes through here; see `transforms.text.repair` for that.
"""

import re
import unicodedata
from functools import lru_cache

LATIN_LOOK_ALIKES = dict(zip("abcehkmoptxy", "авсенкмортху", strict=True))
"""Latin letters whose upper- or lower-case form looks like a Cyrillic one."""

LOST_LETTERS = "әғқңөұүһіийӊəќѓїўєґјѝ�"
"""Letters that converters mix up or lose: Kazakh ones, the И and І that stand in for them,
and those of legacy 8-bit fonts. All fold to one class letter, so `пайдаланИан` and
`пайдаланған` are one word."""

LOST_CLASS = "и"
FIRST_CJK = "\u3040"
"""From here on a decomposed sign is another sign: Hangul syllables, kana."""
APOSTROPHES = "'’‘ʻʼ`´ʹ"
ARABIC_VARIANTS = {"ی": "ي", "ک": "ك", "ہ": "ه", "ە": "ه", "ة": "ه", "ء": None, "ـ": None}
REMEMBERED_TEXTS = 2048
"""Several rules fold the same line, and sites repeat their lines from page to page."""
DIGIT_RUN = re.compile(r"0[0 ]*0")


class _FoldTable(dict[int, str | None]):
    """A translation table that works out a character when it first meets it."""

    def __missing__(self, code: int) -> str | None:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str | None:
    """Return what one lower-case character folds to; None where it vanishes."""
    if character in ARABIC_VARIANTS:
        return ARABIC_VARIANTS[character]
    if character in LOST_LETTERS:
        return LOST_CLASS
    if character in APOSTROPHES:
        return None
    base = unicodedata.normalize("NFD", character)[0] if character < FIRST_CJK else character
    if base != character:
        return _fold_character(base.lower())
    if character in LATIN_LOOK_ALIKES:
        return LATIN_LOOK_ALIKES[character]
    if character in "iı":
        return LOST_CLASS
    if character == "ς":
        return "σ"
    category = unicodedata.category(character)
    if category == "Nd":
        return "0"
    if category[0] == "M" or category == "Cf":
        return None
    return character if category[0] in "LN" else " "


_TABLE = _FoldTable()


@lru_cache(maxsize=REMEMBERED_TEXTS)
def fold(text: str) -> str:
    """Return the folded form: lower case, look-alikes and lost letters merged, accents off.

    Punctuation becomes a space, a run of digits one `0`, spaces collapse. Costs about 75 ns a
    character where the text is not remembered: for short lines only.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    folded = " ".join(text.lower().translate(_TABLE).split())
    return DIGIT_RUN.sub("0", folded) if "0" in folded else folded


def strip_numbers(folded: str) -> str:
    """Return folded text without the numbers at its ends, as in `комментарии 0`."""
    return folded.strip("0 ") if folded[:1] == "0" or folded[-1:] == "0" else folded
