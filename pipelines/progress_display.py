"""Show how far a run is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.background import Job
from pipelines.log_lines import is_json, say
from pipelines.worker_progress import FilesDone

BAR_SECONDS = 0.1
LINE_SECONDS = 5.0
"""Between lines in a log that somebody reads later."""


def show_progress(job: Job, files: int, files_done: FilesDone, *, quiet: bool) -> None:
    """Show the progress of the run until the job ends."""
    if quiet:
        while not job.ended_within(1.0):
            pass
    elif sys.stderr.isatty() and not is_json():
        _show_bars(job, files, files_done)
    else:
        _show_lines(job, files, files_done)


def _show_bars(job: Job, files: int, files_done: FilesDone) -> None:
    """Show one bar for each of the two passes over the documents."""
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        compare = bars.add_task("comparing", total=None)  # pulses until a worker says something
        extract = bars.add_task("extracting", total=None)
        while not job.ended_within(BAR_SECONDS):
            compared, extracted = files_done()
            if compared:
                bars.update(compare, completed=compared, total=files)
            if compared or extracted:
                bars.update(extract, completed=extracted, total=files)


def _show_lines(job: Job, files: int, files_done: FilesDone) -> None:
    """Write a line at the start and every few seconds."""
    say(f"{files:,} files", files=files)
    begun = time.monotonic()
    while not job.ended_within(LINE_SECONDS):
        compared, extracted = files_done()
        what = _in_words(compared, extracted)
        seconds = round(time.monotonic() - begun)
        facts = {"compared": compared, "extracted": extracted, "seconds": seconds}
        say(f"{what}, {seconds} s", files=files, **facts)


def _in_words(compared: int, extracted: int) -> str:
    """Return how far the run is; an engine elsewhere does not say what it has compared."""
    if compared:
        return f"{compared:,} compared, {extracted:,} extracted"
    return f"{extracted:,} extracted" if extracted else "at work"
