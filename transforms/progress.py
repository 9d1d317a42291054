"""How far the run in this process is: Beam's local runner tells its counters only at the end.

Written by the steps, read by the command line. Each worker process has a copy of its own.
"""

from dataclasses import dataclass


class RunCancelledError(Exception):
    """The user stopped the run: no step goes on, so that what it wrote can be removed."""


@dataclass(slots=True)
class Progress:
    """The listed files that each pass of the run has behind it; a container is one of them."""

    fingerprinted: int = 0
    processed: int = 0
    cancelled: bool = False

    def start(self) -> None:
        """Forget the run before."""
        self.fingerprinted = self.processed = 0
        self.cancelled = False

    def stop_if_cancelled(self) -> None:
        """Raise RunCancelledError once the run is cancelled."""
        if self.cancelled:
            raise RunCancelledError("cancelled")


PROGRESS = Progress()
