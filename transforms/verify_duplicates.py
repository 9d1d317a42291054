"""Check that duplicates name articles that exist, and that articles count their copies."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from schemas.rows import Article, Duplicate
from transforms.manifest import Manifest
from transforms.reports import Row

KEY_BYTES = 16
Keys = np.ndarray[tuple[int], np.dtype[np.bytes_]]


def unpack_keys(packed: bytearray) -> Keys:
    """Return packed keys as an array; strings of a fixed length, so that numpy sorts them."""
    return np.frombuffer(packed, dtype=f"S{KEY_BYTES}")


@dataclass(slots=True)
class CopyCheck:
    """What the rows of a run say about documents of one content."""

    named: bytearray = field(default_factory=bytearray)  # packed ids that duplicates name
    _contents: bytearray = field(default_factory=bytearray)  # of duplicates and dead letters
    _counting: bytearray = field(default_factory=bytearray)  # ids of articles that count copies
    _counted: bytearray = field(default_factory=bytearray)  # the contents of these
    _counts: "array[int]" = field(default_factory=lambda: array("q"))
    _is_counted: bool = True  # rows of older versions are not

    def add(self, row: Row) -> None:
        """Keep what matters of a row: up to 40 bytes."""
        content = bytes.fromhex(row.content_sha256)[:KEY_BYTES]
        if not isinstance(row, Article):
            self._contents += content
            if isinstance(row, Duplicate) and row.similarity is None:
                self.named += bytes.fromhex(row.duplicate_of)
        elif row.source_uri_count is None:
            self._is_counted = False
        elif row.source_uri_count > 1:
            self._counting += bytes.fromhex(row.id)
            self._counted += content
            self._counts.append(row.source_uri_count)

    def faults(self, articles: bytearray, *, is_window: bool = False) -> Iterator[str]:
        """Yield what is wrong, all rows being added; `articles` are the ids of all of them.

        Of a window, nothing is said of duplicates that name the articles of others.
        """
        named, present = unpack_keys(self.named), unpack_keys(articles)
        if is_window:
            named = named[np.isin(named, present)]
        elif count := missing(self.named, articles):
            yield f"{count} articles that duplicates name are not there"
            return
        if self._is_counted:
            yield from self._count_faults(named)

    def _count_faults(self, named: Keys) -> Iterator[str]:
        """Yield articles that count other copies than there are.

        What is of their content and no duplicate of theirs may be a dead letter: one copy failed.
        """
        counting = unpack_keys(self._counting)
        copies = np.frombuffer(self._counts, dtype=np.int64) - 1
        uncounted = np.setdiff1d(named, counting).size
        if wrong := uncounted + int((_occurrences(named, counting) > copies).sum()):
            yield f"{wrong} articles have more duplicates than they count"
        contents, counted = unpack_keys(self._contents), unpack_keys(self._counted)
        if wrong := int((_occurrences(contents, counted) < copies).sum()):
            yield f"{wrong} articles count duplicates that are not there"


@dataclass(slots=True)
class NearCheck:
    """What the rows of a run say about near duplicates."""

    _named: bytearray = field(default_factory=bytearray)  # ids of what they nearly equal
    _naming: bytearray = field(default_factory=bytearray)  # ids of those that are articles
    _least: float = 1.0  # how alike they are at least and at most
    _most: float = 0.0
    _half_told: int = 0  # rows that have an id and no similarity, or the other way round

    def add(self, row: Row) -> None:
        """Keep what matters of a row: up to 32 bytes."""
        if isinstance(row, Duplicate):
            named: str | None = row.duplicate_of if row.similarity is not None else None
            similarity = row.similarity
        elif isinstance(row, Article):
            named, similarity = row.near_duplicate_of, row.near_duplicate_similarity
        else:
            return
        self._half_told += (named is None) != (similarity is None)
        if named is None or similarity is None:
            return
        self._least = min(self._least, similarity)
        self._most = max(self._most, similarity)
        self._named += bytes.fromhex(named)
        if isinstance(row, Article):
            self._naming += bytes.fromhex(row.id)

    def faults(self, articles: bytearray, manifest: Manifest) -> Iterator[str]:
        """Yield what is wrong, all rows being added; `articles` are the ids of all of them."""
        named = np.unique(unpack_keys(self._named))
        if self._half_told:
            yield f"{self._half_told} rows with half of what tells a near duplicate"
        if missing := np.setdiff1d(named, unpack_keys(articles)).size:
            yield f"{missing} articles that near duplicates name are not there"
        if chained := np.intersect1d(named, unpack_keys(self._naming)).size:
            yield f"{chained} articles that near duplicates name are near duplicates themselves"
        if named.size != manifest.clusters:
            yield f"{named.size} clusters of near duplicates, {manifest.clusters} counted"
        threshold = manifest.options.get("near_duplicate_threshold")
        if named.size and not float(threshold or 1) <= self._least <= self._most <= 1:
            yield f"similarities from {self._least} to {self._most}, {threshold} to 1 asked for"


def missing(wanted: bytearray, present: bytearray) -> int:
    """Return how many of the packed keys are not among those present."""
    return int(np.setdiff1d(unpack_keys(wanted), unpack_keys(present)).size)


def _occurrences(keys: Keys, wanted: Keys) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return how often each of the wanted keys is among the keys."""
    ordered = np.sort(keys)
    last, first = (np.searchsorted(ordered, wanted, side) for side in ("right", "left"))
    return last - first
