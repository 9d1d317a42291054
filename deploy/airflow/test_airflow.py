"""The DAG, run by a real Airflow with folders of this test."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
from linters import ROOT

HERE = Path(__file__).parent
PROGRAMS = ROOT / ".airflow/bin"
PAGE = "Қалада жаңа кітапхана ашылды\n\nКітапхана таңғы тоғызда ашылады, кешке жабылады.\n"
SETTINGS = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(sys.argv[1]).dags["suzgi"]
retries = {task.task_id: task.retries for task in dag.tasks}
print(json.dumps({"catchup": dag.catchup, "retries": retries}))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home of Airflow with its database and this DAG alone, which waits for no retry."""
    if not (PROGRAMS / "airflow").exists():
        raise FileNotFoundError(f"{PROGRAMS}/airflow is missing: `make deploy-test` installs it")
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    dag = (HERE / "suzgi.py").read_text("utf-8")
    assert dag.count("minutes=5") == 1
    (home / "dags/suzgi.py").write_text(dag.replace("minutes=5", "seconds=0"), encoding="utf-8")
    for command in (("db", "migrate"), ("dags", "reserialize")):
        done = airflow(home, {}, *command)
        assert done.returncode == 0, done.stderr
    return home


def airflow(
    home: Path, settings: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of Airflow; nothing of the caller's Airflow is used."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        **settings,
    }
    command = [str(PROGRAMS / "airflow"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_airflow_takes_the_dag_and_runs_it_after_each_day(home: Path) -> None:
    done = airflow(home, {}, "dags", "list-import-errors", "--output", "json")
    assert json.loads(done.stdout.splitlines()[-1]) == [], done.stdout
    done = airflow(home, {}, "dags", "details", "suzgi", "--output", "json")
    (details,) = json.loads(done.stdout.splitlines()[-1])
    assert details["next_dagrun_data_interval_start"] == "2026-11-25 21:15:00+00:00"
    assert details["next_dagrun_run_after"] == "2026-11-26 21:15:00+00:00"  # the night of the 26th
    assert details["max_active_runs"] == "1"


def test_nights_that_were_missed_and_tries_that_failed_are_made_up_for(home: Path) -> None:
    command = [str(PROGRAMS / "python"), "-c", SETTINGS, str(home / "dags")]
    environment = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "catchup": True,
        "retries": {"ingest": 2, "load": 2},
    }


def test_runs_ingest_and_load_the_day_before_or_the_one_they_are_told(
    home: Path, tmp_path: Path
) -> None:
    pages = tmp_path / "all pages"
    for day in ("2026-11-26", "2024-05-31"):
        (pages / day).mkdir(parents=True)
        (pages / day / "1.txt").write_text(f"{PAGE}{day}\n", encoding="utf-8")
    settings = {
        "AIRFLOW_VAR_SUZGI_PAGES": str(pages),
        "AIRFLOW_VAR_SUZGI_ARTICLES": str(tmp_path / "articles"),
        "AIRFLOW_VAR_SUZGI_WAREHOUSE": f"duckdb:{tmp_path / 'articles.duckdb'}",
    }
    for when in (("2026-11-27T03:00:00+05:00",), ("--conf", '{"day": "2024-05-31"}')):
        done = airflow(home, settings, "dags", "test", "suzgi", *when)
        assert done.returncode == 0, done.stdout[-3000:]
    with duckdb.connect(str(tmp_path / "articles.duckdb")) as database:
        rows = database.sql("SELECT ingest_date::VARCHAR FROM articles ORDER BY 1").fetchall()
    assert rows == [("2024-05-31",), ("2026-11-26",)]


def test_a_day_that_is_none_is_refused(home: Path) -> None:
    done = airflow(home, {}, "dags", "test", "suzgi", "--conf", '{"day": "yesterday"}')
    assert done.returncode != 0
    assert "'yesterday' is not a 'date'" in done.stdout + done.stderr
