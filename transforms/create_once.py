"""Create a file that only one of two writers may create."""

from apache_beam.io.filesystems import FileSystems

from transforms.commit_points import reach
from transforms.listing import is_remote
from transforms.parts import OutputError, create_whole, read_whole, write_whole

GOOGLE_SCHEME = "gs://"


def create_once(path: str, content: bytes, what: str) -> None:
    """Create a file, or find it there with this very content; raise OutputError otherwise.

    On gs:// the store itself decides between two writers (`ifGenerationMatch=0`). Beam's other
    file systems can only be asked before, so that a run in the same moment may slip through.
    """
    if create_or_read(path, content, what) != content:
        raise OutputError(f"cannot write {path}: another run has written it")


def create_or_read(path: str, content: bytes, what: str) -> bytes:
    """Create a file unless there is one; return what it holds now. Raises OutputError.

    As with `create_once`, the store or the local file system decides between two writers.
    """
    if path.startswith(GOOGLE_SCHEME):
        held: bytes | None = _create_in_google(path, content)
        reach(f"{what}.settled")
    elif not is_remote(path):
        held = content if create_whole(path, content, what) else read_whole(path)
    elif FileSystems.exists(path):
        held = read_whole(path)
    else:
        write_whole(path, content, what)
        held = content
    if held is None:
        raise OutputError(f"{path}: written, and gone again")
    return held


def _create_in_google(path: str, content: bytes) -> bytes:
    """Create an object of Google's store unless there is one; return what it holds now."""
    # Half a second to load, for those alone who write there.
    from google.api_core.exceptions import GoogleAPIError, PreconditionFailed  # noqa: PLC0415
    from google.cloud.storage import Client  # noqa: PLC0415

    bucket, _, name = path.removeprefix(GOOGLE_SCHEME).partition("/")
    blob = Client().bucket(bucket).blob(name)
    try:
        blob.upload_from_string(content, "application/json", if_generation_match=0)
    except PreconditionFailed:
        held: bytes = blob.download_as_bytes()
        return held
    except GoogleAPIError as error:
        raise OutputError(f"cannot write {path}: {error}") from error
    return content
