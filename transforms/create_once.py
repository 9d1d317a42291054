"""Create a file that only one of two writers may create."""

from transforms.commit_points import reach
from transforms.listing import is_remote
from transforms.parts import OutputError, create_whole, read_whole, told_of
from transforms.stores import StoreUnavailableError, store_of


def create_once(path: str, content: bytes, what: str) -> None:
    """Create a file, or find it there with this very content; raise OutputError otherwise."""
    if create_or_read(path, content, what) != content:
        raise OutputError(f"cannot write {path}: another run has written it")


def create_or_read(path: str, content: bytes, what: str) -> bytes:
    """Create a file unless there is one; return what it holds now. Raises OutputError.

    On a disk the file system decides between two writers, on gs:// and s3:// the store. Beam's
    other file systems can only be asked before, so that a run in the same moment may slip through.
    """
    held: bytes | None
    if is_remote(path):
        held = _create_in_store(path, content)
        reach(f"{what}.settled")
    else:
        held = content if create_whole(path, content, what) else read_whole(path)
    if held is None:
        raise OutputError(f"{path}: written, and gone again")
    return held


def _create_in_store(path: str, content: bytes) -> bytes:
    """Create an object unless there is one; return what it holds now."""
    try:
        other = store_of(path).create(path, content)
    except (OSError, StoreUnavailableError) as error:
        raise OutputError(told_of(f"cannot write {path}", error)) from error
    return content if other is None else other
