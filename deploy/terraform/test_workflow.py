"""The workflow of a day, run here: each way that it can go."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cloud_server import BUCKET, Cloud, CloudServer
from linters import ROOT
from workflow_expressions import RaisedError
from workflow_settings import SETTINGS, SOURCE
from workflow_steps import Workflow

DAY, BEFORE = "2026-05-14", "2026-05-13"
OUTPUT = f"gs://{BUCKET}/{DAY}"
JOB = f"suzgi-ingest-{DAY}"
LAUNCH = "dataflow.projects.locations.flexTemplates.launch"
LOOK = "dataflow.projects.locations.jobs.get"
LOAD = "run.projects.locations.jobs.run"
START = datetime(2026, 5, 14, 21, 15, tzinfo=UTC).timestamp()  # the 15th in Almaty
FIGURES = {
    "documents": 23,
    "articles": 18,
    "other_languages": 2,
    "duplicates": 2,
    "dead_letters": 1,
    "dead_letter_percent": pytest.approx(100 / 23),
}


@pytest.fixture(scope="session")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return finished runs of two days: all example pages; before, one of them and others."""
    folder = tmp_path_factory.mktemp("outputs")
    pages = ROOT / "examples/pages"
    earlier = folder / "pages/samal-qala.example"
    earlier.mkdir(parents=True)
    for number, page in enumerate(sorted((pages / "samal-qala.example").glob("*.txt"))):
        text = page.read_text("utf-8")
        (earlier / page.name).write_text(
            text + ("Ертеңгі күні басқаша.\n" if number else ""), "utf-8"
        )
    for day, inputs in ((DAY, pages), (BEFORE, folder / "pages")):
        suzgi = Path(sys.executable).with_name("suzgi")
        places = ["--input", str(inputs), "--output", str(folder / day)]
        options = ["--ingest-date", day, "--languages", "kk,ru,ky,uz", "--quiet"]
        subprocess.run([str(suzgi), "ingest", *places, *options], check=True)
    return {f"gs://{BUCKET}/{day}": folder / day for day in (DAY, BEFORE)}


@pytest.fixture
def cloud(tmp_path: Path, outputs: dict[str, Path]) -> Iterator[Cloud]:
    """Return a cloud that has no output, and to which nothing wrong may be said."""
    cloud = Cloud(tmp_path / "warehouse.duckdb", written=dict(outputs))
    yield cloud
    assert cloud.faults == []


def run(
    cloud: Cloud, now: float = START, settings: Mapping[str, str] = SETTINGS, **argument: Any
) -> tuple[Any, Workflow]:
    """Return what the workflow returns, and the workflow with its clock and its log."""
    with CloudServer(cloud) as server:
        workflow = Workflow(SOURCE, settings, server.send, now)
        return workflow.run(argument), workflow


def run_and_fail(
    cloud: Cloud, now: float = START, settings: Mapping[str, str] = SETTINGS, **argument: Any
) -> tuple[Any, Workflow]:
    """Return what the workflow raises, and the workflow."""
    with CloudServer(cloud) as server:
        workflow = Workflow(SOURCE, settings, server.send, now)
        with pytest.raises(RaisedError) as caught:
            workflow.run(argument)
    return caught.value.value, workflow


def events(workflow: Workflow) -> list[str]:
    return [f"{entry['severity']} {entry['event']}" for entry in workflow.logged]


def test_a_day_from_its_pages_to_the_warehouse(cloud: Cloud) -> None:
    cloud.states = ["JOB_STATE_QUEUED", "JOB_STATE_RUNNING", "JOB_STATE_RUNNING", "JOB_STATE_DONE"]
    figures, workflow = run(cloud)
    assert figures == FIGURES
    assert events(workflow) == ["INFO suzgi_day"]
    assert cloud.bodies(LAUNCH) == [
        {
            "launchParameter": {
                "jobName": JOB,
                "containerSpecGcsPath": SETTINGS["SUZGI_TEMPLATE"],
                "parameters": {
                    "input": f"gs://example-pages/{DAY}/",
                    "output": OUTPUT,
                    "ingest_date": DAY,
                    "timezone": "Asia/Almaty",
                },
                "environment": {
                    "serviceAccountEmail": SETTINGS["SUZGI_WORKER"],
                    "tempLocation": "gs://example-temp/temp",
                    "stagingLocation": "gs://example-temp/staging",
                    "subnetwork": SETTINGS["SUZGI_SUBNETWORK"],
                    "ipConfiguration": "WORKER_IP_PRIVATE",
                    "machineType": "e2-standard-2",
                    "maxWorkers": 10,
                },
            }
        }
    ]
    assert (
        workflow.now - START == 30 + 60 + 120 + 240 + 10
    )  # four looks at the job, one at the load


