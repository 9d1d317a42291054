"""BigQuery gets what DuckDB gets of the same files, value by value; all of a run or nothing."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from bigquery_loads import NOW, by_text, check_as_duckdb, held_in, load, load_both
from changed_schemas import add_fields, changed
from edge_rows import BARE_ARTICLE, BARE_DEAD_LETTER, BARE_DUPLICATE, edge_rows
from google.cloud import bigquery
from view_rows import files_for_views
from warehouse_loads import Dataset, exact, file_of, new_run, written, written_with

from schemas.avro import ROW_TYPES, SchemaName, known_schemas, to_record
from schemas.rows import Article, Paragraph
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES
from transforms.warehouse.bigquery_client import open_dataset
from transforms.warehouse.bigquery_destination import BigqueryDestination
from transforms.warehouse.bigquery_tables import view_statements
from transforms.warehouse.destination import (
    DamagedFileError,
    DestinationUnusableError,
    LoadFailedError,
    Rows,
)
from transforms.warehouse.duckdb_destination import DuckdbDestination
from transforms.warehouse.tables import TABLES

KINDS: dict[SchemaName, str] = {
    "article": ARTICLES,
    "dead_letter": DEAD_LETTERS,
    "duplicate": DUPLICATES,
}


@pytest.mark.parametrize("name", ROW_TYPES)
def test_rows_at_the_edges_come_back(
    name: SchemaName, destination: BigqueryDestination, dataset: Dataset
) -> None:
    changes: list[dict[str, Any]] = [{"id": f"{number:03}"} for number in range(200)]
    rows = edge_rows(name)
    if name != "duplicate":
        rows = [replace(row, **change) for row, change in zip(rows, changes, strict=False)]
    run = load(destination, written(KINDS[name], *rows))
    wanted = [{**to_record(row), "run": run} for row in rows]
    assert by_text(dataset.rows(KINDS[name])) == by_text(wanted)


def test_the_run_is_noted(
    destination: BigqueryDestination, database: DuckdbDestination, dataset: Dataset
) -> None:
    """Whatever its names are, which are literals of SQL."""
    assert destination.loaded_runs() == []
    assert dataset.tables() == []
    run = replace(new_run(), output="/out/\"a' `b`\\n\n\t қ 🇰🇿 %s $x @y {z}")
    for each in (destination, database):
        each.load(run, [], NOW)
    check_as_duckdb(dataset, database)
    assert destination.loaded_runs() == [run.loaded]


def on(day: int, **more: Any) -> Article:
    return replace(BARE_ARTICLE, id="a", ingest_date=date(2026, 6, day), **more)


def test_of_rows_with_one_key_the_latest_day_stays(
    destination: BigqueryDestination, database: DuckdbDestination, dataset: Dataset
) -> None:
    days = [
        on(2, title="two"),
        on(1, title="one"),
        on(2, title="again"),
        on(3, paragraphs=[Paragraph(0, "а", None)]),
    ]
    for number, (row, title) in enumerate(zip(days, ("two", "two", "again", None), strict=True), 1):
        load_both(destination, database, written(ARTICLES, row), number=number)
        assert [held["title"] for held in dataset.rows("articles")] == [title]
    check_as_duckdb(dataset, database)


def test_keys_of_each_table(
    destination: BigqueryDestination, database: DuckdbDestination, dataset: Dataset
) -> None:
    """Of those that repeat in a run, the first of the last file stays."""
    copy = replace(BARE_DUPLICATE, source_uri="a", content_sha256="1")
    named = replace(copy, content_sha256="3")
    letter = replace(BARE_DEAD_LETTER, id="a")
    more = [replace(letter, message=f"{number}") for number in range(50)]
    load_both(
        destination,
        database,
        written(ARTICLES, on(1)),
        written(DEAD_LETTERS, letter, replace(BARE_DEAD_LETTER, id="b")),
        replace(written(DEAD_LETTERS, replace(letter, attempt=2), *more), path="/out/2"),
        written(DUPLICATES, copy, copy, replace(copy, content_sha256="2")),
        replace(written(DUPLICATES, replace(copy, source_uri="b"), copy), path="/out/2"),
        replace(
            written(DUPLICATES, *(replace(named, record_date_text=text) for text in "dabc")),
            path="/out/3",
        ),
        written(OTHER_LANGUAGES, on(1)),
    )
    assert {table.name: len(dataset.rows(table.name)) for table in TABLES} == {
        "articles": 1,
        "other_languages": 1,
        "duplicates": 4,
        "dead_letters": 2,
    }
    assert dataset.query("SELECT attempt FROM dead_letters WHERE id = 'a'") == [{"attempt": 2}]
    check_as_duckdb(dataset, database)


def test_views_tell_what_those_of_duckdb_tell(
    destination: BigqueryDestination, database: DuckdbDestination, dataset: Dataset
) -> None:
    """In the same order; lists of lines have none."""
    load_both(destination, database, *files_for_views())
    for name, statement in view_statements(dataset.name).items():
        seen = dataset.query(f"SELECT * FROM {name}")  # noqa: S608 (ours)
        wanted = held_in(database, f"FROM {name}")
        assert wanted or name in ("languages", "metadata_lines", "repairs")
        if "UNNEST(" in statement:
            assert by_text(seen) == by_text(wanted), name
        else:
            assert exact(seen) == exact(wanted), name


def test_tables_are_made_as_they_are_documented(
    destination: BigqueryDestination, dataset: Dataset
) -> None:
    load(destination, written(ARTICLES, on(1)))
    found = {
        name: dataset.client.get_table(f"{dataset.name}.{name}")
        for name in (*(table.name for table in TABLES), "runs")
    }
    for name, table in found.items():
        assert table.description
        assert all(column.description for column in table.schema)
        is_dated = name != "runs"
        assert (table.time_partitioning and table.time_partitioning.field) == (
            "ingest_date" if is_dated else None
        )
    for name in ("articles", "other_languages"):
        assert found[name].clustering_fields == ["language", "site"]
    columns = {column.name: column for column in found["articles"].schema}
    assert columns["authors"].mode == "REPEATED"
    assert columns["published_at"].field_type == "TIMESTAMP"
    assert all(member.description for member in columns["paragraphs"].fields)


def test_views_are_made_once(destination: BigqueryDestination, dataset: Dataset) -> None:
    load(destination, written(ARTICLES, on(1)))

    def made() -> list[str]:
        queries = (job for job in dataset.client.list_jobs() if job.job_type == "query")
        texts = (job.query for job in queries)
        return [text for text in texts if "CREATE OR REPLACE VIEW" in text and dataset.name in text]

    assert len(made()) == 1
    again = open_dataset(dataset.name)
    load(again, written(ARTICLES, on(2)), number=1)
    assert len(made()) == 1
    dataset.query("DROP VIEW drift_by_day")
    third = open_dataset(dataset.name)
    load(third, written(ARTICLES, on(3)), number=2)
    assert "drift_by_day" in dataset.tables()
    assert sum(text.count("CREATE OR REPLACE VIEW") for text in made()) == 12


def test_files_that_are_not_as_the_manifest_says(
    destination: BigqueryDestination, dataset: Dataset
) -> None:
    """Nothing is there of a run with one, and the run is taken once it is whole."""
    whole = written(ARTICLES, on(1))
    letter = written(DEAD_LETTERS, BARE_DEAD_LETTER)
    other = written_with(
        ARTICLES, changed(known_schemas("article")[0], add_fields), to_record(on(2))
    )
    spoiled: list[tuple[Rows, str]] = [
        (replace(letter, content=letter.content[:-40]), "cannot be read as Avro"),
        (replace(letter, part=replace(letter.part, rows=2)), "1 rows; its manifest says 2"),
        (replace(letter, content=whole.content), "it has no dead_letter rows"),
        (replace(other, path="/out/2"), "/out/2: its schema is not that of /out/articles/x.avro"),
    ]
    for number, (file, message) in enumerate(spoiled):
        with pytest.raises(DamagedFileError, match=message):
            load(destination, whole, file, number=number)
        assert dataset.rows("articles") == dataset.rows("runs") == []
        load(destination, whole, letter, number=number)
        dataset.query("DELETE FROM articles WHERE TRUE")
        dataset.query("DELETE FROM runs WHERE TRUE")


def test_bytes_that_bigquery_itself_refuses(
    destination: BigqueryDestination, dataset: Dataset
) -> None:
    whole = written(ARTICLES, on(1))
    torn = file_of(ARTICLES, whole.content[:-3], 1)
    with pytest.raises(LoadFailedError, match=r"articles_sent_0: /out/articles/x\.avro: "):
        load(destination, torn)
    assert dataset.rows("articles") == dataset.rows("runs") == []
    load(destination, whole)
    assert len(dataset.rows("articles")) == 1


def test_jobs_that_failed_do_not_stand_in_the_way(
    destination: BigqueryDestination, dataset: Dataset
) -> None:
    """Nor does one that was done for a table that is no longer there."""
    run = new_run()
    prefix = destination._job_prefix(run)
    config = bigquery.LoadJobConfig(source_format="AVRO")
    for job_id in (f"{prefix}_articles_sent_0_0_0", f"{prefix}_articles_sent_1_0_0"):
        torn = io.BytesIO(b"Obj\x01")
        place = f"{dataset.name}.somewhere"
        job = dataset.client.load_table_from_file(
            torn, place, job_id=job_id, location="US", job_config=config
        )
        assert job.exception()
    for attempt, sql in enumerate(("SELECT ERROR('no')", "SELECT 1")):
        job_id = f"{prefix}_merge_{attempt}"
        query = dataset.client.query(sql, job_id=job_id, location="US", job_retry=None)
        assert bool(query.exception()) == (attempt == 0)
    load(destination, written(ARTICLES, on(1)))
    assert len(dataset.rows("articles")) == len(dataset.rows("runs")) == 1
    assert f"{prefix}_articles_sent_2_0_0" in dataset.jobs(prefix)
    assert f"{prefix}_merge_2" in dataset.jobs(prefix)


def test_what_is_not_there_is_told(emulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", emulator)
    absent = open_dataset("suzgi-test.nowhere")
    with pytest.raises(DestinationUnusableError, match=r"no dataset suzgi-test.nowhere.*bq --loc"):
        absent.loaded_runs()
