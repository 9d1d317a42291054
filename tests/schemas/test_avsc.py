"""The published schemas mirror the rows and keep to the rules that every reader needs."""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from schemas.avro import ROW_TYPES, SchemaName, schema_text

LEAF_TYPES: dict[type, Any] = {
    str: "string",
    bytes: "bytes",
    bool: "boolean",
    float: "double",
    date: {"type": "int", "logicalType": "date"},
    datetime: {"type": "long", "logicalType": "timestamp-micros"},
}
PRIMITIVES = {"string", "bytes", "int", "long", "float", "double", "boolean"}
LOGICAL_TYPES = {("int", "date"), ("long", "timestamp-micros")}
RECORD_KEYS = {"type", "name", "namespace", "doc", "fields"}
FIELD_KEYS = {"name", "type", "doc", "default"}


def published(name: SchemaName) -> dict[str, Any]:
    """Return the schema as its file has it."""
    parsed: dict[str, Any] = json.loads(schema_text(name))
    return parsed


def expected_type(annotation: Any, field: str) -> Any:
    """Return the Avro type that a row's annotation asks for, without docs."""
    if get_origin(annotation) is UnionType:
        some, none = get_args(annotation)
        assert none is NoneType
        return ["null", expected_type(some, field)]
    if get_origin(annotation) is Sequence:
        return {"type": "array", "items": expected_type(get_args(annotation)[0], field)}
    if is_dataclass(annotation):
        assert isinstance(annotation, type)
        return expected_record(annotation)
    if annotation is int:
        return "long" if field.endswith(("_count", "_bytes")) else "int"
    return LEAF_TYPES[annotation]


def expected_record(row_type: type) -> dict[str, Any]:
    """Return the record that mirrors a row type, without docs."""
    hints = get_type_hints(row_type)
    assert is_dataclass(row_type)
    mirrored = []
    for field in fields(row_type):
        avro_type = expected_type(hints[field.name], field.name)
        default = {"default": None} if isinstance(avro_type, list) else {}
        mirrored.append({"name": field.name, "type": avro_type, **default})
    return {"type": "record", "name": row_type.__name__, "fields": mirrored}


def without_docs(schema: Any) -> Any:
    """Return the schema without docs and namespace."""
    if isinstance(schema, list):
        return [without_docs(member) for member in schema]
    if isinstance(schema, dict):
        return {k: without_docs(v) for k, v in schema.items() if k not in {"doc", "namespace"}}
    return schema


@pytest.mark.parametrize("name", ROW_TYPES)
def test_schema_mirrors_its_row(name: SchemaName) -> None:
    assert without_docs(published(name)) == expected_record(ROW_TYPES[name])


@pytest.mark.parametrize("name", ROW_TYPES)
def test_namespace(name: SchemaName) -> None:
    assert published(name)["namespace"] == "suzgi"


def broken_rules(schema: dict[str, Any]) -> list[str]:
    """Return what in a record's schema some reader cannot read, and where."""
    return list(_broken_record(schema, schema["name"], set()))


def _broken_record(record: dict[str, Any], where: str, named: set[str]) -> Iterator[str]:
    if unknown := record.keys() - RECORD_KEYS:
        yield f"{where}: unknown attribute {sorted(unknown)}"
    if record["name"] in named:
        yield f"{where}: {record['name']} is defined twice"
    named.add(record["name"])
    if not record.get("doc"):
        yield f"{where}: no doc"
    if not record["fields"]:
        yield f"{where}: no fields"
    for field in record["fields"]:
        yield from _broken_field(field, f"{where}.{field['name']}", named)


def _broken_field(field: dict[str, Any], where: str, named: set[str]) -> Iterator[str]:
    if unknown := field.keys() - FIELD_KEYS:
        yield f"{where}: unknown attribute {sorted(unknown)}"
    if not field.get("doc"):
        yield f"{where}: no doc"
    member = field["type"]
    if isinstance(member, list):
        if len(member) != 2 or member[0] != "null" or "null" in member[1:]:
            yield f"{where}: a union is null and one type, null first"
        if field.get("default", "none") is not None:
            yield f"{where}: a nullable field defaults to null"
        member = member[-1]
        if isinstance(member, dict) and member["type"] == "array":
            yield f"{where}: an array is never null"
    elif "default" in field:
        yield f"{where}: a default that is not null"
    yield from _broken_type(member, where, named)


