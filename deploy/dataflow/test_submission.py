"""`suzgi ingest --runner DataflowRunner` by hand: it submits a job, and ends as the job does."""

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy.dataflow.cloud import IMAGE, SECONDS, Cloud

CANCELLED = ("JOB_STATE_CANCELLED", 5)
"""As the service has it, and its number."""


@contextlib.contextmanager
def submitted(cloud: Cloud) -> Iterator["subprocess.Popen[str]"]:
    """Return a command whose job was submitted."""
    cloud.service.submitted.clear()
    places = (f"--input={cloud.pages.uri}/day/", f"--output={cloud.articles.uri}/day", "--json")
    more = {"sdk_container_image": IMAGE, "dataflow_endpoint": cloud.service.endpoint}
    command = cloud.command("suzgi", "ingest", *places, *cloud.flags(**more))
    with subprocess.Popen(**command) as process:
        try:
            assert cloud.service.submitted.wait(SECONDS)
            yield process
        finally:
            process.kill()


def graph_of(cloud: Cloud) -> Path:
    """Return the graph of the last job, in a file."""
    options = cloud.service.jobs[-1]["environment"]["sdkPipelineOptions"]["options"]
    path = cloud.folder / "job.pb"
    path.write_bytes(
        cloud.scratch.get(options["pipelineUrl"].removeprefix(f"{cloud.scratch.uri}/"))
    )
    return path


def test_it_waits_for_the_job_and_tells_what_became_of_the_documents(cloud: Cloud) -> None:
    with submitted(cloud) as process:
        assert cloud.run("python", "staged_graph.py", "run", graph_of(cloud)).returncode == 0
        cloud.service.end("DONE")
        said, warned = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, warned
    (manifest,) = cloud.articles.contents("day/manifests/").values()
    assert json.loads(said) == json.loads(manifest)
    assert cloud.articles.contents("day/_work/") == {}


def test_a_job_that_fails_ends_it_with_6(cloud: Cloud) -> None:
    with submitted(cloud) as process:
        cloud.service.end("FAILED")
        _, warned = process.communicate(timeout=SECONDS)
    assert process.returncode == 6
    assert "suzgi: error: the run failed: Dataflow pipeline failed. State: FAILED" in warned
    assert cloud.articles.contents() == {}


def test_a_signal_cancels_the_job(cloud: Cloud) -> None:
    with submitted(cloud) as process:
        process.send_signal(signal.SIGTERM)
        _, warned = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + signal.SIGTERM
    assert "stopped by SIGTERM" in warned
    assert cloud.service.jobs[-1]["requestedState"] in CANCELLED
