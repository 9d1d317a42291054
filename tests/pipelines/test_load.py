"""`suzgi load` takes each run once and whole, whatever happens meanwhile, from disk and store."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from output_rows import rows

from pipelines.main import main
from schemas.avro import R, to_record
from schemas.rows import Article, DeadLetter, Duplicate
from tests.pipelines.conftest import COMMON, Crashes
from transforms.commit_points import LOAD_POINTS
from transforms.manifest import Pane, parse_manifest
from transforms.parts import PartFile, read_whole

if TYPE_CHECKING:
    from store_servers import Bucket

TABLES = ("articles", "other_languages", "duplicates", "dead_letters", "runs")
Tables = dict[str, list[dict[str, Any]]]


def load(*arguments: object) -> int:
    return main(["load", *map(str, arguments), "--quiet"])


def target(database: Path) -> str:
    return f"--to=duckdb:{database}"


def tables(database: Path) -> Tables:
    """Return all rows of a database, but for when they were loaded."""
    with duckdb.connect(str(database)) as connection:
        found = {
            name: connection.sql(f"FROM {name} ORDER BY ALL").to_arrow_table().to_pylist()
            for name in TABLES
        }
    for run in found["runs"]:
        del run["loaded_at"]
    return found


def query(database: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(database)) as connection:
        return connection.execute(sql).fetchall()


def records(output: Path, row_type: type[R], run: str, kind: str = "") -> list[dict[str, Any]]:
    """Return what a table must have of the rows of a run."""
    found = [{**to_record(row), "run": run} for row in rows(output, row_type, kind)]
    return sorted(found, key=lambda record: str(record["source_uri"]))


def by_uri(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda record: str(record["source_uri"]))


def manifest_path(output: Path) -> Path:
    (path,) = (output / "manifests").iterdir()
    return path


@pytest.fixture
def output(crashes: Crashes, tmp_path: Path) -> Path:
    """Return an output of a small run of its own: articles, duplicates and dead letters."""
    return Path(shutil.copytree(crashes.folder / "undisturbed", tmp_path / "out"))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "articles.duckdb"


@pytest.fixture(scope="module")
def other_run(crashes: Crashes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output of a run that has every document in a language nobody asked for."""
    made = tmp_path_factory.mktemp("other") / "out"
    assert crashes.run(made, "--languages=en", "--ingest-date=2024-06-01") == 0, crashes.log
    return made


def test_tables_have_all_rows_of_a_run(
    output: Path, other_run: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", str(output), str(other_run), target(database)]) == 0
    runs = [manifest_path(each).stem for each in (output, other_run)]
    held = tables(database)
    assert by_uri(held["articles"]) == records(output, Article, runs[0])
    assert by_uri(held["other_languages"]) == records(
        other_run, Article, runs[1], "other_languages"
    )
    # The second run, of a later day, has the same duplicates and dead letters.
    assert by_uri(held["duplicates"]) == records(other_run, Duplicate, runs[1])
    assert by_uri(held["dead_letters"]) == records(other_run, DeadLetter, runs[1])
    assert sorted(run["run"] for run in held["runs"]) == sorted(runs)
    for run in held["runs"]:
        kinds = ("articles", "other_languages", "duplicates", "dead_letters")
        assert run["documents"] == 36 == sum(run[kind] for kind in kinds)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"{output}: run {runs[0]} loaded: {len(held['articles'])} articles, ")
    assert told[-1].startswith(f"duckdb:{database}: 2 runs loaded, 0 were there already; ")


def test_the_same_manifest_changes_nothing(output: Path, database: Path, tmp_path: Path) -> None:
    """Nor does a copy of it; and where it is forgotten, its rows are merged and not added."""
    assert load(output, target(database)) == 0
    held = tables(database)
    content = database.read_bytes()
    assert load(output, target(database)) == 0
    copy = shutil.copytree(output, tmp_path / "copy")
    assert load(output, copy, copy, target(database)) == 0
    assert tables(database) == held
    assert len(database.read_bytes()) == len(content)
    with duckdb.connect(str(database)) as connection:
        connection.execute("DELETE FROM runs")
    assert load(output, target(database)) == 0
    assert tables(database) == held


