"""Read a document's bytes, whole and decompressed, or say why that cannot be done.

What holds several documents is read by `transforms.containers`.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from schemas.rows import DeadLetter
from transforms.decompression import compression_of, decompress
from transforms.limits import MAX_DOCUMENT_BYTES
from transforms.listing import uri_to_path
from transforms.stores import store_of
from transforms.text.document import DocumentError

STAGE = "read"
CHUNK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What the run decides about reading."""

    max_document_bytes: int = MAX_DOCUMENT_BYTES
    text_field: str = "text"  # of a JSON record: its name, or names joined by dots
    uri_field: str | None = None  # None: the uri is that of the file and the line
    date_field: str | None = None  # None: the date is what the page prints
    describes_stored: bool = False  # of documents in containers, what is stored of them, too


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it lies there: its first bytes, and hash and size of the whole."""

    head: bytes
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as read: its bytes, or why there are none.

    `stored` is what a dead letter keeps of a document that lies within another file; None: what
    lies at the uri, if that may be read. `replayed` is the dead letter that the document was,
    where its bytes stand for it, and `attempts` how often it failed before.
    `container` is the uri of the file that it lies in, `line_uri` that of its line there, where it
    states another; `record_date_text` is what it states as date of publication.
    """

    uri: str
    content: bytes | None = None
    failure: DocumentError | None = None
    stored: StoredDocument | None = None
    replayed: DeadLetter | None = None
    attempts: int = 0
    container: str | None = None
    line_uri: str | None = None
    record_date_text: str | None = None

    @property
    def source_failure(self) -> str:
        """Return why a replay could not read it again; nothing for all other documents."""
        return self.failure.code if self.replayed and self.failure else ""


def read_document(
    uri: str, max_bytes: int = MAX_DOCUMENT_BYTES, read_ahead: bytes | None = None
) -> bytes:
    """Return the bytes of a document, decompressed where its name says that it is compressed.

    Raises DocumentError `not_found`, `unreadable`, `too_large`, and those of `decompress`.
    `read_ahead` is what is stored, where that was read before.
    """
    content = read_stored(uri, max_bytes + 1) if read_ahead is None else read_ahead
    if len(content) > max_bytes:
        raise too_large(max_bytes)
    return unpack(uri, content, max_bytes)


def unpack(uri: str, stored: bytes, max_bytes: int = MAX_DOCUMENT_BYTES) -> bytes:
    """Return the bytes of a document of what is stored; raise the errors of `decompress`."""
    compression = compression_of(uri)
    return decompress(stored, compression, max_bytes) if compression else stored


def read_stored(uri: str, limit: int) -> bytes:
    """Return the first `limit` bytes as stored; raise DocumentError `not_found`, `unreadable`.

    Raises StoreUnavailableError where a store does not answer: that is no fault of a document.
    """
    path = uri_to_path(uri)
    try:
        return store_of(uri).read(uri, limit) if path is None else _read_local(path, limit)
    except FileNotFoundError as error:
        raise DocumentError(STAGE, "not_found", "the file is gone, or a link to nowhere") from error
    except OSError as error:
        raise DocumentError(STAGE, "unreadable", error.strerror or str(error)) from error


def describe_stored(uri: str, limit: int) -> StoredDocument:
    """Return the first `limit` bytes as stored, and hash and size of all, in bounded memory.

    Raises DocumentError `not_found`, `unreadable`.
    """
    return describe_chunks(stored_chunks(uri), limit)


def describe_chunks(chunks: Iterable[bytes], limit: int) -> StoredDocument:
    """Return the first `limit` bytes of a document in chunks, and hash and size of all."""
    head = b""
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        head += chunk[: limit - len(head)]
        digest.update(chunk)
        size += len(chunk)
    return StoredDocument(head, digest.hexdigest(), size)


def stored_chunks(uri: str, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Yield a document in chunks; raise DocumentError `not_found`, `unreadable`."""
    with open_stored(uri) as stream:
        try:
            while chunk := stream.read(chunk_bytes):
                yield chunk
        except OSError as error:
            raise DocumentError(STAGE, "unreadable", error.strerror or str(error)) from error


def open_stored(uri: str) -> BinaryIO:
    """Return a stream over the stored bytes; raise DocumentError `not_found`, `unreadable`."""
    path = uri_to_path(uri)
    try:
        if path is None:
            return store_of(uri).open(uri)
        read_stored(uri, 1)  # refuses what is no regular file
        return open(path, "rb")  # noqa: PTH123
    except FileNotFoundError as error:
        raise DocumentError(STAGE, "not_found", "the file is gone, or a link to nowhere") from error
    except OSError as error:
        raise DocumentError(STAGE, "unreadable", error.strerror or str(error)) from error


def content_sha256(reading: Reading) -> str:
    """Return the hash that the row of a document has, whatever it becomes."""
    if reading.content is not None:
        return hashlib.sha256(reading.content).hexdigest()
    try:
        return (reading.stored or describe_stored(reading.uri, 0)).sha256
    except DocumentError:
        return hashlib.sha256(b"").hexdigest()


def too_large(max_bytes: int) -> DocumentError:
    """Return the error of a document over the cap."""
    return DocumentError(STAGE, "too_large", f"more than {max_bytes} bytes")


def _read_local(path: str, limit: int) -> bytes:
    """Return up to `limit` bytes of a regular file; raise DocumentError for anything else.

    Opened without blocking: a named pipe called x.txt would stop the run for ever.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(STAGE, "unreadable", "not a regular file")
        content = os.read(descriptor, min(limit, status.st_size + 1))
        return content if len(content) == status.st_size else _read_on(descriptor, content, limit)
    finally:
        os.close(descriptor)


def _read_on(descriptor: int, content: bytes, limit: int) -> bytes:
    """Return the content and what follows it: the file grew, or came in pieces."""
    chunks, missing = [content], limit - len(content)
    while missing > 0 and (chunk := os.read(descriptor, min(missing, CHUNK_BYTES))):
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)