def _broken_type(member: Any, where: str, named: set[str]) -> Iterator[str]:
    """Yield what is wrong with a type that is not to be a union."""
    if isinstance(member, str):
        if member not in PRIMITIVES:
            yield f"{where}: {member} is not a plain type"
    elif isinstance(member, list):
        yield f"{where}: a union here"
    elif member["type"] == "record":
        yield from _broken_record(member, where, named)
    elif member["type"] == "array":
        if isinstance(member["items"], dict) and member["items"]["type"] == "array":
            yield f"{where}: an array directly in an array"
        yield from _broken_type(member["items"], f"{where}[]", named)
    elif (member["type"], member.get("logicalType")) not in LOGICAL_TYPES:
        yield f"{where}: {member} is not a type of ours"


@pytest.mark.parametrize("name", ROW_TYPES)
def test_schema_keeps_the_rules(name: SchemaName) -> None:
    assert broken_rules(published(name)) == []


def record(name: str, *members: dict[str, Any]) -> dict[str, Any]:
    """Return a documented record type."""
    return {"type": "record", "name": name, "doc": "A thing.", "fields": list(members)}


def field(avro_type: Any, name: str = "a", **more: Any) -> dict[str, Any]:
    """Return a documented field."""
    return {"name": name, "type": avro_type, "doc": "A thing.", **more}


@pytest.mark.parametrize(
    "member",
    [
        field("string"),
        field(["null", "string"], default=None),
        field({"type": "array", "items": record("Inner", field("long"))}),
        field(["null", record("Inner", field({"type": "array", "items": "string"}))], default=None),
        field({"type": "long", "logicalType": "timestamp-micros"}),
    ],
)
def test_rules_accept(member: dict[str, Any]) -> None:
    assert broken_rules(record("Outer", member)) == []


@pytest.mark.parametrize(
    ("member", "rule"),
    [
        pytest.param(field(["null", "string"]), "defaults to null", id="no default"),
        pytest.param(field(["null", "string"], default=""), "defaults to null", id="text default"),
        pytest.param(field(["string", "null"], default=None), "null first", id="null last"),
        pytest.param(field(["null", "int", "string"], default=None), "one type", id="three ways"),
        pytest.param(field(["int", "string"], default=None), "null first", id="no null"),
        pytest.param(field(["null"], default=None), "one type", id="only null"),
        pytest.param(field(["null", "null"], default=None), "one type", id="null twice"),
        pytest.param(field("null"), "not a plain type", id="null alone"),
        pytest.param(field("string", default="x"), "not null", id="default without union"),
        pytest.param(field("string", default=None), "not null", id="null default without union"),
        pytest.param(field({"type": "map", "values": "int"}), "of ours", id="map"),
        pytest.param(field({"type": "enum", "name": "E", "symbols": ["A"]}), "of ours", id="enum"),
        pytest.param(field({"type": "fixed", "name": "F", "size": 4}), "of ours", id="fixed"),
        pytest.param(
            field({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}),
            "of ours",
            id="decimal",
        ),
        pytest.param(
            field({"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"}),
            "of ours",
            id="duration",
        ),
        pytest.param(
            field({"type": "int", "logicalType": "time-millis"}), "of ours", id="time of day"
        ),
        pytest.param(
            field({"type": "long", "logicalType": "local-timestamp-micros"}), "of ours", id="local"
        ),
        pytest.param(
            field({"type": "long", "logicalType": "timestamp-millis"}), "of ours", id="millis"
        ),
        pytest.param(field({"type": "long", "logicalType": "date"}), "of ours", id="long date"),
        pytest.param(field({"type": "string"}), "of ours", id="needless dict"),
        pytest.param(field("Outer"), "not a plain type", id="recursion"),
        pytest.param(
            field(["null", {"type": "array", "items": "int"}], default=None),
            "never null",
            id="null array",
        ),
        pytest.param(
            field({"type": "array", "items": ["null", "int"]}), "a union here", id="null items"
        ),
        pytest.param(
            field({"type": "array", "items": {"type": "array", "items": "int"}}),
            "array directly",
            id="nested arrays",
        ),
        pytest.param(field(record("Outer", field("int"))), "defined twice", id="twice"),
        pytest.param(field(record("Inner")), "no fields", id="no fields"),
        pytest.param(field("int", aliases=["b"]), "unknown attribute", id="aliases"),
        pytest.param({"name": "a", "type": "int"}, "no doc", id="field without doc"),
    ],
)
def test_rules_refuse(member: dict[str, Any], rule: str) -> None:
    broken = broken_rules(record("Outer", member))
    assert [reason for reason in broken if rule in reason]


def test_rules_refuse_an_undocumented_record_and_a_second_reference() -> None:
    inner = record("Inner", field("int"))
    outer = record("Outer", field(inner), field("Inner", name="b"))
    assert broken_rules(outer) == ["Outer.b: Inner is not a plain type"]
    bare = deepcopy(inner)
    del bare["doc"]
    assert broken_rules(bare) == ["Inner: no doc"]
