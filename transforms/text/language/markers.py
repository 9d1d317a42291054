"""Cheap signs that a page holds more than one language.

Scripts and runs without a language's own letters are looked for on the page as bytes (low and high
byte of each code point), so that a page of 3,000 characters is looked through in microseconds.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from transforms.text.language.census import planes_of
from transforms.text.language.tags import read_knowledge

_MARK, _PLAIN = 1, 0
_NEWLINE = 0x0A
# A paragraph is asked if it has so many letters that its page's language lacks: one or two may be
# a name or a slip of the hand.
_FOREIGN_LETTERS = 3
# So many characters in a row outside the page's script make us look closer.
_FOREIGN_RUN = bytes([_PLAIN]) * 8
# Shorter paragraphs without any marker letter or word are left to the page.
_MIN_WITHOUT_MARK = 20  # characters
_MIN_WITHOUT_WORD = 60
_MIN_FOR_SCRIPT = 12  # characters


@dataclass(frozen=True, slots=True)
class Markers:
    """What shows another language: see markers.toml; `table` is for `bytes.translate`."""

    table: bytes
    run: bytes
    foreign: str
    words: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class PageBytes:
    """A page's paragraphs, joined with line ends, and its code points as bytes."""

    text: str
    units: bytes  # little-endian
    width: int  # bytes of a unit
    starts: Sequence[int]
    ends: Sequence[int]

    def low(self) -> bytes:
        """Return the lowest byte of each code point."""
        return self.units[:: self.width]

    def high(self) -> bytes:
        """Return the byte above it, which tells the script."""
        return self.units[1 :: self.width]


def page_bytes(paragraphs: Sequence[str]) -> PageBytes:
    """Return a page in the form that these checks take."""
    text = "\n".join(paragraphs)
    units, width = text.encode("utf-16-le", "surrogatepass"), 2
    if len(units) != 2 * len(text):  # characters beyond U+FFFF
        units, width = text.encode("utf-32-le", "surrogatepass"), 4
    starts, ends, at = [], [], 0
    for paragraph in paragraphs:
        starts.append(at)
        ends.append(at + len(paragraph))
        at += len(paragraph) + 1
    return PageBytes(text, units, width, starts, ends)


def has_markers(language: str, script: str | None) -> bool:
    """Return whether letters or words show what is not in this language."""
    return f"{language}-{script}" in _markers()


def foreign_paragraphs(page: PageBytes, language: str, script: str | None) -> set[int]:
    """Return the paragraphs of a page in this language that may be in another one."""
    suspects = set(_other_script(page, script))
    markers = _markers().get(f"{language}-{script}")
    if markers is not None:
        if markers.run:
            suspects.update(_without_letters(page, markers))
        if markers.foreign:
            suspects.update(_with_foreign_letters(page, markers.foreign))
        if markers.words:
            suspects.update(_without_words(page, markers.words))
    return suspects


def _spans(page: PageBytes) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and end of each paragraph."""
    for number, (start, end) in enumerate(zip(page.starts, page.ends, strict=True)):
        yield number, start, end


def _other_script(page: PageBytes, script: str | None) -> Iterator[int]:
    """Yield the paragraphs that are mostly not in the page's script."""
    if script == "Latn" and page.text.isascii():
        return
    own = page.high().translate(_plane_table(script))
    if _FOREIGN_RUN not in own:
        return
    for number, start, end in _spans(page):
        if end - start >= _MIN_FOR_SCRIPT and own.count(_MARK, start, end) * 2 < end - start:
            yield number


def _with_foreign_letters(page: PageBytes, letters: str) -> Iterator[int]:
    """Yield the paragraphs with several letters that the page's language lacks."""
    found = [letter for letter in letters if letter in page.text]
    if not found or sum(map(page.text.count, found)) < _FOREIGN_LETTERS:
        return
    for number, start, end in _spans(page):
        if sum(page.text.count(letter, start, end) for letter in found) >= _FOREIGN_LETTERS:
            yield number


def _without_letters(page: PageBytes, markers: Markers) -> Iterator[int]:
    """Yield the paragraphs with a long stretch in which the language's letters are missing."""
    marked = page.low().translate(markers.table)
    any_run, run = markers.run in marked, len(markers.run)
    for number, start, end in _spans(page):
        if end - start >= run:
            if any_run and marked.find(markers.run, start, end) >= 0:
                yield number
        elif end - start >= _MIN_WITHOUT_MARK and marked.find(_MARK, start, end) < 0:
            yield number


def _without_words(page: PageBytes, words: re.Pattern[str]) -> Iterator[int]:
    """Yield the paragraphs without any of the most frequent words of the page's language."""
    for number, start, end in _spans(page):
        if end - start >= _MIN_WITHOUT_WORD and not words.search(page.text, start, end):
            yield number


@cache
def _plane_table(script: str | None) -> bytes:
    """Return a table that marks the high bytes of a script's letters."""
    own = planes_of(script or "")
    if not own:  # a script of which we know nothing: nothing is foreign
        return bytes([_MARK]) * 256
    return bytes(_MARK if plane in own else _PLAIN for plane in range(256))


@cache
def _markers() -> dict[str, Markers]:
    """Return the markers by language and script, such as `kk-Cyrl`."""
    return {tag: _compiled(**entry) for tag, entry in read_knowledge("markers").items()}


def _compiled(
    letters: str = "", run: int = 0, foreign: str = "", words: Sequence[str] = ()
) -> Markers:
    """Return one language's entry; line ends break a run."""
    low_bytes = {ord(letter) & 0xFF for letter in letters} | {_NEWLINE}
    table = bytes(_MARK if byte in low_bytes else _PLAIN for byte in range(256))
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b") if words else None
    return Markers(table, bytes([_PLAIN]) * run, foreign, pattern)
