"""Which scripts a text is written in, counted without looking at single characters.

A text encoded as UTF-16 has the block of each character in its high byte, so that a script
is counted with `bytes.count`: 2 us for 400 characters, where a loop takes 40.
"""

from dataclasses import dataclass
from itertools import islice

_NOT_LATIN_1_LETTERS = bytes(byte for byte in range(256) if not chr(byte).isalpha())

# High bytes of UTF-16 code units that belong to one script alone (Unicode 15 blocks).
_PLANES = {
    "Cyrl": (0x2D,),
    "Arab": (0x06, 0x08, 0xFB, 0xFC, 0xFD, 0xFE),
    "Grek": (0x1F,),
    "Tibt": (0x0F,),
    "Ethi": (0x12,),
    "Mong": (0x18,),
    "Hang": (0x11, *range(0xAC, 0xD8)),
    "Hani": tuple(range(0x34, 0xA0)),
}
# High bytes that two scripts share: the boundary is the low byte of the second one.
_SHARED_PLANES = {
    0x03: (("Grek", 0x70, 0x100),),
    0x05: (("Cyrl", 0x00, 0x30), ("Armn", 0x30, 0x90), ("Hebr", 0x90, 0x100)),
    0x07: (("Syrc", 0x00, 0x50), ("Arab", 0x50, 0x80), ("Thaa", 0x80, 0xC0)),
    0x09: (("Deva", 0x00, 0x80), ("Beng", 0x80, 0x100)),
    0x0A: (("Guru", 0x00, 0x80), ("Gujr", 0x80, 0x100)),
    0x0B: (("Orya", 0x00, 0x80), ("Taml", 0x80, 0x100)),
    0x0C: (("Telu", 0x00, 0x80), ("Knda", 0x80, 0x100)),
    0x0D: (("Mlym", 0x00, 0x80), ("Sinh", 0x80, 0x100)),
    0x0E: (("Thai", 0x00, 0x80), ("Laoo", 0x80, 0x100)),
    0x10: (("Mymr", 0x00, 0xA0), ("Geor", 0xA0, 0x100)),
    0x13: (("Ethi", 0x00, 0xA0), ("Cher", 0xA0, 0x100)),
    0x17: (("Khmr", 0x80, 0x100),),
    0x30: (("Jpan", 0x40, 0x100),),
}
_PLANE_SCRIPT = {plane: script for script, planes in _PLANES.items() for plane in planes}
_ENOUGH = 60  # characters by which a plane is divided among its scripts
_CYRILLIC_PLANE = 0x04
_COUNTED_ELSEWHERE = b"\x00\x04\x20"  # Latin-1, Cyrillic, punctuation
_SYLLABIC = frozenset({"Hang", "Hani", "Jpan"})
_LETTERS_OF_A_SIGN = 3  # of Latin script, about, in translations of the same text
_LATIN_PLANES = (0x01, 0x02, 0x1E)


@dataclass(frozen=True, slots=True)
class Census:
    """The letters of a text by script; `script` has most of the text (None: no letters)."""

    script: str | None
    letters: int
    counts: dict[str, int]

    def share(self, script: str) -> float:
        """Return the share (0 to 1) of the letters that are of this script."""
        return self.counts.get(script, 0) / self.letters if self.letters else 0.0


def planes_of(script: str) -> frozenset[int]:
    """Return the high bytes under which the letters of a script are found; none for others."""
    if script in {"Hans", "Hant", "Jpan"}:
        return frozenset((0x30, *_PLANES["Hani"]))
    if script == "Latn":
        return frozenset((0x00, 0x20, *_LATIN_PLANES))
    shared = (plane for plane, parts in _SHARED_PLANES.items() if script in {p[0] for p in parts})
    cyrillic = (_CYRILLIC_PLANE,) if script == "Cyrl" else ()
    return frozenset((*_PLANES.get(script, ()), *shared, *cyrillic))


def count_scripts(text: str) -> Census:
    """Return the letters of a text by script; marks inside a script's block count as letters."""
    counts: dict[str, int] = {}
    latin = len(text.encode("latin-1", "ignore").translate(None, _NOT_LATIN_1_LETTERS))
    if not text.isascii():
        latin += _count_planes(text.encode("utf-16-le", "surrogatepass"), counts)
    if latin:
        counts["Latn"] = latin
    _join_japanese(counts)
    script = max(counts, key=lambda name: (_weight(name, counts), name)) if counts else None
    return Census(script, sum(counts.values()), counts)


def _weight(script: str, counts: dict[str, int]) -> int:
    """Return how much the letters of a script weigh: a sign of some stands for a syllable."""
    return counts[script] * (_LETTERS_OF_A_SIGN if script in _SYLLABIC else 1)


def _count_planes(units: bytes, counts: dict[str, int]) -> int:
    """Add the letters beyond U+00FF to `counts`; return how many of them are Latin."""
    high = units[1::2]
    if cyrillic := high.count(_CYRILLIC_PLANE):
        counts["Cyrl"] = cyrillic
    others = high.translate(None, _COUNTED_ELSEWHERE)
    return _count_rarer(others, high, units[::2], counts) if others else 0


def _count_rarer(others: bytes, high: bytes, low: bytes, counts: dict[str, int]) -> int:
    """Add the letters of all planes but the usual ones; return how many of them are Latin."""
    latin = 0
    for plane in set(others):
        if plane in _LATIN_PLANES:
            latin += high.count(plane)
        elif plane in _SHARED_PLANES:
            _count_shared(high, low, plane, counts)
        elif script := _PLANE_SCRIPT.get(plane):
            counts[script] = counts.get(script, 0) + high.count(plane)
    return latin


def _count_shared(high: bytes, low: bytes, plane: int, counts: dict[str, int]) -> None:
    """Add the letters of a plane that several scripts share, by the shares of the first ones."""
    places = (unit for unit, other in zip(low, high, strict=True) if other == plane)
    ours = list(islice(places, _ENOUGH))
    found = high.count(plane)
    for script, first, end in _SHARED_PLANES[plane]:
        if inside := sum(first <= unit < end for unit in ours):
            counts[script] = counts.get(script, 0) + round(found * inside / len(ours))


def _join_japanese(counts: dict[str, int]) -> None:
    """Count Chinese characters as Japanese where kana stand among them."""
    if counts.get("Jpan", 0) * 10 >= counts.get("Hani", 0) > 0 and "Jpan" in counts:
        counts["Jpan"] += counts.pop("Hani")
