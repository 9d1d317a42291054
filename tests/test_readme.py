"""The README names every field, code, option, family and reader that exists."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from avro_readers import AVSC, READERS

from pipelines.exit_codes import ExitCode
from transforms.warehouse.columns import arrow_fields
from transforms.warehouse.duckdb_destination import views as duckdb_views
from transforms.warehouse.duckdb_sql import line_views
from transforms.warehouse.tables import RUNS, TABLE_OF_KIND, TABLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
FAMILIES = sorted(path.stem for path in (ROOT / "transforms/text/knowledge/boilerplate").iterdir())
FIELDS = [
    field["name"] for field in json.loads((ROOT / "schemas/article.avsc").read_text())["fields"]
]
LINE_VIEWS = line_views(arrow_fields(TABLES[0].avro_schema))
OPTION = re.compile(r"\"(--[a-z-]+)\"")
OPTIONS = sorted(
    {
        option
        for name in (
            "ingest_options.py",
            "language_options.py",
            "load.py",
            "log_lines.py",
            "near_options.py",
            "replay.py",
            "watch_options.py",
            "streaming_options.py",
        )
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


@pytest.mark.parametrize("name", [*TABLE_OF_KIND, RUNS, *LINE_VIEWS, *duckdb_views()])
def test_tables_and_views(name: str) -> None:
    section = README.partition("## Loading into a warehouse\n")[2].partition("\n## ")[0]
    assert f"`{name}`" in section


@pytest.mark.parametrize("code", list(ExitCode))
def test_exit_codes(code: ExitCode) -> None:
    assert re.search(rf"^\| (?:\d+, )*{int(code)}(?:, \d+)* \|", README, re.MULTILINE)


def test_readers() -> None:
    """What a reader takes is tested beside it, with the locked version."""
    locked = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    versions = {package["name"]: package["version"] for package in locked}
    of_node = json.loads((AVSC / "package-lock.json").read_text("utf-8"))["packages"]
    versions["avsc"] = of_node["node_modules/avsc"]["version"]
    section = README.partition("### Who reads the files\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| `(\w+)`[^|]*\| ([\d.]+) \| ([^|]*) \|", section, re.MULTILINE)
    assert {name: (version, codecs) for name, version, codecs in rows} == {
        name: (versions[name], ", ".join(f"`{codec}`" for codec in reader.codecs))
        for name, reader in READERS.items()
    }
