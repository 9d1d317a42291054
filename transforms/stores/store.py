"""What a run needs of an object store, and how a store says that it cannot do it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol


class StoreUnavailableError(Exception):
    """A store that does not answer, or lets nobody in: no fault of a document.

    The run fails and may be repeated; no dead letter is made of it.
    """


class TransientError(Exception):
    """An answer, or the lack of one, after which the same request may well succeed."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of a listing; `changed` is another one after each change, 0 where unknown.

    `written` is when it was, in ns since 1970, as the store has it; 0 where unknown.
    """

    uri: str
    size: int
    changed: int
    written: int = 0


class Store(Protocol):
    """An object store. Methods name objects by uri.

    All raise FileNotFoundError, PermissionError or another OSError where the store refuses, and
    StoreUnavailableError where it does not answer, after as many attempts as `Patience` allows.
    """

    def find(self, uri: str) -> StoredObject | None:
        """Return the object of this very name; None where there is none, or it is a folder's."""

    def match(self, pattern: str) -> Iterator[StoredObject]:
        """Yield the objects that a glob matches; `**` crosses slashes."""

    def below(self, folder: str) -> Iterator[StoredObject]:
        """Yield the objects whose uris begin with this and a slash."""

    def read(self, uri: str, limit: int | None = None) -> bytes:
        """Return the first `limit` bytes, or all; never fewer than that and the object has."""

    def open(self, uri: str) -> BinaryIO:
        """Return a stream over an object that may seek; what it reads is of one version of it."""

    def write(self, uri: str, content: bytes) -> None:
        """Write an object, whole or not at all."""

    def create(self, uri: str, content: bytes) -> bytes | None:
        """Write an object unless there is one; return what another holds, None where it is ours."""

    def delete(self, uri: str) -> None:
        """Remove an object if it is there."""
