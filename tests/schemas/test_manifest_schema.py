"""The published schema of manifests takes real ones, old ones, and no other."""

import json
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from transforms.manifest import Manifest, Replay, parse_manifest
from transforms.parts import PartFile
from transforms.reports import Example, Tally

SCHEMA: dict[str, Any] = json.loads(
    files("schemas").joinpath("manifest.schema.json").read_text(encoding="utf-8")
)
OLD = Path(__file__).parent / "manifests" / "0.1.0.json"


def manifest() -> dict[str, Any]:
    """Return a manifest in which nothing is empty."""
    sha256 = "0123456789abcdef" * 4
    tally = Tally(
        documents=4,
        content_bytes=99,
        articles=1,
        duplicates=1,
        languages=Counter({"kk-Cyrl": 1}),
        kept_lines=3,
        field_lines=Counter({"title": 1}),
        removed_lines=Counter({"share_social": 2}),
        repairs=1,
        record_dates=Counter({"read": 1}),
        dead_letters=Counter({"empty": 1}),
        other_languages=Counter({"ru-Cyrl": 1}),
        examples={"empty": [Example("file:///a.txt", "no text")]},
    )
    names = ("articles", "dead_letters", "duplicates", "other_languages")
    parts = [PartFile(f"{kind}/part-00000-{sha256[:16]}.avro", 1, 99, sha256) for kind in names]
    options = {"codec": "deflate", "timezone": None, "shard_bytes": 1}
    replay = Replay(("0" * 32,), dead_letters=7, not_chosen=2, repeated=1)
    made = Manifest("0.1.0", options, sha256, tally, tuple(parts), replay)
    held: dict[str, Any] = made.to_json()
    return held


def complaints(held: dict[str, Any]) -> list[str]:
    """Return what the schema says against a manifest."""
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(held)]


def test_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_manifest_of_today_passes() -> None:
    assert complaints(manifest()) == []


def test_manifest_of_no_replay_passes() -> None:
    held = manifest()
    del held["replay_of"]
    assert complaints(held) == ["'replay_of' is a dependency of 'replay'"]
    del held["replay"]
    assert complaints(held) == []


def test_manifest_of_0_1_0_passes_and_is_read() -> None:
    text = OLD.read_text(encoding="utf-8")
    held = json.loads(text)
    assert complaints(held) == []
    read = parse_manifest(text)
    assert read.run == held["run"]
    assert read.tally.documents == 3
    assert "bytes" not in read.to_json()["inputs"]


@pytest.mark.parametrize("key", [*SCHEMA["required"]])
def test_missing_property_fails(key: str) -> None:
    held = manifest()
    del held[key]
    assert complaints(held) == [f"{key!r} is a required property"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("run", "0" * 31),
        ("options", {"Codec": "deflate"}),
        ("options", {"codec": []}),
        ("inputs", {"documents": -1, "sha256": "0" * 64}),
        ("counts", {"documents": 1}),
        ("languages", {"kk": 0}),
        ("dead_letters", {"empty": {"count": 1, "examples": []}}),
        ("files", [{"name": "../x.avro", "rows": 1, "bytes": 1, "sha256": "0" * 64}]),
        ("replay_of", []),
        ("replay", {"dead_letters": 1}),
        ("mine", 1),
    ],
)
def test_other_values_fail(key: str, value: object) -> None:
    assert len(complaints({**manifest(), key: value})) >= 1
