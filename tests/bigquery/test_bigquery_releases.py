"""Files of all releases fit the tables of BigQuery, which grow; others and other tables do not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from bigquery_loads import NOW, check_as_duckdb, load, load_both
from changed_schemas import add_fields, changed, demand, rename, retype
from edge_rows import BARE_ARTICLE, BARE_DUPLICATE
from google.cloud import bigquery
from warehouse_loads import Dataset, new_run, written, written_with

from schemas.avro import known_schemas, to_record
from schemas.rows import Article, Paragraph
from transforms.parts import ARTICLES, DUPLICATES
from transforms.warehouse.bigquery_client import open_dataset
from transforms.warehouse.bigquery_destination import BigqueryDestination
from transforms.warehouse.bigquery_sql import table_resource
from transforms.warehouse.destination import DamagedFileError, DestinationUnusableError, Rows
from transforms.warehouse.duckdb_destination import DuckdbDestination
from transforms.warehouse.files import fields_of
from transforms.warehouse.tables import TABLES


def on(day: int, **more: Any) -> Article:
    return replace(BARE_ARTICLE, id="a", ingest_date=date(2026, 6, day), **more)


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


def test_a_load_goes_on_after_another_run_added_columns(
    destination: BigqueryDestination, dataset: Dataset
) -> None:
    """With the stage of the one that was interrupted, which has fewer."""

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
    jobs = dataset.jobs("suzgi_")
    load(destination, written(ARTICLES, on(1)))
    new = set(dataset.jobs("suzgi_")) - set(jobs)
    assert [job.split("_")[3] for job in new] == ["merge"]
    assert dataset.query("SELECT id, mood FROM articles ORDER BY id") == [
        {"id": "a", "mood": None},
        {"id": "b", "mood": "x"},
    ]
