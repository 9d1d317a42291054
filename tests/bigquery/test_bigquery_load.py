"""`suzgi load --to bigquery:` takes each run once and whole, whatever happens meanwhile."""

import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from warehouse_loads import Dataset, exact

from pipelines.exit_codes import ExitCode
from pipelines.main import main
from tests.pipelines.conftest import Crashes
from transforms.commit_points import BIGQUERY_POINTS, arm
from transforms.manifest import parse_manifest
from transforms.warehouse import bigquery_stages
from transforms.warehouse.tables import RUNS, TABLES

if TYPE_CHECKING:
    from store_servers import GoogleBucket

NAMES = (*(table.name for table in TABLES), RUNS)
Tables = dict[str, list[Any]]


def load(*arguments: object) -> int:
    return main(["load", *map(str, arguments), "--quiet"])


def comparable(name: str, rows: list[dict[str, Any]]) -> list[Any]:
    """Return rows in an order of their own, exactly, but for when they were loaded."""
    kept = [{key: value for key, value in row.items() if key != "loaded_at"} for row in rows]
    return sorted((exact(row) for row in kept), key=repr)


def tables(dataset: Dataset) -> Tables:
    """Return all rows of a dataset."""
    return {name: comparable(name, dataset.rows(name)) for name in NAMES}


