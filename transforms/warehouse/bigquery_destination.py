"""BigQuery as a warehouse: load jobs into stages, and one transaction for each run.

A run is taken in three steps, each of which may be killed and done again:

1. Its files, compared with the manifest, go by load jobs into a stage for each table. Load jobs
   take whole files or none of them, and know Avro with its logical types.
2. One script merges the stages into the tables and adds the entry in `runs`, as a transaction.
3. The stages are removed; those of a load that never ended expire after a day.

The ids of the jobs are made from the manifest's hash, so that the next process finds the jobs of
one that was killed, waits for them and takes what they did: see `bigquery_jobs`.

BigQuery reads files of `gs://` itself, up to 10,000 with one job, so that articles are read here
to hash them and not sent. It takes no generation in a uri; therefore generations are compared:
after the load they must be what they were before the objects were hashed. All other files are
uploaded, a job each, as they were when they were hashed. So are those of tables whose keys may
repeat in a run, with two more columns that say where each row was: BigQuery keeps no order.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY
from requests.exceptions import RequestException

from transforms.commit_points import reach
from transforms.parts import OutputError
from transforms.read_ahead import ask_ahead
from transforms.stores import StoredObject, StoreUnavailableError, store_of
from transforms.warehouse import bigquery_sql as sql
from transforms.warehouse.bigquery_jobs import Job, Jobs, wait_for
from transforms.warehouse.bigquery_stages import Stages, is_read_in_place
from transforms.warehouse.bigquery_tables import Tables
from transforms.warehouse.columns import ColumnMismatchError
from transforms.warehouse.destination import (
    DamagedFileError,
    DestinationUnusableError,
    LoadedRun,
    LoadFailedError,
    NewRun,
    Rows,
    run_record,
)
from transforms.warehouse.tables import RUNS, TABLE_OF_KIND

ERRORS = (GoogleAPIError, GoogleAuthError, RequestException)
"""What Google's client raises where the service refuses, or does not answer."""

FIRST_SECONDS = 60.0
"""For which the first request is repeated; Google's client repeats all others for 10 minutes."""


