"""Start local-bigquery as this machine can have it: without the network, and whole in its MERGE.

It has an environment and a Python of its own: see `bigquery-test` in the Makefile. Version 0.4.0:

- downloads two extensions of DuckDB at start: `ducklake`, its storage, in place of which each
  project gets a plain file of DuckDB, and `spatial`, which is for geography alone;
- sets the time zone before the extension for that is loaded;
- begins a transaction for MERGE to see whether it is in one; DuckDB 2.0 aborts that
  which is open, so that the answer is given here;
- forgets members of a structure that are added to a table through the API;
- reads `gs://` with a third extension; here objects come from the server of STORAGE_EMULATOR_HOST.

Time travel and geography are lost with these; nothing of ours uses either.
"""

import os
import sys
import tempfile
import urllib.parse
import urllib.request
from types import SimpleNamespace
from typing import Any

import duckdb
from local_bigquery import cli
from local_bigquery.catalog import tables
from local_bigquery.engine import database, types
from local_bigquery.jobs import load
from local_bigquery.settings import settings


class Connection:
    """A connection of DuckDB that knows whether it is in a transaction."""

    def __init__(self, held: Any) -> None:
        self._held = held
        self._is_open = False

    def __getattr__(self, name: str) -> Any:
        """Return what the connection itself has."""
        return getattr(self._held, name)

    def cursor(self) -> "Connection":
        """Return another connection to the same database."""
        return Connection(self._held.cursor())

    def execute(self, sql: str, *more: Any) -> Any:
        """Run a statement."""
        if sql.startswith("SET ducklake_"):
            return self
        word = sql.split(maxsplit=1)[0].upper()
        if word == "BEGIN" and self._is_open:
            raise duckdb.TransactionException("within a transaction")
        if word in {"BEGIN", "COMMIT", "ROLLBACK"}:
            self._is_open = word == "BEGIN"
        return self._held.execute(sql, *more)


def connect(**_: Any) -> Connection:
    """Return a connection to a new database."""
    made = duckdb.connect()
    made.execute("SET TimeZone = 'UTC'")
    return Connection(made)


def attach(connection: Any, project: str) -> None:
    """Let a connection have the tables of a project."""
    path = settings.data_dir / f"{project}.project"
    connection.execute(f"ATTACH IF NOT EXISTS '{path}' AS {database.quote(project)}")
    database._attached.add(project)


def add_members(place: str, held: Any, wanted: Any) -> None:
    """Add to a column what its type has more, at any depth."""
    names = {field.name: field for field in held.fields or []}
    path = f'{place}."element"' if held.mode == "REPEATED" else place
    for field in wanted.fields or []:
        if field.name in names:
            add_members(f"{path}.{database.quote(field.name)}", names[field.name], field)
        else:
            table, _, column = f"{path}.{database.quote(field.name)}".partition("/")
            kind = types.duckdb_type(field)
            database.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")


def alter(project: str, dataset: str, table: str, fields: Any) -> None:
    """Add to a table what it lacks of columns and of members of columns."""
    add_columns(project, dataset, table, fields)
    held = {field.name: field for field in tables.columns(project, dataset, table)}
    for field in fields:
        place = f"{tables.name(project, dataset, table)}/{database.quote(field.name)}"
        add_members(place, held[field.name], field)


def fetch(_: Any, uri: str) -> list[str]:
    """Return the path of a copy of an object."""
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    host = os.environ["STORAGE_EMULATOR_HOST"]
    url = f"{host}/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media"
    with urllib.request.urlopen(url) as answer, tempfile.NamedTemporaryFile(delete=False) as copy:  # noqa: S310 (http, ours)
        copy.write(answer.read())
    return [copy.name]


add_columns = tables._alter
tables._alter = alter
load.paths = fetch
database._attach = attach
database.duckdb = SimpleNamespace(connect=connect)
database.FUNCTIONS = [path for path in database.FUNCTIONS if path.stem != "geography"]

if __name__ == "__main__":
    cli.main(sys.argv[1:])
