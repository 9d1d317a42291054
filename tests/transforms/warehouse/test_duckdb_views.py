"""The ready-made views tell of rows what a reader would count by hand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest
from edge_rows import BARE_ARTICLE, BARE_DEAD_LETTER, BARE_DUPLICATE

from schemas.avro import ContainerWriter, Row
from schemas.rows import Article, Paragraph, Quality, RemovedLine
from transforms.manifest import Manifest
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES, PartFile
from transforms.reports import Tally
from transforms.warehouse.destination import NewRun, Rows
from transforms.warehouse.duckdb_destination import DuckdbDestination
from transforms.warehouse.tables import TABLE_OF_KIND


def day(number: int) -> date:
    return date(2026, 6, number)


def removed(line: int, text: str, family: str) -> RemovedLine:
    return RemovedLine(line, text, family, "phrase", text, 1.0)


def article(identity: str, number: int, language: str = "kk", **more: Any) -> Article:
    """Return an article of a day with two paragraphs, and as many removed lines as are given."""
    lines = more.pop("removed_lines", ())
    quality = Quality(2 + len(lines), 2, 0, len(lines), 0, 1.0, 0.0)
    found = replace(BARE_ARTICLE, id=identity, ingest_date=day(number), language=language)
    paragraphs = (Paragraph(0, "Бір.", "kk"), Paragraph(1, "Екі.", None))
    return replace(found, paragraphs=paragraphs, removed_lines=lines, quality=quality, **more)


SHARE = removed(2, "Бөлісу", "share_social")
OTHER = removed(3, "Оқи отырыңыз", "related_latest")
PRINTED: dict[str, Any] = {"title": "Тақырып", "published_date": day(1), "site": "a.example"}

ARTICLE_ROWS = [
    article("1", 1, script="Cyrl", removed_lines=(SHARE, OTHER), **PRINTED),
    article("2", 1, script="Cyrl", removed_lines=(SHARE, SHARE), **PRINTED),
    article("3", 1, "ru", script="Cyrl", site="b.example"),
    article("4", 2, "ru", script="Cyrl", site="a.example", removed_lines=(OTHER,)),
    article("5", 2, "und"),
]
LETTER = replace(BARE_DEAD_LETTER, stage="decode", code="binary", message="a picture")


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a database with five articles of two days, and something of all else."""
    destination = DuckdbDestination(str(tmp_path_factory.mktemp("views") / "db"))
    manifest = Manifest("0.1.0", {}, "0" * 64, Tally(), ())
    files = [
        written(ARTICLES, *ARTICLE_ROWS),
        written(OTHER_LANGUAGES, article("6", 2, "en")),
        written(DUPLICATES, replace(BARE_DUPLICATE, ingest_date=day(2))),
        written(DEAD_LETTERS, replace(LETTER, ingest_date=day(1))),
    ]
    run = NewRun("/out", "manifests/x.json", "0" * 64, manifest)
    destination.load(run, files, datetime(2026, 6, 2, tzinfo=UTC))
    destination.close()
    with duckdb.connect(destination.path, read_only=True) as opened:
        yield opened


def written(kind: str, *rows: Row) -> Rows:
    """Return a file of rows."""
    writer = ContainerWriter(TABLE_OF_KIND[kind].schema)
    for row in rows:
        writer.write(row)
    content = writer.finish()
    part = PartFile(f"{kind}/x.avro", len(rows), len(content), "")
    return Rows(TABLE_OF_KIND[kind], part, part.name, content)


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
