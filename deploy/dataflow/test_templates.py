"""A launch of a Flex Template: what it leaves, and that the job does the rest by itself."""

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from fault_proxy import FaultProxy

from deploy.dataflow.cloud import IMAGE, ROOT, SECONDS, Cloud, Launch

DAY = {"timezone": "Asia/Almaty", "ingest_date": "2026-05-14", "languages": ""}
SUBSCRIPTION = "projects/example/subscriptions/pages"

LIMIT = 10_000_000
"""Bytes of a graph that Dataflow takes
(https://docs.cloud.google.com/dataflow/docs/request-quotas)."""

WRITTEN = (
    "suzgi: the job is written and runs when it is launched; once it has ended, a manifest is in"
)

EXPERIMENTS = {
    "beam_fn_api",
    "use_unified_worker",
    "use_runner_v2",
    "use_portable_job_submission",
    "use_multiple_sdk_containers",
}
STREAM_STEPS = (
    "Arrivals/Parse",
    "Arrivals/Read",
    "FindDuplicates/AddVerdicts",
    "FindDuplicates/AsOfARun",
    "FindDuplicates/ChooseWinners",
    "FindDuplicates/Fingerprint/FlatMap(fingerprint_parts)",
    "FindDuplicates/GroupByHash/ParDo(WaitForParts)",
    "FindDuplicates/JoinVerdicts/ParDo(WaitForParts)",
    "FindDuplicates/KeyByNumber",
    "PlanRounds/GroupByWindow",
    "PlanRounds/LeaveWindows",
    "PlanRounds/Plan",
    "PlanRounds/UnderOneKey",
    "PlanRounds/Window",
    "ProcessShards/FlatMap(process_and_count)",
    "Spread/AddRandomKeys",
    "WriteManifests/CollectReports/ParDo(WaitForParts)",
    "WriteManifests/Commit",
    "WriteManifests/KeyByRound",
)
"""A running stream is updated only where its steps keep their names: who changes one tells so in
the changelog, with what `--transform_name_mapping` must say."""


def launch_day(cloud: Cloud, name: str = "day", **more: str) -> Launch:
    """Launch the ingest of a day."""
    places = {"input": f"{cloud.pages.uri}/day/", "output": f"{cloud.articles.uri}/day"}
    return cloud.launch(name, **places, **DAY, **more)


def run_here(cloud: Cloud, folder: Path, *more: str) -> dict[str, bytes]:
    """Return the files that the local runner makes of the same pages, by their names."""
    local = (f"--input={cloud.pages.uri}/day/", f"--output={folder}/day", "--quiet", *more)
    flags = ("--timezone=Asia/Almaty", "--ingest-date=2026-05-14")
    done = cloud.run("suzgi", "ingest", *local, *flags)
    assert done.returncode == 0, done.stderr
    files = [path for path in (folder / "day").rglob("*") if path.is_file()]
    return {str(path.relative_to(folder / "day")): path.read_bytes() for path in files}


def check_graph(launch: Launch) -> dict[str, list[str]]:
    """Check what holds for every graph; return what is in it."""
    assert launch.graph.stat().st_size < LIMIT / 50
    assert len(json.dumps(launch.job)) < LIMIT / 50
    held: dict[str, list[str]] = launch.describe()
    site = f"{ROOT}/.cloud/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    assert held["pickles"]
    everything = [*held["pickles"], json.dumps(launch.job)]
    for text in everything:
        text = text.replace(f"{site}/apache_beam/", "")  # noqa: PLW2901 (of lambdas of Beam)
        for place in (str(ROOT), str(launch.cloud.folder), str(Path.home())):
            assert place not in text, text
    return held


def check_environment(launch: Launch) -> None:
    """Check that workers run in the image, and get nothing else to install."""
    (pool,) = launch.job["environment"]["workerPools"]
    assert [each["containerImage"] for each in pool["sdkHarnessContainerImages"]] == [IMAGE]
    assert pool["workerHarnessContainerImage"] == IMAGE
    staged = [each["name"] for each in pool["packages"]]
    assert staged == ["submission_environment_dependencies.txt"]  # a list, for reports
    assert launch.options["save_main_session"] is False


def test_a_launch_ends_and_its_job_does_the_run(cloud: Cloud, tmp_path: Path) -> None:
    launch = launch_day(cloud)
    place = f"{cloud.articles.uri}/day"
    assert (launch.done.returncode, launch.said) == (
        0,
        ["suzgi: 23 files", f"{WRITTEN} {place}/manifests"],
    )
    check_graph(launch)
    check_environment(launch)
    assert launch.job["type"] == "JOB_TYPE_BATCH"
    assert launch.job["name"] == "day"
    assert launch.job["labels"] == {"goog-dataflow-provided-template-type": "flex"}
    assert set(launch.job["environment"]["experiments"]) == EXPERIMENTS
    assert {name.partition("-")[0] for name in cloud.articles.contents("day/_work/")} == {
        "run.json",
        "shards",
    }

    assert launch.work().returncode == 0
    assert cloud.articles.contents("day/") == run_here(cloud, tmp_path)
    assert cloud.run("suzgi", "verify", "--quiet", place).returncode == 0


