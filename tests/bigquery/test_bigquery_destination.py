"""BigQuery gets what DuckDB gets of the same files, value by value; all of a run or nothing."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from edge_rows import BARE_ARTICLE, BARE_DEAD_LETTER, BARE_DUPLICATE, edge_rows
from google.cloud import bigquery
from view_rows import files_for_views
from warehouse_loads import Dataset, exact, file_of, new_run, written, written_with

from schemas.avro import ROW_TYPES, SchemaName, known_schemas, to_record
from schemas.rows import Article, Paragraph
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES
from transforms.warehouse.bigquery_client import open_dataset
from transforms.warehouse.bigquery_destination import BigqueryDestination
from transforms.warehouse.bigquery_sql import table_resource
from transforms.warehouse.bigquery_tables import view_statements
from transforms.warehouse.destination import (
    DamagedFileError,
    DestinationUnusableError,
    LoadFailedError,
    Rows,
)
from transforms.warehouse.duckdb_destination import DuckdbDestination
from transforms.warehouse.files import fields_of
from transforms.warehouse.tables import TABLES

NOW = datetime.now(UTC)  # stages expire a day later
KINDS: dict[SchemaName, str] = {
    "article": ARTICLES,
    "dead_letter": DEAD_LETTERS,
    "duplicate": DUPLICATES,
}


@pytest.fixture
def destination(dataset: Dataset) -> Iterator[BigqueryDestination]:
    made = open_dataset(dataset.name)
    yield made
    made.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[DuckdbDestination]:
    made = DuckdbDestination(str(tmp_path / "db"))
    yield made
    made.close()


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
        rows: list[dict[str, Any]] = connection.execute(sql).to_arrow_table().to_pylist()
    return rows


def by_text(rows: list[dict[str, Any]]) -> list[Any]:
    """Return rows in an order of their own, exactly."""
    return sorted((exact(row) for row in rows), key=repr)


def check_as_duckdb(dataset: Dataset, database: DuckdbDestination) -> None:
    """Check that all tables have the same rows in both."""
    for name in (*(table.name for table in TABLES), "runs"):
        assert by_text(dataset.rows(name)) == by_text(held_in(database, f"FROM {name}")), name


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


def changed(schema: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Return a schema with a change."""
    copy: dict[str, Any] = json.loads(json.dumps(schema))
    change(copy)
    return copy


def add_fields(schema: dict[str, Any]) -> None:
    """Add a nullable field to articles, and one to each paragraph, dateline and quality."""
    mood = {"name": "mood", "type": ["null", "string"], "default": None, "doc": "How it feels."}
    schema["fields"].append(mood)
    fields = {field["name"]: field for field in schema["fields"]}
    fields["paragraphs"]["type"]["items"]["fields"].append(mood)
    fields["dateline"]["type"][1]["fields"].append(mood)
    fields["quality"]["type"]["fields"].insert(0, mood)


@pytest.mark.parametrize("later_first", [False, True])
def test_files_of_all_releases_fit_one_table(
    later_first: bool,
    destination: BigqueryDestination,
    database: DuckdbDestination,
    dataset: Dataset,
) -> None:
    """Those of a later one add columns, also within structures; what others lack is null."""
    bare = to_record(replace(BARE_ARTICLE, paragraphs=[Paragraph(0, "а", None)]))
    schemas = [*known_schemas("article"), changed(known_schemas("article")[0], add_fields)]
    later = {
        **bare,
        "id": f"{len(schemas) - 1}",
        "mood": "good",
        "paragraphs": [{**bare["paragraphs"][0], "mood": "bad"}],
        "dateline": {"place": None, "date_text": None, "agency": None, "mood": "x"},
        "quality": {**bare["quality"], "mood": "y"},
    }
    records = [{**bare, "id": str(number)} for number in range(len(schemas) - 1)] + [later]
    files = [
        written_with(ARTICLES, schema, record)
        for schema, record in zip(schemas, records, strict=True)
    ]
    for number, each in enumerate(reversed(files) if later_first else files):
        load_both(destination, database, each, number=number)
    check_as_duckdb(dataset, database)
    moods = dataset.query("SELECT mood, quality.mood AS of_quality FROM articles WHERE mood > ''")
    assert moods == [{"mood": "good", "of_quality": "y"}]
    columns = dataset.client.get_table(f"{dataset.name}.articles").schema
    assert {column.name: column.description for column in columns}["mood"] == "How it feels."


def retype(schema: dict[str, Any]) -> None:
    schema["fields"][1]["type"] = "long"


def demand(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "mood", "type": "string"})


