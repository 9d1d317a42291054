"""The time of a document decides on its window; none is dropped for being late."""

import pytest
from apache_beam.utils.timestamp import MIN_TIMESTAMP, Timestamp

from transforms.stream.arrivals import NANOSECONDS, Arrival, Windows

WINDOWS = Windows(60, lateness=300)
START = 1_747_248_000


def arrival(seconds: float) -> Arrival:
    """Return a document that changed so many seconds after the start."""
    return Arrival("file:///a.txt", 1, START * NANOSECONDS + round(seconds * NANOSECONDS), "g")


@pytest.mark.parametrize(("seconds", "window"), [(0, 0), (59.999_999_999, 0), (60, 60), (-1, -60)])
def test_window_is_that_of_the_change(seconds: float, window: int) -> None:
    assert WINDOWS.start_of(arrival(seconds)) == START + window


@pytest.mark.parametrize("reached", [MIN_TIMESTAMP, Timestamp(START), Timestamp(START + 359)])
def test_a_window_that_is_open_gets_its_documents(reached: Timestamp) -> None:
    assert WINDOWS.event_time(arrival(7.5), reached) == Timestamp(START + 7.5)


@pytest.mark.parametrize("seconds", [360, 1_000_000])
def test_what_comes_after_that_comes_with_the_time_reached(seconds: int) -> None:
    reached = Timestamp(START + seconds)
    assert WINDOWS.event_time(arrival(7.5), reached) == reached
    assert WINDOWS.start_of(arrival(7.5)) == START
