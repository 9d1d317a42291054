"""Runs and streams on Prism, in processes of their own: the articles of the local runner."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from log_objects import log_objects, words_of
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from tests.pipelines.conftest import COMMON, PAGE, contents, write_pages
from transforms.manifest import parse_manifest
from transforms.metrics import DISTRIBUTIONS, counts_of

PRISM = os.environ.get("SUZGI_PRISM")
STREAM = (*COMMON, "--streaming", "--window-seconds=2", "--poll-seconds=0.5", "--settle-seconds=0")
PATIENCE = 300.0
"""Seconds; a machine that is busy may need some of them."""

SHOW_METRICS = """
import json, sys
from apache_beam.metrics.metric import MetricsFilter
from pipelines import pipeline_run
from pipelines.main import main

def show(result):
    wait(result)
    found = result.metrics().query(MetricsFilter().with_namespace("suzgi"))
    counters = {each.key.metric.name: each.committed for each in found["counters"]}
    spreads = {each.key.metric.name: each.committed for each in found["distributions"]}
    spreads = {name: (spread.count, spread.sum) for name, spread in spreads.items()}
    print(json.dumps({"counters": counters, "distributions": spreads}))

wait, pipeline_run._wait = pipeline_run._wait, show
sys.exit(main(sys.argv[1:]))
"""
"""A program that runs a command and prints what the runner shows of it."""

pytestmark = pytest.mark.skipif(
    not PRISM, reason="needs Prism in SUZGI_PRISM: `make prism-test` builds it, with Go"
)


def command(folder: Path, output: str, *more: str) -> list[str]:
    """Return the arguments of an ingest of a folder."""
    return ["ingest", "--input", f"{folder}/in", "--output", f"{folder}/{output}", *more]


def on_prism(folder: Path, output: str, *more: str) -> list[str]:
    """Return the command of an ingest on Prism."""
    arguments = command(folder, output, "--runner=PrismRunner", f"--prism_location={PRISM}", *more)
    return [sys.executable, "-m", "pipelines.main", *arguments]


def drop(folder: Path, numbers: Iterable[int]) -> None:
    """Put pages into a folder, each whole at once; every seventh is empty."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        text = "" if number % 7 == 6 else PAGE.format(number=number)
        path = folder / f"{number:05}.txt"
        path.with_suffix(".part").write_text(text, encoding="utf-8")
        path.with_suffix(".part").rename(path)


def as_a_run(folder: Path) -> Path:
    """Return the output of a run of the local runner over the folder."""
    assert main(command(folder, "run", *COMMON)) == 0
    return folder / "run"


def check_as_run(folder: Path, output: str) -> None:
    """Check that a stream has each row of a run once, and that `verify` finds no fault."""
    run = as_a_run(folder)
    for kind in (Article, DeadLetter, Duplicate):
        of_stream, of_run = (
            sorted(rows(place, kind), key=lambda row: row.source_uri)
            for place in (folder / output, run)
        )
        assert of_stream == of_run
    assert main(["verify", "--sample=1", "--quiet", f"{folder}/{output}"]) == 0


def wait_until(seen: Callable[[], bool], stream: "subprocess.Popen[str]") -> None:
    """Wait until a stream that goes on has done something."""
    end = time.monotonic() + PATIENCE
    while not seen():
        assert stream.poll() is None, stream.communicate()
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_run_writes_the_same_bits(tmp_path: Path) -> None:
    write_pages(tmp_path / "in", 40)
    done = subprocess.run(
        on_prism(tmp_path, "prism", *COMMON), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert contents(tmp_path / "prism") == contents(as_a_run(tmp_path))


def test_it_shows_the_documented_metrics(tmp_path: Path) -> None:
    """By the names of docs/metrics.md, with the counts of the manifest."""
    write_pages(tmp_path / "in", 40)
    program = [sys.executable, "-c", SHOW_METRICS, *on_prism(tmp_path, "prism", *COMMON)[3:]]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    (path,) = (tmp_path / "prism" / "manifests").iterdir()
    tally = parse_manifest(path.read_text(encoding="utf-8")).tally
    assert told["counters"] == {name: n for name, n in counts_of(tally).items() if n}
    assert sorted(told["distributions"]) == sorted(DISTRIBUTIONS)
    assert told["distributions"]["document_bytes"] == [40, tally.content_bytes]


def test_it_logs_objects_alone(tmp_path: Path) -> None:
    write_pages(tmp_path / "in", 40)
    done = subprocess.run(
        on_prism(tmp_path, "prism", *COMMON, "--log-json"),
        capture_output=True,
        text=True,
        check=False,
    )
    told = log_objects(done.stderr, words_of(PAGE))
    assert (done.returncode, done.stdout) == (0, "")
    assert {each["code"] for each in told} == {"empty"}


def test_a_stream_that_ends_has_the_articles_of_a_run(tmp_path: Path) -> None:
    """The pages are written within moments; copies are found where they share a window."""
    write_pages(tmp_path / "in", 40)
    done = subprocess.run(
        on_prism(tmp_path, "prism", *STREAM, "--window-seconds=3600", "--max-polls=2"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    check_as_run(tmp_path, "prism")


def test_a_stream_takes_files_as_they_come_through_kills(tmp_path: Path) -> None:
    """Killed once work on a round has begun, then once a round is committed, then told to end."""
    output = tmp_path / "prism"
    endings = [
        ("_listings/round-*.json", signal.SIGKILL),
        ("manifests/*.json", signal.SIGKILL),
        ("manifests/*.json", signal.SIGTERM),
    ]
    for turn, (pattern, ending) in enumerate(endings):
        stream = subprocess.Popen(
            on_prism(tmp_path, "prism", *STREAM), stderr=subprocess.PIPE, text=True
        )
        before = set(output.glob(pattern))
        drop(tmp_path / "in", range(20 * turn, 20 * turn + 20))
        wait_until(lambda: set(output.glob(pattern)) > before, stream)  # noqa: B023 (called now)
        stream.send_signal(ending)
        _, error = stream.communicate(timeout=PATIENCE)
    assert stream.returncode == 128 + signal.SIGTERM
    assert error == (
        f"suzgi: error: stopped by SIGTERM; what is committed stays in {output}: the same command "
        "goes on from there\n"
    )
    subprocess.run(on_prism(tmp_path, "prism", *STREAM, "--max-polls=1"), check=True)
    check_as_run(tmp_path, "prism")
