"""DuckDB as a warehouse: a file that one process has at a time, and a transaction for each run."""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, groupby
from typing import Any

import duckdb
import pyarrow as pa

from transforms.commit_points import reach
from transforms.warehouse import duckdb_sql as sql
from transforms.warehouse.columns import (
    ColumnMismatchError,
    arrow_fields,
    find_new_columns,
    read_batches,
    read_schema,
    take_unseen,
    to_arrow,
)
from transforms.warehouse.destination import (
    DamagedFileError,
    DestinationUnusableError,
    LoadedRun,
    LoadFailedError,
    NewRun,
    Rows,
    run_record,
)
from transforms.warehouse.files import columns_of_file, fields_of, told_as_damaged
from transforms.warehouse.tables import (
    RUN_COLUMN,
    RUNS,
    TABLES,
    AvroSchema,
    read_views,
    runs_schema,
)

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",  # nothing is downloaded
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "false",  # takes memory, and means nothing in a table
    "memory_limit": "512MB",  # beyond it DuckDB writes to the disk; 80 % of the machine otherwise
    "threads": 1,  # with two, half-full row groups are compressed twice: as long, and twice the CPU
    # The stream of rows is wide and may be long: it must not be what a join holds.
    "disabled_optimizers": "join_order,build_side_probe_side",
}
ROW_GROUP = 8192
"""Rows that are compressed and written together, also before a run commits: of articles some 80 MB.
DuckDB's 122,880 would wait in memory, or in temporary files."""

NAME = "warehouse"
"""Of the file, for DuckDB."""

BATCH = "new_rows"
"""Name under which a batch of rows is seen by SQL."""

HOLDER = re.compile(r"held in (.+? \(PID \d+\))")


@dataclass(slots=True)
class DuckdbDestination:
    """A file of DuckDB, made when the first run is loaded."""

    path: str
    _connection: duckdb.DuckDBPyConnection | None = None
    _columns: dict[str, list[pa.Field]] = field(default_factory=dict)  # of each table, as it is

    def loaded_runs(self) -> Sequence[LoadedRun]:
        """Return the runs that are there; nothing is changed, nor made."""
        if not os.path.exists(self.path):  # noqa: PTH110 (paths are strings here)
            return []
        with self._told_as_unusable():
            connection = self._open()
            if not self._read_columns(connection, RUNS):
                return []
            columns = "run, output, manifest, manifest_sha256"
            found = connection.execute(f"SELECT {columns} FROM {RUNS}").fetchall()  # noqa: S608
        return [LoadedRun(*row) for row in found]

    def load(self, run: NewRun, rows: Iterable[Rows], loaded_at: datetime) -> None:
        """Add a run in one transaction: see `Destination`."""
        with self._told_as_unusable():
            connection = self._open()
            if not self._columns:
                self._prepare(connection)
        try:
            connection.begin()
            reach("load.begun")
            for _, equal in groupby(rows, _what_they_are):
                self._merge(connection, run, equal)
            self._note(connection, run, loaded_at)
            reach("load.noted")
            connection.commit()
        except duckdb.Error as error:
            self._roll_back(connection)
            raise LoadFailedError(f"{self.path}: {_first_line(error)}") from error
        except BaseException:  # a signal too
            self._roll_back(connection)
            raise
        reach("load.committed")

    def plan(self, runs: Sequence[NewRun]) -> Iterable[str]:  # noqa: ARG002 (of the protocol)
        """Return what a load would do beside the rows: nothing that is worth a line."""
        return ()

    def close(self) -> None:
        """Let others have the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._columns.clear()

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Return the connection, made when it is first asked for."""
        if self._connection is None:
            spill = {"temp_directory": f"{self.path}.tmp"}
            connection = duckdb.connect(config=CONFIG | spill)
            try:
                connection.execute(sql.attach(self.path, NAME, ROW_GROUP))
                connection.execute(f"USE {NAME}")
                connection.execute("SET TimeZone = 'UTC'")
            except duckdb.Error:
                connection.close()
                raise
            self._connection = connection
            reach("load.opened")
        return self._connection

    def _prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make what is not there yet of tables, columns, descriptions and views."""
        connection.begin()
        try:
            for table in TABLES:
                self._make_table(connection, table.name, fields_of(table), table.key)
            self._make_table(connection, RUNS, arrow_fields(runs_schema()), (RUN_COLUMN,))
            for statement in _descriptions():
                connection.execute(statement)
            connection.commit()
        except BaseException:
            self._roll_back(connection)
            raise
        reach("load.prepared")

    def _make_table(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        fields: list[pa.Field],
        key: Sequence[str],
    ) -> None:
        """Make a table, or what it lacks; raise DestinationUnusableError for one not of ours."""
        held = self._read_columns(connection, name)
        if not held:
            connection.execute(sql.create_table(name, fields))
        elif missing := {*key, RUN_COLUMN} - {each.name for each in held}:
            raise DestinationUnusableError(
                f"{self.path}: the table {name} is not one of Suzgi: it has no column "
                f"{', '.join(sorted(missing))}. Name another file"
            )
        else:
            self._add_columns(connection, name, held, fields)
        self._columns[name] = self._read_columns(connection, name)

    def _add_columns(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        held: list[pa.Field],
        wanted: list[pa.Field],
    ) -> bool:
        """Add what a table lacks; tell whether that was anything."""
        found = find_new_columns(held, wanted)
        for column in found:
            connection.execute(sql.add_column(table, column))
        new = {column.path[0] for column in found if len(column.path) == 1}
        for statement in sql.comment_columns(table, [each for each in wanted if each.name in new]):
            connection.execute(statement)
        return bool(found)

    def _read_columns(self, connection: duckdb.DuckDBPyConnection, table: str) -> list[pa.Field]:
        """Return the columns of a table; none where there is no such table."""
        known = (
            "SELECT 1 FROM duckdb_tables() "
            "WHERE database_name = ? AND schema_name = 'main' AND table_name = ?"
        )
        if not connection.execute(known, [NAME, table]).fetchall():
            return []
        empty = connection.sql(f"FROM {sql.quote(table)} LIMIT 0").to_arrow_table()
        return list(empty.schema)

    def _merge(
        self, connection: duckdb.DuckDBPyConnection, run: NewRun, rows: Iterator[Rows]
    ) -> None:
        """Take files of one table and schema; raise DamagedFileError where they do not fit."""
        first = next(rows)
        table = first.table
        with told_as_damaged(first.path):
            wanted = columns_of_file(table, read_schema(first.content))
            if self._add_columns(connection, table.name, self._columns[table.name], wanted):
                self._columns[table.name] = self._read_columns(connection, table.name)
        columns = pa.schema(self._columns[table.name])
        batches = _Batches(run.manifest.run, chain([first], rows), columns)
        connection.register(BATCH, pa.RecordBatchReader.from_batches(columns, iter(batches)))
        try:
            connection.execute(sql.merge(table.name, BATCH, table.key))
        except Exception as error:
            if batches.error is not None:  # which DuckDB wraps
                raise batches.error from None
            if "interrupted" in str(error).lower():
                raise KeyboardInterrupt from error
            raise
        connection.unregister(BATCH)
        reach("load.merged")

    def _note(
        self, connection: duckdb.DuckDBPyConnection, run: NewRun, loaded_at: datetime
    ) -> None:
        """Say in the table of runs that a run is there."""
        record = run_record(run, loaded_at)
        connection.register(BATCH, to_arrow([record], self._columns[RUNS]))
        connection.execute(f"INSERT INTO {RUNS} BY NAME FROM {BATCH}")
        connection.unregister(BATCH)

    def _roll_back(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take a transaction back, with what it added to tables."""
        self._columns.clear()
        with contextlib.suppress(duckdb.Error):  # it has ended by itself
            connection.rollback()

    @contextlib.contextmanager
    def _told_as_unusable(self) -> Iterator[None]:
        """Let what DuckDB says of a file that it cannot use be ours."""
        try:
            yield
        except ColumnMismatchError as error:
            message = f"{self.path}: {error}: another release made it. Name another file"
            raise DestinationUnusableError(message) from error
        except duckdb.Error as error:
            told = _first_line(error)
            if holder := HOLDER.search(told):
                told = (
                    f"another process has it open, {holder[1]}. "
                    "Wait for its end or close it there, then repeat the command"
                )
            raise DestinationUnusableError(f"cannot use {self.path}: {told}") from error


