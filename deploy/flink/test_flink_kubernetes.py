"""The commands of kubernetes/streaming.yaml on a real cluster: a pool of workers, a stream."""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from conftest import SECONDS, Corpus, newest_job, wait_until
from flink_cluster import FlinkCluster, free_ports, is_open
from flink_packages import ROOT
from output_rows import rows
from test_flink_stream import committed, drop

from schemas.rows import Article

MANIFESTS = {
    each["kind"]: each
    for each in yaml.safe_load_all((ROOT / "deploy/kubernetes/streaming.yaml").read_text("utf-8"))
}
FASTER = "--window-seconds=2 --poll-seconds=1 --settle-seconds=0 --ingest-date=2024-05-31"


def container(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a container of a pod."""
    containers: list[dict[str, Any]] = template["spec"]["containers"]
    (found,) = (each for each in containers if each["name"] == name)
    return found


def pool_command(port: int) -> list[str]:
    """Return the command of the pool of workers beside a task manager."""
    template = MANIFESTS["FlinkDeployment"]["spec"]["taskManager"]["podTemplate"]
    pool = container(template, "suzgi-workers")
    return [word.replace("50000", str(port)) for word in [*pool["command"], *pool["args"]]]


def stream_command(cluster: FlinkCluster, port: int, inputs: Path, output: Path) -> list[str]:
    """Return the command of the stream, at the places of this test."""
    stream = container(MANIFESTS["Deployment"]["spec"]["template"], "suzgi")
    flags = dict(flag.removeprefix("--").split("=", 1) for flag in cluster.flags())
    script = stream["args"][0].rstrip()
    for pattern, place in (
        ("suzgi-flink-rest:8081", flags["flink_master"]),
        ("localhost:8099", flags["job_endpoint"]),
        ("localhost:50000", f"localhost:{port}"),
        (r"--subscription \S+", f"--input '{inputs}'"),
        (r"gs://\S+", f"'{output}'"),
        ("--parallelism=2", "--parallelism=1"),
        ("checkpointing_interval=60000", "checkpointing_interval=2000"),
    ):
        script, count = re.subn(pattern, place, script)
        assert count, pattern
    return [*stream["command"], f"{script} {FASTER}"]


@contextlib.contextmanager
def running(command: list[str], programs: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a command where the programs are on the path, as in the image."""
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    with subprocess.Popen(command, cwd=programs, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def test_stream_whose_command_was_killed_goes_on_with_the_next_one(
    programs: Path, corpus: Corpus, tmp_path: Path
) -> None:
    inputs, output = tmp_path / "in", tmp_path / "out"
    documents = sorted(corpus.inputs.glob("*/*.txt"))[:300]
    drop(documents[:200], inputs)
    (port,) = free_ports(1)
    with (
        FlinkCluster(tmp_path / "cluster", programs, task_managers=1) as cluster,
        running(pool_command(port), programs) as pool,
    ):
        wait_until(lambda: is_open(port))
        command = stream_command(cluster, port, inputs, output)
        with running(command, programs) as first:
            wait_until(lambda: first.poll() is not None or committed(output) >= 200)
            first.kill()
        left = newest_job(cluster)
        assert (left["name"], left["state"]) == ("suzgi-stream", "RUNNING")
        drop(documents[200:], inputs)
        with running(command, programs) as second:
            wait_until(lambda: second.poll() is not None or committed(output) >= 300)
            assert cluster.ask(f"/jobs/{left['jid']}")["state"] == "CANCELED"
            second.send_signal(signal.SIGTERM)
            assert second.wait(SECONDS) == 128 + signal.SIGTERM
        wait_until(lambda: newest_job(cluster)["state"] == "CANCELED")
        assert pool.poll() is None
    names = [row.source_uri.rpartition("/")[2] for row in rows(output, Article)]
    assert sorted(names) == sorted(f"{path.parent.name}-{path.name}" for path in documents)
