"""The SQL of DuckDB for our tables: made from Arrow columns, pure text."""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from transforms.warehouse.columns import NewColumn, doc_of
from transforms.warehouse.tables import VIEW_COLUMNS

_TYPES = {
    pa.bool_(): "BOOLEAN",
    pa.binary(): "BLOB",
    pa.date32(): "DATE",
    pa.float64(): "DOUBLE",
    pa.float32(): "FLOAT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.string(): "VARCHAR",
    pa.timestamp("us", "UTC"): "TIMESTAMP WITH TIME ZONE",
}


def quote(name: str) -> str:
    """Return a name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def sql_type(arrow_type: pa.DataType) -> str:
    """Return the type of a column; raise KeyError for one that `columns` never makes."""
    if pa.types.is_list(arrow_type):
        return f"{sql_type(arrow_type.value_type)}[]"
    if pa.types.is_struct(arrow_type):
        members = (f"{quote(member.name)} {sql_type(member.type)}" for member in arrow_type)
        return f"STRUCT({', '.join(members)})"
    return _TYPES[arrow_type]


def attach(path: str, name: str, row_group: int) -> str:
    """Return the statement that opens a database file, which is made if it is not there."""
    return f"ATTACH {literal(path)} AS {quote(name)} (ROW_GROUP_SIZE {row_group})"


def create_table(table: str, fields: Iterable[pa.Field]) -> str:
    """Return the statement that makes a table.

    No column is NOT NULL: rows of other releases may lack any.
    """
    columns = (f"{quote(field.name)} {sql_type(field.type)}" for field in fields)
    return f"CREATE TABLE {quote(table)} ({', '.join(columns)})"


def add_column(table: str, column: NewColumn) -> str:
    """Return the statement that adds a column, or a member of a structure within one."""
    path = ".".join(map(quote, column.path))
    return f"ALTER TABLE {quote(table)} ADD COLUMN {path} {sql_type(column.type)}"


def comment_table(table: str, text: str, kind: str = "TABLE") -> str:
    """Return the statement that describes a table, or a VIEW."""
    return f"COMMENT ON {kind} {quote(table)} IS {literal(text)}"


def comment_columns(table: str, fields: Iterable[pa.Field]) -> list[str]:
    """Return the statements that describe the columns of a table or a view."""
    return [
        f"COMMENT ON COLUMN {quote(table)}.{quote(field.name)} IS {literal(doc_of(field))}"
        for field in fields
        if doc_of(field)
    ]


def merge(table: str, rows: str, key: Sequence[str]) -> str:
    """Return the statement that takes rows with unique keys into a table.

    A row of an earlier day does not replace that of a later one.
    """
    same = " AND ".join(f"held.{quote(name)} = new.{quote(name)}" for name in key)
    return (
        f"MERGE INTO {quote(table)} AS held USING {quote(rows)} AS new ON ({same}) "
        "WHEN MATCHED AND new.ingest_date >= held.ingest_date THEN UPDATE BY NAME "
        "WHEN NOT MATCHED THEN INSERT BY NAME"
    )


def line_views(fields: Iterable[pa.Field]) -> dict[str, list[str]]:
    """Return the statements for views that have a row for each line of each article.

    There is one for each column that is a list of structures, under its name.
    """
    columns = {field.name: field for field in fields}
    return {
        name: _line_view(field, columns)
        for name, field in columns.items()
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type)
    }


def create_view(name: str, query: str) -> str:
    """Return the statement that makes a view, or makes it anew."""
    return f"CREATE OR REPLACE VIEW {quote(name)} AS\n{query}"


def _line_view(field: pa.Field, columns: Mapping[str, pa.Field]) -> list[str]:
    """Return the statements for the view of one column."""
    outer = [f"{quote(column)} AS {quote(alias)}" for column, alias in VIEW_COLUMNS.items()]
    members = list(field.type.value_type)
    kept = [*map(quote, VIEW_COLUMNS.values()), *(f"entry.{quote(each.name)}" for each in members)]
    query = (
        f"SELECT {', '.join(kept)}\n"  # noqa: S608 (names of ours, quoted)
        f"FROM (SELECT {', '.join(outer)}, unnest({quote(field.name)}) AS entry FROM articles)"
    )
    described = [columns[column].with_name(alias) for column, alias in VIEW_COLUMNS.items()]
    return [
        create_view(field.name, query),
        comment_table(field.name, f"A row for each of an article's: {doc_of(field)}", "VIEW"),
        *comment_columns(field.name, [*described, *members]),
    ]
