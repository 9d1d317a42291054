"""Read the date of publication that a record states beside its text, in whatever form."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from transforms.text.dates import find_dates, to_date, to_instant

MAX_CHARACTERS = 200
"""No date is longer; of what is, the row keeps so many characters."""

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Those of dates that pages print; databases write 0001, 1900 or 1970 for what is not known."""

NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
COMPACT_DAY = re.compile(r"\d{8}", re.ASCII)

FIRST_SECOND = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
LAST_SECOND = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()
"""Since 1970. A number of milliseconds of these years is none of seconds of them."""


@dataclass(frozen=True, slots=True)
class RecordDate:
    """The day, and the point in time in UTC where that is known."""

    day: date
    instant: datetime | None


def record_date_text(value: object) -> str | None:
    """Return as text what a record holds as date; None where it holds nothing.

    Numbers and other JSON values are text as JSON writes them. Outer white space is left out.
    """
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = text.strip()[:MAX_CHARACTERS].encode("utf-8", "backslashreplace").decode()
    return shown or None


def read_record_date(text: str, timezone: str | None = None) -> RecordDate | None:
    """Return the date that a record states; None where it cannot be read, or is no full date.

    Read are: seconds or milliseconds since 1970; ISO 8601; and what pages print, of several the
    first full date. `timezone` (IANA) is that of a time which states none, and of the day of a
    number: without it that is a day in UTC.
    """
    if NUMBER.fullmatch(text) and not COMPACT_DAY.fullmatch(text):
        return _read_number(float(text), timezone)
    found = _read_iso(text, timezone) or _read_printed(text, timezone)
    return found if found and FIRST_YEAR <= found.day.year <= LAST_YEAR else None


def _read_number(number: float, timezone: str | None) -> RecordDate | None:
    """Return the date of a number of seconds or milliseconds since 1970."""
    seconds = number if number < LAST_SECOND else number / 1000
    if not FIRST_SECOND <= seconds < LAST_SECOND:
        return None
    instant = datetime.fromtimestamp(seconds, UTC)
    return RecordDate(instant.astimezone(ZoneInfo(timezone) if timezone else UTC).date(), instant)


def _read_iso(text: str, timezone: str | None) -> RecordDate | None:
    """Return the date of a text in ISO 8601; None for any other text."""
    try:
        return RecordDate(date.fromisoformat(text), None)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None and timezone is None:
            return RecordDate(moment.date(), None)
        if moment.tzinfo is None and timezone is not None:
            moment = moment.replace(tzinfo=ZoneInfo(timezone))
        return RecordDate(moment.date(), moment.astimezone(UTC))
    except (ValueError, OverflowError):  # the first or last day of the calendar, in another zone
        return None


def _read_printed(text: str, timezone: str | None) -> RecordDate | None:
    """Return the first full date of a text as pages print it."""
    for found in find_dates(text):
        if day := to_date(found):
            return RecordDate(day, to_instant(found, timezone))
    return None
