"""Create a file of an object store that only one of two runs may create."""

from transforms.commit_points import reach
from transforms.parts import OutputError, told_of
from transforms.stores import StoreUnavailableError, store_of


def create_once(path: str, content: bytes, what: str) -> None:
    """Create an object, or find it there with this very content; raise OutputError otherwise.

    On gs:// and s3:// the store itself decides between two writers. Beam's other file systems can
    only be asked before, so that a run in the same moment may slip through.
    """
    try:
        held = store_of(path).create(path, content)
    except (OSError, StoreUnavailableError) as error:
        raise OutputError(told_of(f"cannot write {path}", error)) from error
    reach(f"{what}.settled")
    if held is not None:
        raise OutputError(f"cannot write {path}: another run has written it")
