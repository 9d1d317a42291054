"""The examples that must pass, and must not pass, strict validation."""

import json
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro
import pytest
from fastavro.validation import ValidationError, validate

from schemas.avro import ROW_TYPES, SchemaName, from_record, schema, to_record

EXAMPLES = Path(__file__).parent / "examples"
PASS = sorted(EXAMPLES.glob("pass/*/*.json"))
FAIL = sorted(EXAMPLES.glob("fail/*/*.json"))


def from_json(value: Any, avro_type: Any) -> Any:
    """Return a JSON value as Avro libraries take it: dates, times and bytes are strings in JSON.

    What does not fit the type stays as it is, for the validation to refuse.
    """
    if isinstance(avro_type, list):
        return None if value is None else from_json(value, avro_type[1])
    if isinstance(avro_type, dict) and avro_type["type"] == "record" and isinstance(value, dict):
        types = {field["name"]: field["type"] for field in avro_type["fields"]}
        return {k: from_json(v, types[k]) if k in types else v for k, v in value.items()}
    if isinstance(avro_type, dict) and avro_type["type"] == "array" and isinstance(value, list):
        return [from_json(item, avro_type["items"]) for item in value]
    if isinstance(value, str):
        return _leaf_from_json(value, avro_type)
    return value


def _leaf_from_json(text: str, avro_type: Any) -> Any:
    if avro_type == "bytes":
        return text.encode("latin-1")
    logical_type = avro_type.get("logicalType") if isinstance(avro_type, dict) else None
    try:
        if logical_type == "date":
            return date.fromisoformat(text)
        if logical_type == "timestamp-micros":
            return datetime.fromisoformat(text)
    except ValueError:
        return text
    return text


def is_valid(record: dict[str, Any], name: SchemaName) -> bool:
    """Tell whether a record has the fields of its schema, all of them and no others."""
    try:
        validate(record, schema(name), strict=True)
        fastavro.schemaless_writer(BytesIO(), schema(name), record, strict=True)
    except (ValueError, ValidationError):
        return False
    return True


def named(path: Path) -> str:
    """Return the schema and the name of an example, for the test's id."""
    return f"{path.parent.name}/{path.stem}"


def schema_of(path: Path) -> SchemaName:
    """Return the name of the schema that an example is for."""
    return next(name for name in ROW_TYPES if name == path.parent.name)


@pytest.mark.parametrize("path", PASS, ids=named)
def test_example_passes(path: Path) -> None:
    name = schema_of(path)
    record = from_json(json.loads(path.read_text(encoding="utf-8")), schema(name))
    assert is_valid(record, name)
    assert to_record(from_record(record, ROW_TYPES[name])) == record


@pytest.mark.parametrize("path", FAIL, ids=named)
def test_example_fails(path: Path) -> None:
    name = schema_of(path)
    example = json.loads(path.read_text(encoding="utf-8"))
    start = EXAMPLES / "pass" / name / f"{example['start_from']}.json"
    record = json.loads(start.read_text(encoding="utf-8")) | example.get("set", {})
    for field in example.get("remove", []):
        del record[field]
    assert not is_valid(from_json(record, schema(name)), name), example["because"]


def test_every_schema_has_examples() -> None:
    assert {path.parent.name for path in PASS} == {path.parent.name for path in FAIL}
    assert {path.parent.name for path in PASS} == set(ROW_TYPES)
