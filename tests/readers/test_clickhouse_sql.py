"""The SQL of deploy/clickhouse, run by chdb, takes outputs as `suzgi load` does."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from avro_readers import is_installed, typed
from edge_rows import BARE_ARTICLE, BARE_DEAD_LETTER, BARE_DUPLICATE
from warehouse_loads import exact, written, written_with

from pipelines.main import main
from schemas.avro import known_schemas, to_record
from schemas.rows import Article
from transforms.warehouse.columns import arrow_fields, doc_of
from transforms.warehouse.destination import Rows
from transforms.warehouse.duckdb_destination import DuckdbDestination
from transforms.warehouse.files import fields_of
from transforms.warehouse.loading import Known, find_new_runs, load_run
from transforms.warehouse.tables import RUNS, TABLES, runs_schema

if TYPE_CHECKING:
    from store_servers import S3Bucket

ROOT = Path(__file__).parents[2]
SQL = ROOT / "deploy/clickhouse"
SCHEMA_OF = {table.name: table.avro_schema for table in TABLES}
Tables = dict[str, list[Any]]

pytestmark = [
    pytest.mark.xdist_group("clickhouse"),
    pytest.mark.skipif(
        os.environ.get("CI") != "true" and not is_installed("chdb"),
        reason="chdb is not installed here: `make readers` installs it",
    ),
]


class ClickHouse:
    """Tables of ClickHouse in a folder."""

    def __init__(self, folder: Path) -> None:
        self.session = import_module("chdb.session").Session(str(folder))
        self.session.query("CREATE DATABASE w")
        self.session.query("USE w")
        for statement in statements("tables.sql"):
            self.session.query(statement)

    def load(self, output: Path | str, until: int | None = None, function: str = "file") -> None:
        """Take what is new of an output, or end after some statements."""
        self.session.query(f"SET param_output = '{output}'")
        for statement in statements("load.sql")[:until]:
            self.session.query(statement.replace("file(", f"{function}("))

    def rows(self, query: str, table: str = "") -> list[dict[str, Any]]:
        """Return the answer to a query; with the types of Python that the rows of a table have."""
        settings = "SETTINGS output_format_arrow_string_as_string = 0"
        found = self.session.query(f"{query} {settings}", "ArrowTable").to_pylist()
        schema = SCHEMA_OF.get(table)
        if schema is None:
            return [{name: as_text(value) for name, value in row.items()} for row in found]
        runs = [row.pop("run").decode() for row in found]
        return [{**typed(row, schema), "run": run} for row, run in zip(found, runs, strict=True)]

    def tables(self) -> Tables:
        """Return all rows that the views of tables show."""
        asked = {name: f"SELECT * FROM {name}" for name in SCHEMA_OF}  # noqa: S608 (ours)
        return {name: comparable(self.rows(query, name)) for name, query in asked.items()}

    def counts(self) -> dict[str, int]:
        """Return how many rows are kept."""
        asked = {name: f"SELECT count() AS n FROM {name}_rows" for name in (*SCHEMA_OF, RUNS)}  # noqa: S608
        return {name: self.rows(query)[0]["n"] for name, query in asked.items()}


def statements(name: str) -> list[str]:
    """Return the statements of a file."""
    text = (SQL / name).read_text("utf-8")
    return [statement for statement in text.split(";\n") if statement.strip()]


def as_text(value: Any) -> Any:
    """Return a text of ClickHouse, which are bytes, as one."""
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


def comparable(rows: Sequence[dict[str, Any]]) -> list[Any]:
    """Return rows in an order of their own, exactly."""
    return sorted((exact(row) for row in rows), key=repr)


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[ClickHouse]:
    made = ClickHouse(tmp_path / "clickhouse")
    yield made
    made.session.close()


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return outputs of three days that have the same pages, one of them of few languages."""
    folder = tmp_path_factory.mktemp("outputs")
    command = ["ingest", "--input", f"{ROOT}/examples/pages", "--timezone=Asia/Almaty", "--quiet"]
    made = []
    for day, more in (("2026-05-31", []), ("2026-06-01", ["--languages=kk"]), ("2026-06-02", [])):
        made.append(folder / day)
        assert main([*command, "--output", str(made[-1]), f"--ingest-date={day}", *more]) == 0
    return made


