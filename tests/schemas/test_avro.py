"""Rows survive Avro whatever they hold, and their bytes are the library's bytes."""

from dataclasses import asdict, replace
from datetime import datetime
from io import BytesIO
from typing import Any

import fastavro
import pytest
from any_rows import any_row
from hypothesis import given
from hypothesis import strategies as st

from schemas.avro import (
    MAX_ROW_BYTES,
    ROW_TYPES,
    Row,
    RowTooLarge,
    decode_row,
    encode_row,
    from_record,
    schema,
    schema_name,
    to_record,
)
from schemas.generate import READY_VARINTS
from schemas.rows import Article, DeadLetter, Duplicate, Paragraph

ANY_ROW: st.SearchStrategy[Row] = st.one_of([any_row(row_type) for row_type in ROW_TYPES.values()])


@given(ANY_ROW)
def test_row_survives_bytes(row: Row) -> None:
    assert decode_row(encode_row(row), type(row)) == row


@given(ANY_ROW)
def test_row_survives_its_record(row: Row) -> None:
    assert from_record(to_record(row), type(row)) == row


@given(ANY_ROW)
def test_bytes_are_those_of_fastavro(row: Row) -> None:
    written = BytesIO()
    fastavro.schemaless_writer(written, schema(schema_name(type(row))), to_record(row))
    assert encode_row(row) == written.getvalue()


@given(ANY_ROW)
def test_record_is_the_row_as_dict(row: Row) -> None:
    assert to_record(row) == _with_lists(asdict(row))


def _with_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_lists(member) for name, member in value.items()}
    if isinstance(value, tuple):
        return [_with_lists(member) for member in value]
    return value


@pytest.mark.parametrize("length", [READY_VARINTS - 1, READY_VARINTS, 3 * READY_VARINTS])
def test_text_of_any_length_survives(article: Article, length: int) -> None:
    row = replace(article, paragraphs=(Paragraph(length, "a" * length, None),))
    assert decode_row(encode_row(row), Article) == row


def test_sequences_come_back_as_tuples(article: Article) -> None:
    """Rows that crossed a runner have lists; read ones are frozen all through."""
    with_lists = replace(article, authors=list(article.authors), tags=[])
    read = decode_row(encode_row(with_lists), Article)
    assert (read.authors, read.tags) == (article.authors, ())
    assert isinstance(hash(read), int)


def test_row_of_the_largest_size_passes(dead_letter: DeadLetter) -> None:
    without = replace(dead_letter, content=b"")
    room = MAX_ROW_BYTES - len(encode_row(without)) - 3  # the length's varint grows from 1 to 4
    assert len(encode_row(replace(without, content=bytes(room)))) == MAX_ROW_BYTES
    with pytest.raises(RowTooLarge, match=r"pages/3\.txt has 8388609 bytes; 8388608 are allowed"):
        encode_row(replace(without, content=bytes(room + 1)))


def test_time_without_zone_is_refused(article: Article) -> None:
    """Libraries would read it in the time zone of the machine."""
    naive = replace(article, published_at=datetime(2024, 6, 1, 5, 30))
    with pytest.raises(ValueError, match="no time zone"):
        encode_row(naive)


def test_lone_surrogate_is_refused(duplicate: Duplicate) -> None:
    with pytest.raises(UnicodeEncodeError):
        encode_row(replace(duplicate, source_uri="\ud800"))


def test_text_for_an_array_is_refused(article: Article) -> None:
    """It is a sequence of texts for a type checker, and a library writes it letter by letter."""
    with pytest.raises(TypeError, match="a string for an array"):
        encode_row(replace(article, authors="Айгүл"))


@pytest.mark.parametrize("attempt", [1 << 31, -(1 << 31) - 1])
def test_number_over_its_bits_is_refused(dead_letter: DeadLetter, attempt: int) -> None:
    """A library writes it all the same, and other readers stumble over it."""
    with pytest.raises(OverflowError, match="does not fit into 32 bits"):
        encode_row(replace(dead_letter, attempt=attempt))


def test_only_rows_have_a_schema() -> None:
    with pytest.raises(TypeError, match="Paragraph is not a published row"):
        to_record(Paragraph(0, "", None))  # type: ignore[arg-type]  # the point of the test
