"""The SQL for Snowflake: its columns are those of the schemas, its MERGE takes what DuckDB takes.

There is no Snowflake here. sqlglot reads the files as Snowflake's, and what merge.sql does is seen
in DuckDB, into which sqlglot and `as_duckdb` translate it. What COPY makes of an Avro file is not.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import fastavro
import pytest
import sqlglot
from edge_rows import BARE_ARTICLE, BARE_DEAD_LETTER, BARE_DUPLICATE
from sqlglot import ErrorLevel, exp

from pipelines.main import main
from schemas.avro import Row, to_record
from schemas.rows import Article
from transforms.warehouse.columns import arrow_fields, doc_of
from transforms.warehouse.duckdb_destination import DuckdbDestination
from transforms.warehouse.files import fields_of
from transforms.warehouse.loading import Known, find_new_runs, load_run
from transforms.warehouse.tables import RUNS, TABLES, runs_schema

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OMITTED = {"dead_letters": {"content"}, RUNS: {"output", "manifest_sha256"}}
"""Columns that the README says are not there."""

TYPES = {
    "string": "VARCHAR",
    "int64": "DECIMAL(38, 0)",
    "int32": "DECIMAL(38, 0)",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "date32[day]": "DATE",
    "timestamp[us, tz=UTC]": "TIMESTAMPNTZ",
    "list": "ARRAY",
    "struct": "OBJECT",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


def statements(name: str) -> list[exp.Expr]:
    """Return what a file says to Snowflake."""
    parsed = sqlglot.parse((HERE / name).read_text("utf-8"), dialect="snowflake")
    return [statement for statement in parsed if statement is not None]


def as_duckdb(statement: exp.Expr) -> str:
    """Return a statement of Snowflake in DuckDB's words: semi-structured values are JSON there."""
    return statement.copy().transform(_replace).sql("duckdb", unsupported_level=ErrorLevel.IGNORE)


def _replace(node: exp.Expr) -> exp.Expr:
    """Return what does in DuckDB what a part of a statement does in Snowflake."""
    if isinstance(node, exp.Lateral):
        files = "SELECT unnest(CAST(new_runs.record -> '$.files' AS JSON[])) AS value"
        return exp.Subquery(
            this=sqlglot.parse_one(files, dialect="duckdb"), alias=exp.to_identifier("listed")
        )
    if isinstance(node, exp.UnixToTime) and node.args["scale"].name == "6":
        number = exp.cast(node.this.transform(_replace), "BIGINT")
        return exp.Anonymous(this="make_timestamp", expressions=[number])
    if isinstance(node, exp.Array) and not node.expressions:
        return sqlglot.parse_one("CAST('[]' AS JSON)", dialect="duckdb")
    if isinstance(node, exp.DataType) and node.sql("snowflake") in ("ARRAY", "OBJECT", "VARIANT"):
        return exp.DataType.build("JSON")
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.JSONExtract):
        parts = {"this": node.this.this, "expression": node.this.expression}
        if node.to.sql("snowflake") in ("ARRAY", "OBJECT"):  # a null within it is none
            return exp.func("NULLIF", node.this, exp.Literal.string("null"))
        return exp.Cast(this=exp.JSONExtractScalar(**parts), to=node.to)
    return node


class Warehouse:
    """Tables of Snowflake, as DuckDB has them."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        self.run("tables.sql")

    def run(self, name: str) -> None:
        """Do what a file says."""
        for statement in statements(name):
            self.connection.execute(as_duckdb(statement))

    def land(self, table: str, file: str, records: Sequence[dict[str, Any]]) -> None:
        """Put the records of a file into a landing table, as COPY does."""
        for number, record in enumerate(records, 1):
            self.connection.execute(
                f"INSERT INTO landed_{table} VALUES (?, ?, ?)",  # noqa: S608 (ours)
                [json.dumps(as_variant(record)), file, number],
            )

    def land_manifest(self, file: str, manifest: dict[str, Any]) -> None:
        """Put a manifest into its landing table."""
        self.connection.execute(
            "INSERT INTO landed_manifests VALUES (?, ?)", [json.dumps(manifest), file]
        )

    def land_output(self, output: Path, place: str, *, leave_out: str = "") -> None:
        """Let all files of an output land, but for one."""
        for name in files_of(output):
            path = output / name
            if name.startswith("manifests/"):
                self.land_manifest(f"{place}/{name}", json.loads(path.read_text("utf-8")))
            elif name != leave_out:
                with path.open("rb") as stream:
                    records: Any = list(fastavro.reader(stream))
                self.land(name.partition("/")[0], f"{place}/{name}", records)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return all rows of a table, with what JSON holds."""
        found = self.connection.execute(f"FROM {table}")
        columns = [(column[0], str(column[1])) for column in found.description]
        return [
            {
                name: json.loads(value) if kind == "JSON" and value is not None else value
                for (name, kind), value in zip(columns, row, strict=True)
            }
            for row in found.fetchall()
        ]

    def all_rows(self) -> Rows:
        """Return all rows of all tables, as `comparable` has them."""
        return {table.name: comparable(table.name, self.rows(table.name)) for table in TABLES}


