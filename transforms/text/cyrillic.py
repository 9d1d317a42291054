"""Tell the old Cyrillic encodings apart by how often each letter occurs in each reading.

A second look at what the detector says: it knows whole languages, but not texts in capitals only,
a few Cyrillic words on an English page, or a Kazakh name in Russian news.
"""

import math
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from transforms.text.knowledge_files import load_knowledge

DOUBTS = {
    "windows-1251": 0.0,
    "kz1048": 0.0,
    "ptcp154": 0.0,
    "koi8-r": 0.0,
    "ibm866": 0.0,
    "iso-8859-5": 5.0,
    "koi8-u": 40.0,
    "cp1125": 40.0,
    "koi8-t": 40.0,
    "maccyrillic": 40.0,
}
"""Nats against an encoding that the detector does not name, since few pages have it: in capitals
maccyrillic differs from ibm866 in nothing but Ё and signs. Of two that read a text equally well the
first is taken. The names are the detector's."""

DOUBTS_OF_ANSWER = {"cp1125": 5.0, "maccyrillic": 5.0}
"""Nats against what the detector names: it takes ibm866 with one ° for cp1125, where that is Ї, and
windows-1251 without a capital for maccyrillic."""

_TOGETHER = ("kk", "ru")  # on one page, more often than not
_SIGNS = "«»—–“”„’‘…№§°\u00a0"
_LOG_OF_SIGN = math.log(0.005)
_LOG_OF_ASCII = math.log(0.002)  # a Latin letter in a Cyrillic word: damage
_LOG_OF_OTHER = math.log(0.0001)
_LOG_OF_NOTHING = -100.0  # a byte that the encoding does not have

_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_FEWEST_LETTERS = 12
"""Below this chance decides what the letters look like."""

_LEAST_FIT = -3.7
"""Nats a letter. Cyrillic texts in their right reading reach -3.7 to -2.9. Of other texts that are
read as Cyrillic only Greek, Hebrew and short Arabic ones reach -3.7: they have their own tables."""

OTHERS = {
    "el": ("windows-1253", "iso-8859-7", "macgreek", "cp737", "cp869"),
    "he": ("windows-1255", "iso-8859-8", "cp862"),
    "ar": ("windows-1256", "iso-8859-6", "cp720", "cp864"),
}
"""Encodings that are asked about only where the detector names them."""

_LEAST_GAIN = 6.0
"""Nats for the whole text by which another reading must be better than the detector's."""


@dataclass(frozen=True, slots=True)
class _Tables:
    """Log probabilities of the 256 bytes in each encoding and language."""

    names: tuple[str, ...]  # one for each row: the encoding
    rows: NDArray[np.float64]
    doubts: NDArray[np.float64]


def read_again(sample: bytes, answer: str | None) -> str | None:
    """Return the encoding that reads the Cyrillic words of a text clearly best, or else `answer`.

    `answer` is what the detector says, None where it says nothing. A text that is not Cyrillic
    fits no encoding here, so that its answer stays.
    """
    words = b"".join(_WORD.findall(sample))
    counts = np.bincount(np.frombuffer(words, np.uint8), minlength=256)
    letters = int(counts[128:].sum())
    if letters < _FEWEST_LETTERS:
        return answer
    tables = _load_tables()
    fits = tables.rows @ counts
    doubt = DOUBTS_OF_ANSWER.get(answer or "", 0.0)
    rivals = [fit - doubt for name, fit in zip(tables.names, fits, strict=True) if name == answer]
    fits -= tables.doubts
    best = int(fits.argmax())
    is_better = not rivals or fits[best] - max(rivals) >= _LEAST_GAIN
    return tables.names[best] if is_better and fits[best] >= _LEAST_FIT * letters else answer


@cache
def _load_tables() -> _Tables:
    """Return the tables of every encoding and language, in the order of `DOUBTS`."""
    knowledge = load_knowledge("encodings.toml")
    languages = _languages(knowledge["letters"])
    pairs = [(encoding, logs) for encoding in DOUBTS for logs in languages]
    for language, encodings in OTHERS.items():
        logs = _logs(_read_counts(knowledge["others"][language]))
        pairs += [(encoding, logs) for encoding in encodings]
    rows = [[_log_of(byte, encoding, logs) for byte in range(256)] for encoding, logs in pairs]
    doubts = [DOUBTS.get(encoding, math.inf) for encoding, _ in pairs]
    return _Tables(tuple(encoding for encoding, _ in pairs), np.array(rows), np.array(doubts))


def _languages(texts: dict[str, str]) -> list[dict[str, float]]:
    """Return the log probability of each letter, by language and for Kazakh beside Russian."""
    counts = {name: _read_counts(text) for name, text in texts.items()}
    one, other = (counts[name] for name in _TOGETHER)
    both = {letter: one.get(letter, 0) + other.get(letter, 0) for letter in one | other}
    return [_logs(letters) for letters in (*counts.values(), both)]


def _logs(counts: dict[str, float]) -> dict[str, float]:
    """Return the log probability of each letter."""
    total = sum(counts.values())
    return {letter: math.log(count / total) for letter, count in counts.items()}


def _read_counts(text: str) -> dict[str, float]:
    """Return the counts of `а 80, б 16`."""
    pairs = (pair.split() for pair in text.split(","))
    return {letter: float(count) for letter, count in pairs}


def _log_of(byte: int, encoding: str, logs: dict[str, float]) -> float:
    """Return the log probability of a byte in an encoding of a language."""
    if byte < 128:
        return _LOG_OF_ASCII
    character = bytes([byte]).decode(encoding, "replace").lower()
    if character == "\ufffd":
        return _LOG_OF_NOTHING
    return logs.get(character, _LOG_OF_SIGN if character in _SIGNS else _LOG_OF_OTHER)