def test_the_date_is_that_of_yesterday_in_the_time_zone(cloud: Cloud) -> None:
    run(cloud)
    assert cloud.bodies(LAUNCH)[0]["launchParameter"]["jobName"] == JOB


def test_a_day_of_23_hours_is_a_day(cloud: Cloud) -> None:
    """Half past midnight in Berlin, on the day after that on which the clocks went forward."""
    after = datetime(2026, 3, 29, 22, 30, tzinfo=UTC).timestamp()
    _, workflow = run_and_fail(
        cloud, after, SETTINGS | {"SUZGI_TIMEZONE": "Europe/Berlin"}, only_check=True
    )
    assert workflow.logged[-1]["date"] == "2026-03-29"


@pytest.mark.parametrize("date", ["14.05.2026", "2026-5-14", "yesterday", ""])
def test_what_is_no_date_starts_nothing(cloud: Cloud, date: str) -> None:
    error, workflow = run_and_fail(cloud, date=date)
    assert error["reason"] == "wrong_date"
    assert events(workflow) == ["ERROR suzgi_failed"]
    assert cloud.asked == []


def test_the_same_day_again_loads_what_is_there_and_starts_no_job(cloud: Cloud) -> None:
    first, _ = run(cloud, date=DAY)
    second, _ = run(cloud, date=DAY)
    assert second == first == FIGURES
    assert len(cloud.bodies(LAUNCH)) == 1
    assert len(cloud.bodies(LOAD)) == 2
    with duckdb.connect(cloud.warehouse) as database:
        assert database.sql("SELECT count(*) FROM runs").fetchone() == (1,)


def test_a_job_of_the_day_that_runs_is_waited_for(cloud: Cloud) -> None:
    cloud.running = [JOB, f"suzgi-ingest-{BEFORE}"]
    cloud.states = ["JOB_STATE_RUNNING", "JOB_STATE_DONE"]
    figures, _ = run(cloud, date=DAY)
    assert figures == FIGURES
    assert cloud.bodies(LAUNCH) == []


@pytest.mark.parametrize("state", ["JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_DRAINED"])
def test_a_job_that_ends_otherwise_loads_nothing_and_says_why(cloud: Cloud, state: str) -> None:
    cloud.states = ["JOB_STATE_RUNNING", state]
    cloud.messages = [{"messageText": "Workflow failed.", "messageImportance": "JOB_MESSAGE_ERROR"}]
    error, workflow = run_and_fail(cloud, date=DAY)
    assert error == {
        "reason": "ingest_failed",
        "message": f"job id-of-{JOB} ended as {state}",
        "details": cloud.messages,
    }
    assert workflow.logged == [
        {"severity": "ERROR", "event": "suzgi_failed", "date": DAY} | error,
    ]
    assert cloud.bodies(LOAD) == []


def test_a_job_that_hangs_is_cancelled_when_its_time_is_over(cloud: Cloud) -> None:
    cloud.states = ["JOB_STATE_RUNNING"]
    error, workflow = run_and_fail(cloud, date=DAY)
    assert error["reason"] == "ingest_too_slow"
    cancelled = cloud.bodies("dataflow.projects.locations.jobs.update")
    assert cancelled == [{"requestedState": "JOB_STATE_CANCELLED"}]
    assert 21600 < workflow.now - START <= 21600 + 300
    assert cloud.bodies(LOAD) == []


def test_a_load_that_fails_says_where_its_log_is(cloud: Cloud) -> None:
    cloud.load_fails = True
    error, workflow = run_and_fail(cloud, date=DAY)
    assert error["reason"] == "load_failed"
    assert "https://example.com/log" in error["message"]
    assert error["details"][0]["message"] == "exited with code 7"
    assert events(workflow) == ["ERROR suzgi_failed"]


def test_a_load_that_hangs_is_cancelled_when_its_time_is_over(cloud: Cloud) -> None:
    cloud.load_looks = None
    error, workflow = run_and_fail(cloud, date=DAY)
    assert error["reason"] == "load_too_slow"
    assert cloud.bodies("run.projects.locations.jobs.executions.cancel") == [{}]
    assert 7200 < workflow.now - START - 30 <= 7200 + 60


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE runs SET documents = documents + 1",
        "UPDATE runs SET dead_letters = 0",
        "DELETE FROM articles WHERE id = (SELECT min(id) FROM articles)",
    ],
)
def test_a_document_that_is_missing_is_a_failure(cloud: Cloud, damage: str) -> None:
    cloud.after_load = damage
    error, workflow = run_and_fail(cloud, date=DAY)
    assert error["reason"] == "unbalanced"
    assert events(workflow) == ["ERROR suzgi_failed"]


