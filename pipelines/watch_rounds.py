"""The rounds of a watch: look, wait until files rest, make them a window, and again."""

import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.background import first_signal_asks
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.log_lines import is_json
from pipelines.metrics_output import MetricsOutput, metrics_output
from pipelines.watch_directory import WatchedOutput, open_watched
from pipelines.watch_inputs import WatchedInputs
from pipelines.watch_options import WatchOptions
from pipelines.watch_status import REFRESH_SECONDS, WatchStatus
from pipelines.watch_window import WindowWork
from transforms.extraction import prepare_process
from transforms.ledger_update import ledger_path
from transforms.manifest import Manifest
from transforms.waiting import Waiting

PAUSES = 4
"""Times as long as a look takes, the inputs are left alone after it: a look at a million files
takes a good while, and something else than looking has to be done, too."""


def watch(options: WatchOptions, beam_options: Callable[[], PipelineOptions]) -> None:
    """Ingest what comes until a signal asks for an end, or the options do.

    Raises CommandError where the output cannot be used, a window fails, or a second signal comes.
    """
    is_live = sys.stderr.isatty() and not is_json()
    status = WatchStatus(options.ingest.quiet, options.ingest.json, is_live)
    with first_signal_asks() as stop:
        output = open_watched(options.ingest.output)
        try:
            prepare_process(options.ingest.language_detector)
            with metrics_output(options.metrics, output.place, status.warn) as metrics:
                status.refresh = metrics.refresh
                rounds = Rounds(
                    options,
                    output,
                    WatchedInputs(
                        options.ingest.inputs, options.ingest.suffixes, stop, status.warn
                    ),
                    Waiting(output.ledger.connection, options.settle_seconds),
                    WindowWork(options, beam_options, output, stop, status),
                    stop,
                    status,
                    metrics,
                )
                rounds.run()
        except sqlite3.Error as error:
            message = f"cannot use {ledger_path(output.place)}: {error}"
            raise CommandError(ExitCode.RUN_FAILED, message) from error
        finally:
            output.release()


@dataclass(slots=True)
class Rounds:
    """A watch at work. Times are of time.monotonic, in seconds."""

    options: WatchOptions
    output: WatchedOutput
    inputs: WatchedInputs
    waiting: Waiting
    work: WindowWork
    stop: threading.Event
    status: WatchStatus
    metrics: MetricsOutput
    _committed: int = 0
    _next_look: float = 0.0

    def run(self) -> None:
        """Finish the window that an earlier watch began, then do rounds until the end."""
        ledger = self.output.ledger
        self.status.begin(ledger.last_window, ledger.file_count)
        begun = time.monotonic()
        if not self.stop.is_set() and (manifest := self.work.finish_begun()):
            self._tell(manifest, begun, None)
        while not self._is_over():
            if time.monotonic() >= self._next_look:
                self._look()
            if self.waiting.has_rested(time.monotonic()):
                self._do_window()
            else:
                self._pause()
        self.status.end(ledger.last_window)

    def _is_over(self) -> bool:
        """Tell whether nothing more is to be begun."""
        if self.stop.is_set() or self._committed >= self.options.max_windows:
            return True
        return self.options.once and self._next_look > 0 and self.waiting.oldest() is None

    def _look(self) -> None:
        """Look at the inputs, and decide when to look again; with `--once`, never."""
        begun = time.monotonic()
        self.inputs.look(self.waiting)
        ended = time.monotonic()
        pause = max(self.options.poll_seconds, PAUSES * (ended - begun))
        self._next_look = float("inf") if self.options.once else ended + pause
        self._count_waiting()
        self.metrics.looked(self.inputs.unlisted)

    def _do_window(self) -> None:
        """Make the files that rest a window, as many as one takes."""
        begun, oldest = time.monotonic(), self.waiting.oldest()
        files = self.waiting.take(self.options.limits, begun)
        if files:
            manifest = self.work.do(files)
            self.waiting.forget(files)
            self._count_waiting()
            self._tell(manifest, begun, oldest)

    def _tell(self, manifest: Manifest, begun: float, oldest: float | None) -> None:
        """Count a window that has committed, and say what it has."""
        self._committed += 1
        now = time.monotonic()
        self.status.committed(manifest, now - begun, None if oldest is None else now - oldest)
        self.metrics.committed(manifest, now - begun)
        failed, most = manifest.tally.dead_letters.total(), self.options.ingest.max_dead_letters
        if 100 * failed > most * manifest.tally.documents:
            number = manifest.window.number if manifest.window else 0
            self.status.warn(
                f"{failed} of {manifest.tally.documents} documents of window {number} failed, "
                f"more than --max-dead-letters {most:g} (percent)",
                window=number,
            )

    def _pause(self) -> None:
        """Wait until it is time to look, or until the first of those that wait has rested."""
        oldest = self.waiting.oldest()
        rested = self._next_look if oldest is None else oldest + self.options.settle_seconds
        seconds = min(self._next_look, rested) - time.monotonic()
        self.status.idle()
        self.stop.wait(min(max(seconds, 0.0), REFRESH_SECONDS))

    def _count_waiting(self) -> None:
        """Let the status and the metrics know how many files wait, and since when."""
        self.status.waiting = self.metrics.metrics.waiting = self.waiting.count()
        self.status.oldest = self.metrics.metrics.oldest = self.waiting.oldest()
