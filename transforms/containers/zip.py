"""Read zip archives, in the order of their directory."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from transforms.containers.members import STAGE, MemberUris, Meter, read_member, refuse
from transforms.containers.zip_torn import read_torn_zip
from transforms.documents import Reading, ReadSettings, open_stored, stored_chunks
from transforms.text.document import DocumentError

PIECE_BYTES = 2**20
SIGNATURE = b"PK"

END = struct.Struct("<4s4H2LH")
"""Signature, disks and entries, size and place of the directory, length of the comment."""

END_SIGNATURE = b"PK\x05\x06"
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR64 = struct.Struct("<4sLQL")
MAX_COMMENT_BYTES = 2**16
UNKNOWN_SIZE = 0xFFFFFFFF

MAX_DIRECTORY_BYTES = 2**27
"""zipfile holds the whole directory: some 500 bytes for each entry, of which this has a million."""

ENCRYPTED = 0x1
"""Bit of a member's flags."""

DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)


def read_zip(uri: str, settings: ReadSettings) -> Iterator[Reading]:
    """Yield the documents of a zip archive; a damaged member is a failure of its own.

    Raises DocumentError `torn_archive`, `corrupt_archive`, `bomb`, `too_large`,
    `too_many_members`, and those of `open_stored`.
    """
    meter, uris = Meter(), MemberUris(uri)
    with open_stored(uri) as stream:
        meter.stored_bytes = _check_end(stream)
        if not meter.stored_bytes:
            chunks = meter.stored(stored_chunks(uri))
            yield from read_torn_zip(chunks, uris, meter, settings)
        with _open_archive(stream) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    yield _read_member(archive, member, uris, meter, settings)


def _read_member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    uris: MemberUris,
    meter: Meter,
    settings: ReadSettings,
) -> Reading:
    """Return the document that a member is, or its failure."""
    uri = uris.of(member.filename)
    if stat.S_ISLNK(member.external_attr >> 16):
        return refuse(uri, DocumentError(STAGE, "not_a_file", "a link"), [])
    if member.flag_bits & ENCRYPTED:
        return refuse(uri, DocumentError(STAGE, "encrypted", "the member needs a password"), [])
    pieces = meter.unpacked(_pieces(archive, member))
    try:
        return read_member(uri, member.filename, pieces, settings)
    except MemberError as error:
        return refuse(uri, error.failure, [])


class MemberError(Exception):
    """A member that cannot be unpacked; the others can."""

    def __init__(self, failure: DocumentError) -> None:
        super().__init__(str(failure))
        self.failure = failure


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the unpacked bytes of a member; raise MemberError where that fails."""
    try:
        with archive.open(member) as stream:
            while piece := stream.read(PIECE_BYTES):
                yield piece
    except DAMAGE as error:
        failure = DocumentError(STAGE, "corrupt_archive", f"damaged zip member: {error}")
        raise MemberError(failure) from error
    except (NotImplementedError, RuntimeError) as error:  # a method or a password
        raise MemberError(DocumentError(STAGE, "unsupported", str(error))) from error


def _open_archive(stream: BinaryIO) -> zipfile.ZipFile:
    """Return the archive with its directory read; raise DocumentError where that is damaged."""
    try:
        return zipfile.ZipFile(stream)
    except (*DAMAGE, NotImplementedError, struct.error) as error:
        raise DocumentError(STAGE, "corrupt_archive", f"damaged zip: {error}") from error


def _check_end(stream: BinaryIO) -> int:
    """Return the size of an archive, 0 for a torn one; raise DocumentError for what is none.

    zipfile would read a directory of any size into memory.
    """
    begin = stream.read(len(SIGNATURE))
    size = stream.seek(0, 2)
    tail_at = max(0, size - MAX_COMMENT_BYTES - END.size)
    stream.seek(tail_at)
    tail = stream.read()
    end = tail.rfind(END_SIGNATURE, 0, max(0, len(tail) - END.size + len(END_SIGNATURE)))
    if end < 0 and begin == SIGNATURE:
        return 0
    if end < 0:
        raise DocumentError(STAGE, "corrupt_archive", "not zip, despite its name")
    directory = END.unpack_from(tail, end)[5]
    if directory == UNKNOWN_SIZE:
        directory = _directory_bytes64(stream, tail_at + end)
    if directory > MAX_DIRECTORY_BYTES:
        message = f"a zip directory of more than {MAX_DIRECTORY_BYTES} bytes"
        raise DocumentError(STAGE, "too_many_members", message)
    return size


def _directory_bytes64(stream: BinaryIO, end: int) -> int:
    """Return the size of the directory of a zip64 archive whose plain end is at `end`."""
    try:
        stream.seek(end - LOCATOR64.size)
        place: int = LOCATOR64.unpack(stream.read(LOCATOR64.size))[2]
        stream.seek(place)
        size: int = END64.unpack(stream.read(END64.size))[8]
    except (OSError, ValueError, struct.error) as error:
        raise DocumentError(STAGE, "corrupt_archive", f"damaged zip: {error}") from error
    return size
