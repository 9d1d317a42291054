"""The tables of a warehouse: which files each is made of, and what tells its rows apart."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.avro import SchemaName, schema_text
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES

AvroSchema = Mapping[str, Any]

RUN_COLUMN = "run"
"""The one column that is not of the record contract."""

RUN_DOC = "The run, one of the table runs, that the row is of."


@dataclass(frozen=True, slots=True)
class Table:
    """A table that has the rows of one kind of files, under the name of their directory.

    Of rows with the same key there is one: that of the latest day; of the same day that of the run
    loaded last, and in a file the first.
    """

    name: str
    schema: SchemaName
    key: tuple[str, ...]
    may_repeat: bool = False  # a key within a run: records of an archive may be equal

    @property
    def avro_schema(self) -> AvroSchema:
        """Return the published schema of the rows, as its file has it."""
        parsed: AvroSchema = json.loads(schema_text(self.schema))
        return parsed


TABLES = (
    Table(ARTICLES, "article", ("id",)),
    Table(OTHER_LANGUAGES, "article", ("id",)),
    Table(DUPLICATES, "duplicate", ("source_uri", "content_sha256"), may_repeat=True),
    Table(DEAD_LETTERS, "dead_letter", ("id",), may_repeat=True),
)
TABLE_OF_KIND = {table.name: table for table in TABLES}

RUNS = "runs"

VIEW_COLUMNS = {
    "id": "id",
    "source_uri": "source_uri",
    "site": "site",
    "ingest_date": "ingest_date",
    "language": "article_language",  # a paragraph has a language of its own
}
"""Columns of an article that stand before the members of a line of its, and their names there."""


@cache
def runs_schema() -> AvroSchema:
    """Return the schema of the table that says which runs are loaded."""
    text = files("transforms.warehouse").joinpath("runs.avsc").read_text(encoding="utf-8")
    parsed: AvroSchema = json.loads(text)
    return parsed


def read_views(folder: str) -> dict[str, str]:
    """Return the queries of the ready-made views by name, each after a comment in a line."""
    found = sorted(
        files("transforms.warehouse").joinpath(folder).iterdir(), key=lambda each: each.name
    )
    return {
        each.name.removesuffix(".sql"): each.read_text(encoding="utf-8")
        for each in found
        if each.name.endswith(".sql")
    }
