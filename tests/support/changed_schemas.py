"""Schemas as other releases might have them: with more fields, and with what no table can take."""

import json
from collections.abc import Callable
from typing import Any


def changed(schema: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Return a schema with a change."""
    copy: dict[str, Any] = json.loads(json.dumps(schema))
    change(copy)
    return copy


def add_fields(schema: dict[str, Any]) -> None:
    """Add a nullable field to articles, and one to each paragraph, dateline and quality."""
    mood = {"name": "mood", "type": ["null", "string"], "default": None, "doc": "How it feels."}
    schema["fields"].append(mood)
    fields = {field["name"]: field for field in schema["fields"]}
    fields["paragraphs"]["type"]["items"]["fields"].append(mood)
    fields["dateline"]["type"][1]["fields"].append(mood)
    fields["quality"]["type"]["fields"].insert(0, mood)


def retype(schema: dict[str, Any]) -> None:
    """Let source_uri be a number."""
    schema["fields"][1]["type"] = "long"


def demand(schema: dict[str, Any]) -> None:
    """Add a field that may not be null."""
    schema["fields"].append({"name": "mood", "type": "string"})


def rename(schema: dict[str, Any]) -> None:
    """Let it be one of another record."""
    schema["name"] = "Review"
