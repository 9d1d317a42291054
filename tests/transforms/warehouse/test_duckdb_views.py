"""The ready-made views tell of rows what a reader would count by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pytest
from view_rows import day, files_for_views
from warehouse_loads import new_run

from transforms.warehouse.duckdb_destination import DuckdbDestination


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a database with five articles of two days, and something of all else."""
    destination = DuckdbDestination(str(tmp_path_factory.mktemp("views") / "db"))
    destination.load(new_run(), files_for_views(), datetime(2026, 6, 2, tzinfo=UTC))
    destination.close()
    with duckdb.connect(destination.path, read_only=True) as opened:
        yield opened


def test_articles_by_language(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute("FROM articles_by_language").fetchall() == [
        ("kk", "Cyrl", 2, 0.4, 2, 2, 4),
        ("ru", "Cyrl", 2, 0.4, 0, 0, 4),
        ("und", None, 1, 0.2, 0, 0, 2),
    ]


def test_articles_by_day(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute("FROM articles_by_day").fetchall() == [
        (day(1), "kk", "a.example", 2, 2, 2, 0, 4, 4),
        (day(1), "ru", "b.example", 1, 0, 0, 0, 2, 0),
        (day(2), "ru", "a.example", 1, 0, 0, 0, 2, 1),
        (day(2), "und", None, 1, 0, 0, 0, 2, 0),
    ]


def test_boilerplate_by_site(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute("FROM boilerplate_by_site").fetchall() == [
        ("a.example", "share_social", 2, 0.6667, 3, ["phrase"], "Бөлісу"),
        ("a.example", "related_latest", 2, 0.6667, 2, ["phrase"], "Оқи отырыңыз"),
    ]


def test_dead_letters_by_day(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute("FROM dead_letters_by_day").fetchall() == [
        (day(1), "decode", "binary", 1, "a picture")
    ]


DRIFT = [  # of the second day; of what the first day had, the shares are before
    ("boilerplate", "related_latest", 1, 5, 0.2, 0.1, 0.1),
    ("boilerplate", "share_social", 0, 5, 0.0, 0.3, -0.3),
    ("documents", "article", 2, 4, 0.5, 0.75, -0.25),
    ("documents", "duplicate", 1, 4, 0.25, 0.0, 0.25),
    ("documents", "other language", 1, 4, 0.25, 0.0, 0.25),
    ("documents", "dead letter: binary", 0, 4, 0.0, 0.25, -0.25),
    ("language", "ru", 1, 2, 0.5, 0.3333, 0.1667),
    ("language", "und", 1, 2, 0.5, 0.0, 0.5),
    ("language", "kk", 0, 2, 0.0, 0.6667, -0.6667),
    ("missing", "date", 2, 2, 1.0, 0.3333, 0.6667),
    ("missing", "title", 2, 2, 1.0, 0.3333, 0.6667),
    ("missing", "site", 1, 2, 0.5, 0.0, 0.5),
]


def test_drift_by_day(connection: duckdb.DuckDBPyConnection) -> None:
    """Also of what a day has none of: it is what changed."""
    asked = "SELECT * EXCLUDE ingest_date FROM drift_by_day WHERE ingest_date = '2026-06-02'"
    assert connection.execute(asked).fetchall() == DRIFT
    first = (
        "SELECT DISTINCT share_before, change FROM drift_by_day WHERE ingest_date < '2026-06-02'"
    )
    assert connection.execute(first).fetchall() == [(None, None)]


def test_drift_by_site(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute("FROM drift_by_site").fetchall() == [
        ("a.example", day(1), 2, None, 1.0, None, 1.0, None, 2.0, None, 2.0, None),
        ("a.example", day(2), 1, 2, 0.0, 1.0, 0.0, 1.0, 2.0, 2.0, 1.0, 2.0),
        ("b.example", day(1), 1, None, 0.0, None, 0.0, None, 2.0, None, 0.0, None),
        (None, day(2), 1, None, 0.0, None, 0.0, None, 2.0, None, 0.0, None),
    ]


def test_a_row_for_each_line(connection: duckdb.DuckDBPyConnection) -> None:
    told = "SELECT id, site, article_language, line, text, language FROM paragraphs WHERE id >= '4'"
    assert connection.execute(f"{told} ORDER BY id, line").fetchall() == [
        ("4", "a.example", "ru", 0, "Бір.", "kk"),
        ("4", "a.example", "ru", 1, "Екі.", None),
        ("5", None, "und", 0, "Бір.", "kk"),
        ("5", None, "und", 1, "Екі.", None),
    ]
    counted = "SELECT id, count(*) FROM removed_lines GROUP BY id ORDER BY id"
    assert connection.execute(counted).fetchall() == [("1", 2), ("2", 2), ("4", 1)]