@dataclass(slots=True)
class _Batches:
    """The rows of files as DuckDB asks for them: never all at once."""

    run: str
    files: Iterable[Rows]
    columns: pa.Schema
    error: BaseException | None = None  # that ended them

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as columns of their table."""
        try:
            for rows in self.files:
                yield from self._read(rows)
        except BaseException as error:
            self.error = error
            raise

    def _read(self, rows: Rows) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a file; raise DamagedFileError."""
        seen: set[tuple[Any, ...]] = set()
        count = 0
        with told_as_damaged(rows.path):
            for records in read_batches(rows.content):
                count += len(records)
                for record in records:
                    record[RUN_COLUMN] = self.run
                unique = records
                if rows.table.may_repeat:
                    unique = take_unseen(records, rows.table.key, seen)
                yield to_arrow(unique, self.columns)
                reach("load.batch")
        if count != rows.part.rows:
            message = f"{rows.path}: {count} rows; its manifest says {rows.part.rows}"
            raise DamagedFileError(message)


def _what_they_are(rows: Rows) -> tuple[str, str, AvroSchema]:
    """Return what files have in common that are taken together; raise DamagedFileError."""
    alone = rows.path if rows.table.may_repeat else ""  # a key comes once in a statement
    with told_as_damaged(rows.path):
        return rows.table.name, alone, read_schema(rows.content)


def views() -> dict[str, str]:
    """Return the queries of the ready-made views by name, each after a comment in a line."""
    return read_views("duckdb_views")


def _descriptions() -> Iterator[str]:
    """Yield the statements for descriptions and views; all may be repeated."""
    for table in TABLES:
        yield sql.comment_table(table.name, table.avro_schema["doc"])
        yield from sql.comment_columns(table.name, fields_of(table))
    yield sql.comment_table(RUNS, runs_schema()["doc"])
    yield from sql.comment_columns(RUNS, arrow_fields(runs_schema()))
    for statements in sql.line_views(fields_of(TABLES[0])).values():
        yield from statements
    for name, text in views().items():
        comment, _, query = text.partition("\n")
        yield sql.create_view(name, query)
        yield sql.comment_table(name, comment.removeprefix("-- "), "VIEW")


def _first_line(error: Exception) -> str:
    """Return what DuckDB says, in a line."""
    return " ".join(str(error).split("\n\n")[0].split())