def files_of(output: Path) -> list[str]:
    """Return the names of all files of an output that somebody may read."""
    kinds = ("manifests", *(table.name for table in TABLES))
    found = (path for kind in kinds for path in (output / kind).iterdir())
    return sorted(path.relative_to(output).as_posix() for path in found)


def as_variant(value: Any) -> Any:
    """Return a value of Avro as a reader without logical types has it, in JSON."""
    if isinstance(value, dict):
        return {name: as_variant(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_variant(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return (value - EPOCH) // (EPOCH.resolution)
    if isinstance(value, date):
        return (value - EPOCH.date()).days
    return value


def comparable(table: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows without omitted columns, in an order of their own."""
    kept = [
        {
            name: value.replace(tzinfo=None) if isinstance(value, datetime) else value
            for name, value in row.items()
            if name not in OMITTED.get(table, ())
        }
        for row in rows
    ]
    return sorted(kept, key=lambda row: (str(row["source_uri"]), str(row.get("content_sha256"))))


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    made = Warehouse()
    yield made
    made.connection.close()


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the outputs of two days that have the same pages, and of one of few languages."""
    folder = tmp_path_factory.mktemp("outputs")
    command = ["ingest", "--input", f"{ROOT}/examples/pages", "--timezone=Asia/Almaty", "--quiet"]
    made = []
    for day, more in (("2026-05-31", []), ("2026-06-01", ["--languages=kk"]), ("2026-06-02", [])):
        made.append(folder / day)
        told = ["--output", str(made[-1]), f"--ingest-date={day}", *more]
        assert main([*command, *told]) == 0
    return made


def loaded_by_duckdb(folder: Path, outputs: Sequence[Path]) -> Rows:
    """Return what `suzgi load --to duckdb:` has of outputs."""
    destination = DuckdbDestination(str(folder / "db"))
    for output in outputs:
        for run in find_new_runs(str(output), Known())[0]:
            load_run(destination, run, datetime.now(UTC))
    destination.close()
    with duckdb.connect(destination.path) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {
            table.name: comparable(
                table.name, connection.sql(f"FROM {table.name}").to_arrow_table().to_pylist()
            )
            for table in TABLES
        }


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.sql")))
def test_snowflake_reads_every_statement(name: str) -> None:
    found = statements(name)
    assert found
    assert not any(isinstance(statement, exp.Command) for statement in found)


def test_tables_have_the_columns_of_the_schemas() -> None:
    """With their types and descriptions; tables are clustered by what they have of these."""
    made = {
        each.this.this.name: each
        for each in statements("tables.sql")
        if not each.this.this.name.startswith("landed_")
    }
    wanted = {table.name: (fields_of(table), table.avro_schema["doc"]) for table in TABLES}
    wanted[RUNS] = (arrow_fields(runs_schema()), runs_schema()["doc"])
    assert set(made) == set(wanted)
    for name, (fields, doc) in wanted.items():
        kept = [field for field in fields if field.name not in OMITTED.get(name, ())]
        columns = made[name].this.expressions
        assert [column.name.lower() for column in columns] == [field.name for field in kept], name
        for column, field in zip(columns, kept, strict=True):
            kind = str(field.type).partition("<")[0]
            assert column.args["kind"].sql("snowflake") == TYPES[kind], (name, field.name)
            (comment,) = column.find_all(exp.CommentColumnConstraint)
            assert comment.this.name == doc_of(field), (name, field.name)
        (comment,) = made[name].find_all(exp.SchemaCommentProperty)
        assert comment.this.name == doc
        clusters = [
            each.name
            for node in made[name].find_all(exp.ClusterProperty)
            for each in node.expressions
        ]
        names = {field.name for field in kept}
        assert clusters == [key for key in ("ingest_date", "language", "site") if key in names]


def test_each_file_lands_in_its_table(outputs: Sequence[Path]) -> None:
    patterns = {}
    for each in statements("copy.sql"):
        params = {param.name: param for param in each.args["params"]}
        pattern = params["PATTERN"].args["expression"].name
        patterns[each.this.this.name] = re.compile(pattern)
        (kind,) = params["FILE_FORMAT"].expressions
        assert kind.sql() == ("TYPE=JSON" if "manifests" in pattern else "TYPE=AVRO")
        assert params["ON_ERROR"].args["expression"].name == "ABORT_STATEMENT"
    assert next(iter(patterns)) == "landed_manifests"
    assert set(patterns) == {"landed_manifests", *(f"landed_{table.name}" for table in TABLES)}
    names = [f"out/{output.name}/{name}" for output in outputs for name in files_of(output)]
    assert {name.split("/")[2] for name in names} == {
        "manifests", *(table.name for table in TABLES)
    }  # fmt: skip
    for name in [*names, *(name.partition("/")[2].partition("/")[2] for name in names)]:
        kind = name.split("/")[-2]
        taken = [table for table, pattern in patterns.items() if pattern.fullmatch(name)]
        assert taken == [f"landed_{kind}"], name
    for other in ("out/articles/.x.avro.tmp", "out/_work/articles.avro", "out/myarticles/x.avro"):
        assert not any(pattern.fullmatch(other) for pattern in patterns.values())


def test_files_come_from_the_stage_that_is_made() -> None:
    (made,) = statements("stage.sql")
    properties = {each.name.upper(): each for each in made.find_all(exp.Property)}
    assert set(properties) == {"URL", "STORAGE_INTEGRATION"}
    assert re.fullmatch(r"(gcs|s3|azure)://.*/", properties["URL"].args["value"].name)
    places = {place.name for each in statements("copy.sql") for place in each.find_all(exp.Var)}
    assert {place for place in places if place.startswith("@")} == {f"@{made.this.name}"}
    assert made.args["exists"]


def test_merged_rows_are_those_of_duckdb(
    warehouse: Warehouse, outputs: Sequence[Path], tmp_path: Path
) -> None:
    """One after the other and all at once; once more changes nothing."""
    wanted = loaded_by_duckdb(tmp_path, outputs)
    assert all(wanted.values())
    for output in outputs:
        warehouse.land_output(output, output.name)
        warehouse.run("merge.sql")
    assert warehouse.all_rows() == wanted
    warehouse.run("merge.sql")
    assert warehouse.all_rows() == wanted
    at_once = Warehouse()
    for output in reversed(outputs):
        at_once.land_output(output, output.name)
    at_once.run("merge.sql")
    assert at_once.all_rows() == wanted
    at_once.connection.close()


def test_runs_are_noted_as_their_manifests_say(
    warehouse: Warehouse, outputs: Sequence[Path]
) -> None:
    """Once, also where a copy of an output lands."""
    (path,) = (outputs[1] / "manifests").iterdir()
    manifest = json.loads(path.read_text("utf-8"))
    window = {**manifest, "run": "w", "window": {"number": 7}, "replay_of": ["a", "b"], "files": []}
    for place in ("a", "b"):
        warehouse.land_output(outputs[1], place)
    warehouse.land_manifest("a/manifests/w.json", window)
    warehouse.run("merge.sql")
    warehouse.run("merge.sql")
    noted = {row["run"]: row for row in warehouse.rows(RUNS)}
    assert set(noted) == {manifest["run"], "w"}
    assert len(warehouse.rows(RUNS)) == 2
    row = noted[manifest["run"]]
    assert json.loads(row.pop("options")) == manifest["options"]
    assert row.pop("loaded_at") is not None
    counts = manifest["counts"]
    assert row == {
        "run": manifest["run"],
        "manifest": f"a/manifests/{path.name}",
        "version": manifest["version"],
        "WINDOW": None,
        "replay_of": [],
        **{name: counts[name] for name in counts},
    }
    assert (noted["w"]["WINDOW"], noted["w"]["replay_of"]) == (7, ["a", "b"])


def test_a_run_that_has_not_landed_whole_waits(
    warehouse: Warehouse, outputs: Sequence[Path], tmp_path: Path
) -> None:
    """As a whole, beside others that are taken."""
    first, second = outputs[0], outputs[1]
    late = f"dead_letters/{next((first / 'dead_letters').iterdir()).name}"
    warehouse.land_output(first, "first", leave_out=late)
    warehouse.land_output(second, "second")
    warehouse.run("merge.sql")
    (tmp_path / "one").mkdir()
    assert warehouse.all_rows() == loaded_by_duckdb(tmp_path / "one", [second])
    with (first / late).open("rb") as stream:
        records: Any = list(fastavro.reader(stream))
    warehouse.land("dead_letters", f"first/{late}", records)
    warehouse.run("merge.sql")
    (tmp_path / "two").mkdir()
    assert warehouse.all_rows() == loaded_by_duckdb(tmp_path / "two", [second, first])
    for table in TABLES:
        assert warehouse.rows(f"landed_{table.name}") == []


def land_rows(warehouse: Warehouse, run: str, files: dict[str, list[Row]], window: int = 0) -> None:
    """Let a run land that has these files."""
    told = []
    for name, rows in files.items():
        warehouse.land(name.partition("/")[0], f"out/{name}", [to_record(row) for row in rows])
        told.append({"name": name, "rows": len(rows)})
    manifest: dict[str, Any] = {"run": run, "files": told, "counts": {}, "options": {}}
    if window:
        manifest["window"] = {"number": window}
    warehouse.land_manifest(f"out/manifests/{run}.json", manifest)


def on(day: int, **more: Any) -> Article:
    return replace(BARE_ARTICLE, id="a", ingest_date=date(2026, 6, day), **more)


def test_of_rows_with_one_key_one_stays(warehouse: Warehouse) -> None:
    """That of the latest day, of the last run, of the last file, and there the first."""
    letter = replace(BARE_DEAD_LETTER, id="a")
    copy = replace(BARE_DUPLICATE, source_uri="a")
    first: dict[str, list[Row]] = {
        "articles/1.avro": [on(2, title="two")],
        "dead_letters/1.avro": [letter],
        "dead_letters/2.avro": [replace(letter, attempt=number) for number in (2, 3)],
        "duplicates/1.avro": [copy, copy, replace(copy, content_sha256="2")],
        "duplicates/2.avro": [replace(copy, record_date_text=text) for text in "ba"],
    }
    land_rows(warehouse, "z", first, window=2)
    land_rows(warehouse, "a", {"articles/9.avro": [on(2, title="again")]}, window=10)
    warehouse.run("merge.sql")
    assert [row["title"] for row in warehouse.rows("articles")] == ["again"]
    assert [row["attempt"] for row in warehouse.rows("dead_letters")] == [2]
    texts = [
        (row["content_sha256"], row["record_date_text"]) for row in warehouse.rows("duplicates")
    ]
    assert sorted(texts, key=str) == [("2", None), (copy.content_sha256, "b")] or sorted(
        texts, key=str
    ) == [(copy.content_sha256, "b"), ("2", None)]
    land_rows(warehouse, "c", {"articles/3.avro": [on(1, title="one")]}, window=11)
    warehouse.run("merge.sql")
    assert [row["title"] for row in warehouse.rows("articles")] == ["again"]
    land_rows(warehouse, "d", {"articles/4.avro": [on(2)]}, window=12)
    warehouse.run("merge.sql")
    assert [(row["title"], row["run"]) for row in warehouse.rows("articles")] == [(None, "d")]


def test_the_tables_change_in_one_transaction() -> None:
    """What makes tables commits in Snowflake, so that it comes before; nothing comes after."""
    kinds = [type(statement) for statement in statements("merge.sql")]
    begun = kinds.index(exp.Transaction)
    assert kinds[-1] is exp.Commit
    assert kinds[begun + 1 : -1] == [exp.Merge] * 4 + [exp.Insert] + [exp.Delete] * 4
    assert not {exp.Merge, exp.Insert} & set(kinds[:begun])


def test_all_tables_choose_among_equal_keys_in_one_way() -> None:
    merges = [each for each in statements("merge.sql") if isinstance(each, exp.Merge)]
    windows = [window for each in merges for window in each.find_all(exp.Window)]
    assert len(windows) == len(merges)
    assert len({window.args["order"].sql("snowflake") for window in windows}) == 1
    keys = {each.this.name: each.args["on"].sql("snowflake") for each in merges}
    wanted = {
        table.name: " AND ".join(f"held.{name} = new.{name}" for name in table.key)
        for table in TABLES
    }
    assert keys == wanted
