"""Choose the articles that stand for their near duplicates."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.text.signatures import similarities

MOST_COMPARED = 256
"""Leaders with one band that a text is compared with. There are more only where pages are made
from one template by the thousand; of those, copies are then found by their other bands."""

NONE = -1


@dataclass(frozen=True, slots=True)
class Candidates:
    """Texts, in the order of the run, that share a band with another; texts are numbers from 0.

    The bands of text `t` are `bands[starts[t] : starts[t + 1]]`, numbered from 0.
    """

    signatures: NDArray[np.uint8]  # one a row
    starts: Sequence[int]
    bands: Sequence[int]
    band_count: int


def choose_leaders(candidates: Candidates, threshold: float) -> tuple[list[int], list[float]]:
    """Return for each text the one that it nearly equals, itself for none, and how alike they are.

    Texts come in order. Each joins the most alike of those before it that stand for themselves,
    the first of several, if it is at least as alike as the threshold; otherwise it stands for
    itself. So no text is said to nearly equal another without a comparison of the two, and what
    a text joins never joins a third.
    """
    count = len(candidates.signatures)
    standing = StandingTexts(candidates)
    leaders, likenesses = list(range(count)), [1.0] * count
    for text in range(count):
        near = standing.near(text)
        if near:
            found = similarities(candidates.signatures[near], candidates.signatures[text])
            best = int(found.argmax())
            if found[best] >= threshold:
                leaders[text], likenesses[text] = near[best], float(found[best])
                continue
        standing.add(text)
    return leaders, likenesses


class StandingTexts:
    """Texts that stand for themselves, by their bands: chains through arrays of integers.

    Sets and lists would take ten times the memory.
    """

    def __init__(self, candidates: Candidates) -> None:
        """Begin without any."""
        self._candidates = candidates
        self._first = array("i", [NONE]) * candidates.band_count
        self._last = array("i", [NONE]) * candidates.band_count
        self._next = array("i", [NONE]) * len(candidates.bands)
        self._text = array("i", [NONE]) * len(candidates.bands)

    def add(self, text: int) -> None:
        """Add a text, which comes after all that are there."""
        for place in self._places(text):
            band = self._candidates.bands[place]
            self._text[place] = text
            if self._first[band] == NONE:
                self._first[band] = place
            else:
                self._next[self._last[band]] = place
            self._last[band] = place

    def near(self, text: int) -> list[int]:
        """Return the texts that share a band with this one, in order."""
        found: set[int] = set()
        for place in self._places(text):
            at = self._first[self._candidates.bands[place]]
            for _ in range(MOST_COMPARED):
                if at == NONE:
                    break
                found.add(self._text[at])
                at = self._next[at]
        return sorted(found)

    def _places(self, text: int) -> range:
        """Return where the bands of a text are."""
        return range(self._candidates.starts[text], self._candidates.starts[text + 1])
