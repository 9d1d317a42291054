"""Character n-grams of a text as hashed numbers, computed by numpy in one go per order.

Training and detection share this module: a model fits only the n-grams it was trained on.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_ORDER = 4
# Enough to decide, and a bound on the cost: more is read only up to here.
MAX_CHARACTERS = 360
# Odd multipliers of multiplicative hashing (Knuth; 2^32 / golden ratio and successors of it).
_MULTIPLIERS = (2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263)
_APOSTROPHES = re.compile("[’‘ʼʻ`´ʹ′]")
_NOT_WORDS = re.compile(r"(?:[^\w']|[\d_])+")


def normalise(text: str) -> str:
    """Return the words of a text in lower case between single spaces, apostrophes unified."""
    lowered = _APOSTROPHES.sub("'", text[:MAX_CHARACTERS].lower()).replace("\u0307", "")
    return f" {_NOT_WORDS.sub(' ', lowered).strip()} "


def ngram_hashes(normalised: str) -> Sequence[NDArray[np.uint32]]:
    """Return for each order (1 to MAX_ORDER) the 32-bit hashes of a text's n-grams.

    Entry i of order n stands for the n-gram that begins at character i.
    """
    codes = np.frombuffer(normalised.encode("utf-32-le", "replace"), dtype=np.uint32)
    hashes = np.zeros(len(codes), dtype=np.uint32)
    found = []
    for order in range(1, min(MAX_ORDER, len(codes)) + 1):
        multiplier = np.uint32(_MULTIPLIERS[order - 1])
        hashes = (hashes[: len(codes) - order + 1] ^ codes[order - 1 :]) * multiplier
        hashes = hashes ^ (hashes >> np.uint32(15))
        found.append(hashes)
    return found
