"""The text a detector gets to see: no addresses, no control characters, look-alikes folded.

All of it is for detection only; nothing here changes what is published.
"""

import re
import unicodedata

from transforms.text.language.census import Census

_ADDRESS_SIGNS = ("://", "www.", "@", ".com", ".kz", ".ru", ".org", ".net", ".info")
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+|\S+@\S+\.\S+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|kz|ru|org|net|info)\b(?:/\S*)?",
    re.IGNORECASE,
)
# Soft hyphens, zero-width characters, marks of direction, byte order marks: they stand inside
# words. ZWNJ (200C) belongs to Persian spelling and stays.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u200b\u200d-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# What CLD2 refuses as input: controls, lone surrogates, non-characters.
_REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]+")
_STACKED_MARKS = re.compile("[\u0300-\u036f]+")
# High bytes (UTF-16) of full-width and mathematical letters, ligatures, Arabic presentation
# forms: texts with any of them are brought to the plain letters.
_COMPATIBILITY_PLANES = (b"\xd8", b"\xfb", b"\xfc", b"\xfd", b"\xfe", b"\xff")
_MARKS_PLANE = b"\x03"

_LATIN_TWINS = "aceiopxyhjsəɵABCEHIKMOPTXYJSƏƟ"
_CYRILLIC_TWINS = "асеіорхуһјѕәөАВСЕНІКМОРТХУЈЅӘӨ"
_TO_CYRILLIC = str.maketrans(_LATIN_TWINS, _CYRILLIC_TWINS)
_TO_LATIN = str.maketrans(_CYRILLIC_TWINS, _LATIN_TWINS)
_MACEDONIAN, _NOT_MACEDONIAN = re.compile("[ЌќЃѓ]"), re.compile("[ЇїЎўЄєҐґІі]")
_OF_8_BIT_FONTS = str.maketrans("ЌќЃѓЇїЎўЄєҐґ", "ҚқҒғҮүҰұҒғӨө")
_MIXED_PAIR = re.compile("[A-Za-zəɵƏƟ][Ѐ-ӿ]|[Ѐ-ӿ][A-Za-zəɵƏƟ]")
_MIXED_WORD = re.compile(r"\w*(?:[A-Za-zəɵƏƟ][Ѐ-ӿ]|[Ѐ-ӿ][A-Za-zəɵƏƟ])\w*")


def clean(text: str) -> str:
    """Return the text without addresses and invisible characters, in composed form."""
    text = text.replace("\n", " ")
    if not text.isprintable():
        text = _REFUSED.sub(" ", _INVISIBLE.sub("", text))
    if not text.isascii():
        text = _plain_letters(text)
    if any(sign in text for sign in _ADDRESS_SIGNS):
        text = _ADDRESS.sub(" ", text)
    return text


def _plain_letters(text: str) -> str:
    """Return the text with letters in their usual form, without marks stacked on them."""
    planes = text.encode("utf-16-le", "surrogatepass")[1::2]
    compatible = any(plane in planes for plane in _COMPATIBILITY_PLANES)
    if compatible:
        text = unicodedata.normalize("NFKC", text)
    if (compatible or _MARKS_PLANE in planes) and _STACKED_MARKS.search(text):
        text = _STACKED_MARKS.sub("", unicodedata.normalize("NFC", text))
    return text


def fold_lookalikes(text: str, census: Census) -> str:
    """Return the text with words that mix Latin and Cyrillic letters written in one script.

    U+04CA is the letter that some Kazakh fonts show for ң; letters of 8-bit fonts are replaced
    where Macedonian ones stand beside those of other languages.
    """
    if "ӊ" in text or "Ӊ" in text:
        text = text.replace("ӊ", "ң").replace("Ӊ", "Ң")
    if _MACEDONIAN.search(text) and _NOT_MACEDONIAN.search(text):
        text = text.translate(_OF_8_BIT_FONTS)
    if "Latn" in census.counts and "Cyrl" in census.counts and _MIXED_PAIR.search(text):
        return _MIXED_WORD.sub(_fold_word, text)
    return text


def _fold_word(match: re.Match[str]) -> str:
    """Return a mixed word in the script of the letters that only one script has."""
    word = match[0]
    cyrillic = sum("Ѐ" <= letter <= "ӿ" and letter not in _CYRILLIC_TWINS for letter in word)
    latin = sum("A" <= letter <= "z" and letter not in _LATIN_TWINS for letter in word)
    return word.translate(_TO_LATIN if latin > cyrillic else _TO_CYRILLIC)
