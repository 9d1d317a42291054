"""Show how far a run is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.background import Job
from transforms.progress import PROGRESS

BAR_SECONDS = 0.1
LINE_SECONDS = 5.0
"""Between lines in a log that somebody reads later."""


def show_progress(job: Job, files: int, *, quiet: bool) -> None:
    """Show the progress of the run until the job ends."""
    if quiet:
        while not job.ended_within(1.0):
            pass
    elif sys.stderr.isatty():
        _show_bars(job, files)
    else:
        _show_lines(job, files)


def _show_bars(job: Job, files: int) -> None:
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
            if PROGRESS.fingerprinted:
                bars.update(compare, completed=PROGRESS.fingerprinted, total=files)
                bars.update(extract, completed=PROGRESS.processed, total=files)


def _show_lines(job: Job, files: int) -> None:
    """Write a line at the start and every few seconds."""
    sys.stderr.write(f"suzgi: {files:,} files\n")
    begun = time.monotonic()
    while not job.ended_within(LINE_SECONDS):
        done = f"{PROGRESS.fingerprinted:,} compared, {PROGRESS.processed:,} extracted"
        what = done if PROGRESS.fingerprinted else "at work"
        sys.stderr.write(f"suzgi: {what}, {time.monotonic() - begun:.0f} s\n")
