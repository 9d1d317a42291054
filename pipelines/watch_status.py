"""Say how a watch is doing: one live line on a terminal, a line for each window elsewhere."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.log_lines import say, warn
from pipelines.run_facts import facts_of_run
from transforms.manifest import Manifest
from transforms.reports import Tally

REFRESH_SECONDS = 0.5
LINE_SECONDS = 60.0
"""Between two lines in a log while files wait or are worked on."""

ERASE_LINE = "\r\x1b[K"


def _nothing() -> None:
    """Do nothing."""


@dataclass(slots=True)
class WatchStatus:
    """What is known of a watch at this moment. Times are of time.monotonic, in seconds."""

    quiet: bool
    json: bool  # each manifest as a line on the standard output
    is_live: bool  # a terminal shows it
    refresh: Callable[[], None] = _nothing  # called every now and then
    waiting: int = 0  # files that no window has
    oldest: float | None = None  # since when the first of them waits
    _last: str = "no commit yet"
    _last_at: float | None = None
    _rate: str = ""
    _said_at: float = 0.0

    def begin(self, windows: int, files: int) -> None:
        """Say what was there before."""
        self._say(f"watching; {windows:,} windows with {files:,} files are committed")

    def idle(self) -> None:
        """Show that nothing is at work."""
        self.refresh()
        self._show("")

    def at_work(self, number: int, done: int, files: int, *, is_last: bool) -> None:
        """Show how far a window is, and whether it is the last one."""
        self.refresh()
        work = f"window {number}: {done:,} of {files:,} files"
        self._show(work + (", then the end" if is_last else ""))

    def committed(self, manifest: Manifest, seconds: float, lag: float | None) -> None:
        """Say what a window has, how fast it was, and how long its first file had to wait."""
        tally, window = manifest.tally, manifest.window
        if window is None:
            raise ValueError(f"run {manifest.run} is no window")
        self._last, self._last_at = f"window {window.number}", time.monotonic()
        self._rate = f"{(tally.documents + window.unchanged) / seconds:,.0f} documents/s"
        if self.json:
            sys.stdout.write(json.dumps(manifest.to_json(), sort_keys=True) + "\n")
            sys.stdout.flush()
        if not self.is_live:
            late = "" if lag is None else f"; lag {lag:.1f} s"
            waiting = f"{self.waiting:,} files waiting"
            speed = f"{seconds:.1f} s, {self._rate}"
            self._say(
                f"{self._last}: {_counts(tally, window.unchanged)}; {speed}; {waiting}{late}",
                **facts_of_run(manifest),
                seconds=round(seconds, 3),
                waiting=self.waiting,
                **({} if lag is None else {"lag_seconds": round(lag, 3)}),
            )

    def warn(self, text: str, log_text: str | None = None, **facts: Any) -> None:
        """Say what went wrong, also where nothing else is to be said; as `log_lines.warn` does."""
        if self.is_live and not self.quiet:
            sys.stderr.write(ERASE_LINE)
        warn(text, log_text, **facts)

    def end(self, windows: int) -> None:
        """Say that nothing more is done."""
        self._say(f"ended; {windows:,} windows are committed")

    def _show(self, work: str) -> None:
        """Renew the live line; in a log, say it now and then while there is something to do."""
        now = time.monotonic()
        if self.quiet:
            return
        if self.is_live:
            columns = shutil.get_terminal_size().columns
            sys.stderr.write(ERASE_LINE + self._line(work, now)[: columns - 1])
            sys.stderr.flush()
        elif now - self._said_at >= LINE_SECONDS and (self.waiting or work):
            self._say(self._line(work, now), waiting=self.waiting)

    def _line(self, work: str, now: float) -> str:
        """Return the state in a line."""
        lag = 0.0 if self.oldest is None else now - self.oldest
        ago = "" if self._last_at is None else f", {now - self._last_at:.0f} s ago"
        parts = (
            f"{self.waiting:,} files waiting, lag {lag:.0f} s",
            self._rate,
            f"last commit: {self._last}{ago}" if self._last_at else self._last,
            work,  # of a narrow terminal beyond the edge
        )
        return " | ".join(part for part in parts if part)

    def _say(self, text: str, **facts: Any) -> None:
        """Write a line that stays."""
        self._said_at = time.monotonic()
        if not self.quiet:
            if self.is_live:
                sys.stderr.write(ERASE_LINE)
            say(text, **facts)


def _counts(tally: Tally, unchanged: int) -> str:
    """Return in words what became of the documents of a window."""
    rows = [
        f"{tally.documents:,} documents = {tally.articles:,} articles",
        f"{tally.other_languages.total():,} other languages",
        f"{tally.duplicates:,} duplicates",
        f"{tally.dead_letters.total():,} dead letters",
    ]
    told = " + ".join(each for each in rows if not each.startswith("0 ")) or "nothing new"
    return f"{told}; {unchanged:,} unchanged" if unchanged else told