def test_days_come_in_any_order(
    crashes: Crashes, output: Path, tmp_path: Path, database: Path
) -> None:
    """Of an article that two days have, the later one stays."""
    later = tmp_path / "later"
    assert crashes.run(later, "--ingest-date=2024-06-02") == 0, crashes.log
    assert load(later, output, target(database)) == 0
    assert query(database, "SELECT DISTINCT ingest_date, run FROM articles") == [
        (date(2024, 6, 2), manifest_path(later).stem)
    ]


def test_windows_of_a_watch_come_as_they_are_committed(
    crashes: Crashes, tmp_path: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "live"
    watch = ["watch", "--input", f"{crashes.folder}/in", "--output", str(output), *COMMON]
    watch += ["--once", "--settle-seconds=0", "--window-files=9"]
    assert crashes.ask([*watch, "--max-windows=2"])["code"] == 0, crashes.log
    assert load(output, target(database)) == 0
    assert query(database, 'SELECT "window" FROM runs ORDER BY ALL') == [(1,), (2,)]
    assert crashes.ask(watch)["code"] == 0, crashes.log
    capsys.readouterr()
    assert main(["load", str(output), target(database)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(" loaded")[0] for line in told[:2]] == [
        f"{output}: window 3",
        f"{output}: window 4",
    ]
    assert told[2].startswith(f"duckdb:{database}: 2 runs loaded, 2 were there already; ")
    held = tables(database)
    for name, row_type in (
        ("articles", Article),
        ("duplicates", Duplicate),
        ("dead_letters", DeadLetter),
    ):
        wanted = [to_record(row) for row in rows(output, row_type)]
        for record in held[name]:
            del record["run"]
        assert by_uri(held[name]) == by_uri(wanted)


def test_panes_of_a_stream_come_in_the_order_of_time(
    output: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = manifest_path(output)
    manifest = parse_manifest(path.read_text("utf-8"))
    path.unlink()
    names = []
    for minute in (41, 40):
        pane = Pane(f"2025-05-14T18:{minute}:00Z", f"2025-05-14T18:{minute + 1}:00Z", 0)
        of_pane = replace(manifest, pane=pane)
        (output / of_pane.file_name).write_text(of_pane.to_text(), "utf-8")
        names.append(pane.name)
    assert main(["load", str(output), target(database)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(" loaded")[0] for line in told[:2]] == [
        f"{output}: pane {name}" for name in reversed(names)
    ]
    assert load(output, target(database)) == 0
    assert query(database, "SELECT count(*) FROM runs") == [(2,)]


def statements(parts: Sequence[PartFile]) -> int:
    """Return in how many statements files are taken: those of articles together."""
    alone = [part for part in parts if not part.name.startswith("articles/")]
    return len(alone) + (len(alone) < len(parts))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut": (cut, "written with "),
    "flip": (flip, "its SHA-256 is not that of its manifest"),
    "lose": (Path.unlink, "now missing"),
}


@pytest.mark.parametrize("kind", ["articles", "dead_letters", "duplicates"])
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_refused_before_anything_is_changed(
    kind: str, name: str, output: Path, other_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = output.parent / "articles.duckdb"
    damage, message = DAMAGES[name]
    damaged = max((output / kind).iterdir())
    content = damaged.read_bytes()
    damage(damaged)
    assert load(output, target(database)) == 7
    error = capsys.readouterr().err
    assert str(damaged) in error
    assert message in error
    assert "Nothing of its run is loaded" in error
    if name != "flip":  # what the size tells is told before the database is made
        assert not database.exists()
    damaged.write_bytes(content)
    assert load(other_run, target(database)) == 0
    held = tables(database)
    damage(damaged)
    assert load(other_run, output, target(database)) == 7
    assert tables(database) == held
    damaged.write_bytes(content)
    assert load(other_run, output, target(database)) == 0
    assert len(tables(database)["runs"]) == 2


def test_a_damaged_manifest_is_refused(
    output: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = manifest_path(output)
    held = json.loads(path.read_text("utf-8"))
    for text, message in (
        (path.read_text("utf-8")[:-9], "not a manifest of suzgi"),
        (json.dumps({**held, "format": 2}), "format 2; this version reads 1"),
        (json.dumps({**held, "version": "9"}), "version, options and inputs are those of run "),
        (json.dumps({**held, "files": held["files"][1:]}), " rows counted in articles, "),
    ):
        path.write_text(text, "utf-8")
        assert load(output, target(database)) == 7
        error = capsys.readouterr().err
        assert f"{path}: " in error
        assert message in error
    assert not database.exists()
    # A later release may add to a manifest what this one does not know.
    path.write_text(json.dumps({**held, "more": 1}), "utf-8")
    assert load(output, target(database)) == 0


def test_another_run_of_the_same_name_is_refused(
    output: Path, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(output, target(database)) == 0
    copy = shutil.copytree(output, tmp_path / "copy")
    path = manifest_path(copy)
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert load(copy, target(database)) == 7
    assert f"was loaded from {output} with another manifest" in capsys.readouterr().err


def test_a_load_passes_every_point(crashes: Crashes, output: Path, database: Path) -> None:
    asked = crashes.ask(["load", str(output), target(database)], record=f"{output}.points")
    assert asked["code"] == 0, crashes.log
    passed = Path(f"{output}.points").read_text("utf-8").split()
    assert set(passed) == set(LOAD_POINTS)
    parts = parse_manifest(manifest_path(output).read_text("utf-8")).files
    assert passed.count("load.batch") == len(parts)
    assert passed.count("load.merged") == statements(parts)


STOPS = [
    *((point, signal.SIGKILL) for point in LOAD_POINTS),
    ("load.batch", signal.SIGINT),
    ("load.batch", signal.SIGTERM),
    ("load.noted", signal.SIGINT),
]


@pytest.mark.parametrize(("point", "number"), STOPS)
def test_stopped_at_a_point(
    point: str, number: signal.Signals, crashes: Crashes, output: Path, other_run: Path
) -> None:
    """In the second of two runs, or at the first pass of a point that comes once."""
    database = output.parent / "articles.duckdb"
    assert load(output, other_run, target(database)) == 0
    wanted = tables(database)
    database.unlink()
    command = ["load", str(output), str(other_run), target(database)]
    parts = parse_manifest(manifest_path(output).read_text("utf-8")).files
    nth = {"load.opened": 1, "load.prepared": 1}
    nth |= {"load.merged": statements(parts) + 1, "load.batch": len(parts) + 1}
    stop = {"signal": int(number), "point": point, "nth": nth.get(point, 2)}
    code = crashes.ask(command, **stop)["code"]
    assert code == (130 if number == signal.SIGINT else -number), crashes.log
    if point not in ("load.opened", "load.prepared"):
        seen = tables(database)
        runs = {record["run"] for record in seen["runs"]}
        assert len(runs) == (2 if point == "load.committed" else 1)
        assert {record["run"] for name in TABLES for record in seen[name]} <= runs
    assert load(output, other_run, target(database)) == 0
    assert tables(database) == wanted
    assert [path for path in database.parent.iterdir() if database.name in path.name] == [database]


def test_two_at_once(output: Path, database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(); input()"
    command = [sys.executable, "-c", program, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdout.readline()
        assert load(output, target(database)) == 4
        error = capsys.readouterr().err
        holder.stdin.close()
    assert f"cannot use {database}: another process has it open, " in error
    assert f"(PID {holder.pid}). Wait for its end" in error
    assert load(output, target(database)) == 0


def test_from_a_store(bucket: "Bucket", output: Path, database: Path) -> None:
    for path in output.rglob("*"):
        if path.is_file():
            bucket.put(f"out/{path.relative_to(output)}", path.read_bytes())
    place = f"{bucket.uri}/out"
    assert load(place, target(database)) == 0
    held = tables(database)
    assert [run["output"] for run in held["runs"]] == [place]
    assert len(held["articles"]) == len(rows(output, Article))
    assert load(place + "/", output, target(database)) == 0
    assert tables(database) == held
    part = parse_manifest((read_whole(f"{place}/{held['runs'][0]['manifest']}") or b"").decode())
    bucket.put(f"out/{part.files[0].name}", b"x")
    database.unlink()
    assert load(place, target(database)) == 7
    assert not database.exists()


def test_a_dry_run_makes_nothing(
    output: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", str(output), target(database), "--dry-run"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"{output}: run {manifest_path(output).stem} would be loaded: ")
    assert told[1].startswith(f"duckdb:{database}: 1 runs would be loaded, 0 were there")
    assert not database.exists()


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("articles.duckdb", "'articles.duckdb' is no warehouse; it begins with duckdb:"),
        ("redshift:a.b", "'redshift:a.b' is no warehouse; it begins with duckdb:, bigquery:"),
        ("bigquery:", "'bigquery:' names no dataset, such as bigquery:my-project.articles"),
        ("bigquery:articles", "'bigquery:articles' names no dataset"),
        ("bigquery:project.data-set", "'bigquery:project.data-set' names no dataset"),
        ("bigquery:project.dataset.table", "'bigquery:project.dataset.table' names no dataset"),
        ("duckdb:", "'duckdb:' names no local file"),
        ("duckdb::memory:", "'duckdb::memory:' names no local file"),
        ("duckdb:gs://b/x", "'duckdb:gs://b/x' names no local file"),
    ],
)
def test_wrong_targets(
    to: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", str(tmp_path), "--to", to]) == 2
    assert message in capsys.readouterr().err


def test_places_without_a_run(
    tmp_path: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(tmp_path, target(database)) == 3
    assert f"no finished run is in {tmp_path}" in capsys.readouterr().err
    assert load(tmp_path / "nowhere", target(database)) == 3
    assert f"cannot read {tmp_path}/nowhere: No such file" in capsys.readouterr().err
    assert not database.exists()


def test_a_run_that_is_not_finished_waits(
    crashes: Crashes, output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "articles.duckdb"
    assert crashes.run_to(tmp_path / "begun", "report.settled", 2) == -signal.SIGKILL
    assert main(["load", str(tmp_path / "begun"), str(output), target(database)]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path}/begun: no run is finished yet\n{output}")
    assert len(tables(database)["runs"]) == 1


def test_places_that_are_no_database(
    output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(output, target(tmp_path)) == 4
    assert f"cannot use {tmp_path}: " in capsys.readouterr().err
    assert load(output, target(tmp_path / "none" / "x.duckdb")) == 4
    assert "No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "to", "extra"),
    [
        ("duckdb", "duckdb:x.duckdb", "duckdb"),
        ("google.cloud.bigquery", "bigquery:project.dataset", "bigquery"),
    ],
)
def test_without_an_extra_it_says_what_to_install(
    module: str, to: str, extra: str, output: Path
) -> None:
    program = (
        f"import sys; sys.modules['{module}'] = None\n"
        "from pipelines.main import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "load", str(output), "--to", to]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=os.fspath(Path(__file__).parents[2]),
    )
    assert done.returncode == 4
    assert f"pip install 'suzgi[{extra}]'" in done.stderr


def test_without_credentials_it_says_how_to_get_them(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is asked: a key file that is not there is looked for first."""
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(output / "key.json"))
    assert load(output, "--to=bigquery:my-project.articles") == 4
    error = capsys.readouterr().err
    assert "cannot use BigQuery: " in error
    assert "gcloud auth application-default login" in error
