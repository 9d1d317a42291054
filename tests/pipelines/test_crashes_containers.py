"""A run over containers goes on, ends at once and is verified as any other."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.main import main
from schemas.rows import Article
from tests.pipelines.conftest import Crashes, check_as_reader, contents
from tests.pipelines.test_ingest_containers import (
    command,
    lines_of,
    page,
    write_containers,
    zip_of,
)
from transforms import extraction
from transforms.time_limit import call_within
from transforms.verification import Verification

SMALL_SHARDS = "--shard-bytes=600"


@pytest.fixture
def containers(crashes: Crashes, tmp_path: Path) -> Crashes:
    """Return runs over containers of all kinds, and the output of an undisturbed one."""
    made = Crashes(tmp_path / "containers", crashes.server)
    made.folder.mkdir()
    write_containers(made.folder / "in")
    many = {f"page{number:03}": page(f"{number}-аудан") for number in range(40)}
    (made.folder / "in" / "many.zip").write_bytes(zip_of(**many))
    undisturbed = made.folder / "undisturbed"
    assert made.run(undisturbed, SMALL_SHARDS) == 0, made.log
    made.undisturbed = contents(undisturbed)
    return made


def run_to(containers: Crashes, output: Path, point: str, nth: int) -> int:
    """Run over the containers, killed at the n-th pass of a point."""
    argv = containers.command(output, SMALL_SHARDS)
    return int(containers.ask(argv, point=point, nth=nth, signal=int(signal.SIGKILL))["code"])


def parts_and_times(output: Path) -> dict[str, int]:
    """Return the files of rows and when each was written."""
    return {str(path): path.stat().st_mtime_ns for path in output.glob("*/part-*.avro")}


@pytest.mark.parametrize(
    ("point", "nth"),
    [("part.renamed", 7), ("report.opened", 4), ("report.settled", 4), ("manifest.opened", 1)],
)
def test_killed_run_over_containers_goes_on(
    point: str, nth: int, containers: Crashes, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert run_to(containers, output, point, nth) == -signal.SIGKILL
    assert not check_as_reader(output, containers.undisturbed)
    before = parts_and_times(output)
    reports = len(list(output.glob("_work/shard-*.json")))
    assert reports >= 3
    assert containers.run(output, SMALL_SHARDS) == 0, containers.log
    assert contents(output) == containers.undisturbed
    after = parts_and_times(output)
    kept = [path for path, written in before.items() if after.get(path) == written]
    assert len(kept) >= reports


@pytest.mark.parametrize(("point", "nth"), [("report.settled", 2), ("manifest.opened", 1)])
def test_killed_replay_of_containers_goes_on(
    point: str, nth: int, crashes: Crashes, tmp_path: Path
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(6):
        texts = {f"page{each}": page(f"{number}-{each}-аудан") for each in range(4)}
        (source / f"{number}.zip").write_bytes(zip_of(**texts, none=b""))
    whole = {path: path.read_bytes() for path in sorted(source.iterdir())}
    for path, content in whole.items():
        path.write_bytes(content[: len(content) // 2])
    options = ("--ingest-date=2024-05-31", "--max-dead-letters=100", "--quiet")
    first = ["ingest", "--input", str(source), "--output", str(tmp_path / "first"), *options]
    assert crashes.ask(first)["code"] == 0, crashes.log
    for path, content in whole.items():
        path.write_bytes(content)

    def replay(output: Path, **stopped: object) -> int:
        argv = ["replay", str(tmp_path / "first"), "--output", str(output), *options]
        return int(crashes.ask([*argv, "--shard-bytes=900"], **stopped)["code"])

    assert replay(tmp_path / "undisturbed") == 0, crashes.log
    undisturbed = contents(tmp_path / "undisturbed")
    output = tmp_path / "out"
    assert replay(output, point=point, nth=nth, signal=int(signal.SIGKILL)) == -signal.SIGKILL
    assert not check_as_reader(output, undisturbed)
    before = parts_and_times(output)
    assert len(before) >= nth
    assert replay(output) == 0, crashes.log
    assert contents(output) == undisturbed
    assert before.items() <= parts_and_times(output).items()


def test_container_that_changed_since_costs_only_its_shard(
    containers: Crashes, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert run_to(containers, output, "manifest.opened", 1) == -signal.SIGKILL
    before = parts_and_times(output)
    changed = containers.folder / "in" / "g.ndjson.gz"
    changed.unlink()
    (containers.folder / "in" / "g.ndjson").write_bytes(
        lines_of(page("Жезқазған"), page("Түркістан"))
    )
    assert containers.run(output, SMALL_SHARDS) == 0, containers.log
    assert containers.run(tmp_path / "undisturbed", SMALL_SHARDS) == 0
    assert contents(output) == contents(tmp_path / "undisturbed") != containers.undisturbed
    after = parts_and_times(output)
    kept = [path for path, written in before.items() if after.get(path) == written]
    assert len(before) // 2 < len(kept) < len(before)


def test_finished_run_over_containers_ends_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unchanged nothing is read; touched, the documents in containers are; changed, it is told."""
    write_containers(tmp_path / "in")
    argv = [each for each in command(tmp_path, "out") if each != "--quiet"]
    assert main(argv) == 0
    before = contents(tmp_path / "out")

    def fail(*_: object) -> None:
        raise AssertionError("nothing is to be read")

    capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr("transforms.sources.read_container", fail)
        patch.setattr("transforms.sources.read_document", fail)
        assert main(argv) == 0
    told = f"suzgi: this run is complete in {tmp_path / 'out'}; nothing was done\n"
    assert capsys.readouterr().err == told
    assert contents(tmp_path / "out") == before

    for path in (tmp_path / "in").iterdir():
        os.utime(path)
    assert main(argv) == 0
    assert "comparing it with the inputs" in capsys.readouterr().err
    with monkeypatch.context() as patch:  # that listing is the one to compare with now
        patch.setattr("transforms.sources.read_container", fail)
        assert main(argv) == 0
    capsys.readouterr()

    (tmp_path / "in" / "a.zip").write_bytes(zip_of(one=page("Астана"), copy=page("Алматы")))
    assert main(argv) == 4
    assert "its inputs were others, or have changed" in capsys.readouterr().err


