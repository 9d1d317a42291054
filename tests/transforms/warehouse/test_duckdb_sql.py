"""The SQL that our schemas make, as a whole: golden/tables.sql."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from transforms.warehouse import duckdb_sql as sql
from transforms.warehouse.columns import NewColumn, arrow_fields
from transforms.warehouse.tables import RUNS, TABLES, runs_schema

GOLDEN = Path(__file__).with_name("golden") / "tables.sql"


def all_statements() -> list[str]:
    """Return the statements that make our tables and their views, and take rows."""
    made = [sql.create_table(table.name, arrow_fields(table.avro_schema)) for table in TABLES]
    made.append(sql.create_table(RUNS, arrow_fields(runs_schema())))
    views = sql.line_views(arrow_fields(TABLES[0].avro_schema))
    made += [statements[0] for statements in views.values()]
    made += [sql.merge(table.name, "new_rows", table.key) for table in TABLES]
    return made


def test_the_statements_of_our_schemas() -> None:
    """To change them on purpose, delete the file, run this twice and look at the difference."""
    text = ";\n\n".join(all_statements()) + ";\n"
    if not GOLDEN.exists():
        GOLDEN.write_text(text, "utf-8")
        pytest.fail(f"{GOLDEN} was not there, and is written now")
    assert text == GOLDEN.read_text("utf-8")


def test_names_and_texts_are_quoted() -> None:
    fields = [pa.field('a "b"', pa.string(), metadata={b"doc": b"it's"}), pa.field("c", pa.int64())]
    connection = duckdb.connect()
    connection.execute(sql.create_table("select", fields))
    for statement in sql.comment_columns("select", fields):
        connection.execute(statement)
    connection.execute(sql.add_column("select", NewColumn(("x.y",), pa.list_(pa.binary()))))
    found = connection.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = 'select'"
    ).fetchall()
    assert found == [('a "b"', "VARCHAR", "it's"), ("c", "BIGINT", None), ("x.y", "BLOB[]", None)]
