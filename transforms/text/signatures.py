"""Sketch a text so that nearly equal texts are found by their sketches alone: MinHash.

Two texts are as alike as the sets of their shingles, the runs of 8 letters or digits: the share
of shingles that they have in common (Jaccard). Case, punctuation and white space do not count.
The share of 256 hashes that have the same least value in both sets estimates it (Broder, On the
resemblance and containment of documents, 1997), with a standard error of 0.025 at 0.8. What the
hashes are, and that they take 10 us a page, is of Dahlgaard and others, Fast similarity
sketching, 2017, as rensa has it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

SHINGLE = 8
"""Letters. In Kazakh and Russian reprints (see README, near duplicates) shingles of 8 letters are
right more often than those of 5, which pages of one template share, and those of 3 words, each of
which a changed ending spoils."""

FEWEST_SHINGLES = 200
"""Some thirty words. Shorter texts, such as captions, are alike without being reprints."""

HASHES = 256
SEED = 1
SIGNATURE_BYTES = HASHES
"""The lowest byte of each least value: two of them are equal by chance once in 256 times."""

BANDED_HASHES = 128
LEAST_RECALL = 0.99
"""Of pairs just as alike as the threshold, so many must share a band."""

PIECE = 2**16
"""Characters: a text of megabytes is hashed piece by piece."""

PLANES = 2 * 2**16
"""Letters beyond the first two planes of Unicode, rare signs of Chinese, do not count."""

MULTIPLIERS = tuple(
    np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
"""Odd numbers that spread bits well: those of SplitMix64 (Steele and others, 2014)."""

Minima = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Banding:
    """How the hashes of a text are bound together: texts that share a band are compared.

    Of two texts of a likeness of `s` some band is the same with a chance of 1 - (1 - s^rows)^bands.
    """

    bands: int
    rows: int

    @classmethod
    def for_threshold(cls, threshold: float) -> "Banding":
        """Return the banding with the longest bands that hardly miss a pair at the threshold."""
        bandings = [cls(BANDED_HASHES // rows, rows) for rows in range(1, BANDED_HASHES + 1)]
        return [each for each in bandings if each.recall(threshold) >= LEAST_RECALL][-1]

    def recall(self, likeness: float) -> float:
        """Return the chance that two texts of this likeness are compared."""
        same: float = likeness**self.rows
        return 1 - (1 - same) ** self.bands


def least_hashes(texts: Sequence[str]) -> Minima | None:
    """Return the least value of each hash over the shingles of the texts, taken as one.

    None where there are too few of them to tell.
    """
    minima, count = np.full(HASHES, 2**32 - 1, dtype=np.uint32), 0
    for shingles in _shingles("".join(texts)):
        count += len(shingles)
        offsets = (0, len(shingles))
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(shingles, offsets, HASHES, SEED)
        minima = np.minimum(minima, np.array(matrix.to_rows()[0], dtype=np.uint32))
    return minima if count >= FEWEST_SHINGLES else None


def signature_of(minima: Minima) -> bytes:
    """Return what is kept of the least values to compare texts by."""
    return minima.astype(np.uint8).tobytes()


def band_keys(minima: Minima, banding: Banding) -> NDArray[np.uint64]:
    """Return a key for each band: texts that share one are worth a comparison."""
    used = minima[: banding.bands * banding.rows].reshape(banding.bands, banding.rows)
    weights = _spread(np.arange(1, banding.rows + 1, dtype=np.uint64))
    apart = np.arange(1, banding.bands + 1, dtype=np.uint64)  # bands do not meet each other
    sums: NDArray[np.uint64] = (used * weights).sum(axis=1, dtype=np.uint64)
    return _spread(sums + apart)


def similarities(
    signatures: NDArray[np.uint8], signature: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Return how alike a text is to each of others, one a row, estimated: 0 to 1."""
    same = (signatures == signature).sum(axis=1)
    by_chance = HASHES / 2**8
    likeness: NDArray[np.float64] = (same - by_chance) / (HASHES - by_chance)
    return np.maximum(likeness, 0.0)


def _shingles(text: str) -> Iterator[NDArray[np.uint64]]:
    """Yield the hashes of the shingles of a text, piece by piece."""
    carried = np.empty(0, dtype=np.uint64)
    for start in range(0, len(text), PIECE):
        letters = np.concatenate((carried, _letters(text[start : start + PIECE])))
        carried = letters[-SHINGLE + 1 :]
        if len(letters) >= SHINGLE:
            yield _hash_runs(letters)


def _letters(text: str) -> NDArray[np.uint64]:
    """Return a number for each letter and digit of a text, the same for both cases."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")
    numbers = _letter_numbers().take(codes, mode="clip")
    letters: NDArray[np.uint64] = numbers[numbers != 0]
    return letters


def _hash_runs(letters: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a hash of each run of SHINGLE letters: of two, of four, of eight."""
    hashes = letters
    for width, multiplier in zip((1, 2, 4), MULTIPLIERS, strict=True):
        runs = hashes[:-width] * multiplier
        runs += hashes[width:]
        hashes = runs
    return _spread(hashes)


def _spread(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return numbers whose bits depend on all bits of those given."""
    mixed = numbers ^ (numbers >> np.uint64(30))
    mixed *= MULTIPLIERS[1]
    mixed ^= mixed >> np.uint64(27)
    mixed *= MULTIPLIERS[2]
    return mixed


@cache
def _letter_numbers() -> NDArray[np.uint64]:
    """Return the number of each code point: 0 where it does not count."""
    folded = [chr(code).lower()[0] if chr(code).isalnum() else "\0" for code in range(PLANES)]
    return np.array([ord(character) for character in folded], dtype=np.uint64)