@dataclass(slots=True)
class BigqueryDestination:
    """A dataset, which must be there; its tables and views are made when a run is loaded."""

    client: bigquery.Client
    dataset: str  # project.dataset
    _jobs: Jobs | None = None
    _tables: Tables | None = None

    def loaded_runs(self) -> Sequence[LoadedRun]:
        """Return the runs that are there; nothing is changed, nor made."""
        with self._told_as_unusable():
            if self._jobs is None:
                self._jobs = Jobs(self.client, self._find_location())
                reach("load.opened")
            return self._read_runs()

    def load(self, run: NewRun, rows: Iterable[Rows], loaded_at: datetime) -> None:
        """Add a run in one transaction: see `Destination`.

        Columns that its files add to a table stay there, also where the load fails later.
        """
        with self._told_as_unusable():
            jobs = self._jobs = self._jobs or Jobs(self.client, self._find_location())
            if self._tables is None:
                tables = Tables(self.client, self.dataset)
                tables.prepare()
                self._tables = tables
        stages = Stages(self._tables, jobs, run, self._job_prefix(run), loaded_at)
        try:
            reach("load.begun")
            before = _generations(run)
            filled = [stages.fill(files) for _, files in groupby(rows, lambda each: each.table)]
            if _generations(run) != before:
                raise DamagedFileError(f"{run.output}: files changed while they were loaded")
            reach("load.staged")
            self._merge(jobs, run, filled, loaded_at)
            reach("load.committed")
            for stage in filled:
                self.client.delete_table(stage.name, not_found_ok=True)
            reach("load.cleared")
        except ERRORS as error:
            raise LoadFailedError(f"{self.dataset}: {_told(error)}") from error

    def plan(self, runs: Sequence[NewRun]) -> Iterator[str]:
        """Yield what a load of these runs would do beside their rows, in lines."""
        with self._told_as_unusable():
            yield from Tables(self.client, self.dataset).plan()
        for run in runs:
            files: dict[str, list[int]] = {}
            for part in run.manifest.files:
                files.setdefault(part.name.partition("/")[0], []).append(part.bytes)
            for name, sizes in files.items():
                how = "read in place" if is_read_in_place(run, TABLE_OF_KIND[name]) else "uploaded"
                yield (
                    f"jobs {self._job_prefix(run)}_{name}_… would load {len(sizes):,} files of "
                    f"{sum(sizes):,} bytes, {how}, into a stage"
                )
            into = ", ".join([*files, RUNS])
            yield f"job {self._job_prefix(run)}_merge_… would merge into {into}"

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _find_location(self) -> str:
        """Return where the dataset is; raise DestinationUnusableError if there is none."""
        try:
            retry = DEFAULT_RETRY.with_timeout(FIRST_SECONDS)
            return str(self.client.get_dataset(self.dataset, retry=retry).location)
        except NotFound as error:
            project, _, name = self.dataset.rpartition(".")
            raise DestinationUnusableError(
                f"there is no dataset {self.dataset}. Its place cannot be changed later, so make "
                f"it where the files are: bq --location=europe-west4 mk --dataset {project}:{name}"
            ) from error

    def _read_runs(self) -> list[LoadedRun]:
        """Return the entries of the table of runs; none where there is no such table."""
        names = ("run", "output", "manifest", "manifest_sha256")
        selected = [bigquery.SchemaField(name, "STRING") for name in names]
        try:
            found = self.client.list_rows(f"{self.dataset}.{RUNS}", selected_fields=selected)
            return [LoadedRun(*(row[name] for name in names)) for row in found]
        except NotFound:
            return []

    def _merge(
        self, jobs: Jobs, run: NewRun, stages: Sequence[sql.Stage], loaded_at: datetime
    ) -> None:
        """Take the stages of a run and its entry in one transaction."""
        statements = [sql.merge(self.dataset, stage, run.manifest.run) for stage in stages]
        statements.append(sql.note(self.dataset, run_record(run, loaded_at)))
        begun: list[Job] = []

        def begin(job_id: str) -> Job:
            script = sql.transaction(statements)
            job = self.client.query(script, job_id=job_id, location=jobs.location, job_retry=None)
            begun.append(job)
            reach("load.merging")
            return job

        def has_merged(job: Job) -> bool:
            """Tell whether it did so; runs that were removed by hand are merged once more."""
            return wait_for(job) is None and run.loaded.run in {
                loaded.run for loaded in self._read_runs()
            }

        job = jobs.start(f"{self._job_prefix(run)}_merge", begin, has_merged)
        if begun and (error := wait_for(job)):
            raise LoadFailedError(f"{self.dataset}: {error.message}") from error

    def _job_prefix(self, run: NewRun) -> str:
        """Return what the ids of all jobs for a run begin with: ids are one project's."""
        place = hashlib.sha256(self.dataset.encode("utf-8")).hexdigest()
        return f"suzgi_{place[:8]}_{run.sha256[:16]}"

    @contextlib.contextmanager
    def _told_as_unusable(self) -> Iterator[None]:
        """Let what Google's client says of a dataset that cannot be used be ours."""
        try:
            yield
        except ColumnMismatchError as error:
            message = f"{self.dataset}: {error}: another release made it. Name another dataset"
            raise DestinationUnusableError(message) from error
        except ERRORS as error:
            raise DestinationUnusableError(f"cannot use {self.dataset}: {_told(error)}") from error


def _generations(run: NewRun) -> dict[str, int]:
    """Return the generations of the files that BigQuery reads itself; raise OutputError."""
    paths = [
        run.path_of(part)
        for part in run.manifest.files
        if is_read_in_place(run, TABLE_OF_KIND[part.name.partition("/")[0]])
    ]
    try:
        found = [answer.result() for answer in ask_ahead(paths, _find)]
    except (OSError, StoreUnavailableError) as error:
        raise OutputError(f"cannot look up the files of {run.output}: {error}") from error
    return {each.uri: each.changed for each in found if each}


def _find(path: str) -> StoredObject | None:
    """Return what a store has under a path."""
    return store_of(path).find(path)


def _told(error: Exception) -> str:
    """Return what went wrong, in a line."""
    return " ".join(str(getattr(error, "message", None) or error).split())
