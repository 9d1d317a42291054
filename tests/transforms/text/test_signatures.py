"""Sketches of texts: the same everywhere, blind to layout, and right about likeness."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text import signatures
from transforms.text.signatures import (
    FEWEST_SHINGLES,
    HASHES,
    LEAST_RECALL,
    SHINGLE,
    Banding,
    Minima,
    band_keys,
    least_hashes,
    signature_of,
    similarities,
)

TEXT = "Қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал қоры 3000 кітапқа жетті! "
LONG = "".join(
    f"{TEXT} Оқырман {number} келді де, {number * 7} бет оқып кетті." for number in range(9)
)


def hashes_of(text: str) -> Minima:
    """Return the least hashes of a text that is long enough."""
    minima = least_hashes([text])
    assert minima is not None
    return minima


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are by their signatures."""
    kept = [np.frombuffer(signature_of(hashes_of(text)), dtype=np.uint8) for text in (one, other)]
    return float(similarities(kept[0][np.newaxis], kept[1])[0])


def common_share(one: str, other: str) -> float:
    """Return the share of shingles that two texts have in common, counted."""
    sets = []
    for text in (one, other):
        letters = "".join(letter for letter in text.lower() if letter.isalnum())
        sets.append({letters[at : at + SHINGLE] for at in range(len(letters) - SHINGLE + 1)})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_hashes_are_the_same_on_every_machine() -> None:
    """They decide what is dropped: another version of the library must not change them unseen."""
    minima = hashes_of(LONG)
    assert minima.shape == (HASHES,)
    assert minima[:4].tolist() == [1445853741, 88587713, 65674725, 1466009645]
    assert signature_of(minima)[:8].hex() == "2dc1e52da2811624"
    keys = band_keys(minima, Banding(21, 6))
    assert keys[:2].tolist() == [2399165352135966589, 1016270158520306139]


@pytest.mark.parametrize(
    "other",
    [
        LONG.upper(),
        LONG.replace(". ", ".\n\n").replace(" ", "\u00a0"),
        LONG.replace(",", " – «").replace("!", "…"),
    ],
)
def test_case_punctuation_and_spaces_do_not_count(other: str) -> None:
    assert other != LONG
    assert hashes_of(other).tolist() == hashes_of(LONG).tolist()


def test_paragraphs_are_one_text() -> None:
    middle = len(LONG) // 2
    parts = least_hashes([LONG[:middle], "\n", LONG[middle:]])
    assert parts is not None
    assert parts.tolist() == hashes_of(LONG).tolist()


@pytest.mark.parametrize("size", [1, 5, 8, 100])
def test_a_long_text_is_hashed_piece_by_piece(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = hashes_of(LONG)
    monkeypatch.setattr(signatures, "PIECE", size)
    assert hashes_of(LONG).tolist() == whole.tolist()


@pytest.mark.parametrize("letters", ["а", "字", "𐐷", "5"])
def test_short_texts_are_not_compared(letters: str) -> None:
    fewest = FEWEST_SHINGLES + SHINGLE - 1
    assert least_hashes([f"{letters} " * fewest]) is not None
    assert least_hashes([f"{letters} " * (fewest - 1)]) is None
    assert least_hashes([]) is None


def test_signs_are_no_letters() -> None:
    assert least_hashes(["*–_😀 " * 1000]) is None


@given(st.lists(st.text(alphabet=st.characters(), max_size=300), max_size=4))
def test_any_text_has_hashes_or_none(texts: list[str]) -> None:
    minima = least_hashes(texts)
    assert minima is None or minima.dtype == np.uint32


def test_estimates_are_near_the_counted_share() -> None:
    """Over 200 pairs: no bias, and the error that the number of hashes allows."""
    chance = random.Random(20240531)  # noqa: S311 (no secret)
    words = ["".join(chance.choices("абвгдежзиклмнопрст", k=6)) for _ in range(3000)]
    errors = []
    for _ in range(200):
        kept, others = chance.sample(words, 150), chance.sample(words, 40)
        changed = chance.randint(0, 40)
        one, other = " ".join(kept), " ".join(kept[changed:] + others[:changed])
        errors.append(likeness(one, other) - common_share(one, other))
    assert abs(float(np.mean(errors))) < 0.006
    assert 0.005 < float(np.std(errors)) < 0.03


def test_likeness_of_the_same_and_of_another_text() -> None:
    assert likeness(LONG, LONG) == 1.0
    other = "".join(chr(ord("a") + number * number % 26) + str(number) for number in range(400))
    assert likeness(LONG, other) < 0.05


@pytest.mark.parametrize(
    ("threshold", "banding"),
    [
        (0.5, Banding(42, 3)),
        (0.7, Banding(32, 4)),
        (0.8, Banding(21, 6)),
        (0.9, Banding(12, 10)),
        (1.0, Banding(1, 128)),
    ],
)
def test_bands_miss_hardly_a_pair_at_the_threshold(threshold: float, banding: Banding) -> None:
    assert Banding.for_threshold(threshold) == banding
    assert banding.recall(threshold) >= LEAST_RECALL
    assert banding.recall(threshold / 3) < 0.8


def test_bands_are_those_of_their_own_hashes() -> None:
    banding = Banding(21, 6)
    minima = hashes_of(LONG)
    changed = minima.copy()
    changed[[7, 130]] += 1  # of the second band, and of none
    differences = band_keys(minima, banding) != band_keys(changed, banding)
    assert np.flatnonzero(differences).tolist() == [1]
    assert len(set(band_keys(np.zeros(HASHES, dtype=np.uint32), banding).tolist())) == 21
