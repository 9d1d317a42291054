"""Write the files of a run, whole or not at all, under names that hold their hash."""

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from transforms.commit_points import reach
from transforms.listing import is_remote
from transforms.stores import StoreUnavailableError, store_of

ARTICLES = "articles"
DEAD_LETTERS = "dead_letters"
DUPLICATES = "duplicates"
OTHER_LANGUAGES = "other_languages"
MANIFESTS = "manifests"
KINDS = (ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES)
DIRECTORIES = (*KINDS, MANIFESTS)

ROUND_NAME = r"\d{8}T\d{6}Z-\d{4,}"
PART_NAME = re.compile(rf"part-(?:{ROUND_NAME}-)?(\d{{5,}})(?:\.\d{{4,}})?-[0-9a-f]{{16}}\.avro")


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
            store_of(path).write(path, content)
            reach(f"{what}.settled")
        else:
            _write_local(path, content, what)
    except (OSError, StoreUnavailableError) as error:
        raise OutputError(told_of(f"cannot write {path}", error)) from error


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
            return store_of(path).read(path)
        with open(path, "rb") as stream:  # noqa: PTH123 (paths are strings here, as uris are)
            return stream.read()
    except FileNotFoundError:
        return None
    except (OSError, StoreUnavailableError) as error:
        raise OutputError(told_of(f"cannot read {path}", error)) from error


def check_parts(output: str, parts: Iterable[PartFile], *, are_few: bool = False) -> None:
    """Raise OutputError unless all files are there in full length: a rename may fail unseen.

    Where they are few of those in a store, each is asked for; else all that is there is listed.
    """
    size_of: Callable[[str], int | None] = _local_size
    if is_remote(output):
        size_of = _size_in_store if are_few else _sizes_in_store(output)
    for part in parts:
        path = join_output(output, part.name)
        size = size_of(path)
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


def shard_of(part: PartFile) -> int:
    """Return the number of the shard that wrote a file; -1 where its name is none of ours."""
    match = PART_NAME.fullmatch(part.name.rpartition("/")[2])
    return int(match[1]) if match else -1


def told_of(failure: str, error: Exception) -> str:
    """Return a message for a user; a store that does not answer tells itself what failed."""
    if isinstance(error, StoreUnavailableError):
        return str(error)
    return f"{failure}: {getattr(error, 'strerror', None) or error}"


def join_output(output: str, name: str) -> str:
    """Return the path of a file of the run."""
    return f"{output.rstrip('/')}/{name}"


def _local_size(path: str) -> int | None:
    """Return the size of a file; None where it cannot be told."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 (paths are strings here, as uris are)
    except OSError:
        return None


def _size_in_store(path: str) -> int | None:
    """Return the size of an object; None where there is none."""
    try:
        found = store_of(path).find(path)
    except (OSError, StoreUnavailableError) as error:
        raise OutputError(told_of(f"cannot look up {path}", error)) from error
    return found.size if found else None


def _sizes_in_store(output: str) -> Callable[[str], int | None]:
    """Return what tells the size of an object of an output: one listing, not a request for each."""
    try:
        sizes = {found.uri: found.size for found in store_of(output).below(output)}
    except (OSError, StoreUnavailableError) as error:
        raise OutputError(told_of(f"cannot list {output}", error)) from error
    return sizes.get


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
