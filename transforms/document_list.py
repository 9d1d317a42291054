"""Hold the list of a run's documents: ten million of them in a few bytes each, in order."""

import heapq
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

RUN_DOCUMENTS = 2**17
"""Sorted and packed together: 25 MB until then."""

BLOCK_DOCUMENTS = 2**12
"""Unpacked together: half a megabyte for each run while the runs are merged."""

UNASKED = -1
"""In place of a time: size and time were not asked for, so a listing says nothing of changes."""

REFUSED = "refused"
"""Sorts behind all sizes: where a document is named and refused too, the name counts."""


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document to read, the bytes that it takes where it lies, and when it changed last.

    Of a local file the time is its ctime, in ns: content, name and mode set it, and unlike the
    mtime nobody can set it back. In a store it is that of the last update. 0: not known.
    UNASKED: neither is, and equal listings may have other documents. Below it: the system could
    not tell, and the difference is its error.
    A refused one was found but must not be read: a link that leads out of its directory.
    """

    uri: str
    size: int
    is_refused: bool = False
    changed: int = 0


@dataclass(slots=True)
class DocumentList:
    """Documents as they are found; iterated, they come sorted by uri and each once.

    Sorted runs are packed and, in the end, merged. No uri contains a NUL, which sorts first.
    """

    _run: list[str] = field(default_factory=list)
    _packed: list[list[bytes]] = field(default_factory=list)

    def add(self, document: ListedDocument) -> None:
        """Add a document."""
        state = REFUSED if document.is_refused else f"{document.size} {document.changed}"
        self._run.append(f"{document.uri}\0{state}")
        if len(self._run) == RUN_DOCUMENTS:
            self._packed.append(list(_pack(sorted(self._run))))
            self._run.clear()

    def __iter__(self) -> Iterator[ListedDocument]:
        """Return an iterator over the documents in order."""
        runs = [_unpack(blocks) for blocks in self._packed]
        last = None
        for entry in heapq.merge(sorted(self._run), *runs):
            uri, _, state = entry.partition("\0")
            if uri != last:
                last = uri
                if state == REFUSED:
                    yield ListedDocument(uri, 0, is_refused=True)
                else:
                    size, _, changed = state.partition(" ")
                    yield ListedDocument(uri, int(size), changed=int(changed))


def _pack(entries: list[str]) -> Iterator[bytes]:
    """Yield the entries in compressed blocks."""
    for start in range(0, len(entries), BLOCK_DOCUMENTS):
        block = json.dumps(entries[start : start + BLOCK_DOCUMENTS])
        yield zlib.compress(block.encode(), 1)


def _unpack(blocks: list[bytes]) -> Iterator[str]:
    """Yield the entries of compressed blocks."""
    for block in blocks:
        yield from json.loads(zlib.decompress(block))
