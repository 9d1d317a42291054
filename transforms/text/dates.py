"""Find dates as web pages print them, in short lines; see `knowledge/dates.toml` for the words.

A line is read once into a string of symbols (`transforms.text.date_shape`); one regex over those
symbols (`transforms.text.date_grammar`) finds the dates, and the values of its groups fill them.

Day before month wherever both are possible (05/06/2018 is 5 June); 06/13/2018 can only be
American. Years are 1990 to 2100, of two digits only in dd.mm.yy. A month without a day is no
date, and a time of day without one needs two digits for the hour, or am/pm.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from transforms.text.date_grammar import CLOCKS, FIELD_ORDERS, ZONES, date_grammar, date_signs
from transforms.text.date_shape import SHORT_YEAR_PIVOT, Shape, read_shape, role_class

LEAP_YEAR = 2000
"""Stands in for the year of a date that prints none, so that 29 February is possible."""
LONGEST_ABBREVIATION = 4
"""`ж.`, `гг.`, `p.m.`: a full stop after so few characters is the word's, not the sentence's."""
FIELD_OF_LETTER = {"d": "day", "m": "month", "y": "year"}


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date, a time of day, or both, and where it stands; None: not printed.

    `start` and `end` are code point offsets in the line, `text` is what is between them.
    `is_relative`: counted from the reader's day (`Бүгін`, `2 hours ago`): no day is known.
    `weekday`: the name of a weekday was part of it.
    """

    start: int
    end: int
    text: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    utc_offset_minutes: int | None = None
    is_relative: bool = False
    weekday: bool = False


def find_dates(line: str) -> list[FoundDate]:
    """Return the dates and times of day of a line, in order; days no calendar has are left out."""
    shape = read_shape(line)
    if not date_signs().search(shape.symbols):
        return []
    return list(_read_matches(line, shape))


def to_date(found: FoundDate) -> date | None:
    """Return the calendar day, or None where the year, the month or the day is not printed."""
    if found.year is None or found.month is None or found.day is None:
        return None
    try:
        return date(found.year, found.month, found.day)
    except ValueError:
        return None


def to_instant(found: FoundDate, timezone_name: str | None) -> datetime | None:
    """Return the point in time in UTC, or None where the time of day or its zone is not known.

    A printed offset wins over `timezone_name` (IANA). Of an hour that a clock change repeats the
    first is meant. Raises ZoneInfoNotFoundError for a name that nobody knows.
    """
    day = to_date(found)
    if day is None or found.hour is None or found.minute is None:
        return None
    if found.utc_offset_minutes is not None:
        zone: timezone | ZoneInfo = timezone(timedelta(minutes=found.utc_offset_minutes))
    elif timezone_name is not None:
        zone = ZoneInfo(timezone_name)
    else:
        return None
    clock = found.hour, found.minute, found.second or 0
    return datetime(day.year, day.month, day.day, *clock, tzinfo=zone).astimezone(UTC)


def _read_matches(line: str, shape: Shape) -> Iterator[FoundDate]:
    """Yield what the grammar finds and a calendar allows."""
    for match in date_grammar().finditer(shape.symbols):
        year, month, day = _year_month_day(match, shape)
        if not _is_possible(year, month, day):
            continue
        hour, minute, second = _clock(match, shape)
        start = shape.spans[match.start()][0]
        end = _end(line, shape, match.end() - 1)
        yield FoundDate(
            start=start,
            end=end,
            text=line[start:end],
            year=year,
            month=month,
            day=day,
            hour=hour,
            minute=minute,
            second=second,
            utc_offset_minutes=_offset(match, shape),
            is_relative=match.start("relative") >= 0,
            weekday=match.start("weekday1") >= 0 or match.start("weekday2") >= 0,
        )


def _year_month_day(
    match: re.Match[str], shape: Shape
) -> tuple[int | None, int | None, int | None]:
    """Return year, month and day as far as printed."""
    order = next((order for order in FIELD_ORDERS if match.start(order) >= 0), "")
    if not order:
        return None, None, None
    values = dict(zip(order, _values(match, order, shape, "number|name|weakname"), strict=False))
    year = values.get("y")
    if year is not None and year < 100:
        year += 2000 if year < SHORT_YEAR_PIVOT else 1900
    return year, values["m"], values["d"]


def _is_possible(year: int | None, month: int | None, day: int | None) -> bool:
    """Tell whether the month has that day (or no day is meant)."""
    return month is None or day is None or day <= monthrange(year or LEAP_YEAR, month)[1]


def _clock(match: re.Match[str], shape: Shape) -> tuple[int | None, int | None, int | None]:
    """Return hour, minute and second as far as printed; an hour alone (`10 Uhr`) is minute 0."""
    group = next((group for group in CLOCKS if match.start(group) >= 0), "")
    if not group:
        return None, None, None
    hour, minute, second, *_ = *_values(match, group, shape, "number"), None, None, None
    for half in _values(match, group, shape, "half"):
        if hour is not None and 1 <= hour <= 12:
            hour = hour % 12 + half
    return hour, minute or 0, second


def _offset(match: re.Match[str], shape: Shape) -> int | None:
    """Return the printed offset from UTC in minutes."""
    group = next((group for group in ZONES if match.start(group) >= 0), "")
    if not group:
        return None
    base = next(iter(_values(match, group, shape, "zone")), 0)
    hours, minutes, *_ = *_values(match, group, shape, "number"), 0, 0
    if hours >= 100:
        hours, minutes = divmod(hours, 100)
    sign = -1 if "-" in match[group] else 1
    return base + sign * (hours * 60 + minutes)


def _values(match: re.Match[str], group: str, shape: Shape, role: str) -> list[int]:
    """Return the values of the tokens of a group that have a role."""
    wanted = role_class(role)
    return [
        value
        for place in range(*match.span(group))
        if (value := shape.values[place]) is not None and shape.symbols[place] in wanted
    ]


def _end(line: str, shape: Shape, place: int) -> int:
    """Return the end of the token or bracket at which a match ends."""
    start, end = shape.spans[place]
    if shape.symbols[place] == ")":
        return line.index(")", start) + 1
    keeps_stop = end - start <= LONGEST_ABBREVIATION
    return end - 1 if line[end - 1] == "." and not keeps_stop else end
