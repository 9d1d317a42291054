"""Strategies for rows of any content: for tests."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),  # any but lone surrogates, which are no text
    bytes: st.binary(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
    date: st.dates(),
    datetime: st.datetimes(
        min_value=datetime(1900, 1, 1),
        max_value=datetime(2200, 1, 1),
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=5))]),
    ),
}
INTS = range(-(1 << 31), 1 << 31)
LONGS = range(-(1 << 63), 1 << 63)


def values(annotation: Any, field: str, longs: range) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a row's field."""
    if get_origin(annotation) is UnionType:
        return st.none() | values(get_args(annotation)[0], field, longs)
    if get_origin(annotation) is Sequence:
        return st.lists(values(get_args(annotation)[0], field, longs), max_size=4).map(tuple)
    if is_dataclass(annotation):
        return any_row(annotation, longs)
    if annotation is int:
        numbers = longs if field.endswith(("_count", "_bytes")) else INTS
        return st.integers(numbers.start, numbers.stop - 1)
    return LEAVES[annotation]


def any_row(row_type: Any, longs: range = LONGS) -> st.SearchStrategy[Any]:
    """Return a strategy for the rows of a type, with longs from a range."""
    hints = get_type_hints(row_type)
    return st.builds(
        row_type,
        **{field.name: values(hints[field.name], field.name, longs) for field in fields(row_type)},
    )