def rename(schema: dict[str, Any]) -> None:
    schema["name"] = "Review"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (retype, "/out/articles/x.avro: column source_uri is string in the table and int64"),
        (demand, "/out/articles/x.avro: column mood is new and not nullable"),
        (rename, "/out/articles/x.avro: it has no article rows"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    change: Callable[[dict[str, Any]], None],
    message: str,
    destination: BigqueryDestination,
    dataset: Dataset,
) -> None:
    load(destination, written(ARTICLES, on(1)))
    schema = changed(known_schemas("article")[0], change)
    record = {**to_record(on(2)), "source_uri": 1 if change is retype else "", "mood": ""}
    with pytest.raises(DamagedFileError, match=message):
        load(
            destination,
            written(DUPLICATES, BARE_DUPLICATE),
            written_with(ARTICLES, schema, record),
            number=1,
        )
    assert dataset.query("SELECT ingest_date FROM articles") == [{"ingest_date": date(2026, 6, 1)}]
    assert dataset.rows("duplicates") == []
    assert len(dataset.rows("runs")) == 1


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
    with pytest.raises(LoadFailedError, match=r"articles_0: /out/articles/x.avro: .*reading data"):
        load(destination, torn)
    assert dataset.rows("articles") == dataset.rows("runs") == []
    load(destination, whole)
    assert len(dataset.rows("articles")) == 1


def test_a_table_of_somebody_else_stays_as_it_is(
    destination: BigqueryDestination, dataset: Dataset
) -> None:
    dataset.query("CREATE TABLE articles (id STRING)")
    with pytest.raises(
        DestinationUnusableError, match="the table articles is not one of Suzgi: it"
    ):
        load(destination, written(ARTICLES, on(1)))
    assert dataset.tables() == ["articles"]
    assert len(dataset.client.get_table(f"{dataset.name}.articles").schema) == 1


def test_a_column_of_another_type(destination: BigqueryDestination, dataset: Dataset) -> None:
    resource = table_resource(fields_of(TABLES[0]), "")
    columns = {column["name"]: column for column in resource["schema"]["fields"]}
    columns["view_count"]["type"] = "STRING"
    mine = {"name": "mine", "type": "JSON"}
    schema = [bigquery.SchemaField.from_api_repr(each) for each in (*columns.values(), mine)]
    dataset.client.create_table(bigquery.Table(f"{dataset.name}.articles", schema))
    with pytest.raises(DestinationUnusableError, match="column view_count is string in the table"):
        load(destination, written(ARTICLES, on(1)))


def test_a_row_has_nothing_that_its_latest_run_lacks(
    destination: BigqueryDestination, dataset: Dataset
) -> None:
    """Nor of a column of the user's own."""
    load(destination, written(ARTICLES, on(1), replace(on(1), id="b")))
    dataset.query("ALTER TABLE articles ADD COLUMN mine INT64")
    dataset.query("UPDATE articles SET mine = 7 WHERE TRUE")
    again = open_dataset(dataset.name)
    load(again, written(ARTICLES, on(1)), number=1)
    assert dataset.query("SELECT id, mine FROM articles ORDER BY id") == [
        {"id": "a", "mine": None},
        {"id": "b", "mine": 7},
    ]


def test_jobs_that_failed_do_not_stand_in_the_way(
    destination: BigqueryDestination, dataset: Dataset
) -> None:
    """Nor does one that was done for a table that is no longer there."""
    run = new_run()
    prefix = destination._job_prefix(run)
    config = bigquery.LoadJobConfig(source_format="AVRO")
    for job_id in (f"{prefix}_articles_0_0_0", f"{prefix}_articles_1_0_0"):
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
    assert f"{prefix}_articles_2_0_0" in dataset.jobs(prefix)
    assert f"{prefix}_merge_2" in dataset.jobs(prefix)


def test_a_stage_that_became_too_narrow_is_left(
    destination: BigqueryDestination, dataset: Dataset
) -> None:
    """A run is interrupted; another one adds a column; the first goes on."""

    def interrupted() -> Iterator[Rows]:
        yield written(ARTICLES, on(1))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        destination.load(new_run(), interrupted(), NOW)
    later = written_with(
        ARTICLES,
        changed(known_schemas("article")[0], add_fields),
        {**to_record(on(3)), "id": "b", "mood": "x"},
    )
    load(destination, later, number=1)
    load(destination, written(ARTICLES, on(1)))
    assert dataset.query("SELECT id, mood FROM articles ORDER BY id") == [
        {"id": "a", "mood": None},
        {"id": "b", "mood": "x"},
    ]


def test_what_is_not_there_is_told(emulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", emulator)
    absent = open_dataset("suzgi-test.nowhere")
    with pytest.raises(DestinationUnusableError, match=r"no dataset suzgi-test.nowhere.*bq --loc"):
        absent.loaded_runs()
