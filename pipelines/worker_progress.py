"""How far the run is in all its processes: each worker notes its counts in a file of its own."""

import contextlib
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from transforms.progress import PROGRESS

COUNTS = struct.Struct(">QQ")
"""Files compared and files extracted."""

FilesDone = Callable[[], tuple[int, int]]
"""Returns how many files are compared, and how many extracted, as far as anybody knows."""

VARIABLE = "SUZGI_PROGRESS"
"""Of the environment: the directory that a worker puts its file into."""


@contextlib.contextmanager
def progress_directory() -> Iterator[Path]:
    """Give a directory for the files of the workers, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="suzgi-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


def note_progress() -> None:
    """Note the counts of this process where the process that shows them looks, if one does."""
    if directory := os.environ.get(VARIABLE):
        counts = COUNTS.pack(PROGRESS.fingerprinted, PROGRESS.processed)
        with contextlib.suppress(OSError):  # the run has ended
            Path(directory, str(os.getpid())).write_bytes(counts)


def files_done(directory: Path) -> tuple[int, int]:
    """Return the files compared and extracted, in this process and in those of the directory."""
    compared, extracted = PROGRESS.fingerprinted, PROGRESS.processed
    for note in directory.iterdir():
        counts = note.read_bytes()
        if len(counts) == COUNTS.size:  # otherwise it is being written
            more_compared, more_extracted = COUNTS.unpack(counts)
            compared += more_compared
            extracted += more_extracted
    return compared, extracted
