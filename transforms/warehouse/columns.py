"""Arrow columns from Avro: the types of a schema, how one table takes another's, the rows."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import fastavro
import pyarrow as pa

from transforms.warehouse.tables import AvroSchema

DOC = b"doc"
"""Key of a field's metadata under which its description is."""

BATCH_BYTES = 2**20
"""Of Avro, not compressed, that become one batch: some 200 articles. As Python objects they take
five times as much. With 8 MiB a load took a tenth more CPU: more objects to look through."""

_TYPES = {
    "boolean": pa.bool_(),
    "bytes": pa.binary(),
    "date": pa.date32(),
    "double": pa.float64(),
    "float": pa.float32(),
    "int": pa.int32(),
    "long": pa.int64(),
    "string": pa.string(),
    "timestamp-micros": pa.timestamp("us", "UTC"),
    "timestamp-millis": pa.timestamp("us", "UTC"),
}

Record = dict[str, Any]


class ColumnMismatchError(ValueError):
    """A column that cannot be had in a table: the message names it and says why."""


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column, or a member of a structure within one, that a table lacks."""

    path: tuple[str, ...]  # "element": what a list has
    type: pa.DataType


def arrow_fields(avro_schema: AvroSchema) -> list[pa.Field]:
    """Return the columns of a record schema, each with its description.

    Raises ColumnMismatchError for what our schemas never have.
    """
    return [_field(each) for each in avro_schema["fields"]]


def doc_of(field: pa.Field) -> str:
    """Return the description of a column."""
    doc: bytes = (field.metadata or {}).get(DOC, b"")
    return doc.decode("utf-8")


def find_new_columns(held: Sequence[pa.Field], wanted: Sequence[pa.Field]) -> list[NewColumn]:
    """Return what a table must get so that it can take rows with the wanted columns.

    Raises ColumnMismatchError where a column is of another type, or a new one not nullable.
    """
    return list(_new_members((), {field.name: field.type for field in held}, wanted))


def is_schema_of(avro_schema: AvroSchema, published: AvroSchema) -> bool:
    """Tell whether a schema is of the same record as a published one."""
    names = [(each.get("namespace", ""), each["name"]) for each in (avro_schema, published)]
    return avro_schema.get("type") == "record" and _full_name(*names[0]) == _full_name(*names[1])


def read_schema(content: bytes) -> AvroSchema:
    """Return the schema with which a container file was written; raises what fastavro raises."""
    reader = fastavro.block_reader(io.BytesIO(content))
    parsed: AvroSchema = json.loads(reader.metadata["avro.schema"])
    return parsed


def read_batches(content: bytes, batch_bytes: int = BATCH_BYTES) -> Iterator[list[Record]]:
    """Yield the records of a container file in batches, as its own schema has them.

    Raises what fastavro raises.
    """
    batch: list[Record] = []
    size = 0
    for block in fastavro.block_reader(io.BytesIO(content)):
        size += cast("Any", block).bytes_.getbuffer().nbytes
        batch.extend(cast("Iterator[Record]", block))
        if size >= batch_bytes:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def to_arrow(records: Sequence[Record], fields: Sequence[pa.Field]) -> pa.RecordBatch:
    """Return records as columns; what a record lacks is null, in structures too."""
    return pa.RecordBatch.from_pylist(records, schema=pa.schema(fields))


def take_unseen(
    records: Iterable[Record], key: Sequence[str], seen: set[tuple[Any, ...]]
) -> list[Record]:
    """Return the records with keys that were not seen yet, and add these."""
    unseen: list[Record] = []
    for record in records:
        identity = tuple(record[name] for name in key)
        if identity not in seen:
            seen.add(identity)
            unseen.append(record)
    return unseen


def _field(avro_field: Mapping[str, Any]) -> pa.Field:
    """Return a column of an Avro field."""
    avro_type = avro_field["type"]
    nullable = isinstance(avro_type, list)
    metadata = {DOC: avro_field["doc"].encode("utf-8")} if "doc" in avro_field else None
    try:
        arrow_type = _arrow_type(avro_type)
    except (KeyError, TypeError, ValueError) as error:
        message = f"column {avro_field['name']} has the Avro type {json.dumps(avro_type)}"
        raise ColumnMismatchError(message) from error
    return pa.field(avro_field["name"], arrow_type, nullable, metadata)


def _arrow_type(avro_type: Any) -> pa.DataType:
    """Return the type of a column; raise KeyError, TypeError, ValueError for one of no use."""
    if isinstance(avro_type, list):
        (only,) = [each for each in avro_type if each != "null"]
        return _arrow_type(only)
    if isinstance(avro_type, str):
        return _TYPES[avro_type]
    if "logicalType" in avro_type:
        return _TYPES[avro_type["logicalType"]]
    if avro_type["type"] == "array":
        return pa.list_(_arrow_type(avro_type["items"]))
    if avro_type["type"] == "record":
        return pa.struct(arrow_fields(avro_type))
    return _arrow_type(avro_type["type"])


def _new_members(
    path: tuple[str, ...], held: Mapping[str, pa.DataType], wanted: Sequence[pa.Field]
) -> Iterator[NewColumn]:
    """Yield what columns, or members of a structure, lack."""
    for field in wanted:
        place = (*path, field.name)
        if field.name in held:
            yield from _new_within(place, held[field.name], field.type)
        elif field.nullable:
            yield NewColumn(place, field.type)
        else:
            message = f"column {'.'.join(place)} is new and not nullable"
            raise ColumnMismatchError(message)


def _new_within(
    path: tuple[str, ...], held: pa.DataType, wanted: pa.DataType
) -> Iterator[NewColumn]:
    """Yield what a type lacks of another; raise ColumnMismatchError for another kind of type."""
    if pa.types.is_list(held) and pa.types.is_list(wanted):
        yield from _new_within((*path, "element"), held.value_type, wanted.value_type)
    elif pa.types.is_struct(held) and pa.types.is_struct(wanted):
        members = {member.name: member.type for member in held}
        yield from _new_members(path, members, list(wanted))
    elif held != wanted:
        message = f"column {'.'.join(path)} is {held} in the table and {wanted} in the file"
        raise ColumnMismatchError(message)


def _full_name(namespace: str, name: str) -> str:
    """Return the name of a record with its namespace."""
    return name if "." in name or not namespace else f"{namespace}.{name}"
