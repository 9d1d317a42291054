"""The date that a record states: in numbers, in ISO 8601, or as pages print it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text.record_dates import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_CHARACTERS,
    RecordDate,
    read_record_date,
    record_date_text,
)

DAY = date(2024, 5, 14)
ALMATY = "Asia/Almaty"  # UTC+5 since March 2024
INSTANT = datetime(2024, 5, 14, 13, 40, tzinfo=UTC)  # 18:40 there
BESIDE = datetime(2024, 5, 14, 18, 40, tzinfo=UTC)

WITHOUT_ZONE = [
    "2024-05-14T18:40:00",
    "2024-05-14 18:40",
    "20240514T184000",
    "2024-W20-2T18:40",
    "14.05.2024 18:40",
    "14 мамыр 2024 ж., 18:40",
    "May 14, 2024 6:40 PM",
    "жарияланды: 14.05.2024 18:40 | жаңартылды: 15.05.2024 10:00",
]


@pytest.mark.parametrize("text", WITHOUT_ZONE)
def test_time_without_a_zone_is_one_where_the_run_says_where(text: str) -> None:
    assert read_record_date(text) == RecordDate(DAY, None)
    assert read_record_date(text, ALMATY) == RecordDate(DAY, INSTANT)


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-14T18:40:00Z",
        "2024-05-14T18:40:00.000000+00:00",
        "2024-05-14 18:40:00 UTC",
        "Tue, 14 May 2024 18:40:00 GMT",
    ],
)
@pytest.mark.parametrize("timezone", [None, ALMATY])
def test_zone_that_is_stated_counts(text: str, timezone: str | None) -> None:
    assert read_record_date(text, timezone) == RecordDate(DAY, BESIDE)


@pytest.mark.parametrize("text", ["2024-05-14", "20240514", "2024-W20-2", "05/14/2024"])
def test_day_alone_is_no_point_in_time(text: str) -> None:
    assert read_record_date(text, ALMATY) == RecordDate(DAY, None)


def test_day_is_the_one_that_is_written_whatever_the_zone() -> None:
    found = read_record_date("2024-05-14T23:30:00-05:00", ALMATY)
    assert found == RecordDate(DAY, datetime(2024, 5, 15, 4, 30, tzinfo=UTC))


@pytest.mark.parametrize("text", ["1715712000", "1715712000.0", "1715712000000", "1715712000000.0"])
def test_numbers_are_seconds_or_milliseconds(text: str) -> None:
    assert read_record_date(text) == RecordDate(DAY, BESIDE)
    assert read_record_date(text, ALMATY) == RecordDate(DAY, BESIDE)
    assert read_record_date("1715720400", ALMATY) == RecordDate(
        date(2024, 5, 15), datetime(2024, 5, 14, 21, 0, tzinfo=UTC)
    )


def test_thirteen_digits_that_look_like_a_day_and_a_time_are_milliseconds() -> None:
    found = read_record_date("2012123112345")
    assert found is not None
    assert found.day.year == 2033


@pytest.mark.parametrize(
    "text",
    [
        "",
        "true",
        "soon",
        "Бүгін 10:20",
        "14 мамыр",
        "2024-05",
        "2024",
        "2024-02-30",
        "0",
        "-1715712000",
        "5",
        "1e9",
        "NaN",
        "9" * MAX_CHARACTERS,
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1970-01-01",
        f"{FIRST_YEAR - 1}-12-31",
        f"{LAST_YEAR + 1}-01-01",
        "4133980800",
    ],
)
def test_what_is_no_full_date_of_our_years_is_none(text: str) -> None:
    assert read_record_date(text, ALMATY) is None


@given(
    st.datetimes(datetime(FIRST_YEAR, 1, 2), datetime(LAST_YEAR, 12, 30)),
    st.timezones(),
    st.booleans(),
)
def test_iso_times_and_numbers_come_back(moment: datetime, zone: object, is_number: bool) -> None:
    aware = moment.replace(tzinfo=zone)  # type: ignore[arg-type]  # hypothesis gives any tzinfo
    text = repr(aware.timestamp()) if is_number else aware.isoformat()
    found = read_record_date(text)
    assert found is not None
    assert found.instant == aware.astimezone(UTC)
    assert found.day == (aware.astimezone(UTC).date() if is_number else moment.date())


@given(st.text(max_size=60), st.sampled_from([None, ALMATY]))
def test_any_text_gives_a_date_of_our_years_or_none(text: str, timezone: str | None) -> None:
    found = read_record_date(text, timezone)
    assert found is None or FIRST_YEAR <= found.day.year <= LAST_YEAR


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", None),
        ("  \n", None),
        (" 14.05.2024\n", "14.05.2024"),
        (1715712000, "1715712000"),
        (1715712000.5, "1715712000.5"),
        (False, "false"),
        ({"$date": "күн"}, '{"$date": "күн"}'),
        ("x" * 500, "x" * MAX_CHARACTERS),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_a_record_holds_is_kept_as_text(value: object, text: str | None) -> None:
    assert record_date_text(value) == text