def loaded_by_duckdb(database: Path, outputs: Sequence[Path]) -> Tables:
    """Return what `suzgi load --to duckdb:` has of outputs."""
    destination = DuckdbDestination(str(database))
    for output in outputs:
        for run in find_new_runs(str(output), Known())[0]:
            load_run(destination, run, datetime.now(UTC))
    destination.close()
    with duckdb.connect(destination.path) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {
            name: comparable(connection.sql(f"FROM {name}").to_arrow_table().to_pylist())
            for name in SCHEMA_OF
        }


def test_the_views_show_what_duckdb_has(
    clickhouse: ClickHouse, outputs: Sequence[Path], tmp_path: Path
) -> None:
    """In any order of days; once more changes nothing, also not what is kept."""
    for number, order in enumerate((outputs[:2], outputs)):
        for output in order:
            clickhouse.load(output)
        assert clickhouse.tables() == loaded_by_duckdb(tmp_path / f"{number}.db", order)
    kept = clickhouse.counts()
    clickhouse.load(outputs[0])
    assert clickhouse.counts() == kept
    clickhouse.session.close()
    other = ClickHouse(tmp_path / "other")
    clickhouse.session = other.session
    for output in reversed(outputs):
        other.load(output)
    wanted = loaded_by_duckdb(tmp_path / "reversed.db", outputs[::-1])
    assert other.tables() == wanted
    assert all(wanted.values())


def test_runs_are_noted_as_their_manifests_say(
    clickhouse: ClickHouse, outputs: Sequence[Path], tmp_path: Path
) -> None:
    clickhouse.load(outputs[1])
    (path,) = (outputs[1] / "manifests").iterdir()
    manifest = json.loads(path.read_text("utf-8"))
    replay = {**manifest, "run": "w", "window": {"number": 7}, "replay_of": ["a"], "files": []}
    (tmp_path / "more/manifests").mkdir(parents=True)
    (tmp_path / "more/manifests/w.json").write_text(json.dumps(replay), "utf-8")
    clickhouse.load(tmp_path / "more")
    noted = {row["run"]: row for row in clickhouse.rows("SELECT * FROM runs")}
    assert set(noted) == {manifest["run"], "w"}
    row = noted[manifest["run"]]
    assert json.loads(row.pop("options")) == manifest["options"]
    assert row.pop("loaded_at") is not None
    assert row == {
        "run": manifest["run"],
        "output": str(outputs[1]),
        "manifest": f"manifests/{path.name}",
        "version": manifest["version"],
        "window": None,
        "replay_of": [],
        "place": 1,
        **manifest["counts"],
    }
    assert (noted["w"]["window"], noted["w"]["replay_of"]) == (7, ["a"])


def test_stopped_after_any_statement(
    clickhouse: ClickHouse, outputs: Sequence[Path], tmp_path: Path
) -> None:
    """What was not noted is not seen; then all of it is, once."""
    clickhouse.load(outputs[1])
    first = clickhouse.tables()
    wanted = loaded_by_duckdb(tmp_path / "db", outputs[1:])
    count = len(statements("load.sql"))
    for until in range(count):
        clickhouse.load(outputs[2], until)
        assert clickhouse.tables() == first
    clickhouse.load(outputs[2])
    assert clickhouse.tables() == wanted


@pytest.mark.parametrize("kind", ["articles", "dead_letters", "duplicates"])
def test_a_damaged_file_is_refused(
    kind: str, clickhouse: ClickHouse, outputs: Sequence[Path], tmp_path: Path
) -> None:
    """And nothing of its output is kept."""
    output = Path(shutil.copytree(outputs[0], tmp_path / "out"))
    (path,) = (output / kind).iterdir()
    content = path.read_bytes()
    for damaged in (content[:-20], content[:-1] + bytes([content[-1] ^ 1]), None):
        if damaged is None:
            path.unlink()
        else:
            path.write_bytes(damaged)
        with pytest.raises(Exception, match="not as their manifests say: nothing of it was loaded"):
            clickhouse.load(output)
        assert not any(clickhouse.counts().values())
    path.write_bytes(content)
    (output / kind / "part-00009-0000000000000000.avro").write_bytes(b"of nobody")
    clickhouse.load(output)
    assert clickhouse.counts()[RUNS] == 1


def write_run(output: Path, run: str, files: dict[str, Rows], window: int = 0) -> None:
    """Add a run with these files to an output."""
    listed = []
    for name, rows in files.items():
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_bytes(rows.content)
        listed.append({"name": name, "rows": rows.part.rows, "sha256": rows.part.sha256})
    (output / "manifests").mkdir(exist_ok=True)
    manifest: dict[str, Any] = {"run": run, "files": listed, "counts": {}, "options": {}}
    manifest |= {"window": {"number": window}} if window else {}
    (output / f"manifests/{run}.json").write_text(json.dumps(manifest), "utf-8")


