"""Read what is left of a zip archive that ends before its directory.

Each member has a header of its own in front of it. Where that states the sizes, as it does unless
the archive was written to a pipe, members can be read one after another up to the tear.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transforms.byte_stream import ByteStream
from transforms.containers.members import STAGE, MemberUris, Meter, read_member, refuse
from transforms.documents import Reading, ReadSettings, describe_chunks
from transforms.text.document import DocumentError

HEADER = struct.Struct("<4s5H3L2H")
"""Signature, version, flags, method, time, date, CRC, both sizes, lengths of name and extra."""

SIGNATURE = b"PK\x03\x04"
ENCRYPTED, SIZES_FOLLOW, NAME_IN_UTF8 = 0x1, 0x8, 0x800
STORED, DEFLATED = 0, 8
UNKNOWN_SIZE = 0xFFFFFFFF
PIECE_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Member:
    """What the header in front of a member says."""

    name: str
    flags: int
    method: int
    crc: int
    stored_size: int


def read_torn_zip(
    chunks: Iterable[bytes], uris: MemberUris, meter: Meter, settings: ReadSettings
) -> Iterator[Reading]:
    """Yield the documents before the tear and raise DocumentError `torn_archive` there."""
    stream = ByteStream(chunks)
    while member := _read_header(stream):
        body = stream.section(member.stored_size, STAGE)
        if member.name.endswith("/"):
            describe_chunks(body, 0)
            continue
        uri = uris.of(member.name)
        if member.flags & ENCRYPTED:
            failure = DocumentError(STAGE, "encrypted", "the member needs a password")
            yield refuse(uri, failure, body)
        else:
            yield read_member(uri, member.name, meter.unpacked(_unpack(member, body)), settings)
    raise DocumentError(STAGE, "torn_archive", "the zip archive ends before its directory")


def _read_header(stream: ByteStream) -> Member | None:
    """Return the next header; None where there is none that leads to the next member."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size or not header.startswith(SIGNATURE):
        return None
    _, _, flags, method, _, _, crc, stored_size, _, name, extra = HEADER.unpack(header)
    text = stream.read(name).decode("utf-8" if flags & NAME_IN_UTF8 else "cp437", "replace")
    stream.read(extra)
    is_readable = method in (STORED, DEFLATED) and stored_size != UNKNOWN_SIZE
    if flags & SIZES_FOLLOW or not is_readable:
        return None
    return Member(text, flags, method, crc, stored_size)


def _unpack(member: Member, body: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a member; raise DocumentError where they are not those packed."""
    crc = 0
    for piece in _inflate(body) if member.method == DEFLATED else body:
        crc = zlib.crc32(piece, crc)
        yield piece
    if crc != member.crc:
        raise DocumentError(STAGE, "corrupt_archive", f"damaged zip member: {member.name!r}")


def _inflate(body: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the inflated bytes of a member in pieces."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for packed in body:
            rest = packed
            while piece := inflater.decompress(rest, PIECE_BYTES):
                rest = inflater.unconsumed_tail
                yield piece
    except zlib.error as error:
        raise DocumentError(STAGE, "corrupt_archive", f"damaged zip member: {error}") from error
