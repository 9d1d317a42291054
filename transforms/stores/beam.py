"""All stores that are reached through Beam's file systems: hdfs://, abfs:// and others."""

import os
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from apache_beam.io.filesystem import BeamIOError, CompressionTypes, FileMetadata
from apache_beam.io.filesystems import FileSystems

from transforms.stores.patience import Patience
from transforms.stores.patterns import MAGIC
from transforms.stores.store import StoredObject, StoreUnavailableError, TransientError

T = TypeVar("T")
NANOSECONDS = 10**9
TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


class BeamStore:
    """A store that Beam knows: see `Store`. It decides on nothing between two writers."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    def find(self, uri: str) -> StoredObject | None:
        """Return the object of this very name; None where there is none, or it is a pattern."""
        return None if MAGIC.search(uri) else next(self.match(uri), None)

    def match(self, pattern: str) -> Iterator[StoredObject]:
        """Yield the objects that a glob matches; `**` crosses slashes, as Beam has it."""
        found: list[FileMetadata] = self._ask(
            f"list {pattern}", lambda: FileSystems.match([pattern])[0].metadata_list
        )
        for metadata in found:
            if not metadata.path.endswith("/"):
                changed = round((metadata.last_updated_in_seconds or 0) * NANOSECONDS)
                yield StoredObject(metadata.path, metadata.size_in_bytes, changed, changed)

    def below(self, folder: str) -> Iterator[StoredObject]:
        """Yield the objects whose uris begin with this and a slash."""
        return self.match(folder.rstrip("/") + "/**")

    def read(self, uri: str, limit: int | None = None) -> bytes:
        """Return the first `limit` bytes, or all; never fewer than that and the object has."""

        def once() -> bytes:
            with _open(uri) as stream:
                content = stream.read() if limit is None else stream.read(limit)
                is_at_end = len(content) != limit and stream.seekable()
                if is_at_end and len(content) != stream.seek(0, os.SEEK_END):
                    raise TransientError("it ends before its end")
                return content

        return self._ask_of(uri, once)

    def open(self, uri: str) -> BinaryIO:
        """Return a stream over an object that may seek."""
        return self._ask_of(uri, lambda: _open(uri))

    def write(self, uri: str, content: bytes) -> None:
        """Write an object, whole or not at all."""

        def once() -> None:
            with FileSystems.create(
                uri, "application/octet-stream", CompressionTypes.UNCOMPRESSED
            ) as stream:
                stream.write(content)

        self._ask(f"write {uri}", once)

    def create(self, uri: str, content: bytes) -> bytes | None:
        """Write an object unless there is one; return what another holds, None where it is ours.

        A store can only be asked before: a run in the same moment may slip through.
        """
        if self._exists(uri):
            held = self.read(uri)
            return None if held == content else held
        self.write(uri, content)
        return None

    def delete(self, uri: str) -> None:
        """Remove an object if it is there."""
        if self._exists(uri):
            self._ask(f"delete {uri}", lambda: FileSystems.delete([uri]))

    def _exists(self, uri: str) -> bool:
        """Tell whether an object is there."""
        return bool(self._ask(f"look up {uri}", lambda: FileSystems.exists(uri)))

    def _ask_of(self, uri: str, read: Callable[[], T]) -> T:
        """Return what is read of an object; raise FileNotFoundError where there is none."""
        try:
            return self._ask(f"read {uri}", read)
        except OSError as error:  # few say of themselves that there is nothing
            if self._exists(uri):
                raise
            raise FileNotFoundError(uri) from error

    def _ask(self, what: str, ask: Callable[[], T]) -> T:
        """Return what a file system answers, asked until it does; raise as `Store` has it."""

        def once() -> T:
            try:
                return ask()
            except (TransientError, StoreUnavailableError):
                raise
            except Exception as error:  # each file system has errors of its own
                raise _translated(error) from error

        return self._patience.call(what, once)


def _open(uri: str) -> BinaryIO:
    """Return a stream over the stored bytes: decompression is ours."""
    stream: BinaryIO = FileSystems.open(uri, compression_type=CompressionTypes.UNCOMPRESSED)
    return stream


def _translated(error: Exception) -> Exception:
    """Return the error of ours that an error of a file system stands for."""
    if isinstance(error, BeamIOError) and error.exception_details:
        error = next(iter(error.exception_details.values()))
    told = f"{type(error).__name__}: {error}"
    match getattr(error, "code", None):
        case 404:
            return FileNotFoundError(told)
        case 403:
            return PermissionError(told)
        case 401:
            return StoreUnavailableError(told)
        case code if code in TRANSIENT:
            return TransientError(told)
    if isinstance(error, (ConnectionError, TimeoutError)):
        return TransientError(told)
    if isinstance(error, ValueError) and "filesystem" in str(error):
        return OSError("Beam has no file system for it, or lacks what that needs")
    return error if isinstance(error, OSError) else OSError(told)
