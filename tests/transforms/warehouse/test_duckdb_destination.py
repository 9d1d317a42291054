"""DuckDB holds what files have, value by value, grows with later releases, takes all or none."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from changed_schemas import add_fields, changed, demand, rename, retype
from edge_rows import BARE_ARTICLE, BARE_DEAD_LETTER, BARE_DUPLICATE, edge_rows
from warehouse_loads import exact, new_run, written, written_with

from schemas.avro import ROW_TYPES, SchemaName, known_schemas, to_record
from schemas.rows import Article, Paragraph
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES
from transforms.warehouse.destination import (
    DamagedFileError,
    DestinationUnusableError,
    LoadFailedError,
    Rows,
)
from transforms.warehouse.duckdb_destination import DuckdbDestination, views
from transforms.warehouse.tables import TABLES

NOW = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
KINDS: dict[SchemaName, str] = {
    "article": ARTICLES,
    "dead_letter": DEAD_LETTERS,
    "duplicate": DUPLICATES,
}


@pytest.fixture
def destination(tmp_path: Path) -> Iterator[DuckdbDestination]:
    made = DuckdbDestination(str(tmp_path / "it's.duckdb"))
    yield made
    made.close()


def load(destination: DuckdbDestination, *files: Rows, number: int = 0) -> str:
    """Load a run of these files and return its name."""
    run = new_run(number)
    destination.load(run, files, NOW)
    return run.manifest.run


def query(destination: DuckdbDestination, sql: str) -> list[dict[str, Any]]:
    """Return the answer of the database; the destination opens it again when it is needed."""
    destination.close()
    with duckdb.connect(destination.path) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
    return rows


def change(destination: DuckdbDestination, sql: str) -> None:
    """Change the database by hand."""
    destination.close()
    with duckdb.connect(destination.path) as connection:
        connection.execute(sql)


@pytest.mark.parametrize("name", ROW_TYPES)
def test_rows_at_the_edges_come_back(name: SchemaName, destination: DuckdbDestination) -> None:
    changes: list[dict[str, Any]] = [{"id": f"{number:03}"} for number in range(200)]
    rows = edge_rows(name)
    if name != "duplicate":
        rows = [replace(row, **change) for row, change in zip(rows, changes, strict=False)]
    run = load(destination, written(KINDS[name], *rows))
    held = query(destination, f"FROM {KINDS[name]} ORDER BY source_uri")
    assert exact(held) == exact([{**to_record(row), "run": run} for row in rows])


def test_the_run_is_noted(destination: DuckdbDestination) -> None:
    assert destination.loaded_runs() == []
    assert not Path(destination.path).exists()
    load(destination, written(ARTICLES, BARE_ARTICLE))
    run = new_run()
    assert destination.loaded_runs() == [run.loaded]
    assert query(destination, "FROM runs") == [
        {
            "run": run.manifest.run,
            "output": "/out",
            "manifest": run.name,
            "manifest_sha256": run.sha256,
            "version": "0.1.0",
            "options": '{"codec": "deflate"}',
            "window": None,
            "replay_of": [],
            "documents": 0,
            "articles": 0,
            "other_languages": 0,
            "duplicates": 0,
            "dead_letters": 0,
            "loaded_at": NOW,
        }
    ]


def on(day: int, **more: Any) -> Article:
    return replace(BARE_ARTICLE, id="a", ingest_date=date(2026, 6, day), **more)


def test_of_rows_with_one_key_the_latest_day_stays(destination: DuckdbDestination) -> None:
    first = load(destination, written(ARTICLES, on(2, title="two")), number=1)
    load(destination, written(ARTICLES, on(1, title="one")), number=2)
    told = "SELECT run, title FROM articles"
    assert query(destination, told) == [{"run": first, "title": "two"}]
    later = load(destination, written(ARTICLES, on(2, title="again")), number=3)
    assert query(destination, told) == [{"run": later, "title": "again"}]
    latest = load(destination, written(ARTICLES, on(3, paragraphs=[Paragraph(0, "а", None)])))
    assert query(destination, "SELECT run, title, paragraphs FROM articles") == [
        {
            "run": latest,
            "title": None,
            "paragraphs": [{"line": 0, "text": "а", "language": None}],
        }
    ]


def test_keys_of_each_table(destination: DuckdbDestination) -> None:
    copy = replace(BARE_DUPLICATE, source_uri="a", content_sha256="1")
    load(
        destination,
        written(ARTICLES, on(1)),
        written(OTHER_LANGUAGES, on(1)),
        written(DUPLICATES, copy, copy, replace(copy, content_sha256="2")),
        replace(written(DUPLICATES, replace(copy, source_uri="b"), copy), path="/out/2"),
        written(DEAD_LETTERS, replace(BARE_DEAD_LETTER, id="a"), replace(BARE_DEAD_LETTER, id="b")),
        replace(written(DEAD_LETTERS, replace(BARE_DEAD_LETTER, id="a", attempt=2)), path="/out/2"),
    )
    counts = {table.name: len(query(destination, f"FROM {table.name}")) for table in TABLES}
    assert counts == {"articles": 1, "other_languages": 1, "duplicates": 3, "dead_letters": 2}
    assert query(destination, "SELECT attempt FROM dead_letters WHERE id = 'a'") == [{"attempt": 2}]


@pytest.mark.parametrize("later_first", [False, True])
def test_files_of_all_releases_fit_one_table(
    later_first: bool, destination: DuckdbDestination
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
        load(destination, each, number=number)
        destination.close()
    asked = "SELECT mood, paragraphs, dateline, quality.mood AS y FROM articles ORDER BY id::INT"
    assert query(destination, asked) == [
        *[
            {
                "mood": None,
                "paragraphs": [{"line": 0, "text": "а", "language": None, "mood": None}],
                "dateline": None,
                "y": None,
            }
        ]
        * (len(schemas) - 1),
        {
            "mood": "good",
            "paragraphs": [{"line": 0, "text": "а", "language": None, "mood": "bad"}],
            "dateline": later["dateline"],
            "y": "y",
        },
    ]
    comment = "SELECT comment FROM duckdb_columns() WHERE table_name = 'articles'"
    assert query(destination, f"{comment} AND column_name = 'mood'") == [
        {"comment": "How it feels."}
    ]
    for view in [*views(), "paragraphs", "removed_lines"]:
        query(destination, f"FROM {view}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (retype, "/out/articles/x.avro: column source_uri is string in the table and int64"),
        (demand, "/out/articles/x.avro: column mood is new and not nullable"),
        (rename, "/out/articles/x.avro: it has no article rows"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    change: Callable[[dict[str, Any]], None], message: str, destination: DuckdbDestination
) -> None:
    load(destination, written(ARTICLES, on(1)))
    schema = changed(known_schemas("article")[0], change)
    record = {**to_record(on(2)), "source_uri": 1 if change is retype else "", "mood": ""}
    with pytest.raises(DamagedFileError, match=message):
        load(
            destination, written(DUPLICATES, BARE_DUPLICATE), written_with(ARTICLES, schema, record)
        )
    assert query(destination, "SELECT ingest_date FROM articles") == [
        {"ingest_date": date(2026, 6, 1)}
    ]
    assert query(destination, "FROM duplicates") == []


def test_a_run_is_taken_as_a_whole_or_not_at_all(destination: DuckdbDestination) -> None:
    """Not even a column is left of a file that another one spoils."""
    load(destination, written(ARTICLES, on(1, title="held")))
    held = query(destination, "FROM articles")
    later = written_with(
        ARTICLES,
        changed(known_schemas("article")[0], add_fields),
        {**to_record(on(3)), "id": "b", "mood": "x"},
    )
    short = replace(written(DEAD_LETTERS, BARE_DEAD_LETTER), content=later.content[:-40])
    for spoiled, message in (
        (short, "it has no dead_letter rows"),
        (replace(later, content=later.content[:-40]), "cannot be read as Avro: "),
        (replace(later, part=replace(later.part, rows=2)), "1 rows; its manifest says 2"),
    ):
        with pytest.raises(DamagedFileError, match=message):
            load(destination, later, spoiled, number=1)
        assert query(destination, "FROM articles") == held
        assert len(destination.loaded_runs()) == 1

    def interrupted() -> Iterator[Rows]:
        yield later
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        destination.load(new_run(1), interrupted(), NOW)
    load(destination, later, number=1)
    assert [row["mood"] for row in query(destination, "FROM articles ORDER BY id")] == [None, "x"]


def test_a_table_of_somebody_else_stays_as_it_is(destination: DuckdbDestination) -> None:
    with duckdb.connect(destination.path) as connection:
        connection.execute("CREATE TABLE articles (id VARCHAR)")
    with pytest.raises(
        DestinationUnusableError, match=r"articles is not one of Suzgi: .*column run"
    ):
        load(destination, written(ARTICLES, on(1)))
    shown = query(destination, "SELECT table_name, column_count FROM duckdb_tables()")
    assert shown == [{"table_name": "articles", "column_count": 1}]


def test_a_column_that_was_changed_by_hand(destination: DuckdbDestination) -> None:
    load(destination, written(ARTICLES, on(1)))
    change(destination, "ALTER TABLE articles ALTER view_count TYPE VARCHAR")
    with pytest.raises(DestinationUnusableError, match="column view_count is string in the table"):
        load(destination, written(ARTICLES, on(1)), number=1)


def test_a_row_has_nothing_that_its_latest_run_lacks(destination: DuckdbDestination) -> None:
    """Neither the values of a column that a later release has, nor of one of the user's own."""
    load(destination, written(ARTICLES, on(1), replace(on(1), id="b")))
    change(destination, "ALTER TABLE articles ADD COLUMN mine INTEGER DEFAULT 7")
    load(destination, written(ARTICLES, on(1)), number=1)
    assert query(destination, "SELECT id, mine FROM articles ORDER BY id") == [
        {"id": "a", "mine": None},
        {"id": "b", "mine": 7},
    ]


