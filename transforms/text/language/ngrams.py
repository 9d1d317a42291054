"""Character n-grams of a text as hashed numbers, computed by numpy in one go per order.

Training and detection share this module: a model fits only the n-grams it was trained on.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_ORDER = 4
# Enough to decide, and a bound on the cost: more is read only up to here.
MAX_CHARACTERS = 200
# One odd multiplier for each place in an n-gram: those of multiplicative hashing (2^32 / golden
# ratio; Knuth, The Art of Computer Programming 3, 6.4) and of xxHash (Collet).
_MULTIPLIERS = np.array(
    [[2_654_435_761], [2_246_822_519], [3_266_489_917], [668_265_263]], dtype=np.uint32
)
_APOSTROPHES = re.compile("[’‘ʼʻ`´ʹ′]")
_NOT_WORDS = re.compile(r"(?:[^\w']|[\d_])+")
_USUAL_SIGNS = re.compile(r"[\s0-9,.:;!?\"«»“”„()\[\]…—–/%_-]+")  # a quarter of the cost


def normalise(text: str) -> str:
    """Return the words of a text in lower case between single spaces, apostrophes unified."""
    lowered = _APOSTROPHES.sub("'", text[:MAX_CHARACTERS].lower()).replace("\u0307", "")
    words = _USUAL_SIGNS.sub(" ", lowered).strip()
    if not words.replace(" ", "").replace("'", "").isalpha():
        words = _NOT_WORDS.sub(" ", words).strip()
    return f" {words} "


def ngram_hashes(normalised: str) -> Sequence[NDArray[np.uint32]]:
    """Return for each order (1 to MAX_ORDER) the 32-bit hashes of a text's n-grams.

    Entry i of order n stands for the n-gram that begins at character i: the sum of its characters'
    code points, each times the multiplier of its place.
    """
    codes = np.frombuffer(normalised.encode("utf-32-le", "replace"), dtype=np.uint32)
    products = codes * _MULTIPLIERS
    hashes = products[0]
    found = [hashes]
    for place in range(1, min(MAX_ORDER, len(codes))):
        hashes = hashes[:-1] + products[place, place:]
        found.append(hashes)
    return found
