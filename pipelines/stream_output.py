"""Take the output of a stream: a new one, or that of the same stream before it was stopped."""

import contextlib
import os
from collections.abc import Iterator

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.output_directory import canonical_output, make_directories, take_place
from pipelines.output_lock import lock_output
from transforms.listing import is_remote
from transforms.output_files import (
    RUN_DIRECTORIES,
    OutputFiles,
    list_output,
    remove_files,
    remove_lock,
)
from transforms.parts import OutputError
from transforms.run_records import RunIdentity, record_stream


@contextlib.contextmanager
def stream_output(output: str, identity: RunIdentity) -> Iterator[str]:
    """Return a context with the place of an output that is the stream's.

    One process at a time starts a stream into a local output. Raises CommandError where the
    output holds anything but what the same stream wrote.
    """
    place = canonical_output(output)
    with contextlib.ExitStack() as stack:
        try:
            if is_remote(place):
                _take(place, list_output(place), identity)
            else:
                stack.enter_context(_local_output(place, identity))
        except (OSError, OutputError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = f"cannot use output {place}: {reason}"
            raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error
        yield place


@contextlib.contextmanager
def _local_output(place: str, identity: RunIdentity) -> Iterator[None]:
    """Lock a local output, make its directories, and remove what writers left that were killed."""
    made = take_place(place)
    _refuse_foreign(place, list_output(place))
    lock = lock_output(place)
    try:
        make_directories(place, RUN_DIRECTORIES, made)
        files = list_output(place)
        _take(place, files, identity)
        remove_files(place, files.temporaries)
        yield
    finally:
        with contextlib.suppress(OSError):
            remove_lock(place)
        os.close(lock)


def _refuse_foreign(place: str, files: OutputFiles) -> None:
    """Raise CommandError where an output holds files that no stream writes."""
    if held := [*files.foreign, *files.reports]:
        raise _unusable(place, f"is not empty; no stream wrote {held[0]!r}")


def _take(place: str, files: OutputFiles, identity: RunIdentity) -> None:
    """Note whose stream the output is; raise CommandError where it is not this one's."""
    _refuse_foreign(place, files)
    if not files.is_stream and (
        held := [*files.manifests, *files.parts, *files.listings, *files.ledger]
    ):
        raise _unusable(place, f"is not empty; a run that was no stream wrote {held[0]}")
    if told := identity.difference(record_stream(place, identity)):
        raise _unusable(place, f"holds a stream of other options ({told})")


def _unusable(place: str, why: str) -> CommandError:
    return CommandError(ExitCode.OUTPUT_UNUSABLE, f"output {place} {why}. Name a new directory")
