"""The output of a watch is that of a watch alone, and that of an ingest is none."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.main import main
from tests.pipelines.conftest import COMMON, Crashes, contents
from transforms.output_files import STREAM_NAME

PAGE = "Қаладағы {}-кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры толық.\n"
DATED = ("--ingest-date=2024-05-31", "--quiet")
NEW = "Name a new directory"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Return a directory with two pages, one of which is empty."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(PAGE.format(1), encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    return folder


def ingest(pages: Path, output: Path) -> int:
    """Ingest the pages and return the exit code."""
    given = ("--input", str(pages), "--output", str(output), "--max-dead-letters=100")
    return main(["ingest", *given, *DATED])


def replay(pages: Path, output: Path) -> int:
    """Replay what fails of an ingest of the pages, and return the exit code."""
    failed = output.with_name("failed")
    assert failed.exists() or ingest(pages, failed) == 0
    return main(["replay", str(failed), "--output", str(output), *DATED])


def watch(pages: Path, output: Path) -> int:
    """Watch the pages until nothing waits, and return the exit code."""
    given = ("--input", str(pages), "--output", str(output), "--max-dead-letters=100")
    return main(["watch", *given, "--once", "--settle-seconds=0", *DATED])


Command = Callable[[Path, Path], int]
OTHERS = [ingest, replay]


@pytest.mark.parametrize("other", OTHERS)
def test_a_watch_refuses_the_output_of_another_run(
    other: Command, pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    assert other(pages, output) == 0
    held = contents(output)
    assert watch(pages, output) == 4
    told = f"output {output} is that of suzgi ingest or suzgi replay, which a watch does not add to"
    assert capsys.readouterr().err == f"suzgi: error: {told}. {NEW}\n"
    assert contents(output) == held


@pytest.mark.parametrize("without", ["nothing", "ledger", "manifests", "ledger, manifests"])
@pytest.mark.parametrize("other", OTHERS)
def test_other_runs_refuse_the_output_of_a_watch(
    other: Command,
    without: str,
    pages: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also where it has not committed yet, and where its ledger was lost."""
    output = tmp_path / "out"
    assert watch(pages, output) == 0
    for path in [*output.glob("*/*.json"), *output.glob("*/*.sqlite")]:
        if path.parent.name.strip("_") in without:
            path.unlink()
    held = contents(output)
    assert other(pages, output) == 4
    told = f"output {output} is that of a watch, which alone adds to it"
    assert capsys.readouterr().err == f"suzgi: error: {told}. {NEW}\n"
    assert contents(output) == held


def test_a_watch_refuses_an_interrupted_ingest(
    crashes: Crashes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, pages = tmp_path / "out", crashes.folder / "in"
    given = ["ingest", "--input", str(pages), "--output", str(output), *COMMON]
    killed = crashes.ask(given, signal=int(signal.SIGKILL), point="report.settled", nth=2)
    assert killed["code"] == -signal.SIGKILL
    held = contents(output)
    assert watch(pages, output) == 4
    assert "is that of suzgi ingest or suzgi replay" in capsys.readouterr().err
    assert contents(output) == held


def test_a_watch_refuses_a_stream_that_has_not_committed(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = tmp_path / "out" / STREAM_NAME
    listing.parent.mkdir(parents=True)
    listing.write_text("{}", encoding="utf-8")
    assert watch(pages, tmp_path / "out") == 4
    assert "is that of suzgi ingest or suzgi replay" in capsys.readouterr().err


def test_a_watch_refuses_what_no_run_wrote(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "notes.txt").write_text("mine", encoding="utf-8")
    assert watch(pages, output) == 4
    assert f"is not empty; no run wrote 'notes.txt'. {NEW}" in capsys.readouterr().err
    assert list(output.iterdir()) == [output / "notes.txt"]


def test_a_watch_refuses_an_output_in_a_store(
    pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--input", str(pages), "--output", "gs://bucket/out")
    assert main(["watch", *given, "--once", *DATED]) == 4
    assert "gs://bucket/out: a watch writes into a local directory" in capsys.readouterr().err
