"""The queries of deploy/terraform/workflow.yaml, in BigQuery's own dialect and over its tables."""

from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery
from warehouse_loads import Dataset
from workflow_settings import SOURCE

from pipelines.main import main

DAY = "2026-05-14"
PAGES = Path(__file__).parents[2] / "examples/pages"


def query(subworkflow: str) -> str:
    """Return the query that a part of the workflow asks."""
    sql: str = SOURCE[subworkflow]["steps"][0]["ask"]["args"]["sql"]
    return sql


@pytest.fixture
def output(dataset: Dataset, tmp_path: Path) -> str:
    """Return the output of a day that is loaded."""
    made = str(tmp_path / "out")
    options = ["--ingest-date", DAY, "--quiet"]
    assert main(["ingest", "--input", str(PAGES), "--output", made, *options]) == 0
    assert main(["load", made, f"--to=bigquery:{dataset.name}", "--quiet"]) == 0
    return made


def ask(dataset: Dataset, client: bigquery.Client, sql: str, output: str) -> list[dict[str, Any]]:
    """Return the rows of an answer, asked as the workflow does: names without their dataset."""
    config = bigquery.QueryJobConfig(
        default_dataset=dataset.name,
        query_parameters=[
            bigquery.ScalarQueryParameter("date", "DATE", DAY),
            bigquery.ScalarQueryParameter("output", "STRING", output),
        ],
    )
    return [dict(row) for row in client.query(sql, config).result()]


def test_counts_of_a_day(dataset: Dataset, client: bigquery.Client, output: str) -> None:
    (row,) = ask(dataset, client, query("check_counts"), output)
    assert row == {
        "runs": 1,
        "documents": 23,
        "articles": 20,
        "other_languages": 0,
        "duplicates": 2,
        "dead_letters": 1,
        "article_rows": 20,
        "later_rows": 0,
    }


def test_counts_of_a_day_that_is_not_there(
    dataset: Dataset, client: bigquery.Client, output: str
) -> None:
    (row,) = ask(dataset, client, query("check_counts"), "gs://elsewhere/2026-05-14")
    assert (row["runs"], row["documents"]) == (0, 0)


def test_drift_of_a_first_day(dataset: Dataset, client: bigquery.Client, output: str) -> None:
    assert ask(dataset, client, query("find_drift"), "") == []
