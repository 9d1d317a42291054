"""Read tar archives as a stream.

Python's tarfile takes a damaged header, or a file that ends between two members, for the end of
the archive; here both are told. Of tarfile we use what parses one header block.
"""

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from transforms.byte_stream import ByteStream
from transforms.containers.members import STAGE, MemberUris, read_member, refuse
from transforms.documents import Reading, ReadSettings
from transforms.text.document import DocumentError

BLOCK_BYTES = tarfile.BLOCKSIZE
MAX_HEADER_BYTES = 2**20
"""Of an extended header, which holds a long name and a few times."""

PAX_TYPES = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
FILE_TYPES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
BODILESS_TYPES = (
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.FIFOTYPE,
    tarfile.DIRTYPE,
)
"""Nothing follows their headers, whatever size these state."""


@dataclass(slots=True)
class Extended:
    """What extended headers say about the member that follows them."""

    name: str | None = None
    size: int | None = None
    is_sparse: bool = False


@dataclass(slots=True)
class TarStream:
    """A tar archive, read up to some block."""

    stream: ByteStream
    extended: Extended = field(default_factory=Extended)

    def header(self) -> tarfile.TarInfo | None:
        """Return the next header; None at the end of the archive, which must be marked."""
        block = self.stream.read(BLOCK_BYTES)
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # which typeshed leaves out
            return None
        except tarfile.HeaderError as error:
            if len(block) < BLOCK_BYTES:
                message = "the tar archive ends without its end mark"
                raise DocumentError(STAGE, "torn_archive", message) from error
            raise DocumentError(STAGE, "corrupt_archive", f"damaged tar: {error}") from error

    def body(self, size: int) -> Iterator[bytes]:
        """Yield the bytes of a member and leave its padding out."""
        yield from self.stream.section(size, STAGE)
        for _ in self.stream.section(-size % BLOCK_BYTES, STAGE):
            pass

    def small_body(self, size: int) -> bytes:
        """Return the bytes of an extended header; raise DocumentError for a senseless size."""
        if size > MAX_HEADER_BYTES:
            raise DocumentError(STAGE, "corrupt_archive", f"a tar header of {size} bytes")
        return b"".join(self.body(size))

    def check_end(self) -> None:
        """Raise DocumentError `trailing_garbage` where the end mark is not the end."""
        if any(piece.strip(b"\0") for piece in self.stream.rest()):
            message = "something follows the end mark of the tar archive"
            raise DocumentError(STAGE, "trailing_garbage", message)


def read_tar(uri: str, chunks: Iterable[bytes], settings: ReadSettings) -> Iterator[Reading]:
    """Yield the documents of a tar archive; what is neither file nor directory is a failure.

    Raises DocumentError `torn_archive`, `corrupt_archive`, `trailing_garbage`, `unsupported`,
    `too_many_members`, and those of the chunks.
    """
    archive = TarStream(ByteStream(chunks))
    uris = MemberUris(uri)
    while header := archive.header():
        size = header.size if archive.extended.size is None else archive.extended.size
        if size < 0:
            raise DocumentError(STAGE, "corrupt_archive", "a tar member of negative size")
        if header.type == tarfile.GNUTYPE_SPARSE:
            raise DocumentError(STAGE, "unsupported", f"a sparse file: {header.name!r}")
        if header.type == tarfile.GNUTYPE_LONGNAME:
            archive.extended.name = _text(archive.small_body(size).rstrip(b"\0"))
        elif header.type in PAX_TYPES:
            archive.extended = _parse_pax(archive.small_body(size))
        elif header.type in (tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK):
            archive.small_body(size)
        else:
            if not header.isdir():
                yield _read_file(uris, header, size, archive, settings)
            archive.extended = Extended()
    archive.check_end()


def _read_file(
    uris: MemberUris,
    header: tarfile.TarInfo,
    size: int,
    archive: TarStream,
    settings: ReadSettings,
) -> Reading:
    """Return the document that a member is."""
    name = archive.extended.name or header.name
    uri = uris.of(name)
    if header.type not in FILE_TYPES:
        failure = DocumentError(STAGE, "not_a_file", "a link, a device or a pipe")
        return refuse(uri, failure, archive.body(0 if header.type in BODILESS_TYPES else size))
    if archive.extended.is_sparse:
        failure = DocumentError(STAGE, "not_a_file", "a sparse file")
        return refuse(uri, failure, archive.body(size))
    return read_member(uri, name, archive.body(size), settings)


def _parse_pax(content: bytes) -> Extended:
    """Return what a pax header says: lines of length, key and value."""
    extended = Extended()
    while content:
        length, _, _ = content.partition(b" ")
        if not length.isdigit() or not len(length) < int(length[:9]) <= len(content):
            raise DocumentError(STAGE, "corrupt_archive", "damaged tar: a pax header")
        record, content = content[: int(length)], content[int(length) :]
        key, _, value = record[len(length) + 1 : -1].partition(b"=")
        if key == b"path":
            extended.name = _text(value)
        elif key == b"size" and value.isdigit() and len(value) < 20:
            extended.size = int(value)
        elif key.startswith(b"GNU.sparse."):
            extended.is_sparse = True
    return extended


def _text(name: bytes) -> str:
    """Return a name as text that leads back to its bytes."""
    return name.decode("utf-8", "surrogateescape")