def test_what_the_database_refuses_is_told(destination: DuckdbDestination) -> None:
    load(destination, written(ARTICLES, on(1)))
    change(destination, "ALTER TABLE articles ALTER source_uri SET NOT NULL")
    schema = changed(known_schemas("article")[0], lambda held: held["fields"].pop(1))
    nameless = written_with(ARTICLES, schema, {**to_record(on(2)), "id": "b"})
    with pytest.raises(LoadFailedError, match="NOT NULL constraint failed"):
        load(destination, nameless, number=1)
    assert len(query(destination, "FROM articles")) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"not a database" * 500, "not a valid DuckDB database file"), (None, "directory")],
)
def test_a_place_that_is_no_database(
    content: bytes | None, message: str, destination: DuckdbDestination
) -> None:
    if content is None:
        Path(destination.path).mkdir()
    else:
        Path(destination.path).write_bytes(content)
    with pytest.raises(DestinationUnusableError, match=message):
        destination.loaded_runs()


def test_every_table_view_and_column_is_described(destination: DuckdbDestination) -> None:
    load(destination, written(ARTICLES, on(1)))
    bare = """
        SELECT table_name || '.' || column_name AS name FROM duckdb_columns()
        WHERE comment IS NULL AND NOT internal AND table_name NOT IN (SELECT unnest(?))
    """
    destination.close()
    with duckdb.connect(destination.path) as connection:
        assert connection.execute(bare, [list(views())]).fetchall() == []
        tables = "SELECT comment FROM duckdb_tables() WHERE NOT internal"
        in_views = "SELECT comment FROM duckdb_views() WHERE NOT internal"
        for told, count in ((tables, 5), (in_views, 5 + len(views()))):
            found = connection.execute(told).fetchall()
            assert all(comment for (comment,) in found)
            assert len(found) == count


def test_nothing_is_left_beside_the_database(destination: DuckdbDestination) -> None:
    load(destination, written(ARTICLES, on(1)))
    destination.close()
    folder = Path(destination.path).parent
    assert [path.name for path in folder.iterdir()] == ["it's.duckdb"]
