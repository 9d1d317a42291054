"""Points in time as stores tell them, in nanoseconds since 1970."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)


def nanoseconds(moment: datetime) -> int:
    """Return a point in time, to a µs; raise ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return (moment - EPOCH) // MICROSECOND * 1000


def parse_time(text: str) -> int:
    """Return a time of RFC 3339, to a µs; raise ValueError for any other text."""
    return nanoseconds(datetime.fromisoformat(text))
