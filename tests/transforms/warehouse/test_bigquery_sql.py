"""Tables and SQL that our schemas make for BigQuery, as a whole: golden/bigquery.*."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from transforms.warehouse import bigquery_sql as sql
from transforms.warehouse.bigquery_tables import table_definitions, view_statements
from transforms.warehouse.columns import arrow_fields
from transforms.warehouse.duckdb_destination import views as duckdb_views
from transforms.warehouse.duckdb_sql import line_views as duckdb_line_views
from transforms.warehouse.files import fields_of
from transforms.warehouse.tables import TABLES, runs_schema

GOLDEN = Path(__file__).with_name("golden")
DATASET = "my-project.articles"


def check_golden(name: str, text: str) -> None:
    """Compare with a file; to change it on purpose, delete it, run this twice and look at it."""
    path = GOLDEN / name
    if not path.exists():
        path.write_text(text, "utf-8")
        pytest.fail(f"{path} was not there, and is written now")
    assert text == path.read_text("utf-8")


def test_the_tables_of_our_schemas() -> None:
    tables = {
        name: sql.table_resource(fields, doc) for name, (fields, doc) in table_definitions().items()
    }
    check_golden("bigquery.json", json.dumps(tables, indent=1, ensure_ascii=False) + "\n")


def test_the_statements_of_our_schemas() -> None:
    stages = [
        sql.Stage(
            table,
            f"{DATASET}.suzgi_stage_0_{table.name}_0",
            sql.columns_of_stage(arrow_fields(table.avro_schema)),
            sql.columns_of(fields_of(table)),
        )
        for table in TABLES
    ]
    names = [field["name"] for field in runs_schema()["fields"]]
    values: list[Any] = ["4f2a", *"bcdef", None, ["1", "2"], 5, 4, 0, 0, 1]
    moment = datetime(2026, 6, 1, 12, 30, 0, 5, tzinfo=UTC)
    record = dict(zip(names, [*values, moment], strict=True))
    script = sql.transaction(
        [*(sql.merge(DATASET, stage, "4f2a") for stage in stages), sql.note(DATASET, record)]
    )
    check_golden("bigquery.sql", script + "\n" + ";\n\n".join(view_statements(DATASET).values()))


def test_another_reader_of_its_sql_understands_every_statement() -> None:
    text = (GOLDEN / "bigquery.sql").read_text("utf-8")
    found = sqlglot.parse(text, dialect="bigquery")
    kinds = [type(statement) for statement in found if statement is not None]
    views = [exp.Create] * len(view_statements(DATASET))
    assert kinds == [exp.Transaction, *[exp.Merge] * 5, exp.Commit, *views]


def test_the_views_are_those_of_duckdb() -> None:
    lines = duckdb_line_views(arrow_fields(TABLES[0].avro_schema))
    assert list(view_statements(DATASET)) == [*lines, *duckdb_views()]


def test_descriptions_are_no_longer_than_allowed() -> None:
    """https://cloud.google.com/bigquery/quotas#standard_tables: 1,024 characters, and 16,384."""

    def check(columns: list[dict[str, Any]]) -> None:
        for column in columns:
            assert len(column["description"]) <= 1024
            check(column.get("fields", []))

    for fields, doc in table_definitions().values():
        assert len(doc) <= 16_384
        check([dict(column) for column in sql.columns_of(fields[:-1])])


def test_columns_come_back_as_types_of_arrow() -> None:
    fields, _ = table_definitions()["articles"]
    held = sql.arrow_of(sql.columns_of(fields))
    assert [field.name for field in held] == [field.name for field in fields]
    types = {field.name: field.type for field in held}
    assert types["source_uri_count"] == pa.int64()
    assert types["authors"] == pa.list_(pa.string())
    assert types["published_at"] == pa.timestamp("us", "UTC")
    assert [member.name for member in types["dateline"]] == ["place", "date_text", "agency"]
    assert sql.columns_of(held) == sql.columns_of(fields)
    assert sql.arrow_of([{"name": "mine", "type": "GEOGRAPHY"}])[0].type == pa.null()


def test_what_is_new_goes_to_the_end_at_any_depth() -> None:
    line = {"name": "line", "type": "INTEGER", "mode": "NULLABLE"}
    mood = {"name": "mood", "type": "STRING", "mode": "NULLABLE"}
    mine = {"name": "mine", "type": "STRING", "mode": "NULLABLE"}
    lines = {"name": "lines", "type": "RECORD", "mode": "REPEATED"}
    held: list[sql.Column] = [{**lines, "fields": [line]}, mine]
    wanted: list[sql.Column] = [mood, {**lines, "fields": [mood, line]}]
    assert sql.extend(held, wanted) == [{**lines, "fields": [line, mood]}, mine, mood]
    assert sql.extend(wanted, held) == [*wanted, mine]


def test_a_view_that_is_made_anew_has_another_label() -> None:
    first = sql.create_view("d.v", "SELECT 1", "One.", {})
    again = sql.create_view("d.v", "SELECT 1", "One.", {})
    others = [
        sql.create_view("d.v", "SELECT 2", "One.", {}),
        sql.create_view("d.v", "SELECT 1", "Two.", {}),
        sql.create_view("d.v", "SELECT 1", "One.", {"a": "A."}),
    ]
    label = first.partition(sql.DEFINITION)[2][:22]
    assert label in again
    assert not any(label in other for other in others)


def test_what_a_stage_lacks_is_null_at_any_depth() -> None:
    line: sql.Column = {"name": "line", "type": "INTEGER", "mode": "REQUIRED"}
    mood: sql.Column = {"name": "mood", "type": "STRING", "mode": "NULLABLE"}
    lines: dict[str, Any] = {"name": "lines", "type": "RECORD", "mode": "REPEATED"}
    place: dict[str, Any] = {"name": "place", "type": "RECORD", "mode": "NULLABLE"}
    held: list[sql.Column] = [line, {**lines, "fields": [line]}, {**place, "fields": [line]}]
    wanted: list[sql.Column] = [
        {**line, "mode": "NULLABLE"},
        {**lines, "fields": [mood, line]},
        {**place, "fields": [line, mood]},
        {**lines, "name": "more", "fields": [mood]},
        mood,
    ]
    text = sql.merge("p.d", sql.Stage(TABLES[0], "p.d.stage", held, wanted), "r")
    lines_taken = (
        "ARRAY(SELECT AS STRUCT CAST(NULL AS STRING) AS `mood`, entry.`line` AS `line` "
        "FROM UNNEST(stage.`lines`) AS entry WITH OFFSET AS place ORDER BY place)"
    )
    place_taken = (
        "IF(stage.`place` IS NULL, NULL, "
        "STRUCT(stage.`place`.`line` AS `line`, CAST(NULL AS STRING) AS `mood`))"
    )
    assert text.partition("  SELECT ")[2].partition("\n")[0] == (
        f"stage.`line` AS `line`, {lines_taken} AS `lines`, {place_taken} AS `place`, "
        "CAST(NULL AS ARRAY<STRUCT<`mood` STRING>>) AS `more`, CAST(NULL AS STRING) AS `mood`"
    )
