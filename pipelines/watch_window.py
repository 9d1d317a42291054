"""Process the files of a window, commit them, and enter them into the ledger."""

import contextlib
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.background import InterruptedRunError, Job
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.failures import failure_reason, safe_reason
from pipelines.graph_run import run_graph
from pipelines.ingest_options import IngestOptions
from pipelines.ingest_run import shard_settings
from pipelines.watch_directory import WatchedOutput
from pipelines.watch_options import WatchOptions
from pipelines.watch_status import REFRESH_SECONDS, WatchStatus
from pipelines.worker_progress import FilesDone
from transforms.commit import CommitSettings
from transforms.commit_points import reach
from transforms.document_list import ListedDocument
from transforms.ledger_update import add_window
from transforms.manifest import Manifest
from transforms.output_files import clear_window
from transforms.parts import OutputError
from transforms.run_records import RunIdentity, told_commit
from transforms.shards import plan_shards
from transforms.text.extract import EXTRACTOR_VERSION
from transforms.windows import WindowRecord, record_window

ATTEMPTS = 3
"""A disk may be full for a while, or a file change between two passes; the rest does not heal."""


@dataclass(frozen=True, slots=True)
class WindowWork:
    """What turns files into committed windows."""

    options: WatchOptions
    beam_options: Callable[[], PipelineOptions]
    output: WatchedOutput
    stop: threading.Event
    status: WatchStatus

    def finish_begun(self) -> Manifest | None:
        """Finish the window that an earlier watch began; None where there is none.

        One that was begun with other options, or by another version, is given up: nothing of it
        has committed, and its files wait again.
        """
        record, manifest = self.output.unfinished(), None
        if record:
            options = _dated_as(record, self.options.ingest)
            if record.identity == _identity(options):
                manifest = self._do(record, options, is_begun=True)
        self.output.tidy()
        return manifest

    def do(self, files: list[ListedDocument]) -> Manifest:
        """Make files, sorted by uri, the next window; return its manifest.

        Raises CommandError where that fails again and again, or a second signal comes.
        """
        options = self.options.ingest
        if not options.is_dated:
            options = replace(options, ingest_date=datetime.now(UTC).date())
        number = self.output.ledger.last_window + 1
        return self._do(WindowRecord(number, _identity(options), files), options, is_begun=False)

    def _do(self, record: WindowRecord, options: IngestOptions, *, is_begun: bool) -> Manifest:
        """Process a window until it has committed, and enter it into the ledger."""
        for attempt in itertools.count(1):
            try:
                if not is_begun:
                    record_window(self.output.place, record)
                self._run(record, options, is_resumed=is_begun or attempt > 1)
                break
            except InterruptedRunError as error:
                rest = f"the next start goes on with window {record.number}"
                raise CommandError(error.exit_code, f"{error.message}; {rest}") from error
            except Exception as error:
                self._wait_after(error, record.number, is_last=attempt == ATTEMPTS)
        return self._enter(record.number)

    def _wait_after(self, error: Exception, number: int, *, is_last: bool) -> None:
        """Wait before the next attempt; raise CommandError where there is to be none."""
        failed = f"window {number} failed: "
        reason = f"{failed}{failure_reason(error)}"
        if is_last or self.stop.is_set():
            raise CommandError(
                ExitCode.RUN_FAILED, f"{reason}; the same command tries it again"
            ) from error
        again = "; trying again"
        log_text = f"{failed}{safe_reason(error)}{again}"
        self.status.warn(f"{reason}{again}", log_text, window=number)
        self.stop.wait(self.options.poll_seconds)

    def _run(self, record: WindowRecord, options: IngestOptions, *, is_resumed: bool) -> None:
        """Run the graph over the files of a window."""
        output, number, count = self.output, record.number, len(record.files)
        settings = shard_settings(options, output.place, is_resumed=is_resumed)
        run_graph(
            list(plan_shards(record.files, options.shard_bytes)),
            replace(
                settings,
                identity=f"{settings.identity} window {number}",
                window=number,
                ledger=output.ledger.path,
            ),
            CommitSettings(output.place, count, options.shaping(), window=number),
            self.beam_options(),
            show=lambda job, done: self._show(job, done, number, count),
            prevent=lambda: None,  # what it commits in its last moment is welcome
        )

    def _show(self, job: Job, files_done: FilesDone, number: int, count: int) -> None:
        """Show how far the window is until it has ended."""
        while not job.ended_within(REFRESH_SECONDS):
            _, done = files_done()
            self.status.at_work(number, done, count, is_last=self.stop.is_set())

    def _enter(self, number: int) -> Manifest:
        """Enter the window that has committed into the ledger and return its manifest."""
        place = self.output.place
        try:
            run = told_commit(place)
            if run is None:
                raise OutputError(f"it left no manifest in {place}; can its workers write there?")
            manifest = add_window(self.output.ledger, place, run)
        except OutputError as error:
            raise CommandError(ExitCode.RUN_FAILED, f"window {number}: {error}") from error
        with contextlib.suppress(OSError):  # they are in nobody's way
            clear_window(place)
        reach("window.cleared")
        return manifest


def _identity(options: IngestOptions) -> RunIdentity:
    """Return what shapes the output of a window."""
    return RunIdentity(EXTRACTOR_VERSION, options.shaping())


def _dated_as(record: WindowRecord, options: IngestOptions) -> IngestOptions:
    """Return the options with the date on which a window was begun, unless the user names one."""
    held = record.identity.options.get("ingest_date")
    if options.is_dated or not isinstance(held, str):
        return options
    return replace(options, ingest_date=date.fromisoformat(held))
