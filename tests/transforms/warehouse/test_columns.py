"""Arrow columns from Avro schemas, what one table lacks of another, and bounded batches."""

from typing import Any

import fastavro
import pyarrow as pa
import pytest
from edge_rows import BARE_ARTICLE

from schemas.avro import ContainerWriter, known_schemas
from transforms.warehouse.columns import (
    ColumnMismatchError,
    NewColumn,
    arrow_fields,
    doc_of,
    find_new_columns,
    is_schema_of,
    read_batches,
    read_schema,
    take_unseen,
    to_arrow,
)
from transforms.warehouse.tables import TABLES, runs_schema

LINE = {
    "type": "record",
    "name": "Line",
    "fields": [{"name": "text", "type": "string", "doc": "The text."}],
}


def record(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "Page", "namespace": "suzgi", "fields": list(fields)}


def column(name: str, avro_type: Any) -> dict[str, Any]:
    return {"name": name, "type": avro_type}


def test_every_type_of_our_schemas_has_one() -> None:
    fields = {field.name: field for field in arrow_fields(TABLES[0].avro_schema)}
    assert fields["id"].type == pa.string()
    assert not fields["id"].nullable
    assert fields["title"].nullable
    assert fields["ingest_date"].type == pa.date32()
    assert fields["published_at"].type == pa.timestamp("us", "UTC")
    assert fields["authors"].type == pa.list_(pa.string())
    assert [each.name for each in fields["dateline"].type] == ["place", "date_text", "agency"]
    assert doc_of(fields["title"]) == "Headline; null when the page prints none."
    assert doc_of(fields["paragraphs"].type.value_type.field("text")).startswith("Text of the")
    names = [field["name"] for field in TABLES[0].avro_schema["fields"]]
    assert list(fields) == names
    for schema in (*(table.avro_schema for table in TABLES), runs_schema()):
        assert all(map(doc_of, arrow_fields(schema)))
        fastavro.parse_schema(dict(schema))


@pytest.mark.parametrize(
    "avro_type", [{"type": "map", "values": "string"}, ["null", "string", "long"], "Other"]
)
def test_a_type_that_our_schemas_never_have(avro_type: Any) -> None:
    with pytest.raises(ColumnMismatchError, match="column tags has the Avro type "):
        arrow_fields(record(column("tags", avro_type)))


def test_released_schemas_lack_no_more_than_nullable_columns() -> None:
    for table in TABLES:
        for released in known_schemas(table.schema):
            assert is_schema_of(released, table.avro_schema)
            held = arrow_fields(released)
            new = find_new_columns(held, arrow_fields(table.avro_schema))
            assert all(len(each.path) == 1 for each in new)


def test_new_columns_at_any_depth() -> None:
    held = record(
        column("id", "string"),
        column("lines", {"type": "array", "items": LINE}),
        column("where", ["null", {**LINE, "name": "Where"}]),
    )
    more = {**LINE, "fields": [*LINE["fields"], column("score", ["null", "double"])]}
    wanted = record(
        column("lines", {"type": "array", "items": more}),
        column("where", ["null", {**more, "name": "Where"}]),
        column("mood", ["null", "string"]),
    )
    assert find_new_columns(arrow_fields(held), arrow_fields(wanted)) == [
        NewColumn(("lines", "element", "score"), pa.float64()),
        NewColumn(("where", "score"), pa.float64()),
        NewColumn(("mood",), pa.string()),
    ]
    assert find_new_columns(arrow_fields(wanted), arrow_fields(wanted)) == []


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (column("id", "long"), "column id is string in the table and int64 in the file"),
        (column("id", {"type": "array", "items": "string"}), "column id is string in the table"),
        (column("mood", "string"), "column mood is new and not nullable"),
    ],
)
def test_columns_that_no_table_can_take(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(ColumnMismatchError, match=message):
        find_new_columns(arrow_fields(record(column("id", "string"))), arrow_fields(record(wanted)))


def test_a_record_of_another_name_is_another() -> None:
    ours = record()
    assert is_schema_of({**ours, "name": "suzgi.Page", "namespace": ""}, ours)
    assert not is_schema_of({**ours, "name": "Other"}, ours)
    assert not is_schema_of({**ours, "namespace": "other"}, ours)


def test_batches_are_bounded_by_bytes() -> None:
    writer = ContainerWriter("article", "zstandard")
    for _ in range(9_000):
        writer.write(BARE_ARTICLE)
    content = writer.finish()
    whole = [each for batch in read_batches(content) for each in batch]
    batches = list(read_batches(content, 400_000))
    assert len(batches) > 1
    assert [each for batch in batches for each in batch] == whole
    assert len(whole) == 9_000
    assert read_schema(content)["name"] == "Article"


def test_a_key_is_taken_once() -> None:
    seen: set[tuple[Any, ...]] = set()
    first = take_unseen(
        [{"id": "a", "n": 1}, {"id": "a", "n": 2}, {"id": "b", "n": 3}], ["id"], seen
    )
    assert [each["n"] for each in first] == [1, 3]
    assert take_unseen([{"id": "b", "n": 4}, {"id": "c", "n": 5}], ["id"], seen) == [
        {"id": "c", "n": 5}
    ]


def test_what_a_record_lacks_is_null_at_any_depth() -> None:
    more = {**LINE, "fields": [*LINE["fields"], column("score", ["null", "double"])]}
    wanted = arrow_fields(
        record(
            column("mood", ["null", "string"]), column("lines", {"type": "array", "items": more})
        )
    )
    batch = to_arrow([{"lines": [{"text": "a"}]}], pa.schema(wanted))
    assert batch.to_pylist() == [{"mood": None, "lines": [{"text": "a", "score": None}]}]
