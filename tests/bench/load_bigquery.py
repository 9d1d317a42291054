"""Measure what `suzgi load --to bigquery:` costs on our side: articles, duplicates, dead letters.

`python tests/bench/load_bigquery.py --articles 50000` writes an output of generated rows, reads it
with fastavro and nothing else, and prepares it for load jobs that go nowhere: read, hashed, and
sent or not, as where articles lie in gs://. What BigQuery takes can only be measured there.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import patch

from google.api_core.exceptions import NotFound
from load import FILE_ROWS, in_process, make_output, read_alone

from schemas.avro import ContainerWriter, Row, SchemaName
from schemas.rows import DeadLetter, Duplicate
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, write_part
from transforms.warehouse import bigquery_stages
from transforms.warehouse.bigquery_jobs import Jobs
from transforms.warehouse.bigquery_sql import columns_of
from transforms.warehouse.bigquery_stages import Stages
from transforms.warehouse.bigquery_tables import Tables, table_definitions
from transforms.warehouse.destination import NewRun
from transforms.warehouse.loading import Known, find_new_runs, read_rows

DAY = datetime(2026, 5, 31, tzinfo=UTC)
PAGE_BYTES = 5_600


@dataclass(frozen=True)
class Done:
    """A job that is done at once."""

    output_rows: int = FILE_ROWS
    error_result: None = None

    def exception(self) -> None:
        """Return why it failed: it did not."""


class Nowhere:
    """A client whose service takes everything and keeps nothing."""

    def get_job(self, *_: Any, **__: Any) -> None:
        """Find nothing."""
        raise NotFound("none")

    get_table = get_job

    def delete_table(self, *_: Any, **__: Any) -> None:
        """Remove nothing."""

    create_table = delete_table

    def load_table_from_file(self, stream: Any, *_: Any, **__: Any) -> Done:
        """Read what is sent."""
        stream.read()
        return Done()

    def load_table_from_uri(self, uris: list[str], *_: Any, **__: Any) -> Done:
        """Read nothing."""
        return Done(FILE_ROWS * len(uris))


def prepare(run: NewRun, kind: str, *, in_place: bool = False) -> int:
    """Do what a load of one kind of files does before the transaction; return how many rows."""
    client: Any = Nowhere()
    columns = {name: columns_of(fields) for name, (fields, _) in table_definitions().items()}
    stages = Stages(Tables(client, "p.d", columns), Jobs(client, "EU"), run, "job", DAY)
    some = tuple(part for part in run.manifest.files if part.name.startswith(f"{kind}/"))
    rows = read_rows(replace(run, manifest=replace(run.manifest, files=some)))
    with patch.object(bigquery_stages, "is_read_in_place", lambda *_: in_place):
        for _, files in groupby(rows, lambda each: each.table):
            stages.fill(files)
    return sum(part.rows for part in some)


def add_rows(output: Path, run: NewRun, kind: str, row: Row, count: int) -> NewRun:
    """Write more rows of a run that is not checked again."""
    name: SchemaName = "dead_letter" if kind == DEAD_LETTERS else "duplicate"
    writer = ContainerWriter(name)
    parts = list(run.manifest.files)
    for number in range(count):
        writer.write(replace(row, source_uri=f"file:///{number:08}"))
        if writer.count == FILE_ROWS:
            shard = number // FILE_ROWS
            parts.append(write_part(str(output), kind, shard, writer.finish(), FILE_ROWS))
            writer = ContainerWriter(name)
    return replace(run, manifest=replace(run.manifest, files=tuple(sorted(parts))))


def say(what: str, work: Callable[[], int], count: int) -> None:
    """Print what work costs a row."""
    cost, peak = in_process(work, count)
    told = f"{cost.cpu / count * 1e6:.0f} µs of CPU, {count / cost.wall:,.0f} a second"
    sys.stdout.write(f"{what}: {told}; peak {peak:.0f} MiB\n")
    sys.stdout.flush()


def compare(folder: Path, articles: int) -> None:
    """Print what each kind costs."""
    output = folder / "output"
    make_output(output, articles)
    for kind in (DEAD_LETTERS, DUPLICATES):
        (output / kind).mkdir()
    (run,), _ = find_new_runs(str(output), Known())
    content = b"\0" * PAGE_BYTES
    letter = DeadLetter(
        id="0", source_uri="", stage="decode", code="binary", message="not text", content=content,
        content_sha256="0" * 64, content_bytes=PAGE_BYTES, truncated=False, attempt=1,
        ingest_date=DAY.date(),
    )  # fmt: skip
    copy = Duplicate("", "0" * 64, PAGE_BYTES, "0" * 32, DAY.date(), None)
    run = add_rows(output, run, DEAD_LETTERS, letter, articles)
    run = add_rows(output, run, DUPLICATES, copy, articles)
    say("article, fastavro alone", lambda: read_alone(output), articles)
    say("article, read in place", lambda: prepare(run, ARTICLES, in_place=True), articles)
    say("article, uploaded", lambda: prepare(run, ARTICLES), articles)
    say("dead letter", lambda: prepare(run, DEAD_LETTERS), articles)
    say("duplicate", lambda: prepare(run, DUPLICATES), articles)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=50_000, help=f"a multiple of {FILE_ROWS:,}")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suzgi-load-") as made:
        compare(Path(made), given.articles)
