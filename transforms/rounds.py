"""A round: documents that are taken up together and committed by one manifest.

A run has one round. A stream has one for each time that a window brings documents: what was in
time is pane 0 of the window, what came later is in the panes that follow.
"""

from datetime import UTC, date, datetime
from typing import NamedTuple

RoundKey = tuple[int, int, int, int, int]
"""A round as a key: every runner encodes integers alike."""


class Round(NamedTuple):
    """A round: what tells it from others, and how much belongs to it."""

    start: int = 0  # of the window, in seconds since 1970
    seconds: int = 0  # that the window takes; 0: no window, the round is a whole run
    pane: int = 0  # of the window
    shards: int = 0  # in the round; 0: not counted, as in a run, whose end says that all are there
    files: int = 0  # listed in the shards

    @property
    def key(self) -> RoundKey:
        """Return the numbers of the round, from which it can be made again."""
        return self.start, self.seconds, self.pane, self.shards, self.files

    @property
    def name(self) -> str:
        """Return what names files of the round, such as `20260514T184000Z-0000`.

        Nothing for a whole run.
        """
        return f"{self._at(self.start):%Y%m%dT%H%M%SZ}-{self.pane:04d}" if self.seconds else ""

    @property
    def date(self) -> date:
        """Return the day on which the window begins, in UTC."""
        return self._at(self.start).date()

    @property
    def span(self) -> tuple[str, str]:
        """Return when the window begins, and when the next one does, in UTC."""
        begin, end = self._at(self.start), self._at(self.start + self.seconds)
        return f"{begin:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}"

    @staticmethod
    def _at(seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, UTC)


WHOLE_RUN = Round()
