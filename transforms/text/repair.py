"""Repair damaged text, only where a rule is sure, and record every change so that it can be undone.

Each pass has a gate that costs well under a microsecond on a clean page. What was seen on real
pages, per kind: `letter` (U+04CA for ң), `look_alike` (Latin letters inside Cyrillic words and
the reverse), `legacy_font` (8-bit Kazakh fonts), `mojibake` (UTF-8 misread as an 8-bit encoding),
`entity` and `markup` (HTML left in the text), `invisible` (soft hyphens, zero-width spaces,
NUL), `composition` (и and a breve for й), `undecodable_byte`.
"""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import ftfy

from schemas.rows import Repair
from transforms.text.script import unify_script

EN_WITH_TAIL = re.compile("[ӊӉ]")
EN_WITH_DESCENDER = {"ӊ": "ң", "Ӊ": "Ң"}

LEGACY_FONT = dict(zip("ЌќҐґЄєЇїЎў±ЈјЅѕ", "ҚқӨөҒғҮүҰұұӘәҢң", strict=True))
"""Letters of the 8-bit Kazakh fonts of the 1990s, as pages of kzref print them."""
LEGACY_LETTER = re.compile(f"[{''.join(LEGACY_FONT)}]")
LEGACY_SIGNS = ("ґ", "є", "ї")
KAZAKH_SIGNS = ("қ", "ң", "ә", "ғ")

MOJIBAKE_SIGNS = ("Ð", "Ñ", "Ã", "â€", "Ò", "Р°", "Рµ", "СЃ", "С‚", "Т›", "вЂ")
"""Beginnings of UTF-8 letters as Latin-1, cp1252 or cp1251 show them."""
MOJIBAKE_LETTERS = ("Ð", "Ñ", "Ã", "Ò", "€", "Ђ", "°", "µ", "Ѓ", "‚", "›")
"""One character of each sign: looking for a single one is forty times cheaper."""

