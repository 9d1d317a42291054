"""Write the files of a run, whole or not at all, under names that hold their hash."""

import contextlib
import hashlib
import os
import re
import threading
from dataclasses import dataclass

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from transforms.commit_points import reach
from transforms.listing import is_remote

ARTICLES = "articles"
DEAD_LETTERS = "dead_letters"
DUPLICATES = "duplicates"
OTHER_LANGUAGES = "other_languages"
MANIFESTS = "manifests"
KINDS = (ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES)
DIRECTORIES = (*KINDS, MANIFESTS)

ROUND_NAME = r"\d{8}T\d{6}Z-\d{4,}"
PART_NAME = re.compile(rf"part-(?:{ROUND_NAME}-)?\d{{5,}}(?:\.\d{{4,}})?-[0-9a-f]{{16}}\.avro")


class OutputError(Exception):
    """A file of the run that could not be written, or is not as it was written."""


@dataclass(frozen=True, slots=True, order=True)
class PartFile:
    """A file of rows as the manifest lists it; `name` is relative to the output."""

    name: str
    rows: int
    bytes: int
    sha256: str


def write_part(  # noqa: PLR0913 (what names a file, and what it holds)
    output: str,
    kind: str,
    shard: int,
    content: bytes,
    rows: int,
    *,
    piece: int = 0,
    round_name: str = "",
) -> PartFile:
    """Write one shard's file of one kind and return what the manifest says of it.

    A shard whose rows fill more than one file has pieces from 0; they sort in their order. In a
    stream the round comes first.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    place = f"{shard:05d}.{piece:04d}" if piece else f"{shard:05d}"
    place = f"{round_name}-{place}" if round_name else place
    name = f"{kind}/part-{place}-{sha256[:16]}.avro"
    write_whole(join_output(output, name), content, "part")
    return PartFile(name, rows, len(content), sha256)


def write_whole(path: str, content: bytes, what: str) -> None:
    """Write a file that is there whole or not at all; raise OutputError where it cannot be.

    The directory of a local file must exist: a run that was cancelled removes it, so that a
    worker which has not heard of it writes nothing more. `what` names the points of the commit.
    """
    try:
        if is_remote(path):
            with FileSystems.create(
                path, "application/octet-stream", CompressionTypes.UNCOMPRESSED
            ) as stream:
                stream.write(content)
            reach(f"{what}.settled")
        else:
            _write_local(path, content, what)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def create_whole(path: str, content: bytes, what: str) -> bool:
    """Write a local file that is there whole; return False where there is one of that name.

    Of two that write at the same time one wins, and the other is told so. Raises OutputError
    where the file cannot be written.
    """
    try:
        _write_local(path, content, what, is_new=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    return True


def read_whole(path: str) -> bytes | None:
    """Return a file of the run; None where there is none; raise OutputError where it cannot be."""
    try:
        if is_remote(path):
            return _read_remote(path)
        with open(path, "rb") as stream:  # noqa: PTH123 (paths are strings here, as uris are)
            return stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror or error}") from error


def check_part(output: str, part: PartFile) -> None:
    """Raise OutputError unless the file is there in full length: a rename may fail unseen."""
    path = join_output(output, part.name)
    try:
        if is_remote(path):
            (result,) = FileSystems.match([path], [1])
            size = result.metadata_list[0].size_in_bytes if result.metadata_list else None
        else:
            size = os.stat(path).st_size  # noqa: PTH116 (paths are strings here, as uris are)
    except OSError:
        size = None
    if size != part.bytes:
        found = "missing" if size is None else f"{size} bytes"
        raise OutputError(f"{path}: written with {part.bytes} bytes, now {found}")


def is_intact(output: str, part: PartFile) -> bool:
    """Tell whether the file is there, bit for bit as it was written."""
    try:
        content = read_whole(join_output(output, part.name))
    except OutputError:
        return False
    return content is not None and hashlib.sha256(content).hexdigest() == part.sha256


def join_output(output: str, name: str) -> str:
    """Return the path of a file of the run."""
    return f"{output.rstrip('/')}/{name}"


def _read_remote(path: str) -> bytes | None:
    """Return an object; None where there is none."""
    if not FileSystems.exists(path):
        return None
    with FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as stream:
        content: bytes = stream.read()
        return content


def _write_local(path: str, content: bytes, what: str, *, is_new: bool = False) -> None:
    """Write beside the place, flush to the disk, and move into place."""
    directory, name = os.path.split(path)
    temporary = f"{directory}/.{name}.{os.getpid()}.{threading.get_ident()}.tmp"
    try:
        with open(temporary, "wb") as stream:  # noqa: PTH123 (paths are strings here)
            reach(f"{what}.opened")
            stream.write(content)
            stream.flush()
            reach(f"{what}.written")
            os.fsync(stream.fileno())
        reach(f"{what}.flushed")
        if is_new:
            os.link(temporary, path)  # unlike a rename it fails where there is a file
            os.unlink(temporary)  # noqa: PTH108
        else:
            os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    reach(f"{what}.renamed")
    flush_directory(directory)
    reach(f"{what}.settled")


def flush_directory(directory: str) -> None:
    """Flush the names of a directory to the disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
