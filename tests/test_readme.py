"""The README names every field, code, option and family that exists."""

import json
import re
from pathlib import Path

import pytest

from pipelines.exit_codes import ExitCode

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
FAMILIES = sorted(path.stem for path in (ROOT / "transforms/text/knowledge/boilerplate").iterdir())
FIELDS = [
    field["name"] for field in json.loads((ROOT / "schemas/article.avsc").read_text())["fields"]
]
OPTION = re.compile(r"\"(--[a-z-]+)\"")
OPTIONS = sorted(
    {
        option
        for name in ("ingest_options.py", "language_options.py", "replay.py", "streaming_options.py")
        for option in OPTION.findall((ROOT / "pipelines" / name).read_text("utf-8"))
    }
)


def test_there_is_something_to_look_for() -> None:
    assert {"--input", "--codec"} <= set(OPTIONS)


@pytest.mark.parametrize("name", FIELDS)
def test_fields_of_the_article(name: str) -> None:
    assert f"`{name}" in README


@pytest.mark.parametrize("option", OPTIONS)
def test_options_of_ingest(option: str) -> None:
    assert f"`{option}" in README


@pytest.mark.parametrize("family", FAMILIES)
def test_families(family: str) -> None:
    assert f"`{family}`" in README or (family.startswith("widget_") and "`widget_*`" in README)


@pytest.mark.parametrize("code", list(ExitCode))
def test_exit_codes(code: ExitCode) -> None:
    assert re.search(rf"^\| (?:\d+, )*{int(code)}(?:, \d+)* \|", README, re.MULTILINE)