def on(day: int, **more: Any) -> Article:
    return replace(BARE_ARTICLE, id="a", ingest_date=date(2026, 6, day), **more)


def test_of_rows_with_one_key_one_is_seen(clickhouse: ClickHouse, tmp_path: Path) -> None:
    """That of the latest day, of the last run, of the last file, and there the first."""
    letter = replace(BARE_DEAD_LETTER, id="a")
    copy = replace(BARE_DUPLICATE, source_uri="a")
    numbered = [replace(letter, attempt=number) for number in (2, 3)]
    dated = [replace(copy, record_date_text=text) for text in "ba"]
    files = {
        "articles/1.avro": written("articles", on(2, title="two")),
        "dead_letters/1.avro": written("dead_letters", letter),
        "dead_letters/2.avro": written("dead_letters", *numbered),
        "duplicates/1.avro": written("duplicates", copy, replace(copy, content_sha256="2")),
        "duplicates/2.avro": written("duplicates", *dated),
    }
    output = tmp_path / "out"
    write_run(output, "z", files, window=2)
    write_run(output, "a", {"articles/9.avro": written("articles", on(2, title="again"))}, 10)
    clickhouse.load(output)
    assert clickhouse.rows("SELECT title, run FROM articles") == [{"title": "again", "run": "a"}]
    assert clickhouse.rows("SELECT attempt FROM dead_letters") == [{"attempt": 2}]
    texts = "SELECT content_sha256, record_date_text FROM duplicates ORDER BY content_sha256 = '2'"
    assert clickhouse.rows(texts) == [
        {"content_sha256": copy.content_sha256, "record_date_text": "b"},
        {"content_sha256": "2", "record_date_text": None},
    ]
    for window, (day, wanted) in enumerate(((1, "again"), (2, None)), 11):
        file = written("articles", on(day))
        write_run(output, f"r{window}", {f"articles/{window}.avro": file}, window)
        clickhouse.load(output)
        assert [row["title"] for row in clickhouse.rows("SELECT title FROM articles")] == [wanted]


def test_files_of_all_releases_are_read(clickhouse: ClickHouse, tmp_path: Path) -> None:
    """What one lacks is null."""
    schemas = known_schemas("article")
    moment = datetime(2026, 5, 31, 10, 0, 0, 1, UTC)
    record = {**to_record(on(1, title="a", published_at=moment)), "near_duplicate_of": "x"}
    for number, schema in enumerate(schemas):
        file = written_with("articles", schema, {**record, "id": str(number)})
        write_run(tmp_path / "out", f"r{number}", {f"articles/{number}.avro": file}, number + 1)
    clickhouse.load(tmp_path / "out")
    seen = clickhouse.rows("SELECT * FROM articles ORDER BY id", "articles")
    names = [{field["name"] for field in schema["fields"]} for schema in schemas]
    assert exact(seen) == exact(
        [
            {
                **{name: record[name] if name in known else None for name in record},
                "id": str(number),
                "run": f"r{number}",
            }
            for number, known in enumerate(names)
        ]
    )


def test_tables_have_the_columns_of_the_schemas(clickhouse: ClickHouse) -> None:
    """All described."""
    wanted = {table.name: fields_of(table) for table in TABLES}
    wanted[RUNS] = [each for each in arrow_fields(runs_schema()) if each.name != "manifest_sha256"]
    for name, fields in wanted.items():
        asked = f"SELECT name, comment FROM system.columns WHERE table = '{name}_rows'"  # noqa: S608 (ours)
        found = {row["name"]: row["comment"] for row in clickhouse.rows(asked)}
        more = {"file", "file_row"} if name != RUNS else {"place"}
        assert list(found) == [*(field.name for field in fields), *sorted(more)], name
        assert {each.name: doc_of(each) for each in fields}.items() <= found.items()
        assert all(found.values())


def test_from_a_bucket(
    clickhouse: ClickHouse, outputs: Sequence[Path], s3: "S3Bucket", s3_url: str, tmp_path: Path
) -> None:
    """With `s3` in place of `file`."""
    for path in outputs[0].rglob("*"):
        if path.is_file():
            s3.put(f"out/{path.relative_to(outputs[0])}", path.read_bytes())
    clickhouse.load(f"{s3_url}/{s3.name}/out", function="s3")
    assert clickhouse.tables() == loaded_by_duckdb(tmp_path / "db", outputs[:1])
