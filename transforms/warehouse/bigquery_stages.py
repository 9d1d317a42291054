"""The files of a run in stages of BigQuery: one for each table, filled by load jobs."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Any

import fastavro
from google.cloud import bigquery

from transforms.commit_points import reach
from transforms.warehouse import bigquery_sql as sql
from transforms.warehouse.bigquery_jobs import Job, Jobs, has_failed, wait_for
from transforms.warehouse.bigquery_tables import Tables, has_columns
from transforms.warehouse.columns import read_batches, read_schema
from transforms.warehouse.destination import DamagedFileError, LoadFailedError, NewRun, Rows
from transforms.warehouse.files import columns_of_file, told_as_damaged
from transforms.warehouse.tables import AvroSchema, Table

MAX_URIS = 10_000
"""Files of one load job: https://cloud.google.com/bigquery/quotas#load_jobs"""

LIFE = timedelta(days=1)
"""Of a stage, from its making on. A load that is repeated within it need not upload again."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of a run. What an earlier attempt at the same run loaded serves again."""

    tables: Tables
    jobs: Jobs
    run: NewRun
    job_prefix: str
    begun_at: datetime

    def fill(self, rows: Iterator[Rows]) -> sql.Stage:
        """Load all files of one table, and return the stage that has them.

        Raises DamagedFileError where they do not fit, and LoadFailedError.
        """
        first = next(rows)
        table = first.table
        with told_as_damaged(first.path):
            schema = read_schema(first.content)
            wanted = columns_of_file(table, schema)
            self.tables.check_columns(table.name, wanted)
        self.tables.add_columns(table.name, wanted)
        filling = self._open(table, sql.columns_of_stage(wanted))
        checked = _of_one_schema(schema, first, rows)
        if is_read_in_place(self.run, table):
            filling.load_objects(checked)
        else:
            filling.upload(checked)
        filling.finish()
        return filling.stage

    def _open(self, table: Table, columns: list[sql.Column]) -> "_Filling":
        """Return a stage with the columns of its files, new or from an earlier attempt.

        Where the jobs of an attempt were begun, but its stage is no longer there, the next attempt
        is made: no job can be done twice. Copies of a run, one read in place and one sent, have
        one manifest, but other jobs.
        """
        name = f"{table.name}_{'read' if is_read_in_place(self.run, table) else 'sent'}"
        if table.may_repeat:
            columns = [*columns, *sql.columns_of_stage(sql.STAGE_ORDER)]
        wanted = self.tables.columns[table.name]
        for attempt in count():
            place = f"suzgi_stage_{self.run.sha256[:16]}_{name}_{attempt}"
            stage = sql.Stage(table, f"{self.tables.dataset}.{place}", columns, wanted)
            filling = _Filling(self.jobs, stage, f"{self.job_prefix}_{name}_{attempt}")
            if has_columns(self.tables.read(place), columns):
                break
            if not filling.is_begun():
                self._make(place, columns)
                break
        return filling

    def _make(self, place: str, columns: list[sql.Column]) -> None:
        """Make a stage, in place of one that nothing was loaded into."""
        self.jobs.client.delete_table(f"{self.tables.dataset}.{place}", not_found_ok=True)
        expires = int((self.begun_at + LIFE).timestamp() * 1000)
        resource: dict[str, Any] = {"schema": {"fields": columns}, "expirationTime": str(expires)}
        self.tables.make(place, resource)
        reach("load.stage_made")


def is_read_in_place(run: NewRun, table: Table) -> bool:
    """Tell whether BigQuery itself reads the files that a run has for a table."""
    return run.output.startswith("gs://") and not table.may_repeat


@dataclass(slots=True)
class _Filling:
    """The load jobs into one stage. Each takes all of its files or none."""

    jobs: Jobs
    stage: sql.Stage
    name: str
    begun: list[tuple[Job, str, int]] = field(default_factory=list)  # with file and rows

    def is_begun(self) -> bool:
        """Tell whether a job was begun, maybe by another process."""
        return self.jobs.find(f"{self.name}_0_0") is not None

    def upload(self, files: Iterable[Rows]) -> None:
        """Begin a job for each file, with the content that was compared with the manifest."""
        for number, rows in enumerate(files):

            def send(job_id: str, rows: Rows = rows, number: int = number) -> Job:
                content = rows.content
                if rows.table.may_repeat:
                    with told_as_damaged(rows.path):
                        content = with_order(rows.content, number)
                return self.jobs.client.load_table_from_file(
                    io.BytesIO(content), self.stage.name, size=len(content), **self._how(job_id)
                )

            self._begin(number, send, rows.path, rows.part.rows)

    def load_objects(self, files: Iterable[Rows]) -> None:
        """Begin jobs that read objects of `gs://`, as many as one may with each."""
        found = [(rows.path, rows.part.rows) for rows in files]
        for number in range(0, len(found), MAX_URIS):
            some = found[number : number + MAX_URIS]

            def send(job_id: str, some: list[tuple[str, int]] = some) -> Job:
                uris = [uri for uri, _ in some]
                return self.jobs.client.load_table_from_uri(
                    uris, self.stage.name, **self._how(job_id)
                )

            self._begin(number, send, some[0][0], sum(rows for _, rows in some))

    def finish(self) -> None:
        """Wait for all jobs; raise LoadFailedError, and DamagedFileError for other counts."""
        for job, path, rows in self.begun:
            if error := wait_for(job):
                raise LoadFailedError(f"{self.stage.name}: {path}: {error.message}") from error
            if job.output_rows != rows:
                message = f"{path}: {job.output_rows} rows; its manifest says {rows}"
                raise DamagedFileError(message)

    def _begin(self, number: int, send: Callable[[str], Job], path: str, rows: int) -> None:
        """Begin a job unless it is there, and did not fail."""
        job = self.jobs.start(f"{self.name}_{number}", send, lambda found: not has_failed(found))
        self.begun.append((job, path, rows))
        reach("load.batch")

    def _how(self, job_id: str) -> dict[str, Any]:
        """Return how a job of this id loads."""
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.AVRO,
            use_avro_logical_types=True,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
        )
        return {"job_id": job_id, "location": self.jobs.location, "job_config": config}


def with_order(content: bytes, number: int) -> bytes:
    """Return a file of rows with what says which file of the run it is, and which row each."""
    schema = dict(read_schema(content))
    of_file, of_row = (column.name for column in sql.STAGE_ORDER)
    more = [{"name": name, "type": "long"} for name in (of_file, of_row)]
    schema["fields"] = [*schema["fields"], *more]
    rows = chain.from_iterable(read_batches(content))
    placed = ({**row, of_file: number, of_row: place} for place, row in enumerate(rows))
    stream = io.BytesIO()
    fastavro.writer(stream, schema, placed, codec="deflate")
    return stream.getvalue()


def _of_one_schema(schema: AvroSchema, first: Rows, more: Iterator[Rows]) -> Iterator[Rows]:
    """Yield files; raise DamagedFileError for one with another schema: one release wrote a run."""
    for rows in chain([first], more):
        with told_as_damaged(rows.path):
            is_same = read_schema(rows.content) == schema
        if not is_same:
            raise DamagedFileError(f"{rows.path}: its schema is not that of {first.path}")
        yield rows