ENTITY = re.compile(r"&(?:#\d{2,6}|#[xX][\da-fA-F]{2,5}|[a-zA-Z]{2,8});")
MARKUP = re.compile(
    r"</?(?:p|br|b|i|u|em|strong|a|div|span|img|h[1-6]|ul|ol|li|table|tr|td|blockquote|figure)"
    r"(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)
INVISIBLE_SIGNS = ("\xad", "\u200b", "\ufeff", "\u2060", "\x00")
INVISIBLE = re.compile(f"[{''.join(INVISIBLE_SIGNS)}]+")
DECOMPOSED_SIGNS = ("\u0306", "\u0308")
DECOMPOSED = re.compile("[иИуУ]\u0306|[еЕ]\u0308")
COMPOSED = {
    "и\u0306": "й",
    "И\u0306": "Й",
    "у\u0306": "ў",
    "У\u0306": "Ў",
    "е\u0308": "ё",
    "Е\u0308": "Ё",
}
BAD_BYTE = re.compile("[\ud800-\udfff]")

LATIN_RUN = re.compile("[A-Za-zəƏɵƟ]+")
CYRILLIC_RUN = re.compile("[\u0400-\u052f]+")
LATIN_PAGE_SHARE = 0.5
"""A page with more ASCII than this is Latin: there the Cyrillic runs are the rare ones."""
LATIN_LETTERS_BEYOND_ASCII = ("ə", "Ə", "ɵ", "Ɵ")
CYRILLIC_LEADS = tuple(bytes([byte]) for byte in range(0xD0, 0xD5))
"""The first bytes of U+0400 to U+052F in UTF-8."""
ONLY_ASCII_LETTERS = bytes(
    byte if byte < 0x80 and chr(byte).isalpha() else ord(" ") for byte in range(256)
)
MAX_LATIN_WORDS = 60
"""With more of them, asking line by line is cheaper than asking word by word."""


@dataclass(slots=True)
class _Line:
    """A line under repair and what was done to it, in order."""

    number: int
    text: str
    repairs: list[Repair] = field(default_factory=list)

    def substitute(
        self, kind: str, spans: Sequence[tuple[int, int]], replacement: Callable[[str], str]
    ) -> None:
        """Replace the text of each span and record what changed."""
        pieces: list[str] = []
        copied = length = 0
        for start, end in spans:
            before = self.text[start:end]
            after = replacement(before)
            if after == before:
                continue
            pieces += (self.text[copied:start], after)
            length += start - copied
            self.repairs.append(Repair(self.number, kind, before, after, length))
            length += len(after)
            copied = end
        if copied:
            self.text = "".join(pieces) + self.text[copied:]

    def replace(
        self, kind: str, pattern: re.Pattern[str], replacement: Callable[[str], str]
    ) -> None:
        """Replace each match of a pattern and record what changed."""
        self.substitute(kind, [match.span() for match in pattern.finditer(self.text)], replacement)


Pass = Callable[[_Line], None]


def repair_lines(lines: Sequence[str]) -> tuple[list[str], list[Repair]]:
    """Return the lines without outer white space and repaired, and the repairs in order.

    `undo_repairs` gives back each stripped line as it was.
    """
    stripped = [line.strip() for line in lines]
    page = "\n".join(stripped)
    passes = _passes_for(page)
    if not passes:
        return stripped, []
    repairs: list[Repair] = []
    for number, text in enumerate(stripped):
        if not text:
            continue
        line = _Line(number, text)
        for repair in passes:
            repair(line)
        if line.repairs:
            _strip_outer_space(line)
            stripped[number] = line.text
            repairs += line.repairs
    return stripped, repairs


def undo_repairs(line: str, repairs: Sequence[Repair]) -> str:
    """Return a repaired line as it was decoded, given the repairs of this line in order."""
    for repair in reversed(repairs):
        end = repair.start + len(repair.after)
        line = line[: repair.start] + repair.before + line[end:]
    return line


def _passes_for(page: str) -> list[Pass]:
    """Return the passes that a page needs, by signs that are cheap to see."""
    passes: list[Pass] = []
    if page.isascii():
        if "\x00" in page:
            passes.append(_drop_invisible)
    else:
        passes += _non_ascii_passes(page)
    if "&" in page and ENTITY.search(page):
        passes.append(_unescape_entities)
    if "<" in page and MARKUP.search(page):
        passes.append(_drop_markup)
    return passes


def _non_ascii_passes(page: str) -> list[Pass]:
    """Return the passes that a page with more than ASCII needs."""
    passes: list[Pass] = []
    try:
        encoded = page.encode()
    except UnicodeEncodeError:
        passes.append(_replace_bad_bytes)
        encoded = page.encode(errors="replace")
    if _has(page, MOJIBAKE_LETTERS) and _has(page, MOJIBAKE_SIGNS):
        passes.append(_fix_mojibake)
    if _has(page, INVISIBLE_SIGNS):
        passes.append(_drop_invisible)
    if _has(page, DECOMPOSED_SIGNS):
        passes.append(_compose)
    if _has(page, ("ӊ", "Ӊ")):
        passes.append(_repair_en_with_tail)
    if _is_legacy_font(page):
        passes.append(_repair_legacy_font)
    if _mixes_letters(page, encoded) or _has(page, LATIN_LETTERS_BEYOND_ASCII):
        passes.append(_look_alike_pass(page))
    return passes


def _mixes_letters(text: str, encoded: bytes) -> bool:
    """Tell whether an ASCII letter may touch a letter beyond ASCII in a text with Cyrillic."""
    if not any(lead in encoded for lead in CYRILLIC_LEADS):
        return False
    words = encoded.translate(ONLY_ASCII_LETTERS).split()
    if len(words) > MAX_LATIN_WORDS:
        return True
    return any(_touches_letter(text, word.decode()) for word in set(words))


def _touches_letter(text: str, word: str) -> bool:
    """Tell whether a word of ASCII letters stands directly before or after another letter."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if text[start - 1 : start].isalpha() or text[end : end + 1].isalpha():
            return True
        start = text.find(word, end)
    return False


def _has(page: str, signs: Sequence[str]) -> bool:
    """Tell whether a page has any of some signs; a loop, since it is asked for every page."""
    for sign in signs:  # noqa: SIM110 (any() costs twice as much here)
        if sign in page:
            return True
    return False


def _is_legacy_font(page: str) -> bool:
    """Tell whether a page is Kazakh in a legacy font.

    ќ beside a Ukrainian letter is neither Macedonian nor Ukrainian; and no such page has a
    Kazakh letter of Unicode.
    """
    return (
        ("ќ" in page or "Ќ" in page) and _has(page, LEGACY_SIGNS) and not _has(page, KAZAKH_SIGNS)
    )


def _look_alike_pass(page: str) -> Pass:
    """Return the pass that unifies words of two scripts, for a page of mostly one."""
    latin = len(page.encode("ascii", "ignore")) > LATIN_PAGE_SHARE * len(page)
    rare_run = CYRILLIC_RUN if latin else LATIN_RUN
    kazakh = _has(page, KAZAKH_SIGNS)

    def unify(line: _Line) -> None:
        encoded = line.text.encode(errors="replace")
        if _mixes_letters(line.text, encoded) or _has(line.text, LATIN_LETTERS_BEYOND_ASCII):
            line.substitute(
                "look_alike",
                _mixed_words(line.text, rare_run),
                lambda word: unify_script(word, latin=latin, kazakh=kazakh),
            )

    return unify


def _mixed_words(text: str, rare_run: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return the spans of words in which a run of the page's rare script touches other letters."""
    words: list[tuple[int, int]] = []
    for match in rare_run.finditer(text):
        start, end = match.span()
        if words and start < words[-1][1]:
            continue
        touches_left = start > 0 and text[start - 1].isalpha()
        touches_right = end < len(text) and text[end].isalpha()
        if not (touches_left or touches_right):
            continue
        while start > 0 and text[start - 1].isalpha():
            start -= 1
        while end < len(text) and text[end].isalpha():
            end += 1
        words.append((start, end))
    return words


def _replace_bad_bytes(line: _Line) -> None:
    r"""Put U+FFFD for a byte that was not UTF-8; what is recorded as before is `\xNN`.

    The surrogate itself, which stands for the byte in decoded text, fits no Avro string.
    """
    line.replace("undecodable_byte", BAD_BYTE, lambda _: "\N{REPLACEMENT CHARACTER}")
    line.repairs = [replace(repair, before=_escape(repair.before)) for repair in line.repairs]


def _escape(surrogate: str) -> str:
    r"""Return a lone surrogate as the byte that it stands for, `\xNN`, or as `\uNNNN`."""
    code = ord(surrogate)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def _fix_mojibake(line: _Line) -> None:
    """Undo one misreading of UTF-8, as ftfy sees it."""
    if _has(line.text, MOJIBAKE_SIGNS):
        line.substitute("mojibake", [(0, len(line.text))], ftfy.fix_encoding)


def _drop_invisible(line: _Line) -> None:
    """Drop characters that no reader sees and that split words for machines."""
    line.replace("invisible", INVISIBLE, lambda _: "")


def _compose(line: _Line) -> None:
    """Compose Cyrillic letters that a converter took apart."""
    line.replace("composition", DECOMPOSED, COMPOSED.__getitem__)


def _repair_en_with_tail(line: _Line) -> None:
    """Put ң for U+04CA, a letter of Kildin Sami that some Kazakh keyboards print."""
    line.replace("letter", EN_WITH_TAIL, EN_WITH_DESCENDER.__getitem__)


def _repair_legacy_font(line: _Line) -> None:
    """Put the Unicode letter for that of a legacy font."""
    line.replace("legacy_font", LEGACY_LETTER, LEGACY_FONT.__getitem__)


def _unescape_entities(line: _Line) -> None:
    """Resolve HTML entities; one that names no printable character stays."""

    def unescape(entity: str) -> str:
        text = html.unescape(entity)
        return text if text.isprintable() or text == "\xa0" else entity

    if "&" in line.text:
        line.replace("entity", ENTITY, unescape)


def _drop_markup(line: _Line) -> None:
    """Drop HTML tags; a line break between words becomes a space."""
    if "<" in line.text:
        line.replace("markup", MARKUP, lambda tag: " " if "br" in tag[:4].lower() else "")


def _strip_outer_space(line: _Line) -> None:
    """Drop the outer white space that repairs have laid bare."""
    kept = line.text.strip()
    if len(kept) == len(line.text):
        return
    start = len(line.text) - len(line.text.lstrip())
    outer = [(0, start), (start + len(kept), len(line.text))]
    line.substitute("whitespace", [span for span in outer if span[0] < span[1]], lambda _: "")
