"""The same runs loaded into BigQuery and DuckDB, and compared."""

from datetime import UTC, datetime
from typing import Any

import duckdb
from warehouse_loads import Dataset, exact, new_run

from transforms.warehouse.bigquery_destination import BigqueryDestination
from transforms.warehouse.destination import Rows
from transforms.warehouse.duckdb_destination import DuckdbDestination
from transforms.warehouse.tables import RUNS, TABLES

NOW = datetime.now(UTC)  # stages expire a day later


def load(destination: BigqueryDestination, *files: Rows, number: int = 0) -> str:
    """Load a run of these files and return its name."""
    run = new_run(number)
    destination.load(run, files, NOW)
    return run.manifest.run


def load_both(
    destination: BigqueryDestination, database: DuckdbDestination, *files: Rows, number: int = 0
) -> None:
    """Load a run of these files into both."""
    load(destination, *files, number=number)
    database.load(new_run(number), files, NOW)


def held_in(database: DuckdbDestination, sql: str) -> list[dict[str, Any]]:
    """Return the answer of DuckDB."""
    database.close()
    with duckdb.connect(database.path) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
    return rows


def by_text(rows: list[dict[str, Any]]) -> list[Any]:
    """Return rows in an order of their own, exactly."""
    return sorted((exact(row) for row in rows), key=repr)


def check_as_duckdb(dataset: Dataset, database: DuckdbDestination) -> None:
    """Check that all tables have the same rows in both."""
    for name in (*(table.name for table in TABLES), RUNS):
        assert by_text(dataset.rows(name)) == by_text(held_in(database, f"FROM {name}")), name
