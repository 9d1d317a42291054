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


@cache
def runs_schema() -> AvroSchema:
    """Return the schema of the table that says which runs are loaded."""
    text = files("transforms.warehouse").joinpath("runs.avsc").read_text(encoding="utf-8")
    parsed: AvroSchema = json.loads(text)
    return parsed
