"""The metrics of a watch: as documented, as Prometheus wants them, and right through kills."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from pipelines.main import main
from pipelines.metrics_output import MetricsOutput
from pipelines.watch_metrics import WatchMetrics
from tests.pipelines.test_watch import command, manifests, write
from transforms.manifest import Manifest, Window
from transforms.metrics import counts_of
from transforms.reports import Tally
from transforms.text.codes import CODES

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds; a machine that is busy may need some of them."""

ROW = re.compile(r"^\| `(suzgi_\w+)` \| (\w+) \|([^|]*)\| [^|]+ \|$", re.MULTILINE)


def families(text: str) -> dict[str, Metric]:
    """Return the metrics that a text holds; it must be whole."""
    assert text.endswith("\n")
    found = {family.name: family for family in text_string_to_metric_families(text)}
    assert "suzgi_window_seconds" in found  # the last one
    return found


def value(text: str, name: str, **labels: str) -> float:
    """Return the sum of the samples of a name that have these labels."""
    return sum(
        sample.value
        for family in families(text).values()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def full() -> WatchMetrics:
    """Return metrics in which nothing is missing."""
    metrics = WatchMetrics("/out", "0.1.0")
    tally = Tally(documents=4, content_bytes=9, articles=1, duplicates=1)
    tally.languages["kk-Cyrl"] = tally.removed_lines["cookie"] = tally.dead_letters["empty"] = 1
    tally.other_languages["ru-Cyrl"] = 1
    metrics.add(Manifest("1", {}, "00", tally, (), window=Window(1, 4, 2)), 1000.0)
    metrics.last_look = 2000.0
    metrics.window_seconds.observe(3)
    return metrics


def test_the_document_names_what_there_is() -> None:
    document = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    told = {
        (name, kind, tuple(sorted(re.findall(r"`(\w+)`", labels))))
        for name, kind, labels in ROW.findall(document)
    }
    found = set()
    for family in families(generate_latest(full().registry).decode()).values():
        labels = {name for sample in family.samples for name in sample.labels} - {"output", "le"}
        suffix = "_total" if family.type == "counter" else ""
        found.add((family.name + suffix, family.type, tuple(sorted(labels))))
    assert found == told
    assert len(told) == 15


def test_names_keep_to_the_conventions_of_prometheus() -> None:
    """What `promtool check metrics` looks at."""
    text = generate_latest(full().registry).decode()
    for family in families(text).values():
        assert re.fullmatch(r"suzgi(_[a-z]+)+", family.name)
        assert family.documentation.endswith(".")
        assert (family.type == "counter") == (f"\n{family.name}_total{{" in text)
        assert not family.name.endswith(("_count", "_sum", "_bucket", "_total"))
        assert not re.search(r"milli|micro|minutes|hours|kilo|mega", family.name)
        for sample in family.samples:
            assert sample.labels["output"] == "/out"
            assert not [name for name in sample.labels if name in family.name.split("_")]
    assert "_created" not in text


def test_every_code_is_there_from_the_start() -> None:
    """Otherwise the first dead letter of a code would be no increase."""
    text = generate_latest(WatchMetrics("/out", "1").registry).decode()
    codes = set(
        re.findall(
            r'^suzgi_dead_letters_total\{code="(\w+)",output="/out"\} 0\.0$', text, re.MULTILINE
        )
    )
    assert codes == {code for of_stage in CODES.values() for code in of_stage}


def test_the_lag_grows_until_a_window_takes_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("pipelines.watch_metrics.time.monotonic", lambda: now[0])
    metrics = full()
    for oldest, time_now, lag in ((None, 100.0, 0), (90.0, 100.0, 10), (90.0, 130.0, 40)):
        metrics.oldest, now[0] = oldest, time_now
        assert value(generate_latest(metrics.registry).decode(), "suzgi_lag_seconds") == lag


@contextlib.contextmanager
def watching(pages: Path, *more: str) -> "Iterator[subprocess.Popen[str]]":
    """Run a watch in a process until the context ends, if it has not ended by then."""
    arguments = command(pages, "--poll-seconds=0.2", "--max-dead-letters=100", *more)
    watch = subprocess.Popen(
        [sys.executable, "-m", "pipelines.main", *arguments],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    with watch:
        try:
            yield watch
        finally:
            watch.kill()


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def scrape(port: int) -> str:
    """Return what a port answers; nothing where nobody does."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            text: str = answer.read().decode()
            return text
    except OSError:
        return ""


def read(path: Path) -> str:
    """Return a text file; nothing where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def wait_for(look: Callable[[], str], documents: int, waiting: int = 0) -> str:
    """Return the first text that counts so many documents; each before it must be whole, too."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        text = look()
        if (
            text
            and value(text, "suzgi_documents_total") == documents
            and value(text, "suzgi_files_waiting") == waiting
        ):
            return text
        time.sleep(0.02)
    raise AssertionError(f"no {documents} documents in:\n{text}")


def check_sums(text: str, output: Path) -> None:
    """Check that the counters are the sums over all manifests."""
    tally, windows = Tally(), manifests(output)
    for each in windows:
        tally.add(each.tally)
    counts = counts_of(tally)
    assert value(text, "suzgi_windows_total") == len(windows)
    assert value(text, "suzgi_documents_total") == counts["documents"]
    assert value(text, "suzgi_documents_total", outcome="article") == counts["articles"]
    assert value(text, "suzgi_documents_total", outcome="duplicate") == counts["duplicates"]
    assert value(text, "suzgi_articles_total", language="kk", script="Cyrl") == counts["articles"]
    assert value(text, "suzgi_dead_letters_total", code="empty") == counts["dead_letters"]
    assert value(text, "suzgi_dead_letters_total") == counts["dead_letters"]
    assert value(text, "suzgi_content_bytes_total") == counts["bytes"]
    assert value(text, "suzgi_files_total") == sum(
        each.window.files for each in windows if each.window
    )


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Return an empty input directory."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def test_counters_go_on_through_kills_and_the_file_is_always_whole(pages: Path) -> None:
    path, output, port = pages.parent / "suzgi.prom", pages.parent / "out", free_port()
    metrics = (f"--metrics-file={path}", f"--metrics-port={port}")
    for name in ("a.txt", "b.txt"):
        write(pages, name)
    write(pages, "empty.txt", "")
    with watching(pages, *metrics) as watch:
        text = wait_for(lambda: read(path), 3)
        assert value(wait_for(lambda: scrape(port), 3), "suzgi_build_info", version="0.1.0") == 1
        check_sums(text, output)
        write(pages, "c.txt")
        write(pages, "copy.txt", (pages / "a.txt").read_text(encoding="utf-8"))
        text = wait_for(lambda: read(path), 5)
        assert value(text, "suzgi_window_seconds_count") == value(text, "suzgi_windows_total")
        watch.send_signal(signal.SIGKILL)
    (path.parent / "suzgi.prom.12345.678").write_text("half", encoding="utf-8")
    write(pages, "d.txt")
    before = read(path)
    with watching(pages, *metrics) as watch:
        text = wait_for(lambda: read(path), 6)
        assert not list(path.parent.glob("suzgi.prom.*"))
        assert value(text, "suzgi_window_seconds_count") == 1
        looked, committed = (f"suzgi_last_{what}_timestamp_seconds" for what in ("look", "commit"))
        assert value(text, committed) > value(before, committed) > 10**9
        assert value(text, looked) > value(before, looked)
        check_sums(wait_for(lambda: scrape(port), 6), output)
        watch.send_signal(signal.SIGTERM)
        _, error = watch.communicate(timeout=PATIENCE)
        assert (watch.returncode, "warning" in error) == (0, False)
    check_sums(read(path), output)
    assert scrape(port) == ""


def test_a_watch_of_cron_adds_up_too(pages: Path) -> None:
    path = pages.parent / "suzgi.prom"
    for number in range(3):
        write(pages, f"{number}.txt")
        once = command(pages, "--once", "--quiet", f"--metrics-file={path}")
        assert main(once) == 0
        assert value(read(path), "suzgi_documents_total") == number + 1


def test_what_waits_shows_while_a_window_is_at_work(pages: Path) -> None:
    path = pages.parent / "suzgi.prom"
    for number in range(4):
        write(pages, f"{number}.txt")
    arguments = (f"--metrics-file={path}", "--window-files=3", "--max-windows=1", "--quiet")
    assert main(command(pages, *arguments)) == 0
    text = read(path)
    assert (value(text, "suzgi_files_waiting"), value(text, "suzgi_documents_total")) == (1, 3)
    assert value(text, "suzgi_lag_seconds") > 0


def test_an_input_that_cannot_be_listed_shows(pages: Path) -> None:
    metrics = WatchMetrics("/out", "1")
    output = MetricsOutput(metrics, "/out", str(pages / "a.prom"), lambda _: None)
    output.looked(2)
    assert value(read(pages / "a.prom"), "suzgi_inputs_unlisted") == 2


def test_who_reads_the_file_reads_one_as_it_was_whole(pages: Path) -> None:
    path = pages / "a.prom"
    output = MetricsOutput(full(), "/out", str(path), lambda _: None)
    output.looked(0)
    before = read(path)
    with path.open(encoding="utf-8") as reader:
        output.looked(7)
        assert reader.read() == before
    assert value(read(path), "suzgi_inputs_unlisted") == 7


def test_a_file_that_cannot_be_written_is_told_once_and_tried_again(pages: Path) -> None:
    told: list[str] = []
    path = pages / "sub/a.prom"
    output = MetricsOutput(full(), "/out", str(path), told.append)
    for _ in range(3):
        output.looked(0)
    assert told == [f"--metrics-file {path}: No such file or directory; trying again"]
    path.parent.mkdir()
    output.looked(0)
    assert value(read(path), "suzgi_windows_total") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--metrics-file=a.txt",), 2, "'a.txt' does not end in .prom"),
        (("--metrics-port=x",), 2, "'x' is no port"),
        (("--metrics-port=1.2.3.4:70000",), 2, "'1.2.3.4:70000' is no port"),
        (("--metrics-file=/nowhere/a.prom",), 4, "cannot write --metrics-file /nowhere/a.prom"),
    ],
)
def test_what_cannot_be_is_told_at_once(
    arguments: tuple[str, ...],
    code: int,
    message: str,
    pages: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(command(pages, "--once", *arguments)) == code
    assert message in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        assert main(command(pages, "--once", f"--metrics-port={port}")) == 4
    error = capsys.readouterr().err
    assert f"cannot serve at --metrics-port 127.0.0.1:{port}: Address already in use" in error


def test_a_damaged_manifest_is_told(pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(pages, "a.txt")
    assert main(command(pages, "--once", "--quiet")) == 0
    (path,) = (pages.parent / "out/manifests").iterdir()
    path.write_text("{", encoding="utf-8")
    assert main(command(pages, "--once", f"--metrics-file={pages.parent}/a.prom")) == 4
    assert f"cannot read the windows of {pages.parent}/out: " in capsys.readouterr().err
