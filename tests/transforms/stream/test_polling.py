"""Polls come one after another, and each says from when and up to when."""

from typing import Any

import pytest
from apache_beam.io.restriction_trackers import OffsetRange
from apache_beam.pipeline import Pipeline
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.core import Create, DoFn, Map, ParDo
from apache_beam.utils.timestamp import MIN_TIMESTAMP, Duration, Timestamp

from transforms.stream.polling import (
    ENDLESS,
    Poll,
    Polls,
    PollTimes,
    PollTracker,
    seconds_early,
)

POLLS = [1000.0, 1010.0, 990.0, 1030.0]
READINGS = [reading for poll in POLLS for reading in (poll, poll)]
"""Of a clock that was set back once, two for each poll."""


def clock() -> float:
    """Return the next reading."""
    return READINGS.pop(0)


def with_time(poll: Poll, reached: Any = DoFn.TimestampParam) -> tuple[float, str, int]:
    return -1 if reached == MIN_TIMESTAMP else float(reached), *poll


def test_each_poll_begins_where_the_one_before_has_ended() -> None:
    polls = PollTimes(poll_seconds=0.01, lag_seconds=5, clock=clock)
    wanted = [(-1, 995), (995, 1005), (1005, 1005), (1005, 1025)]
    with Pipeline(runner="FnApiRunner") as pipeline:
        watched = pipeline | Create([(("a", "b"), len(POLLS))])
        found = watched | ParDo(polls).with_output_types(Poll) | Map(with_time)
        assert_that(
            found,
            equal_to(
                [(reached, pattern, until * 10**6) for reached, until in wanted for pattern in "ab"]
            ),
        )


@pytest.mark.parametrize(
    ("now", "early"),
    [(1004.0, 10.0), (1010.0, 5.0), (1014.5, 0.5), (1015.0, 0.0), (1030.0, 0.0), (900.0, 10.0)],
)
def test_poll_waits_until_it_is_due_and_no_longer_than_between_two(
    now: float, early: float
) -> None:
    assert seconds_early(now, Timestamp(1000), Duration(5), Duration(10)) == early


def test_first_poll_does_not_wait() -> None:
    assert seconds_early(0.0, MIN_TIMESTAMP, Duration(5), Duration(10)) == 0


def test_polls_are_never_shared_out() -> None:
    """A runner that wants to split gets what comes after this poll, or nothing."""
    tracker = PollTracker(OffsetRange(0, ENDLESS))
    assert tracker.try_claim(0)  # type: ignore[no-untyped-call]
    assert tracker.try_split(0.5) is None
    done, rest = tracker.try_split(0)
    assert (done.stop, rest.start, rest.stop) == (1, 1, ENDLESS)


def test_a_drained_stream_polls_no_more() -> None:
    watched = (("a",), 3)
    polls = Polls()
    assert polls.initial_restriction(watched) == OffsetRange(0, 3)
    assert polls.truncate(watched, OffsetRange(1, 3)) is None  # type: ignore[func-returns-value]