def test_winner_that_took_too_long_may_be_quicker_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run fails, since a duplicate relies on it; the next one does its shard again."""
    write_containers(tmp_path / "in")
    assert main(command(tmp_path, "undisturbed")) == 0
    late = [True]

    def call_late_once(timeout: float | None, work: Callable[[], Article]) -> Article:
        article = call_within(timeout, work)
        if late and article.source_uri.endswith("a.zip!/copy.txt"):
            late.clear()
            raise TimeoutError("took more than 1 s")
        return article

    monkeypatch.setattr(extraction, "call_within", call_late_once)
    assert main(command(tmp_path, "out")) == 6
    assert "documents with duplicates changed during the run" in capsys.readouterr().err
    assert list((tmp_path / "out" / "_work").glob("shard-*.json"))
    assert main(command(tmp_path, "out")) == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")


def test_other_options_of_reading_are_another_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_containers(tmp_path / "in")
    assert main(command(tmp_path, "out")) == 0
    for option in ("--text-field=body", "--uri-field=url", "--timeout=1000"):
        assert main(command(tmp_path, "out", option)) == 4
        assert "a finished run of other options is there" in capsys.readouterr().err


def test_split_parts_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_containers(tmp_path / "in")
    monkeypatch.setattr("transforms.shard_files.PART_BYTES", 1)
    assert main(command(tmp_path, "out")) == 0
    assert list((tmp_path / "out" / "articles").glob("part-*.0001-*.avro"))
    assert list(Verification(str(tmp_path / "out"), sample=1).faults()) == []


def test_stated_uris_may_repeat(tmp_path: Path) -> None:
    """Of records with a field of their own for it, and of two copies of a web archive."""
    write_containers(tmp_path / "in")
    record = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:x>\r\nContent-Length: 0\r\n"
    (tmp_path / "in" / "untitled.warc").write_bytes(2 * (record + 3 * b"\r\n"))
    (tmp_path / "in" / "copy.warc.gz").write_bytes((tmp_path / "in" / "h.warc.gz").read_bytes())
    twice = lines_of(page("Риддер"), page("Риддер"), b"", b"", url="https://a.example/1")
    (tmp_path / "in" / "twice.jsonl").write_bytes(twice)
    assert main(command(tmp_path, "out", "--uri-field=url")) == 0
    assert main(command(tmp_path, "plain")) == 0
    for output in ("out", "plain"):
        assert list(Verification(str(tmp_path / output), sample=1).faults()) == []
