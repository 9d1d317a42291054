"""Texts that stand for others: chosen in order, each by a comparison of the two."""

from array import array
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import clusters
from transforms.clusters import Candidates, choose_leaders
from transforms.text.signatures import HASHES, similarities


def candidates(hashes: Sequence[Sequence[int]], bands: Sequence[Sequence[int]]) -> Candidates:
    """Return texts whose signatures repeat a few numbers, with their bands."""
    signatures = [np.resize(np.array(each, dtype=np.uint8), HASHES) for each in hashes]
    return Candidates(
        signatures=np.array(signatures, dtype=np.uint8).reshape(-1, HASHES),
        starts=np.cumsum([0, *(len(each) for each in bands)]).tolist(),
        bands=array("i", [band for each in bands for band in each]),
        band_count=1 + max((band for each in bands for band in each), default=-1),
    )


def search_everything(
    hashes: Sequence[Sequence[int]], bands: Sequence[Sequence[int]], threshold: float
) -> list[int]:
    """Return for each text the one that it nearly equals, by comparing it with all before it."""
    signatures = candidates(hashes, bands).signatures
    leaders: list[int] = []
    for text, mine in enumerate(signatures):
        found = [
            (float(similarities(signatures[[other]], mine)[0]), -other)
            for other in range(text)
            if leaders[other] == other and set(bands[other]) & set(bands[text])
        ]
        likeness, other = max(found, default=(0.0, 0))
        leaders.append(-other if found and likeness >= threshold else text)
    return leaders


texts = st.tuples(
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
    st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True),
)


@given(st.lists(texts, max_size=12), st.sampled_from([0.5, 0.75, 1.0]))
def test_choice_is_that_of_a_search_through_everything(
    made: list[tuple[list[int], list[int]]], threshold: float
) -> None:
    hashes, bands = [each[0] for each in made], [each[1] for each in made]
    leaders, likenesses = choose_leaders(candidates(hashes, bands), threshold)
    assert leaders == search_everything(hashes, bands, threshold)
    assert all(leaders[leader] == leader for leader in leaders)
    assert all(likeness >= threshold for likeness in likenesses)


def test_the_most_alike_is_chosen_and_the_first_of_several() -> None:
    hashes = [[1, 1, 1, 1, 1, 2], [1, 1, 1, 1, 1, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3]]
    both = [hashes[1], hashes[0], [1, 1, 1, 1, 1, 4]]
    leaders, likenesses = choose_leaders(candidates(hashes, [[0]] * 3), 0.9)
    assert leaders == [0, 1, 1]
    assert likenesses[:2] == [1.0, 1.0]
    assert 0.9 < likenesses[2] < 0.93
    assert choose_leaders(candidates(both, [[0]] * 3), 0.8)[0] == [0, 0, 0]


def test_no_chain_leads_from_a_text_to_one_that_it_was_not_compared_with() -> None:
    """The second is like the first and the third, which are less alike than the threshold."""
    hashes = [[1] * 10, [1] * 9 + [2], [1] * 8 + [2, 2]]
    leaders, _ = choose_leaders(candidates(hashes, [[0]] * 3), 0.85)
    assert leaders == [0, 0, 2]


def test_without_a_shared_band_nothing_is_compared() -> None:
    assert choose_leaders(candidates([[1], [1]], [[0], [1]]), 0.8)[0] == [0, 1]
    assert choose_leaders(candidates([], []), 0.8) == ([], [])


def test_comparisons_of_one_band_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last is like the third, of which there are too many before it in the first band."""
    hashes = [[1], [2], [3], [3]]
    assert choose_leaders(candidates(hashes, [[0]] * 4), 0.8)[0] == [0, 1, 2, 2]
    monkeypatch.setattr(clusters, "MOST_COMPARED", 2)
    assert choose_leaders(candidates(hashes, [[0]] * 4), 0.8)[0] == [0, 1, 2, 3]
    bands = [[0], [0], [0, 1], [0, 1]]
    assert choose_leaders(candidates(hashes, bands), 0.8)[0] == [0, 1, 2, 2]
