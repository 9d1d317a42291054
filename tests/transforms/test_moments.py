"""Times of stores come back as they were told."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.moments import nanoseconds, parse_time


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
def test_times_are_exact_to_a_microsecond(moment: datetime) -> None:
    nanoseconds = parse_time(moment.isoformat() + "Z")
    assert nanoseconds % 1000 == 0
    assert datetime.fromtimestamp(nanoseconds // 10**9, UTC) == moment.replace(
        microsecond=0, tzinfo=UTC
    )
    assert nanoseconds % 10**9 == moment.microsecond * 1000


@pytest.mark.parametrize("text", ["", "yesterday", "2025-05-14T18:40:00", "2025-05-14"])
def test_other_texts_are_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|no time zone"):
        parse_time(text)


def test_a_zone_counts() -> None:
    moment = datetime(2025, 5, 14, 13, 40, tzinfo=UTC)
    assert parse_time("2025-05-14T18:40:00+05:00") == nanoseconds(moment) == 1_747_230_000 * 10**9
