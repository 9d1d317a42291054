"""Take the output of a watch, find in it how far the last one came, and give it back."""

import os
import sqlite3
from dataclasses import dataclass

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.output_directory import (
    canonical_output,
    make_directories,
    read_manifests,
    take_place,
)
from pipelines.output_lock import lock_output
from transforms.commit_points import reach
from transforms.ledger import Ledger
from transforms.ledger_update import current_ledger
from transforms.listing import is_remote
from transforms.output_files import (
    LEDGER,
    RUN_DIRECTORIES,
    RUN_RECORD,
    OutputFiles,
    clear_window,
    list_output,
    remove_lock,
    remove_unreferenced,
)
from transforms.parts import OutputError
from transforms.shard_reports import WORK
from transforms.windows import WindowRecord, recorded_window, window_name


@dataclass(slots=True)
class WatchedOutput:
    """The output of a watch, locked, and the ledger of its windows."""

    place: str
    lock: int
    ledger: Ledger

    def unfinished(self) -> WindowRecord | None:
        """Return the window that was begun and has not committed; None where there is none."""
        number = self.ledger.last_window + 1
        record = recorded_window(self.place, number)
        return record if record and record.number == number else None

    def tidy(self) -> None:
        """Remove what no window has, once none is unfinished; a look at the names tells if any."""
        files = list_output(self.place)
        clear_window(self.place)
        if files.temporaries or self._has_more(files):
            remove_unreferenced(self.place, files, self._referenced())
        reach("window.tidied")

    def release(self) -> None:
        """Let other processes have the output; leave no trace of being at work in it."""
        self.ledger.close()
        remove_lock(self.place)
        os.close(self.lock)

    def _has_more(self, files: OutputFiles) -> bool:
        """Tell whether files are there that the ledger does not count."""
        last = window_name(self.ledger.last_window)
        return len(files.parts) != self.ledger.part_count or any(
            name > last for name in files.listings
        )

    def _referenced(self) -> set[str]:
        """Return the names of all files that windows have."""
        names: set[str] = set()
        for manifest in read_manifests(self.place):
            names |= {part.name for part in manifest.files}
            if manifest.window:
                names.add(window_name(manifest.window.number))
        return names


def open_watched(output: str) -> WatchedOutput:
    """Return the output of a watch, ready and locked.

    Raises CommandError where it cannot be used: it is in a store, holds other files than those of
    a watch, or another process is at work there.
    """
    place = canonical_output(output)
    if is_remote(place):
        message = f"--output {place}: a watch writes into a local directory"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message)
    try:
        return _open(place)
    except (OSError, OutputError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot use output {place}: {reason}"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error


def _open(place: str) -> WatchedOutput:
    """Lock the output, make its directories and bring its ledger up to date."""
    made = take_place(place)
    _refuse_others(place)
    lock = lock_output(place)
    try:
        reach("work.locked")
        make_directories(place, (*RUN_DIRECTORIES, LEDGER), made)
        return WatchedOutput(place, lock, current_ledger(place))
    except BaseException:  # a signal too
        remove_lock(place)
        os.close(lock)
        raise


def _refuse_others(place: str) -> None:
    """Raise CommandError where the output holds what no watch wrote."""
    files = list_output(place)
    if files.foreign:
        held = f"is not empty; no run wrote {files.foreign[0]!r}"
    elif f"{WORK}/{RUN_RECORD}" in files.work or files.is_stream or _is_of_ingest(place, files):
        held = "is that of suzgi ingest or suzgi replay, which a watch does not add to"
    elif files.parts and not (files.manifests or files.is_watched):
        held = f"is not empty; nothing tells which run wrote {files.parts[0]}"
    else:
        return
    message = f"output {place} {held}. Name a new directory"
    raise CommandError(ExitCode.OUTPUT_UNUSABLE, message)


def _is_of_ingest(place: str, files: OutputFiles) -> bool:
    """Tell whether the runs of an output are no windows; all are, or none is."""
    if files.ledger or not files.manifests:
        return False
    return next(read_manifests(place)).window is None
