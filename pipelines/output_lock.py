"""One process at a time for one output: a lock that ends with its process, however that ends."""

import fcntl
import os
from pathlib import Path

from pipelines.exit_codes import CommandError, ExitCode
from transforms.output_files import LOCK
from transforms.shard_reports import WORK


def lock_output(place: str) -> int:
    """Return a descriptor that holds the lock of a local output until it is closed.

    The kernel keeps the lock, not the file: what a killed process left does not matter. Raises
    CommandError where another process has it, OSError where the file system has no locks.
    """
    path = Path(place, WORK, LOCK)
    while True:
        path.parent.mkdir(exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except FileNotFoundError:  # a run that just ended took the directory away
            continue
        if _has_lock(descriptor, path):
            return descriptor
        os.close(descriptor)


def is_locked(place: str) -> bool:
    """Tell whether a process is at work in a local output; False where nobody can tell.

    Whoever takes the lock in the microsecond in which this asks for it is refused.
    """
    try:
        descriptor = os.open(Path(place, WORK, LOCK), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _has_lock(descriptor: int, path: Path) -> bool:
    """Lock an open file; return False where it is not the file of that path any more."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except BlockingIOError as error:
        os.close(descriptor)
        raise CommandError(
            ExitCode.OUTPUT_UNUSABLE,
            f"output {path.parent.parent}: another process is at work there. Wait for its end, "
            "or name a new directory",
        ) from error
    except FileNotFoundError:
        return False
    except OSError:
        os.close(descriptor)
        raise
