"""Find dates as web pages print them, in short lines; see `knowledge/dates.toml` for the words.

A line is read once into a string of symbols (`transforms.text.date_shape`); one regex over those
symbols (`transforms.text.date_grammar`) finds the dates, and the values of its groups fill them.

Day before month wherever both are possible (05/06/2018 is 5 June); 06/13/2018 can only be
American. Years are 1990 to 2100, of two digits only in dd.mm.yy. A month without a day is no
date, and a time of day without one needs two digits for the hour, or am/pm.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

from transforms.text.date_grammar import FIELD_ORDERS, date_grammar, date_signs
from transforms.text.date_shape import SHORT_YEAR_PIVOT, Shape, read_shape, role_class, word_value

LEAP_YEAR = 2000
"""Stands in for the year of a date that prints none, so that 29 February is possible."""
LONGEST_ABBREVIATION = 4
"""`ж.`, `гг.`, `p.m.`: a full stop after so few characters is the word's, not the sentence's."""
CLOSING = ")）]"
Spans = tuple[tuple[int, int], ...]
"""The spans of a match's groups in the symbols; (-1, -1) where one took no part."""


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
        spans = match.regs
        year, month, day = _year_month_day(spans, shape)
        if day is not None and month is not None and day > 28 and not _has_day(year, month, day):
            continue
        hour, minute, second = _clock(line, spans, shape)
        start = shape.starts[match.start()]
        end = _end(line, shape, match.end() - 1)
        yield FoundDate(
            start,
            end,
            line[start:end],
            year,
            month,
            day,
            hour,
            minute,
            second,
            _offset(line, spans, shape),
            is_relative=_first(spans, "relative") is not None,
            weekday=_first(spans, "weekday") is not None,
        )


def _year_month_day(spans: Spans, shape: Shape) -> tuple[int | None, int | None, int | None]:
    """Return year, month and day as far as printed."""
    places = next((places for places in _date_groups() if spans[places[0]][0] >= 0), None)
    if places is None:
        return None, None, None
    group, year_at, month_at, day_at = places
    numbers = _numbers(spans[group], shape)
    year = None if year_at is None else numbers[year_at]
    if year is not None and year < 100:
        year += 2000 if year < SHORT_YEAR_PIVOT else 1900
    return year, numbers[month_at], numbers[day_at]


def _numbers(span: tuple[int, int], shape: Shape) -> list[int]:
    """Return the numbers among some symbols."""
    return [number for number in shape.numbers[span[0] : span[1]] if number is not None]


def _has_day(year: int | None, month: int, day: int) -> bool:
    """Tell whether the month has that day."""
    return day <= monthrange(year or LEAP_YEAR, month)[1]


def _clock(line: str, spans: Spans, shape: Shape) -> tuple[int | None, int | None, int | None]:
    """Return hour, minute and second as far as printed; an hour alone (`10 Uhr`) is minute 0."""
    span = _first(spans, "clock")
    if span is None:
        return None, None, None
    numbers = _numbers(span, shape)
    hour = numbers[0]
    half = _word_value(line, shape, span, "half")
    if half is not None and 1 <= hour <= 12:
        hour = hour % 12 + half
    minute = numbers[1] if len(numbers) > 1 else 0
    return hour, minute, numbers[2] if len(numbers) > 2 else None


def _offset(line: str, spans: Spans, shape: Shape) -> int | None:
    """Return the printed offset from UTC in minutes."""
    span = _first(spans, "zone")
    if span is None:
        return None
    hours, minutes, *_ = *_numbers(span, shape), 0, 0
    if hours >= 100:
        hours, minutes = divmod(hours, 100)
    sign = -1 if "-" in shape.symbols[slice(*span)] else 1
    return (_word_value(line, shape, span, "zone") or 0) + sign * (hours * 60 + minutes)


def _word_value(line: str, shape: Shape, span: tuple[int, int], role: str) -> int | None:
    """Return the value of the first word with a role among some symbols."""
    wanted = role_class(role)
    for place in range(*span):
        if shape.symbols[place] in wanted:
            return word_value(line[shape.starts[place] : shape.starts[place + 1]])
    return None


@cache
def _date_groups() -> tuple[tuple[int, int | None, int, int], ...]:
    """Return each group that holds a date, and where in it year, month and day are."""
    numbers = date_grammar().groupindex
    return tuple(
        (
            numbers[order],
            order.index("y") if "y" in order else None,
            order.index("m"),
            order.index("d"),
        )
        for order in FIELD_ORDERS
    )


@cache
def _group_numbers(kind: str) -> tuple[int, ...]:
    """Return the groups whose name ends in `clock`, `zone` or the like."""
    return tuple(
        number for name, number in date_grammar().groupindex.items() if name.endswith(kind)
    )


def _first(spans: Spans, kind: str) -> tuple[int, int] | None:
    """Return the span of the group of a kind that took part in the match."""
    for number in _group_numbers(kind):
        if spans[number][0] >= 0:
            return spans[number]
    return None


def _end(line: str, shape: Shape, place: int) -> int:
    """Return the end of the token or bracket at which a match ends."""
    start, end = shape.starts[place], shape.starts[place + 1]
    if shape.symbols[place] == ")":
        return next(at for at in range(start, end) if line[at] in CLOSING) + 1
    keeps_stop = end - start <= LONGEST_ABBREVIATION
    return end - 1 if line[end - 1] == "." and not keeps_stop else end
