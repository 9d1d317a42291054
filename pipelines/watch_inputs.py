"""Look at the inputs of a watch, which may come, go and fail while it runs."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.exit_codes import CommandError, ExitCode
from transforms.listing import InputError, find_documents
from transforms.waiting import Waiting


@dataclass(slots=True)
class WatchedInputs:
    """The patterns to look at, and what is wrong with them at present."""

    patterns: tuple[str, ...]
    suffixes: tuple[str, ...]
    stop: threading.Event
    warn: Callable[[str], None]
    _has_looked: bool = False
    _told: dict[str, str] = field(default_factory=dict)

    @property
    def unlisted(self) -> int:
        """Return how many patterns could not be listed at the last look."""
        return len(self._told)

    def look(self, waiting: Waiting) -> None:
        """Note all files that are there now; a pattern without a file is no error.

        A pattern that cannot be listed is told once, and tried again with each look. At the first
        look it raises CommandError.
        """
        for pattern in self.patterns:
            found = itertools.takewhile(
                lambda _: not self.stop.is_set(), find_documents(pattern, self.suffixes)
            )
            try:
                waiting.see(found, time.monotonic)
                self._told.pop(pattern, None)
            except InputError as error:
                self._tell(pattern, error)
        self._has_looked = True

    def _tell(self, pattern: str, error: InputError) -> None:
        """Say why a pattern cannot be listed, unless that was said."""
        if not self._has_looked:
            raise CommandError(ExitCode.NO_INPUT, str(error)) from error
        if self._told.get(pattern) != str(error):
            self._told[pattern] = str(error)
            self.warn(f"{error}; looking again")
