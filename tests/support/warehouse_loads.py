"""Runs made by hand for loads into a warehouse, and what a dataset of BigQuery has of them."""

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import fastavro

from schemas.avro import ContainerWriter, Row
from transforms.manifest import Manifest
from transforms.parts import PartFile
from transforms.reports import Tally
from transforms.warehouse.destination import NewRun, Rows
from transforms.warehouse.tables import TABLE_OF_KIND

if TYPE_CHECKING:
    from google.cloud import bigquery


def new_run(number: int = 0) -> NewRun:
    """Return a run with a name of its own."""
    manifest = Manifest("0.1.0", {"codec": "deflate"}, f"{number:064}", Tally(), ())
    return NewRun("/out", f"manifests/{manifest.run}.json", f"{number:064}", manifest)


def file_of(kind: str, content: bytes, count: int) -> Rows:
    """Return a file of rows as a load gives it."""
    part = PartFile(f"{kind}/x.avro", count, len(content), hashlib.sha256(content).hexdigest())
    return Rows(TABLE_OF_KIND[kind], part, f"/out/{part.name}", content)


def written(kind: str, *rows: Row) -> Rows:
    """Return a file of rows as a run writes it."""
    writer = ContainerWriter(TABLE_OF_KIND[kind].schema)
    for row in rows:
        writer.write(row)
    return file_of(kind, writer.finish(), len(rows))


def written_with(kind: str, schema: dict[str, Any], *records: dict[str, Any]) -> Rows:
    """Return a file of records in another schema."""
    stream = io.BytesIO()
    fastavro.writer(stream, schema, records)
    return file_of(kind, stream.getvalue(), len(records))


def exact(value: Any) -> Any:
    """Return a value that is equal to another only where the types and all bits are, too.

    But for the sign of a zero, which warehouses do not keep.
    """
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    return (type(value), (value + 0.0).hex() if isinstance(value, float) else value)


@dataclass(frozen=True)
class Dataset:
    """A dataset of BigQuery, through Google's own client."""

    client: "bigquery.Client"
    name: str  # with its project
    emulator: str

    @property
    def target(self) -> str:
        """Return the argument of `suzgi load`."""
        return f"--to=bigquery:{self.name}"

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return the answer to a query that names tables without their dataset."""
        from google.cloud import bigquery  # noqa: PLC0415 (for those who have a dataset)

        config = bigquery.QueryJobConfig(default_dataset=self.name)
        return [dict(row) for row in self.client.query_and_wait(sql, job_config=config)]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return all rows of a table."""
        return [dict(row) for row in self.client.list_rows(f"{self.name}.{table}")]

    def tables(self) -> list[str]:
        """Return the names of all tables and views."""
        return sorted(item.table_id for item in self.client.list_tables(self.name))

    def jobs(self, prefix: str) -> list[str]:
        """Return the ids of all jobs that begin with this, sorted."""
        found = (job.job_id for job in self.client.list_jobs())
        return sorted(job for job in found if job.startswith(prefix))
