"""What all containers share: limits, uris of members, and how a member becomes a document."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import quote_from_bytes

from transforms.container_names import container_of
from transforms.decompression import MAX_RATIO, RATIO_FREE_BYTES, compression_of, decompress
from transforms.documents import STAGE as READ_STAGE
from transforms.documents import Reading, ReadSettings, StoredDocument, describe_chunks
from transforms.limits import DEAD_LETTER_BYTES, MAX_CONTAINER_BYTES, MAX_MEMBERS
from transforms.text.document import DocumentError

STAGE = "unpack"

SEPARATOR = "!/"
"""Between the uri of a container and the name of a member: no path has it, `!` is quoted there."""

RECORD_MARK = "#"
"""Between the uri that a record of a web archive states for its page and the id of the record."""

MAX_NAME_CHARS = 4096
"""Of a member's name in its uri; what is longer is cut, and the number of the member added."""


@dataclass(slots=True)
class Meter:
    """Counts what a container takes where it lies, and unpacked; stops a bomb."""

    stored_bytes: int = 0
    unpacked_bytes: int = 0

    def stored(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks as stored, counted."""
        for chunk in chunks:
            self.stored_bytes += len(chunk)
            yield chunk

    def unpacked(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the unpacked chunks, counted; raise DocumentError `bomb`, `too_large`."""
        for chunk in chunks:
            self.unpacked_bytes += len(chunk)
            if self.unpacked_bytes > max(RATIO_FREE_BYTES, MAX_RATIO * self.stored_bytes):
                raise DocumentError(STAGE, "bomb", f"over {MAX_RATIO} times its stored size")
            if self.unpacked_bytes > MAX_CONTAINER_BYTES:
                message = f"more than {MAX_CONTAINER_BYTES} bytes unpacked"
                raise DocumentError(STAGE, "too_large", message)
            yield chunk


@dataclass(slots=True)
class MemberUris:
    """Gives the members of an archive uris, each its own: names may come twice."""

    container: str
    _given: set[str] = field(default_factory=set)
    _count: int = 0

    def of(self, name: str) -> str:
        """Return the uri of the next member; raise DocumentError `too_many_members`.

        A name is only ever part of a uri, never a path. The second member of a name has `#` and
        its number in the archive, from 1, behind it.
        """
        self._count += 1
        if self._count > MAX_MEMBERS:
            raise DocumentError(STAGE, "too_many_members", f"more than {MAX_MEMBERS} members")
        quoted = quote_from_bytes(name.removeprefix("./").encode("utf-8", "surrogateescape"))
        if quoted in self._given or len(quoted) > MAX_NAME_CHARS:
            quoted = f"{quoted[:MAX_NAME_CHARS]}#{self._count}"
        else:
            self._given.add(quoted)
        return f"{self.container}{SEPARATOR}{quoted}"


def read_member(uri: str, name: str, chunks: Iterable[bytes], settings: ReadSettings) -> Reading:
    """Return the document that a member of an archive is; its name says how it is compressed.

    Raises DocumentError only where the chunks do: the archive is damaged.
    """
    if container_of(name):
        failure = DocumentError(STAGE, "nested_archive", "a container within a container")
        return refuse(uri, failure, chunks)
    reading = read_whole(uri, chunks, settings.max_document_bytes)
    compression = compression_of(name)
    if reading.content is None or not compression:
        return reading
    try:
        content = decompress(reading.content, compression, settings.max_document_bytes)
    except DocumentError as failure:
        return refuse(uri, failure, [reading.content])
    return Reading(uri, content, stored=described(reading.content, settings))


def read_whole(
    uri: str, chunks: Iterable[bytes], max_bytes: int, stage: str = READ_STAGE
) -> Reading:
    """Return the document that the chunks make, or the failure `too_large`.

    The stage tells a replay what the chunks are: `read` the bytes of a document, perhaps
    compressed; `unpack` a record, of which only its container makes a document.
    """
    parts: list[bytes] = []
    size = 0
    rest = iter(chunks)
    for chunk in rest:
        parts.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            failure = DocumentError(stage, "too_large", f"more than {max_bytes} bytes")
            return refuse(uri, failure, chain(parts, rest))
    return Reading(uri, b"".join(parts))


def refuse(uri: str, failure: DocumentError, chunks: Iterable[bytes]) -> Reading:
    """Return the failure of a document, with what its dead letter keeps of it."""
    stored: StoredDocument = describe_chunks(chunks, DEAD_LETTER_BYTES)
    return Reading(uri, failure=failure, stored=stored)


def described(content: bytes, settings: ReadSettings) -> StoredDocument | None:
    """Return hash and size of what is stored of a document; None where nobody asks."""
    return describe_chunks([content], 0) if settings.describes_stored else None


def usable_uri(text: object) -> str | None:
    """Return the uri that a container states for a document; None where it cannot be one."""
    if not isinstance(text, str) or not 0 < len(text) <= MAX_NAME_CHARS:
        return None
    return text if text.isprintable() else None
