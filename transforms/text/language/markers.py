"""Cheap signs that a page holds more than one language.

All of them work on the page as bytes (low and high byte of each code point), so that a page of
3,000 characters is looked through in microseconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from transforms.text.language.tags import read_knowledge

_MARK, _PLAIN = 1, 0
_NEWLINE = 0x0A
# A paragraph of a language without the letters is asked if it has so many of them: one may be a
# name or a slip of the hand.
_ABSENT_LIMIT = 3
# So many characters in a row outside the page's script make us look closer.
_FOREIGN_RUN = bytes([_PLAIN]) * 8
# Shorter paragraphs without any marker letter are left to the page.
_MIN_WITHOUT_MARK = 20  # characters
_MIN_FOR_SCRIPT = 12  # characters


@dataclass(frozen=True, slots=True)
class Markers:
    """The letters to look for as a table for `bytes.translate`, and what to make of them."""

    table: bytes
    run: bytes
    absent: bool


@dataclass(frozen=True, slots=True)
class PageBytes:
    """A page's paragraphs, joined with line ends, as low and high bytes of its code points."""

    low: bytes
    high: bytes
    starts: Sequence[int]
    ends: Sequence[int]


def page_bytes(paragraphs: Sequence[str]) -> PageBytes:
    """Return the bytes of a page, one low and one high for each code point."""
    text = "\n".join(paragraphs)
    units, width = text.encode("utf-16-le", "surrogatepass"), 2
    if len(units) != 2 * len(text):  # characters beyond U+FFFF
        units, width = text.encode("utf-32-le", "surrogatepass"), 4
    starts, ends, at = [], [], 0
    for paragraph in paragraphs:
        starts.append(at)
        ends.append(at + len(paragraph))
        at += len(paragraph) + 1
    return PageBytes(units[::width], units[1::width], starts, ends)


def has_markers(language: str, script: str | None) -> bool:
    """Return whether letters show what is not in this language."""
    return f"{language}-{script}" in _markers()


def foreign_paragraphs(page: PageBytes, language: str, script: str | None) -> set[int]:
    """Return the paragraphs of a page in this language that may be in another one."""
    suspects = set(_other_script(page, script))
    markers = _markers().get(f"{language}-{script}")
    if markers is not None:
        marked = page.low.translate(markers.table)
        suspects.update(
            _with_marks(page, marked) if markers.absent else _without_marks(page, marked, markers)
        )
    return suspects


def _other_script(page: PageBytes, script: str | None) -> Iterator[int]:
    """Yield the paragraphs that are mostly not in the page's script."""
    own = page.high.translate(_plane_table(script))
    if _FOREIGN_RUN not in own:
        return
    for number, (start, end) in enumerate(zip(page.starts, page.ends, strict=True)):
        if end - start >= _MIN_FOR_SCRIPT and own.count(_MARK, start, end) * 2 < end - start:
            yield number


def _with_marks(page: PageBytes, marked: bytes) -> Iterator[int]:
    """Yield the paragraphs with several of the letters that the page's language lacks."""
    if marked.count(_MARK) < _ABSENT_LIMIT:
        return
    for number, (start, end) in enumerate(zip(page.starts, page.ends, strict=True)):
        if marked.count(_MARK, start, end) >= _ABSENT_LIMIT:
            yield number


def _without_marks(page: PageBytes, marked: bytes, markers: Markers) -> Iterator[int]:
    """Yield the paragraphs with a long stretch in which the language's letters are missing."""
    any_run, run = markers.run in marked, len(markers.run)
    for number, (start, end) in enumerate(zip(page.starts, page.ends, strict=True)):
        if end - start >= run:
            if any_run and marked.find(markers.run, start, end) >= 0:
                yield number
        elif end - start >= _MIN_WITHOUT_MARK and marked.find(_MARK, start, end) < 0:
            yield number


@cache
def _plane_table(script: str | None) -> bytes:
    """Return a table that marks the high bytes of a script's letters."""
    own = _SCRIPT_PLANES.get(script or "")
    if own is None:  # not one of the scripts of mixed pages: nothing is foreign
        return bytes([_MARK]) * 256
    return bytes(_MARK if plane in own else _PLAIN for plane in range(256))


_SCRIPT_PLANES = {
    "Cyrl": frozenset({0x04, 0x05}),
    "Arab": frozenset({0x06, 0x07, 0x08, *range(0xFB, 0xFF)}),
    "Latn": frozenset({0x00, 0x01, 0x02, 0x1E, 0x20}),
    "Grek": frozenset({0x03, 0x1F}),
    "Hans": frozenset(range(0x30, 0xA0)),
    "Hant": frozenset(range(0x30, 0xA0)),
    "Jpan": frozenset(range(0x30, 0xA0)),
}


@cache
def _markers() -> dict[str, Markers]:
    """Return the marker letters by language and script, such as `kk-Cyrl`."""
    table = read_knowledge("markers")
    return {tag: _compiled(entry) for tag, entry in table.items()}


def _compiled(entry: dict[str, object]) -> Markers:
    """Return one language's entry as a translation table; line ends break a run."""
    letters, run = str(entry["letters"]), entry.get("run", 1)
    low_bytes = {ord(letter) & 0xFF for letter in letters} | {_NEWLINE}
    absent = bool(entry.get("absent", False))
    if absent:
        low_bytes.discard(_NEWLINE)
    table = bytes(_MARK if byte in low_bytes else _PLAIN for byte in range(256))
    return Markers(table, bytes([_PLAIN]) * int(str(run)), absent)
