"""The small language models: how likely each letter is after the three before it.

A model holds n-grams of up to four characters, each with one row: the log probability of its last
character after the others, by label. A text is read with the longest n-gram that is known at each
character. The mean says how much the text looks like each language, and, against what texts of
that language reach, whether it is in any of them.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
from numpy.typing import NDArray

from transforms.text.language.ngrams import ngram_hashes

SLOT_BITS = 17  # 256 KB of slots stay in a processor's cache; rare n-grams lose theirs
SLOT_SHIFT = np.uint32(32 - SLOT_BITS)
MOST_NGRAMS = 65_535  # that a slot, of two bytes, can name beside the unknown one


@dataclass(frozen=True, slots=True)
class Model:
    """A character model: `rows` (n-grams x labels, steps of `scale` nats), found by `keys`.

    The last row is that of a character that the model has never seen.
    """

    labels: tuple[str, ...]
    keys: NDArray[np.uint32]
    rows: NDArray[np.int8]
    scale: float
    slots: NDArray[np.uint16]

    def fits(self, normalised: str) -> dict[str, float]:
        """Return the mean log probability (nats a character, up to 0) of a text by label."""
        sums = self.rows.take(self._longest(normalised), axis=0).sum(axis=0, dtype=np.int32)
        means = sums * (self.scale / max(1, len(normalised) - 1))
        return dict(zip(self.labels, means.tolist(), strict=True))

    def sums(self, normalised: str, label: str) -> NDArray[np.int64]:
        """Return for each character the log probability (steps of `scale`) of the text up to it."""
        column = self.rows[:, self.labels.index(label)]
        return np.cumsum(column[self._longest(normalised)], dtype=np.int64)

    def _longest(self, normalised: str) -> NDArray[np.uint16]:
        """Return the row of the longest known n-gram that ends at each character but the first."""
        orders = ngram_hashes(normalised)
        hashes = np.concatenate(orders)
        rows = self.slots.take(hashes >> SLOT_SHIFT)
        known = self.keys.take(rows) == hashes
        length, start = len(normalised), 0
        longest = np.full(length, len(self.keys), dtype=np.uint16)
        for order in orders:
            end = start + len(order)
            np.copyto(longest[-len(order) :], rows[start:end], where=known[start:end])
            start = end
        return longest[1:]


def slots_of(keys: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """Return the table from the first bits of a hash to the first of the keys that has them."""
    slots = np.zeros(1 << SLOT_BITS, dtype=np.uint16)
    slots[(keys >> SLOT_SHIFT)[::-1]] = np.arange(len(keys), dtype=np.uint16)[::-1]
    return slots


@cache
def load_model(name: str) -> Model:
    """Return a model of the package: `cyrillic`, `latin` or `arabic`."""
    return read_model(files("transforms.text") / "knowledge" / "language" / f"{name}.npz")


def read_model(file: Traversable) -> Model:
    """Return the model in a file, as training writes it."""
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return Model(
            labels=tuple(arrays["labels"].tolist()),
            keys=arrays["keys"],
            rows=arrays["rows"],
            scale=float(arrays["scale"]),
            slots=slots_of(arrays["keys"]),
        )
