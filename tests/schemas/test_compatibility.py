"""A schema may only grow: every released one reads it, and it reads every released one."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse

from schemas.avro import ROW_TYPES, SchemaName, schema_text

Schema = dict[str, Any]


def released(name: SchemaName) -> list[Schema]:
    """Return the released schemas of a name, oldest first."""
    folder = files("schemas") / "released"
    found = {
        int(path.name.removesuffix(".avsc").rpartition("-")[2]): path
        for path in folder.iterdir()
        if path.name.rpartition("-")[0] == name
    }
    assert sorted(found) == list(range(1, len(found) + 1)), "released numbers have gaps"
    return [json.loads(found[number].read_text(encoding="utf-8")) for number in sorted(found)]


def refusals(current: Schema, old: Schema) -> list[str]:
    """Return why the current schema may not follow a released one; empty if it may."""
    return [
        *_unreadable(current, old, "the new schema cannot read released files"),
        *_unreadable(old, current, "readers of the released schema cannot read new files"),
        *_lost(current, old),
    ]


def _unreadable(reader: Schema, writer: Schema, what: str) -> Iterator[str]:
    checker = ReaderWriterCompatibilityChecker()
    verdict = checker.get_compatibility(parse(json.dumps(reader)), parse(json.dumps(writer)))
    if verdict.compatibility is not SchemaCompatibilityType.compatible:
        yield f"{what}: {sorted(verdict.messages)}"


def _lost(current: Schema, old: Schema) -> Iterator[str]:
    """Yield what Avro's rules let pass and a warehouse does not: nulls for a renamed column."""
    kept = dict(_columns(current, ""))
    for path, kind in _columns(old, ""):
        if kept.get(path) != kind:
            yield f"{path} was {kind} and is {kept.get(path, 'gone')}"


def _columns(schema: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the kind of every type in a schema."""
    if isinstance(schema, list):
        yield path, "union"
        for member in schema:
            if member != "null":
                yield from _columns(member, f"{path}?")
    elif isinstance(schema, str):
        yield path, schema
    elif schema["type"] == "record":
        yield path, f"record {schema['name']}"
        for field in schema["fields"]:
            yield from _columns(field["type"], f"{path}.{field['name']}")
    elif schema["type"] == "array":
        yield path, "array"
        yield from _columns(schema["items"], f"{path}[]")
    else:
        yield path, f"{schema['type']} {schema['logicalType']}"


@pytest.mark.parametrize("name", ROW_TYPES)
def test_current_schema_follows_every_released_one(name: SchemaName) -> None:
    """To release a change, copy the schema to released/ under the next number."""
    history = released(name)
    assert history
    current = json.loads(schema_text(name))
    assert [refusals(current, old) for old in history] == [[] for _ in history]


def _field(schema: Schema, name: str) -> Any:
    return next(field for field in schema["fields"] if field["name"] == name)


def remove(name: str) -> Callable[[Schema], None]:
    """Return the change that removes a field."""
    return lambda schema: schema["fields"].remove(_field(schema, name))


def rename(name: str) -> Callable[[Schema], None]:
    """Return the change that renames a field."""
    return lambda schema: _field(schema, name).update(name=f"{name}_new")


def retype(name: str, avro_type: Any) -> Callable[[Schema], None]:
    """Return the change that gives a field another type."""
    return lambda schema: _field(schema, name).update(type=avro_type)


def add(name: str, avro_type: Any, **more: Any) -> Callable[[Schema], None]:
    """Return the change that adds a field."""
    return lambda schema: schema["fields"].append({"name": name, "type": avro_type, **more})


def inside(name: str, change: Callable[[Schema], None]) -> Callable[[Schema], None]:
    """Return the change made to the record that is the item type of an array field."""
    return lambda schema: change(_field(schema, name)["type"]["items"])


def changed(change: Callable[[Schema], None]) -> tuple[Schema, Schema]:
    """Return the article schema after and before a change."""
    old = released("article")[0]
    new = deepcopy(old)
    change(new)
    assert new != old
    return new, old


LIST_IN_RECORD = {
    "type": "record",
    "name": "Gallery",
    "fields": [{"name": "pictures", "type": {"type": "array", "items": "string"}}],
}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(add("mood", ["null", "string"], default=None), id="nullable field"),
        pytest.param(
            inside("paragraphs", add("mood", ["null", "double"], default=None)), id="nested field"
        ),
        pytest.param(add("gallery", ["null", LIST_IN_RECORD], default=None), id="nullable record"),
        pytest.param(lambda schema: schema.update(doc="Another text."), id="doc"),
    ],
)
def test_gate_accepts(change: Callable[[Schema], None]) -> None:
    assert refusals(*changed(change)) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(remove("encoding"), id="removed"),
        pytest.param(remove("title"), id="removed nullable"),
        pytest.param(inside("paragraphs", remove("line")), id="removed nested"),
        pytest.param(rename("encoding"), id="renamed"),
        pytest.param(rename("title"), id="renamed nullable"),
        pytest.param(retype("content_bytes", "string"), id="another type"),
        pytest.param(retype("content_bytes", "double"), id="wider type"),
        pytest.param(retype("content_bytes", "int"), id="narrower type"),
        pytest.param(retype("ingest_date", "int"), id="logical type dropped"),
        pytest.param(retype("encoding", ["null", "string"]), id="made nullable"),
        pytest.param(retype("title", "string"), id="made required"),
        pytest.param(add("mood", "string"), id="added without default"),
        pytest.param(add("moods", {"type": "array", "items": "string"}), id="added array"),
        pytest.param(lambda schema: schema.update(name="Page"), id="record renamed"),
    ],
)
def test_gate_refuses(change: Callable[[Schema], None]) -> None:
    assert refusals(*changed(change))


@pytest.mark.parametrize("change", [remove("title"), rename("title"), retype("ingest_date", "int")])
def test_avro_alone_would_let_it_pass(change: Callable[[Schema], None]) -> None:
    """The reason for a check of our own beside the official one."""
    new, old = changed(change)
    assert [*_unreadable(new, old, ""), *_unreadable(old, new, "")] == []
    assert list(_lost(new, old))
