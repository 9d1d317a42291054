"""BigQuery's tables and SQL for our rows: made from Arrow columns, pure data and text.

Columns are those of the REST API, which is what `bq mk --schema` takes too:
https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from transforms.warehouse.columns import DOC, doc_of
from transforms.warehouse.tables import RUN_COLUMN, RUNS, VIEW_COLUMNS, Table

Column = Mapping[str, Any]
"""A column of a table as the API has it: name, type, mode, description, and fields of a RECORD."""

PARTITION = "ingest_date"
"""Every row has it; when a page was published is often unknown."""

CLUSTERING = ("language", "site")

STAGE_ORDER = (
    pa.field("stage_file", pa.int64(), nullable=False),
    pa.field("stage_row", pa.int64(), nullable=False),
)
"""Columns of a stage whose keys may repeat: of which file of the run, and where in it, a row is."""

DEFINITION = "suzgi_definition"
"""Label of a view: a hash of what it was made from."""

_TYPES = {
    pa.bool_(): "BOOLEAN",
    pa.binary(): "BYTES",
    pa.date32(): "DATE",
    pa.float64(): "FLOAT",
    pa.float32(): "FLOAT",
    pa.int32(): "INTEGER",
    pa.int64(): "INTEGER",
    pa.string(): "STRING",
    pa.timestamp("us", "UTC"): "TIMESTAMP",
}
_ARROW_TYPES = {
    "BOOLEAN": pa.bool_(),
    "BYTES": pa.binary(),
    "DATE": pa.date32(),
    "FLOAT": pa.float64(),
    "INTEGER": pa.int64(),
    "STRING": pa.string(),
    "TIMESTAMP": pa.timestamp("us", "UTC"),
}


def columns_of(fields: Iterable[pa.Field]) -> list[Column]:
    """Return the columns of a table.

    None is REQUIRED: rows of other releases may lack any.
    """
    return [_column(field, field.type) for field in fields]


def columns_of_stage(fields: Iterable[pa.Field]) -> list[Column]:
    """Return the columns that BigQuery itself would give a table made from a file.

    It has refused files with REQUIRED fields where a schema said NULLABLE, so that a stage has both
    as its files do: https://github.com/googleapis/java-bigquery/issues/13
    """
    return [
        _column(field, field.type, "NULLABLE" if field.nullable else "REQUIRED", columns_of_stage)
        for field in fields
    ]


def arrow_of(columns: Iterable[Column]) -> list[pa.Field]:
    """Return the columns that a table has; those of types that ours never have are null."""
    return [_arrow_field(column) for column in columns]


def extend(held: Sequence[Column], wanted: Sequence[Column]) -> list[Column]:
    """Return the held columns with what the wanted ones have more, at any depth, at the end."""
    more = {column["name"]: column for column in wanted}
    extended = [
        {**column, "fields": extend(column["fields"], more[column["name"]]["fields"])}
        if "fields" in column and "fields" in more.get(column["name"], {})
        else column
        for column in held
    ]
    names = {column["name"] for column in held}
    return extended + [column for column in wanted if column["name"] not in names]


def table_resource(fields: Sequence[pa.Field], doc: str) -> dict[str, Any]:
    """Return the definition of a table, without its name: a partition a day where rows have one."""
    names = [field.name for field in fields]
    clustering = [name for name in CLUSTERING if name in names]
    resource: dict[str, Any] = {"description": doc, "schema": {"fields": columns_of(fields)}}
    if PARTITION in names:
        resource["timePartitioning"] = {"type": "DAY", "field": PARTITION}
    if clustering:
        resource["clustering"] = {"fields": clustering}
    return resource


def quote(*names: str) -> str:
    """Return a path of names as an identifier; none of ours has a backtick."""
    return "`" + ".".join(names) + "`"


def literal(value: Any) -> str:
    """Return a value as a literal: a text, number, moment, list of texts, or None."""
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return f'TIMESTAMP "{value.isoformat()}"'
    if isinstance(value, list):
        return f"ARRAY<STRING>[{', '.join(map(literal, value))}]"
    # The escapes of JSON are among those of GoogleSQL, but for pairs of surrogates.
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """A table that has the rows which a run has for another."""

    table: Table
    name: str  # with project and dataset
    held: Sequence[Column]  # those of the files
    wanted: Sequence[Column]  # those of the table


def merge(dataset: str, stage: Stage, run: str) -> str:
    """Return the statement that takes the rows of a stage into its table.

    Of equal keys in the stage one is taken: that of the latest day, of the last file and there the
    first. A row of an earlier day does not replace that of a later one. See `tables.Table`.
    """
    order = f"stage.{PARTITION} DESC"
    if stage.table.may_repeat:
        order += ", stage.{} DESC, stage.{}".format(*(quote(each.name) for each in STAGE_ORDER))
    key = [quote(name) for name in stage.table.key]
    names = [quote(column["name"]) for column in stage.wanted]
    held = {column["name"]: column for column in stage.held}
    taken = [
        literal(run)
        if column["name"] == RUN_COLUMN
        else _take(f"stage.{quote(column['name'])}", held.get(column["name"]), column)
        for column in stage.wanted
    ]
    source = [f"{value} AS {name}" for value, name in zip(taken, names, strict=True)]
    changes = [f"{name} = new.{name}" for name in names]
    return (
        f"MERGE INTO {quote(dataset, stage.table.name)} AS held\n"  # noqa: S608 (names of ours)
        f"USING (\n"
        f"  SELECT {', '.join(source)}\n"
        f"  FROM {quote(stage.name)} AS stage\n"
        f"  QUALIFY ROW_NUMBER() OVER (\n"
        f"    PARTITION BY {', '.join(f'stage.{name}' for name in key)} ORDER BY {order}\n"
        f"  ) = 1\n"
        f") AS new\n"
        f"ON {' AND '.join(f'held.{name} = new.{name}' for name in key)}\n"
        f"WHEN MATCHED AND new.{PARTITION} >= held.{PARTITION} THEN UPDATE SET "
        f"{', '.join(changes)}\n"
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) "
        f"VALUES ({', '.join(f'new.{name}' for name in names)})"
    )


def note(dataset: str, record: Mapping[str, Any]) -> str:
    """Return the statement that adds the row of a run to the table of runs, once."""
    return (
        f"MERGE INTO {quote(dataset, RUNS)} AS held\n"  # noqa: S608 (names of ours, quoted)
        f"USING (SELECT {literal(record['run'])} AS `run`) AS new\n"
        f"ON held.`run` = new.`run`\n"
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(map(quote, record))}) "
        f"VALUES ({', '.join(map(literal, record.values()))})"
    )


def transaction(statements: Iterable[str]) -> str:
    """Return a script that does all of these statements or none.

    What fails in a transaction takes it back:
    https://cloud.google.com/bigquery/docs/transactions#transaction_scope
    """
    lines = ["BEGIN TRANSACTION", *statements, "COMMIT TRANSACTION"]
    return ";\n\n".join(lines) + ";\n"


def create_view(view: str, query: str, doc: str, docs: Mapping[str, str]) -> str:
    """Return the statement that makes a view, or makes it anew; `docs` are those of its columns."""
    told = [f"{quote(name)} OPTIONS (description = {literal(text)})" for name, text in docs.items()]
    columns = " (\n  " + ",\n  ".join(told) + "\n)" if told else ""
    return (
        f"CREATE OR REPLACE VIEW {quote(view)}{columns}\n"
        f"OPTIONS (description = {literal(doc)}, labels = [({literal(DEFINITION)}, "
        f"{literal(_hash_of(columns, doc, query))})]) AS\n"
        f"{query.rstrip()}"
    )


def line_views(dataset: str, fields: Iterable[pa.Field]) -> dict[str, str]:
    """Return the statements for views that have a row for each line of each article.

    There is one for each column that is a list of structures, under its name.
    """
    columns = {field.name: field for field in fields}
    return {
        name: _line_view(dataset, field, columns)
        for name, field in columns.items()
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type)
    }


def describe(resource: Mapping[str, Any]) -> str:
    """Return a table in a line for people: its columns, partition and clustering."""
    columns = (f"{column['name']} {_type_of(column)}" for column in resource["schema"]["fields"])
    told = [f"({', '.join(columns)})".replace("`", "")]
    if partitioning := resource.get("timePartitioning"):
        told.append(f"partitioned by {partitioning['field']}")
    if clustering := resource.get("clustering"):
        told.append(f"clustered by {', '.join(clustering['fields'])}")
    return ", ".join(told)


def _hash_of(*texts: str) -> str:
    """Return a hash of texts as a label may have it."""
    return hashlib.sha256("\n".join(texts).encode("utf-8")).hexdigest()[:16]


def _column(
    field: pa.Field,
    arrow_type: pa.DataType,
    mode: str = "NULLABLE",
    members: Callable[[Iterable[pa.Field]], list[Column]] = columns_of,
) -> Column:
    """Return a column of a type; raise KeyError for one that `columns` never makes."""
    if pa.types.is_list(arrow_type):
        return _column(field, arrow_type.value_type, "REPEATED", members)
    column: dict[str, Any] = {"name": field.name, "type": "RECORD", "mode": mode}
    if doc_of(field):
        column["description"] = doc_of(field)
    if pa.types.is_struct(arrow_type):
        return {**column, "fields": members(arrow_type)}
    return {**column, "type": _TYPES[arrow_type]}


def _arrow_field(column: Column) -> pa.Field:
    """Return the Arrow column of one of a table."""
    arrow_type = _ARROW_TYPES.get(column["type"], pa.null())
    if column["type"] == "RECORD":
        arrow_type = pa.struct(arrow_of(column["fields"]))
    if column.get("mode") == "REPEATED":
        arrow_type = pa.list_(arrow_type)
    doc = {DOC: column["description"].encode("utf-8")} if column.get("description") else None
    return pa.field(column["name"], arrow_type, metadata=doc)


def _line_view(dataset: str, field: pa.Field, columns: Mapping[str, pa.Field]) -> str:
    """Return the statement for the view of one column."""
    members = list(field.type.value_type)
    outer = [f"article.{quote(name)} AS {quote(alias)}" for name, alias in VIEW_COLUMNS.items()]
    inner = [f"entry.{quote(member.name)}" for member in members]
    query = (
        f"SELECT {', '.join([*outer, *inner])}\n"
        f"FROM {quote(f'{dataset}.articles')} AS article, "
        f"UNNEST(article.{quote(field.name)}) AS entry"
    )
    docs = {alias: doc_of(columns[name]) for name, alias in VIEW_COLUMNS.items()}
    docs |= {member.name: doc_of(member) for member in members}
    doc = f"A row for each of an article's: {doc_of(field)}"
    return create_view(f"{dataset}.{field.name}", query, doc, docs)


def _take(path: str, held: Column | None, wanted: Column) -> str:
    """Return what makes a wanted column of one that a stage has: what that lacks is null."""
    if held is None:
        return f"CAST(NULL AS {_type_of(wanted)})"
    if _type_of(held) == _type_of(wanted):
        return path
    members = {member["name"]: member for member in held["fields"]}

    def take_members(place: str) -> str:
        return ", ".join(
            f"{_take(f'{place}.{quote(name)}', members.get(name), member)} AS {quote(name)}"
            for name, member in ((each["name"], each) for each in wanted["fields"])
        )

    if wanted["mode"] == "REPEATED":
        return (
            f"ARRAY(SELECT AS STRUCT {take_members('entry')} "  # noqa: S608 (names of ours)
            f"FROM UNNEST({path}) AS entry "
            "WITH OFFSET AS place ORDER BY place)"
        )
    return f"IF({path} IS NULL, NULL, STRUCT({take_members(path)}))"


def _type_of(column: Column) -> str:
    """Return the type of a column in GoogleSQL's words."""
    kind: str = column["type"]
    told = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}.get(kind, kind)
    if kind == "RECORD":
        members = (f"{quote(each['name'])} {_type_of(each)}" for each in column["fields"])
        told = f"STRUCT<{', '.join(members)}>"
    return f"ARRAY<{told}>" if column.get("mode") == "REPEATED" else told
