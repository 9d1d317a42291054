"""Decompress a whole gzip, bzip2 or zstandard stream, with checks that Beam's reader leaves out.

Beam returns half of a torn `.gz` without an error; here a stream is whole or a dead letter.
"""

import bz2
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from transforms.text.document import DocumentError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STAGE = "decompress"

CHUNK_BYTES = 2**20
MAX_RATIO = 200
"""Text shrinks 3 to 10 times; pages of one repeated line less than 100 times; a bomb 1,000."""

RATIO_FREE_BYTES = 2**20
"""Below this size no ratio is suspect: it fills no memory."""

MAGIC_BYTES = 4
"""Length of the longest magic number."""

INPUT_BYTES = 2**17
"""Each member's end copies the rest of its input: a million small members must not copy it all."""


class Decompressor(Protocol):
    """What the decompressors of the standard library have in common."""

    @property
    def eof(self) -> bool:
        """Tell whether the end of the member was reached and its checksum is right."""

    @property
    def unused_data(self) -> bytes:
        """Return the input after the end of the member."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return up to `max_length` more bytes; empty where more input is needed."""


class GzipDecompressor:
    """A gzip member behind the protocol of bz2: zlib hands unread input back, bz2 keeps it."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        """Tell whether the member ended well."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """Return the input after the member."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return up to `max_length` more bytes."""
        return self._inner.decompress(data or self._inner.unconsumed_tail, max_length)


@dataclass(frozen=True, slots=True)
class Compression:
    """A format: its name, how a member begins, and what reads one."""

    name: str
    magics: tuple[bytes, ...]
    new: Callable[[], Decompressor]
    padding: bytes = b""


COMPRESSIONS = {
    ".gz": Compression("gzip", (b"\x1f\x8b",), GzipDecompressor, padding=b"\0"),
    ".bz2": Compression("bzip2", (b"BZh",), bz2.BZ2Decompressor),
    ".zst": Compression(
        "zstandard",
        (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + low, 0x2A, 0x4D, 0x18]) for low in range(16))),
        zstd.ZstdDecompressor,
    ),
}
"""By suffix of the uri. A zstandard stream may begin with a frame to skip (0x184D2A5?)."""


def compression_of(uri: str) -> Compression | None:
    """Return the compression that the name of a document tells; None for a plain one."""
    ending = uri[-4:].lower()
    return COMPRESSIONS.get(ending) or COMPRESSIONS.get(ending[1:])


def decompress(content: bytes, compression: Compression, max_bytes: int) -> bytes:
    """Return the decompressed bytes of all members of a stream.

    Raises DocumentError `too_large`, `bomb`, and those of `decompress_chunks`; memory stays
    below the cap.
    """
    chunks: list[bytes] = []
    size = 0
    for chunk in decompress_chunks(_pieces(content), compression):
        size += len(chunk)
        if size > RATIO_FREE_BYTES and size > MAX_RATIO * len(content):
            raise DocumentError(STAGE, "bomb", f"more than {MAX_RATIO} times its stored size")
        if size > max_bytes:
            raise DocumentError(STAGE, "too_large", f"more than {max_bytes} bytes decompressed")
        chunks.append(chunk)
    return b"".join(chunks)


def decompress_chunks(chunks: Iterable[bytes], compression: Compression) -> Iterator[bytes]:
    """Yield the decompressed bytes of all members of a stream, in chunks of bounded size.

    Raises DocumentError `not_compressed`, `torn_archive`, `corrupt_archive`,
    `trailing_garbage` at the first fault.
    """
    feed = _Feed(chunks)
    if not feed.begins_with(compression.magics) and not feed.is_at_end():
        raise DocumentError(STAGE, "not_compressed", f"not {compression.name}, despite its name")
    while True:
        yield from _member(compression.new(), feed, compression.name)
        feed.skip(compression.padding)  # tapes and disk blocks are filled with zeros
        if feed.is_at_end():
            return
        if not feed.begins_with(compression.magics):
            raise DocumentError(
                STAGE, "trailing_garbage", f"something else follows the {compression.name} stream"
            )


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield the content in pieces."""
    for start in range(0, len(content), INPUT_BYTES):
        yield content[start : start + INPUT_BYTES]


class _Feed:
    """Compressed input in chunks, with what a decompressor gave back put before the rest."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = filter(None, chunks)
        self._next = b""

    def take(self) -> bytes:
        """Return the next input; empty at the end."""
        taken, self._next = self._next, b""
        return taken or next(self._chunks, b"")

    def give_back(self, unused: bytes) -> None:
        """Put input before the rest."""
        self._next = unused + self._next

    def begins_with(self, magics: tuple[bytes, ...]) -> bool:
        """Tell whether the rest begins with one of the magic numbers."""
        while len(self._next) < MAGIC_BYTES and (chunk := next(self._chunks, b"")):
            self._next += chunk
        return self._next.startswith(magics)

    def skip(self, padding: bytes) -> None:
        """Leave padding out, if the format has any."""
        while padding and (rest := self.take()):
            if stripped := rest.lstrip(padding):
                self.give_back(stripped)
                return

    def is_at_end(self) -> bool:
        """Tell whether nothing is left."""
        self.give_back(self.take())
        return not self._next


def _member(member: Decompressor, feed: _Feed, name: str) -> Iterator[bytes]:
    """Yield the chunks of one member, which must reach its end, and give back what follows."""
    data = feed.take()
    while not member.eof:
        try:
            chunk = member.decompress(data, CHUNK_BYTES)
        except (zlib.error, OSError, ValueError, EOFError, zstd.ZstdError) as error:
            raise DocumentError(STAGE, "corrupt_archive", f"damaged {name}: {error}") from error
        if chunk:
            yield chunk
        data = b"" if chunk or member.eof else feed.take()
        if not chunk and not data and not member.eof:
            raise DocumentError(STAGE, "torn_archive", f"the {name} stream ends early")
    feed.give_back(member.unused_data)
