"""Write the files of a run, whole or not at all, under names that hold their hash."""

import contextlib
import glob
import hashlib
import os
import re
import threading
from dataclasses import dataclass

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from transforms.listing import is_remote

ARTICLES = "articles"
DEAD_LETTERS = "dead_letters"
DUPLICATES = "duplicates"
OTHER_LANGUAGES = "other_languages"
MANIFESTS = "manifests"
DIRECTORIES = (ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES, MANIFESTS)

PART = r"part-\d{5,}(?:\.\d{4,})?-[0-9a-f]{16}\.avro"
PART_NAME = re.compile(PART)
TEMPORARY_NAME = re.compile(rf"\.({PART}|[0-9a-f]{{32}}\.json)\.\d+\.\d+\.tmp")


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
    output: str, kind: str, shard: int, content: bytes, rows: int, *, piece: int = 0
) -> PartFile:
    """Write one shard's file of one kind and return what the manifest says of it.

    A shard whose rows fill more than one file has pieces from 0; they sort in their order.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    place = f"{shard:05d}.{piece:04d}" if piece else f"{shard:05d}"
    name = f"{kind}/part-{place}-{sha256[:16]}.avro"
    write_whole(join_output(output, name), content)
    return PartFile(name, rows, len(content), sha256)


def write_whole(path: str, content: bytes) -> None:
    """Write a file that is there whole or not at all; raise OutputError where it cannot be.

    The directory of a local file must exist: a run that was cancelled removes it, so that a
    worker which has not heard of it writes nothing more.
    """
    try:
        if is_remote(path):
            with FileSystems.create(
                path, "application/octet-stream", CompressionTypes.UNCOMPRESSED
            ) as stream:
                stream.write(content)
        else:
            _write_local(path, content)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


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


def join_output(output: str, name: str) -> str:
    """Return the path of a file of the run."""
    return f"{output.rstrip('/')}/{name}"


def abandon(output: str) -> bool:
    """Remove what a run wrote that did not commit; return False where it did commit.

    The directory of manifests goes first: from then on the run cannot commit any more, and a
    worker that still writes finds no place to.
    """
    if is_remote(output):
        return _abandon_remote(output)
    for kind in reversed(DIRECTORIES):
        directory = join_output(output, kind)
        for path in glob.glob(f"{glob.escape(directory)}/*", include_hidden=True):  # noqa: PTH207
            if _is_temporary(path) or (kind != MANIFESTS and _is_part(path)):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)  # noqa: PTH108
        try:
            os.rmdir(directory)  # noqa: PTH106
        except FileNotFoundError:
            continue
        except OSError:  # not empty
            if kind == MANIFESTS:
                return False
    return True


def _write_local(path: str, content: bytes) -> None:
    """Write beside the place, flush to the disk, and move into place."""
    directory, name = os.path.split(path)
    temporary = f"{directory}/.{name}.{os.getpid()}.{threading.get_ident()}.tmp"
    try:
        with open(temporary, "wb") as stream:  # noqa: PTH123 (paths are strings here)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_part(path: str) -> bool:
    """Tell whether a path is named like a file of rows."""
    return bool(PART_NAME.fullmatch(path.rpartition("/")[2]))


def _is_temporary(path: str) -> bool:
    """Tell whether a path is named like a file that was not moved into place."""
    return bool(TEMPORARY_NAME.fullmatch(path.rpartition("/")[2]))


def _abandon_remote(output: str) -> bool:
    """Do the same in an object store, where nothing prevents a commit in the meantime."""
    patterns = [join_output(output, f"{MANIFESTS}/*.json")]
    patterns += [join_output(output, f"{kind}/part-*.avro") for kind in DIRECTORIES]
    manifests, *parts = FileSystems.match(patterns)
    if manifests.metadata_list:
        return False
    if found := [metadata.path for result in parts for metadata in result.metadata_list]:
        FileSystems.delete(found)
    return True
