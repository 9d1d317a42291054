"""Say again and again that it is time to look, and for what."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.transforms.core import DoFn, RestrictionProvider
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import MIN_TIMESTAMP, Duration, Timestamp

Watched = tuple[tuple[str, ...], int]
"""Patterns, and how often to look at them."""

Poll = tuple[str, int]
"""A pattern to look at, and the time, in µs since 1970, up to which everything is wanted."""

ENDLESS = 2**62
"""More polls than any stream lives to make."""

WATERMARKS = ManualWatermarkEstimator.default_provider()


class PollTracker(OffsetRestrictionTracker):
    """The polls that are to come. One worker alone does them, one after another."""

    def try_split(self, fraction_of_remainder: float) -> Any:
        """Cut behind the poll that is done; never share the polls with another worker."""
        if fraction_of_remainder:
            return None
        return super().try_split(0)  # type: ignore[no-untyped-call]


class Polls(RestrictionProvider):
    """The polls of an element."""

    def initial_restriction(self, element: Watched) -> OffsetRange:
        """Return all polls."""
        return OffsetRange(0, element[1])

    def create_tracker(self, restriction: OffsetRange) -> PollTracker:
        """Return the tracker of polls that are to come."""
        return PollTracker(restriction)

    def restriction_size(self, _element: Watched, _restriction: OffsetRange) -> int:
        """Return the backlog: the poll that is due."""
        return 1

    def truncate(self, _element: Watched, _restriction: OffsetRange) -> None:
        """End at once where the runner drains the stream."""


def seconds_early(now: float, reached: Timestamp, lag: Duration, pause: Duration) -> float:
    """Return by how many seconds a poll comes before it is due, if it does: a pause at most.

    The poll before was made at the time that the stream has reached plus the lag.
    """
    due = reached + lag + pause
    return min(max(float(due) - now, 0.0), float(pause))


class PollTimes(DoFn):
    """Yield each pattern every so often, also where a runner does not wait in between.

    Flink does not once a source of the job has ended, and leaves out fractions of seconds before.

    A poll asks for what changed up to `lag_seconds` before it, and that is the point in time that
    the stream has reached then. What it brings is later than the point that the poll before had
    reached, which is the time of the element.
    """

    def __init__(self, poll_seconds: float, lag_seconds: float, clock: Callable[[], float]) -> None:
        self._pause = Duration.of(poll_seconds)
        self._lag = Duration.of(lag_seconds)
        self._clock = clock

    @DoFn.unbounded_per_element()  # type: ignore[untyped-decorator]
    def process(
        self,
        watched: Watched,
        polls: Any = DoFn.RestrictionParam(Polls()),  # noqa: B008 (as Beam has it)
        watermark: Any = DoFn.WatermarkEstimatorParam(WATERMARKS),  # noqa: B008
    ) -> Iterator[TimestampedValue[Poll]]:
        """Yield the poll that is due, of each pattern."""
        if not polls.try_claim(polls.current_restriction().start):
            return
        reached = watermark.current_watermark() or MIN_TIMESTAMP
        if early := seconds_early(self._clock(), reached, self._lag, self._pause):
            time.sleep(early)
        wanted = max(Timestamp.of(self._clock()) - self._lag, reached)
        for pattern in watched[0]:
            yield TimestampedValue((pattern, wanted.micros), reached)
        watermark.set_watermark(wanted)
        polls.defer_remainder(self._pause)
