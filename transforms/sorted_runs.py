"""Sort many texts in little memory: runs of them are packed, and merged in the end."""

import heapq
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

RUN_ENTRIES = 2**17
"""Sorted and packed together: 25 MB until then, of uris."""

BLOCK_ENTRIES = 2**12
"""Unpacked together: half a megabyte for each run while the runs are merged."""


@dataclass(slots=True)
class SortedRuns:
    """Texts as they come; iterated, they are sorted."""

    _run: list[str] = field(default_factory=list)
    _packed: list[list[bytes]] = field(default_factory=list)

    def add(self, entry: str) -> None:
        """Add a text."""
        self._run.append(entry)
        if len(self._run) == RUN_ENTRIES:
            self._packed.append(list(_pack(sorted(self._run))))
            self._run.clear()

    def __iter__(self) -> Iterator[str]:
        """Return an iterator over the texts in order."""
        runs = [_unpack(blocks) for blocks in self._packed]
        return heapq.merge(sorted(self._run), *runs)


def _pack(entries: list[str]) -> Iterator[bytes]:
    """Yield the entries in compressed blocks."""
    for start in range(0, len(entries), BLOCK_ENTRIES):
        block = json.dumps(entries[start : start + BLOCK_ENTRIES])
        yield zlib.compress(block.encode(), 1)


def _unpack(blocks: list[bytes]) -> Iterator[str]:
    """Yield the entries of compressed blocks."""
    for block in blocks:
        yield from json.loads(zlib.decompress(block))
