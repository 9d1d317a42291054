"""Hold the list of a run's documents: ten million of them in a few bytes each, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from transforms.sorted_runs import SortedRuns

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
    `written` is the time of the last change, in ns since 1970, wherever the document lies; 0: not
    known. A list does not keep it, so that it makes no difference.
    """

    uri: str
    size: int
    is_refused: bool = False
    changed: int = 0
    written: int = field(default=0, compare=False)

    @property
    def state(self) -> str:
        """Return what is another text as soon as the document may be another one."""
        return REFUSED if self.is_refused else f"{self.size} {self.changed}"

    @classmethod
    def in_state(cls, uri: str, state: str) -> "ListedDocument":
        """Return the document of a uri that was in this state."""
        if state == REFUSED:
            return cls(uri, 0, is_refused=True)
        size, _, changed = state.partition(" ")
        return cls(uri, int(size), changed=int(changed))


@dataclass(slots=True)
class DocumentList:
    """Documents as they are found; iterated, they come sorted by uri and each once.

    No uri contains a NUL, which sorts first.
    """

    _entries: SortedRuns = field(default_factory=SortedRuns)

    def add(self, document: ListedDocument) -> None:
        """Add a document."""
        self._entries.add(f"{document.uri}\0{document.state}")

    def __iter__(self) -> Iterator[ListedDocument]:
        """Return an iterator over the documents in order."""
        last = None
        for entry in self._entries:
            uri, _, state = entry.partition("\0")
            if uri != last:
                last = uri
                yield ListedDocument.in_state(uri, state)