def test_a_finished_run_is_launched_again_and_ends_at_once(cloud: Cloud) -> None:
    assert launch_day(cloud).work().returncode == 0
    before = cloud.articles.contents()
    again = launch_day(cloud, "again")
    assert (again.done.returncode, again.said[0]) == (
        0,
        f"suzgi: this run is complete in {cloud.articles.uri}/day; nothing was done",
    )
    steps = {step.partition("/")[0] for step in check_graph(again)["steps"]}
    assert steps <= {"Manifest", "Find", "ref_AppliedPTransform_AppliedPTransform_1"}
    assert again.work().returncode == 0
    assert cloud.articles.contents() == before
    for name in cloud.articles.contents("day/manifests/"):
        cloud.articles.delete(f"day/manifests/{name}")
    failed = again.work()
    assert failed.returncode != 0
    assert "gone" in failed.stderr


def test_a_launch_whose_job_never_ran_is_repeated(cloud: Cloud) -> None:
    launch_day(cloud)
    before = cloud.articles.contents()
    again = launch_day(cloud, "again")
    assert again.done.returncode == 0
    assert cloud.articles.contents() == before
    assert again.work().returncode == 0
    assert cloud.articles.contents("day/_work/") == {}


def test_other_options_are_refused_and_no_job_is_written(cloud: Cloud) -> None:
    launch_day(cloud)
    places = {"input": f"{cloud.pages.uri}/day/", "output": f"{cloud.articles.uri}/day"}
    other = cloud.launch("other", **places, **{**DAY, "timezone": "UTC"})
    assert other.done.returncode == 4
    assert "an interrupted run of other options (--timezone Asia/Almaty)" in other.said[-1]
    assert not any("/other/" in name for name in cloud.scratch.contents())


def test_what_is_not_there_ends_a_launch(cloud: Cloud) -> None:
    places = {"input": f"{cloud.pages.uri}/no/", "output": f"{cloud.articles.uri}/no"}
    launch = cloud.launch("no", **places)
    assert launch.done.returncode == 3
    assert cloud.articles.contents() == {}


def test_a_stream_is_launched_with_stable_steps(cloud: Cloud) -> None:
    launch = cloud.launch(
        "stream",
        subscription=SUBSCRIPTION,
        output=f"{cloud.articles.uri}/stream",
        window_seconds="300",
        enable_streaming_engine="true",
        max_num_workers="4",
        autoscaling_algorithm="THROUGHPUT_BASED",
    )
    assert (launch.done.returncode, launch.said) == (0, [])
    held = check_graph(launch)
    check_environment(launch)
    assert launch.job["type"] == "JOB_TYPE_STREAMING"
    environment = launch.job["environment"]
    assert set(environment["experiments"]) == EXPERIMENTS | {
        "enable_streaming_engine",
        "enable_windmill_service",
    }
    assert "streaming_mode_at_least_once" not in environment.get("serviceOptions", [])
    (pool,) = environment["workerPools"]
    assert pool["autoscalingSettings"] == {
        "algorithm": "AUTOSCALING_ALGORITHM_BASIC",
        "maxNumWorkers": 4,
    }
    assert "beam:transform:pubsub_read:v1" in held["urns"]
    steps = {step for step in held["steps"] if step.startswith(STREAM_STEPS)}
    assert set(STREAM_STEPS) <= steps
    ours = {step.partition("/")[0] for step in held["steps"]}
    assert ours - {"ref_AppliedPTransform_AppliedPTransform_1"} == {
        step.partition("/")[0] for step in STREAM_STEPS
    }
    assert list(cloud.articles.contents()) == ["stream/_listings/stream.json"]
    begun = "stream/_listings/round-20260514T184000Z-0000.json"
    cloud.articles.put(begun, b"{}")  # for the stream to go on with, and not for the launch
    again = {"subscription": SUBSCRIPTION, "output": f"{cloud.articles.uri}/stream"}
    launched = cloud.launch("again", **again, window_seconds="300")
    assert (launched.done.returncode, launched.said) == (0, [])


def generations(cloud: Cloud, shards: set[str]) -> dict[str, int]:
    """Return which writing of it each file of rows of some shards is."""
    blobs = cloud.articles.client.list_blobs(cloud.articles.name, prefix="day/")
    named = ((re.search(r"/part-(\d+)-", blob.name), blob) for blob in blobs)
    return {blob.name: blob.generation for found, blob in named if found and found[1] in shards}


def test_a_job_that_died_is_launched_again_and_goes_on(cloud: Cloud, tmp_path: Path) -> None:
    launch = launch_day(cloud, shard_bytes="2600")
    proxy = FaultProxy(cloud.environment["STORAGE_EMULATOR_HOST"])
    stalled = proxy.fail("stall", method="POST", spare=12)
    with proxy.serve() as url:
        behind = replace(cloud, environment={**cloud.environment, "STORAGE_EMULATOR_HOST": url})
        command = behind.command("python", "staged_graph.py", "run", launch.graph)
        with subprocess.Popen(**command) as job:
            deadline = time.monotonic() + SECONDS
            while not stalled.done:
                assert job.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            job.kill()
    work = cloud.articles.contents("day/_work/")
    finished = {name.split("-")[1] for name in work if name.startswith("shard-")}
    before = generations(cloud, finished)
    assert len(finished) > 3

    again = launch_day(cloud, "again", shard_bytes="2600")
    assert (again.done.returncode, again.work().returncode) == (0, 0)
    assert generations(cloud, finished) == before
    assert cloud.articles.contents("day/") == run_here(cloud, tmp_path, "--shard-bytes=2600")
