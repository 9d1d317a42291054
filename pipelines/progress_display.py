"""Show how far a run is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.background import Job
from transforms.progress import PROGRESS

BAR_SECONDS = 0.1
LINE_SECONDS = 5.0
"""Between lines in a log that somebody reads later."""


def show_progress(job: Job, files: int, look: Callable[[], None], *, quiet: bool) -> None:
    """Show the progress of the run until the job ends; `look` brings it up to date."""
    if quiet:
        while not job.ended_within(1.0):
            pass
    elif sys.stderr.isatty():
        _show_bars(job, files, look)
    else:
        _show_lines(job, files, look)


def _show_bars(job: Job, files: int, look: Callable[[], None]) -> None:
    """Show one bar for each of the two passes over the documents."""
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        compare = bars.add_task("comparing", total=None)  # pulses: workers elsewhere say nothing
        extract = bars.add_task("extracting", total=None)
        while not job.ended_within(BAR_SECONDS):
            look()
            if PROGRESS.fingerprinted:
                bars.update(compare, completed=PROGRESS.fingerprinted, total=files)
            if PROGRESS.fingerprinted or PROGRESS.processed:
                bars.update(extract, completed=PROGRESS.processed, total=files)


def _show_lines(job: Job, files: int, look: Callable[[], None]) -> None:
    """Write a line at the start and every few seconds."""
    sys.stderr.write(f"suzgi: {files:,} files\n")
    begun = time.monotonic()
    while not job.ended_within(LINE_SECONDS):
        look()
        sys.stderr.write(f"suzgi: {_what_is_done()}, {time.monotonic() - begun:.0f} s\n")


def _what_is_done() -> str:
    """Return in words how far the run is, as far as this process knows."""
    done = []
    if PROGRESS.fingerprinted:
        done.append(f"{PROGRESS.fingerprinted:,} compared")
    if PROGRESS.fingerprinted or PROGRESS.processed:
        done.append(f"{PROGRESS.processed:,} extracted")
    return ", ".join(done) or "at work"
