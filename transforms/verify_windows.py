"""Check what the windows of a watch have to be together."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from transforms.manifest import Window
from transforms.verify_duplicates import missing
from transforms.verify_manifest import Fault
from transforms.verify_rows import RowCheck, doubled
from transforms.windows import window_name

PLACE = "manifests"
"""Where the faults of all windows together are told."""


@dataclass(slots=True)
class WindowsCheck:
    """The windows of an output, in up to 48 bytes a document."""

    _numbers: list[int] = field(default_factory=list)
    _others: int = 0
    _articles: bytearray = field(default_factory=bytearray)
    _contents: bytearray = field(default_factory=bytearray)
    _relied_on: bytearray = field(default_factory=bytearray)

    def add(self, window: Window | None, check: RowCheck) -> None:
        """Add a run whose files were all read; one that is no window is only counted."""
        if window is None:
            self._others += 1
            return
        self._numbers.append(window.number)
        self._articles += check.articles
        self._relied_on += check.copies.named
        # Within a window, a file that took the content of another one while it was read counts
        # as a document of its own.
        self._contents += check.contents().tobytes()

    def names(self) -> set[str]:
        """Return the names of the notes on the windows."""
        return {window_name(number) for number in self._numbers}

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the windows as a whole."""
        if self._numbers and self._others:
            yield Fault(PLACE, f"{self._others} runs beside windows of a watch are none")
        absent = set(range(1, max(self._numbers, default=0) + 1)).difference(self._numbers)
        if absent:
            yield Fault(PLACE, f"{len(absent)} windows are missing, first number {min(absent)}")
        if count := len(self._numbers) - len(set(self._numbers)):
            yield Fault(PLACE, f"{count} numbers of windows are not unique")
        if count := doubled(self._articles):
            yield Fault(PLACE, f"{count} ids of articles are in several windows")
        if count := doubled(self._contents):
            yield Fault(PLACE, f"{count} contents have articles in several windows")
        if not absent and (count := missing(self._relied_on, self._articles)):
            yield Fault(PLACE, f"{count} articles that duplicates name are not there")