def tables_of_duckdb(database: Path, *outputs: Path) -> Tables:
    """Return all rows of a new file of DuckDB that outputs were loaded into."""
    assert load(*outputs, f"--to=duckdb:{database}") == 0
    with duckdb.connect(str(database)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {
            name: comparable(name, connection.sql(f"FROM {name}").to_arrow_table().to_pylist())
            for name in NAMES
        }


def manifest_path(output: Path) -> Path:
    (path,) = (output / "manifests").iterdir()
    return path


def stages(dataset: Dataset) -> list[str]:
    return [name for name in dataset.tables() if name.startswith("suzgi_stage_")]


def load_jobs(dataset: Dataset) -> list[str]:
    """Return the ids of all load jobs into stages of a dataset."""
    name = dataset.name.rpartition(".")[2]
    found = (job for job in dataset.client.list_jobs() if job.job_type == "load")
    return sorted(job.job_id for job in found if job.destination.dataset_id == name)


@pytest.fixture
def output(crashes: Crashes, tmp_path: Path) -> Path:
    """Return an output of a small run of its own: articles, duplicates and dead letters."""
    return Path(shutil.copytree(crashes.folder / "undisturbed", tmp_path / "out"))


@pytest.fixture(scope="module")
def other_run(crashes: Crashes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output of a run that has every document in a language nobody asked for."""
    made = tmp_path_factory.mktemp("other") / "out"
    assert crashes.run(made, "--languages=en", "--ingest-date=2024-06-01") == 0, crashes.log
    return made


@pytest.fixture(scope="module")
def loaded_by_duckdb(
    crashes: Crashes, other_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> Tables:
    """Return what DuckDB has of both runs."""
    database = tmp_path_factory.mktemp("database") / "db"
    return tables_of_duckdb(database, crashes.folder / "undisturbed", other_run)


def as_loaded_from(held: Tables, output: Path) -> Tables:
    """Return tables in which the copy of a run was loaded from another place."""
    name = exact({"output": str(output)})["output"]
    of_copy = manifest_path(output).stem
    runs = [
        {**run, "output": name} if run["run"] == exact({"run": of_copy})["run"] else run
        for run in held[RUNS]
    ]
    return {**held, RUNS: sorted(runs, key=repr)}


def test_tables_have_what_duckdb_has(
    output: Path,
    other_run: Path,
    dataset: Dataset,
    loaded_by_duckdb: Tables,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["load", str(output), str(other_run), dataset.target]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1].startswith(f"bigquery:{dataset.name}: 2 runs loaded, 0 were there already; ")
    held = tables(dataset)
    assert held == as_loaded_from(loaded_by_duckdb, output)
    assert all(held[name] for name in NAMES)
    assert stages(dataset) == []


def test_the_same_manifest_changes_nothing(
    output: Path, other_run: Path, dataset: Dataset, tmp_path: Path
) -> None:
    """Nor does a copy of it; and where it is forgotten, its rows are merged and not added."""
    assert load(output, other_run, dataset.target) == 0
    held, jobs = tables(dataset), load_jobs(dataset)
    assert load(output, dataset.target) == 0
    copy = shutil.copytree(output, tmp_path / "copy")
    assert load(output, copy, copy, dataset.target) == 0
    assert tables(dataset) == held
    assert load_jobs(dataset) == jobs
    dataset.query("DELETE FROM runs WHERE TRUE")
    assert load(output, other_run, dataset.target) == 0
    assert tables(dataset) == held
    assert len(load_jobs(dataset)) == 2 * len(jobs)


def test_a_replay_of_dead_letters(
    output: Path, dataset: Dataset, tmp_path: Path, crashes: Crashes
) -> None:
    replayed = tmp_path / "replayed"
    command = ["replay", str(output), "--output", str(replayed), "--quiet"]
    command += ["--ingest-date=2024-06-03", "--max-dead-letters=100"]
    assert crashes.ask(command)["code"] == 0, crashes.log
    assert load(output, replayed, dataset.target) == 0
    assert tables(dataset) == tables_of_duckdb(tmp_path / "db", output, replayed)
    assert dataset.query("SELECT DISTINCT attempt FROM dead_letters") == [{"attempt": 2}]
    replays = dataset.query("SELECT replay_of FROM runs WHERE ARRAY_LENGTH(replay_of) > 0")
    assert replays == [{"replay_of": [manifest_path(output).stem]}]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["articles", "dead_letters"])
@pytest.mark.parametrize("damage", [cut, flip, Path.unlink])
def test_a_damaged_file_is_refused(
    *,
    kind: str,
    damage: Callable[[Path], None],
    output: Path,
    other_run: Path,
    dataset: Dataset,
    loaded_by_duckdb: Tables,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert load(other_run, dataset.target) == 0
    held = tables(dataset)
    damaged = max((output / kind).iterdir())
    content = damaged.read_bytes()
    damage(damaged)
    assert load(other_run, output, dataset.target) == 7
    error = capsys.readouterr().err
    assert str(damaged) in error
    assert "Nothing of its run is loaded" in error
    assert tables(dataset) == held
    damaged.write_bytes(content)
    assert load(other_run, output, dataset.target) == 0
    assert tables(dataset) == as_loaded_from(loaded_by_duckdb, output)
    assert stages(dataset) == []


def test_a_load_passes_every_point(
    crashes: Crashes, output: Path, dataset: Dataset, tmp_path: Path
) -> None:
    env = {"BIGQUERY_EMULATOR_HOST": dataset.emulator}
    command = ["load", str(output), dataset.target]
    asked = crashes.ask(command, record=str(tmp_path / "points"), env=env)
    assert asked["code"] == 0, crashes.log
    passed = (tmp_path / "points").read_text("utf-8").split()
    assert set(passed) == set(BIGQUERY_POINTS)
    parts = parse_manifest(manifest_path(output).read_text("utf-8")).files
    assert passed.count("load.batch") == len(parts)
    assert passed.count("load.stage_made") == len({part.name.split("/")[0] for part in parts})


STOPS = [
    *((point, signal.SIGKILL, 1) for point in BIGQUERY_POINTS),
    ("load.table_made", signal.SIGKILL, 3),
    ("load.stage_made", signal.SIGKILL, 2),
    ("load.batch", signal.SIGKILL, 2),
    ("load.batch", signal.SIGKILL, 12),
    ("load.begun", signal.SIGKILL, 2),
    ("load.merging", signal.SIGKILL, 2),
    ("load.batch", signal.SIGTERM, 3),
    ("load.batch", signal.SIGINT, 3),
    ("load.merging", signal.SIGINT, 1),
]


@pytest.mark.parametrize(("point", "number", "nth"), STOPS)
def test_stopped_at_a_point(
    *,
    point: str,
    number: signal.Signals,
    nth: int,
    crashes: Crashes,
    output: Path,
    other_run: Path,
    dataset: Dataset,
    loaded_by_duckdb: Tables,
) -> None:
    """A run is there as a whole or not at all; then, no file is loaded twice."""
    env = {"BIGQUERY_EMULATOR_HOST": dataset.emulator}
    command = ["load", str(output), str(other_run), dataset.target]
    stop = {"signal": int(number), "point": point, "nth": nth, "env": env}
    code = crashes.ask(command, **stop)["code"]
    assert code == (130 if number == signal.SIGINT else -number), crashes.log
    if RUNS in dataset.tables():
        seen = tables(dataset)
        runs = {run["run"] for run in seen[RUNS]}
        assert {row["run"] for name in NAMES for row in seen[name]} <= runs
    assert load(output, other_run, dataset.target) == 0
    assert tables(dataset) == as_loaded_from(loaded_by_duckdb, output)
    jobs = load_jobs(dataset)
    assert len(jobs) == sum(
        len(parse_manifest(manifest_path(each).read_text("utf-8")).files)
        for each in (output, other_run)
    )
    assert all(job.endswith("_0") for job in jobs)


def test_two_at_once(output: Path, other_run: Path, dataset: Dataset, tmp_path: Path) -> None:
    """Both end, maybe one without success; in the end all is there, once."""
    outputs = (output, other_run)
    first = threading.Thread(target=load, args=(*outputs, dataset.target))
    first.start()
    turned_away = (ExitCode.OUTPUT_UNUSABLE, ExitCode.RUN_FAILED)
    assert load(*outputs, dataset.target) in (ExitCode.OK, *turned_away)
    first.join()
    assert load(*outputs, dataset.target) == 0
    assert tables(dataset) == tables_of_duckdb(tmp_path / "db", *outputs)


def put(bucket: "GoogleBucket", output: Path) -> str:
    """Copy an output into a bucket, and return where it is there."""
    for path in output.rglob("*"):
        if path.is_file():
            bucket.put(f"out/{path.relative_to(output)}", path.read_bytes())
    return f"{bucket.uri}/out"


def test_bigquery_reads_the_articles_of_a_store_itself(
    google: "GoogleBucket",
    output: Path,
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bigquery_stages, "MAX_URIS", 2)
    wanted = tables_of_duckdb(tmp_path / "db", output)
    place = put(google, output)
    assert load(place, dataset.target) == 0
    held = tables(dataset)
    assert [held[name] for name in NAMES[:-1]] == [wanted[name] for name in NAMES[:-1]]
    assert dataset.query("SELECT output FROM runs") == [{"output": place}]
    ids = set(load_jobs(dataset))
    jobs = [job for job in dataset.client.list_jobs() if job.job_id in ids]
    uris = [job.source_uris for job in jobs if "_articles_" in job.job_id]
    assert all(uris)
    assert max(map(len, uris)) == 2
    names = [part.name for part in parse_manifest(manifest_path(output).read_text()).files]
    articles = [name for name in names if name.startswith("articles/")]
    assert sorted(uri for some in uris for uri in some) == [f"{place}/{name}" for name in articles]
    assert not any(job.source_uris for job in jobs if "_articles_" not in job.job_id)


def test_a_copy_goes_on_where_the_load_from_a_store_stopped(
    google: "GoogleBucket",
    output: Path,
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They have one manifest, but not one way to BigQuery."""
    actions: list[Callable[[str], None]] = []
    monkeypatch.setattr("transforms.commit_points._actions", actions)

    def stop(reached: str) -> None:
        if reached == "load.staged":
            raise KeyboardInterrupt

    arm(stop)
    assert load(put(google, output), dataset.target) == 130
    actions.clear()
    assert load(output, dataset.target) == 0
    assert tables(dataset) == tables_of_duckdb(tmp_path / "db", output)


@pytest.mark.parametrize("point", ["load.stage_made", "load.batch"])
def test_an_object_that_changes_meanwhile(
    *,
    point: str,
    google: "GoogleBucket",
    output: Path,
    dataset: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """After it was hashed, and before or after BigQuery reads it: also where it is as before."""
    place = put(google, output)
    name = min((output / "articles").iterdir()).name
    content = (output / "articles" / name).read_bytes()
    actions: list[Callable[[str], None]] = []
    monkeypatch.setattr("transforms.commit_points._actions", actions)

    def change(reached: str) -> None:
        if reached == point:
            google.put(f"out/articles/{name}", content)

    arm(change)
    assert load(place, dataset.target) == 7
    assert f"{place}: files changed while they were loaded" in capsys.readouterr().err
    assert tables(dataset) == {name: [] for name in NAMES}
    actions.clear()
    assert load(place, dataset.target) == 0
    assert len(dataset.rows(RUNS)) == 1


def test_a_dry_run_makes_nothing(
    output: Path, dataset: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", str(output), dataset.target, "--dry-run"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert dataset.tables() == []
    made = [line for line in told if " would be made: " in line]
    assert len(made) == 6
    assert made[0].startswith(f"table {dataset.name}.articles would be made: (id STRING, ")
    assert made[0].endswith("run STRING), partitioned by ingest_date, clustered by language, site")
    parts = parse_manifest(manifest_path(output).read_text("utf-8")).files
    count = sum(part.name.startswith("articles/") for part in parts)
    assert f"_articles_… would load {count} files of " in told[6]
    assert told[-1].startswith(f"bigquery:{dataset.name}: 1 runs would be loaded, 0 were there")
    assert load(output, dataset.target) == 0
    assert main(["load", str(output), dataset.target, "--dry-run"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"bigquery:{dataset.name}: 0 runs would be loaded, 1 were there")
    other = f"CREATE OR REPLACE VIEW `{dataset.name}.articles_by_day` AS SELECT 1 AS day"
    dataset.client.query_and_wait(other)  # another release's
    assert main(["load", str(output), dataset.target, "--dry-run"]) == 0
    (views, _) = capsys.readouterr().out.splitlines()
    assert views == f"views of {dataset.name} would be made: articles_by_day"


def test_a_dataset_that_is_not_there(
    output: Path, dataset: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not made: where it is cannot be changed later."""
    for more in ([], ["--dry-run"]):
        assert load(output, f"{dataset.target}_none", *more) == 4
        assert f"there is no dataset {dataset.name}_none. Its place" in capsys.readouterr().err


def test_an_address_without_a_service(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr("transforms.warehouse.bigquery_destination.FIRST_SECONDS", 0.1)
    assert load(output, "--to=bigquery:some-project.there") == 4
    assert "cannot use some-project.there: " in capsys.readouterr().err
    assert os.environ["BIGQUERY_EMULATOR_HOST"].endswith(":9")
