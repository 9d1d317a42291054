"""What Google says of its own interfaces, and whether a request and an answer keep to it.

The descriptions are those that google-api-python-client has (in .linters): methods, parameters and
the fields of each message. https://developers.google.com/discovery/v1/reference/apis
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from linters import ROOT

DESCRIPTIONS = "lib/python3*/site-packages/googleapiclient/discovery_cache/documents/{name}.json"
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}


@cache
def description(name: str) -> dict[str, Any]:
    """Return Google's description of an interface, such as `dataflow.v1b3`."""
    (path,) = (ROOT / ".linters").glob(DESCRIPTIONS.format(name=name))
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


@dataclass(frozen=True)
class Method:
    """A method of an interface."""

    interface: str
    id: str
    verb: str
    path: re.Pattern[str]
    about: Mapping[str, Any]

    def faults_of_request(self, query: Mapping[str, str], body: Any) -> list[str]:
        """Return what Google would not take of a request."""
        common = description(self.interface)["parameters"]
        known = {**common, **self.about.get("parameters", {})}
        faults = [f"{self.id}: there is no parameter {name}" for name in query if name not in known]
        for name, parameter in self.about.get("parameters", {}).items():
            if parameter["location"] == "query" and parameter.get("required") and name not in query:
                faults.append(f"{self.id}: the parameter {name} is missing")
            if name in query and query[name] not in parameter.get("enum", [query[name]]):
                faults.append(f"{self.id}: {name} cannot be {query[name]}")
        if "request" in self.about:
            faults += faults_of(self.interface, self.about["request"], body, self.id)
        elif body is not None:
            faults.append(f"{self.id} takes no body")
        return faults

    def faults_of_answer(self, body: Any) -> list[str]:
        """Return what Google would not answer."""
        return faults_of(self.interface, self.about["response"], body, f"answer of {self.id}")


@cache
def methods(interface: str) -> tuple[Method, ...]:
    """Return all methods of an interface."""
    return tuple(_methods(interface, description(interface)))


def _methods(interface: str, resource: Mapping[str, Any]) -> Iterator[Method]:
    root = description(interface)["servicePath"]
    for about in resource.get("methods", {}).values():
        path = root + about.get("flatPath", about["path"])
        pattern = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part)
            for part in re.split(r"(\{[^}]+\})", path)
        )
        yield Method(interface, about["id"], about["httpMethod"], re.compile(pattern), about)
    for inner in resource.get("resources", {}).values():
        yield from _methods(interface, inner)


def faults_of(interface: str, schema: Mapping[str, Any], value: Any, where: str) -> list[str]:
    """Return where a message has fields or types that the description does not have."""
    if "$ref" in schema:
        schema = description(interface)["schemas"][schema["$ref"]]
    if schema.get("type") == "any" or value is None:
        return []
    expected = TYPES[schema["type"]]
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        return [f"{where}: {value!r} is no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum']}"]
    if isinstance(value, list):
        return [
            fault
            for number, each in enumerate(value)
            for fault in faults_of(interface, schema["items"], each, f"{where}[{number}]")
        ]
    if not isinstance(value, dict):
        return []
    fields, more = schema.get("properties", {}), schema.get("additionalProperties")
    faults = []
    for name, each in value.items():
        if name not in fields and more is None:
            faults.append(f"{where}: there is no field {name}")
        else:
            faults += faults_of(interface, fields.get(name, more), each, f"{where}.{name}")
    return faults