def test_the_day_before_still_balances_where_its_pages_came_again(cloud: Cloud) -> None:
    """The later day has the rows, and the counts of the run stay what they were."""
    before, _ = run(cloud, date=BEFORE)
    run(cloud, date=DAY)
    again, workflow = run(cloud, date=BEFORE)
    assert again == before
    assert events(workflow)[0] == "INFO suzgi_day"


def test_a_day_that_was_done_again_counts_as_it_is_now(cloud: Cloud) -> None:
    cloud.after_load = """
        INSERT INTO runs
        SELECT * REPLACE ('earlier' AS run, 7 AS documents, loaded_at - INTERVAL 1 DAY AS loaded_at)
        FROM runs
    """
    figures, _ = run(cloud, date=DAY)
    assert figures == FIGURES


def test_the_deadline_finds_a_day_that_is_not_there(cloud: Cloud) -> None:
    run(cloud, date=BEFORE)
    cloud.asked = []
    error, workflow = run_and_fail(cloud, only_check=True)
    assert error["reason"] == "not_loaded"
    assert workflow.logged[0]["date"] == DAY
    assert {name for name, _ in cloud.asked} == {"bigquery.jobs.query"}


def test_the_deadline_is_content_with_a_day_that_is_there(cloud: Cloud) -> None:
    run(cloud, date=DAY)
    figures, workflow = run(cloud, only_check=True)
    assert figures == FIGURES
    assert events(workflow) == ["INFO suzgi_day"]


def test_a_warehouse_without_tables_is_a_failure(cloud: Cloud) -> None:
    error, workflow = run_and_fail(cloud, only_check=True)
    assert error["code"] == 404
    assert "Not found" in workflow.logged[0]["details"]["error"]["message"]


def test_many_dead_letters_and_drift_are_told(cloud: Cloud) -> None:
    run(cloud, date=BEFORE)
    few = SETTINGS | {"SUZGI_MAX_DEAD_LETTERS": "4"}
    _, workflow = run(cloud, START, few, date=DAY)
    day, dead_letters, drift = workflow.logged
    assert (day["severity"], day["event"]) == ("INFO", "suzgi_day")
    assert (dead_letters["event"], dead_letters["figures"]) == ("suzgi_dead_letters", FIGURES)
    assert (drift["severity"], drift["event"], drift["date"]) == ("WARNING", "suzgi_drift", DAY)
    with duckdb.connect(cloud.warehouse) as database:
        most = "SELECT max(abs(change)) FROM drift_by_day WHERE ingest_date = ?"
        assert database.execute(most, [DAY]).fetchone() == (abs(drift["change"]),)


def test_what_is_below_its_threshold_is_not_told(cloud: Cloud) -> None:
    run(cloud, date=BEFORE)
    wide = SETTINGS | {"SUZGI_MAX_DEAD_LETTERS": "100", "SUZGI_MAX_DRIFT": "1"}
    _, workflow = run(cloud, START, wide, date=DAY)
    assert events(workflow) == ["INFO suzgi_day"]


def test_an_interface_that_is_busy_is_asked_again(cloud: Cloud) -> None:
    cloud.outages = {
        LAUNCH: [503],
        LOOK: [502, 503, 429],
        LOAD: [429],
        "bigquery.jobs.query": [503],
    }
    cloud.slow_queries = 1
    figures, _ = run(cloud, date=DAY)
    assert figures == FIGURES
    assert len(cloud.bodies(LAUNCH)) == 2


@pytest.mark.parametrize("code", [400, 403, 502, 504])
def test_a_launch_that_may_have_happened_is_not_repeated(cloud: Cloud, code: int) -> None:
    cloud.outages = {LAUNCH: [code, 200]}
    error, workflow = run_and_fail(cloud, date=DAY)
    assert error["code"] == code
    assert workflow.logged[0]["reason"] == "error"
    assert len(cloud.bodies(LAUNCH)) == 1


def test_an_outage_that_lasts_is_a_failure(cloud: Cloud) -> None:
    cloud.outages = {LOOK: [503] * 6}
    error, workflow = run_and_fail(cloud, date=DAY)
    assert error["code"] == 503
    assert events(workflow) == ["ERROR suzgi_failed"]
    assert len(cloud.bodies(LOOK)) == 6
