"""A cluster, documents, and what the local runner makes of them."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flink_cluster import FlinkCluster
from flink_packages import ROOT, build_workers

DOCUMENTS = int(os.environ.get("SUZGI_FLINK_DOCUMENTS", "2000"))
COMMON = ("--ingest-date=2024-05-31", "--shard-bytes=200000", "--quiet")
NEEDED = ("java", "mvn")
SECONDS = 600.0
"""For what a test waits for: far more than it takes, so that a busy machine fails no test."""


@dataclass(frozen=True)
class Corpus:
    """Documents, and a whole run over them by the local runner."""

    inputs: Path
    local: Path


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of an environment that has this version as a wheel."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing and os.environ.get("CI") != "true":  # there .ci/run installs them
        pytest.skip(f"a Flink cluster needs {' and '.join(missing)}")
    return build_workers(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="session")
def corpus(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Return generated documents, some of them copies or broken, and a local run over them."""
    folder = tmp_path_factory.mktemp("corpus")
    inputs = folder / "in"
    generate = (ROOT / "tests/bench/corpus.py", inputs, "--documents", str(DOCUMENTS))
    subprocess.run([sys.executable, *generate], check=True)
    for number, path in enumerate(sorted(inputs.rglob("*.txt"))[: DOCUMENTS // 20]):
        copy = inputs / f"again-{number}.txt"
        copy.write_bytes(path.read_bytes() if number % 4 else b"")
    corpus = Corpus(inputs, folder / "local")
    ingest(programs, corpus.inputs, corpus.local)
    return corpus


@pytest.fixture(scope="session")
def cluster(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlinkCluster]:
    """Return a cluster of two task managers; who kills one starts another."""
    with FlinkCluster(tmp_path_factory.mktemp("cluster"), programs) as started:
        yield started


def command(programs: Path, inputs: Path, output: Path, *more: str) -> list[str]:
    """Return the command of an ingest by the wheel."""
    places = ("--input", str(inputs), "--output", str(output))
    return [str(programs / "suzgi"), "ingest", *places, *COMMON, *more]


@contextlib.contextmanager
def started(command: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    """Start a command far from the checkout; kill it at the end if it still runs."""
    folder = Path(command[0]).parent
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def ingest(programs: Path, inputs: Path, output: Path, *more: str) -> None:
    """Run an ingest far from the checkout; it must succeed without a word."""
    run = subprocess.run(
        command(programs, inputs, output, *more),
        cwd=programs,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def contents(output: Path) -> dict[str, bytes]:
    """Return every file of an output by its name."""
    files = (path for path in output.rglob("*") if path.is_file())
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def wait_until(happens: Callable[[], object]) -> None:
    """Wait for something that must happen."""
    deadline = time.monotonic() + SECONDS
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def newest_job(cluster: FlinkCluster) -> dict[str, Any]:
    """Return what the cluster tells of the job that was started last."""
    jobs: list[dict[str, Any]] = cluster.ask("/jobs/overview")["jobs"]
    return max(jobs, key=lambda job: int(job["start-time"]))
