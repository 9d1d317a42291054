"""Killed at any moment, a run leaves nothing that a reader takes for a result, and goes on."""

import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.pipelines.conftest import COMMON, Crashes, check_as_reader, contents
from transforms.commit_points import POINTS

RANDOM_MOMENTS = int(os.environ.get("SUZGI_TORTURE_MOMENTS", "6"))
SEED = 20240531

ONLY_AFTER_A_CRASH = {"cleanup.leftover_removed"}


def test_a_run_passes_every_point(crashes: Crashes) -> None:
    passed = Counter((crashes.folder / "points").read_text().split())
    assert set(passed) == set(POINTS) - ONLY_AFTER_A_CRASH
    assert passed["report.renamed"] > 3
    assert passed["part.renamed"] > passed["report.renamed"]
    assert passed["manifest.renamed"] == passed["run.renamed"] == 1


@pytest.mark.parametrize("point", [each for each in POINTS if each not in ONLY_AFTER_A_CRASH])
def test_killed_at_a_point(point: str, crashes: Crashes, tmp_path: Path) -> None:
    """In the middle of the shards, where a point comes with each."""
    nth = 5 if point.startswith(("part.", "report.")) else 1
    assert crashes.run_to(tmp_path / "out", point, nth) == -signal.SIGKILL
    is_committed = check_as_reader(tmp_path / "out", crashes.undisturbed)
    assert is_committed == (point in ("manifest.renamed", "manifest.settled") or "cleanup" in point)
    assert crashes.run(tmp_path / "out") == 0, crashes.log
    assert contents(tmp_path / "out") == crashes.undisturbed
    assert not (tmp_path / "out" / "_work").exists()


def test_killed_again_and_again_while_cleaning_up(crashes: Crashes, tmp_path: Path) -> None:
    """The first run leaves a part without its report, changed by another input in between."""
    output = tmp_path / "out"
    assert crashes.run_to(output, "manifest.opened") == -signal.SIGKILL
    (output / "articles" / "part-00099-0123456789abcdef.avro").write_bytes(b"of a shard that was")
    for _ in range(2):  # a temporary file of the first run is a leftover, too
        assert crashes.run_to(output, "cleanup.leftover_removed") == -signal.SIGKILL
        assert check_as_reader(output, crashes.undisturbed)
    assert crashes.run(output) == 0
    assert contents(output) == crashes.undisturbed


@pytest.mark.parametrize("number", range(RANDOM_MOMENTS))
def test_killed_at_a_random_moment(number: int, crashes: Crashes, tmp_path: Path) -> None:
    chance = random.Random(SEED + number)  # noqa: S311 (no secret)
    for _ in range(chance.randint(1, 3)):
        crashes.run(tmp_path / "out", kill_after=crashes.seconds * chance.random())
        check_as_reader(tmp_path / "out", crashes.undisturbed)
    assert crashes.run(tmp_path / "out") == 0, crashes.log
    assert contents(tmp_path / "out") == crashes.undisturbed


@pytest.mark.parametrize("point", ["work.locked", "run.renamed", "directories.made"])
def test_stopped_before_a_shard_is_done_leaves_nothing(
    point: str, crashes: Crashes, tmp_path: Path
) -> None:
    assert crashes.run_to(tmp_path / "new" / "out", point, 1, signal.SIGTERM) == 143
    assert crashes.log == "suzgi: error: stopped by SIGTERM\n"
    assert list(tmp_path.iterdir()) == []


def parts_and_times(output: Path) -> dict[str, int]:
    """Return the files of rows and when each was written."""
    return {str(path): path.stat().st_mtime_ns for path in output.glob("*/part-*.avro")}


def test_finished_shards_are_not_done_again(crashes: Crashes, tmp_path: Path) -> None:
    assert crashes.run_to(tmp_path / "out", "report.settled", 4) == -signal.SIGKILL
    before = parts_and_times(tmp_path / "out")
    assert crashes.run(tmp_path / "out") == 0
    after = parts_and_times(tmp_path / "out")
    assert len(before) > 3
    assert {path: after[path] for path in before} == before


@pytest.mark.parametrize("damage", ["report", "part", "gone"])
def test_shards_that_are_not_as_reported_are_done_again(
    damage: str, crashes: Crashes, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert crashes.run_to(output, "manifest.opened") == -signal.SIGKILL
    pattern = "_work/shard-*.json" if damage == "report" else "articles/part-*.avro"
    for path in output.glob(pattern):
        if damage == "gone":
            path.unlink()
            continue
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert crashes.run(output) == 0, crashes.log
    assert contents(output) == crashes.undisturbed


@pytest.fixture
def changing(crashes: Crashes, tmp_path: Path) -> Crashes:
    """Return crashes over pages of its own, which a test may change."""
    folder = tmp_path / "changing"
    (folder / "in").mkdir(parents=True)
    for path in (crashes.folder / "in").iterdir():
        (folder / "in" / path.name).write_bytes(path.read_bytes())
    return Crashes(folder, crashes.server)


def test_documents_that_came_or_changed_since_cost_only_their_shards(
    changing: Crashes, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert changing.run_to(output, "manifest.opened") == -signal.SIGKILL
    before = parts_and_times(output)
    (changing.folder / "in" / "00035.txt").write_text(
        "Кітапхана ашылды. Бұл жаңа мәтін, ескісі жоқ."
    )
    (changing.folder / "in" / "99999.txt").write_text("Кітапхана ашылды. Тағы бір жаңа мәтін осы.")
    assert changing.run(output) == 0, changing.log
    assert changing.run(tmp_path / "undisturbed") == 0
    assert contents(output) == contents(tmp_path / "undisturbed")
    after = parts_and_times(output)
    kept = [path for path, written in before.items() if after.get(path) == written]
    assert len(before) // 2 < len(kept) < len(before)


def test_interrupted_replay_reads_sources_that_came_since(
    changing: Crashes, tmp_path: Path
) -> None:
    pages = changing.folder / "in"
    for number in range(30, 36):
        (pages / f"{number:05}.txt").unlink()
        (pages / f"{number:05}.txt").symlink_to(f"later-{number}")
    assert changing.run(tmp_path / "first") == 0
    replay = ["replay", str(tmp_path / "first"), *COMMON, "--shard-bytes=1", "--output"]
    killed = {"point": "manifest.opened", "nth": 1, "signal": int(signal.SIGKILL)}
    assert changing.ask([*replay, str(tmp_path / "out")], **killed)["code"] == -signal.SIGKILL
    (pages / "later-33").write_text("Кітапхана ашылды. Бұл мәтін енді келді, бұрын жоқ еді.")
    for output in ("out", "undisturbed"):
        assert changing.ask([*replay, str(tmp_path / output)])["code"] == 0, changing.log
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")
    assert any((tmp_path / "out").glob("articles/*.avro"))


def test_complete_run_ends_at_once(changing: Crashes, tmp_path: Path) -> None:
    """Unchanged by name, size and time nothing is read; touched, all is, and nothing written."""
    output, pages = tmp_path / "out", changing.folder / "in"
    assert changing.run(output) == 0
    before = contents(output)
    argv = [each for each in changing.command(output) if each != "--quiet"]
    for is_touched in (False, True):
        for page in pages.iterdir():
            if is_touched:
                os.utime(page)
        assert changing.ask(argv, record=str(tmp_path / "points"))["code"] == 0
        assert f"suzgi: this run is complete in {output}; nothing was done\n" in changing.log
        after = contents(output)
        listings = {name for name in before if name.startswith("_listings/")}
        assert {name: after[name] for name in before.keys() - listings} == {
            name: before[name] for name in before.keys() - listings
        }
        assert all((after[name] != before[name]) == is_touched for name in listings)
    points = (tmp_path / "points").read_text().split()
    assert {point.partition(".")[0] for point in points} == {"listing"}
    os.utime(pages / "00000.txt", ns=(0, 0))
    (pages / "00001.txt").write_text("Бұл енді басқа мәтін: кітапхана жаңа оқу залын ашты.")
    assert changing.run(output) == 4
    assert "but its inputs were others, or have changed. Name a new directory" in changing.log
    assert contents(output) == after


def test_interrupted_run_of_other_options_is_refused(crashes: Crashes, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert crashes.run_to(output, "report.settled", 2) == -signal.SIGKILL
    before = contents(output)
    assert crashes.run(output, "--codec=snappy") == 4
    assert "holds an interrupted run of other options (--codec deflate). Go on" in crashes.log
    assert contents(output) == before
    assert crashes.run(output) == 0
    assert contents(output) == crashes.undisturbed


def test_interrupted_run_that_finished_nothing_stands_in_nobodys_way(
    crashes: Crashes, tmp_path: Path
) -> None:
    assert crashes.run_to(tmp_path / "out", "report.written", 1) == -signal.SIGKILL
    assert crashes.run(tmp_path / "out", "--codec=snappy") == 0, crashes.log
    assert crashes.run(tmp_path / "snappy", "--codec=snappy") == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "snappy")


def test_run_without_a_date_goes_on_with_that_of_the_interrupted_one(
    crashes: Crashes, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    undated = [each for each in crashes.command(output) if not each.startswith("--ingest-date")]
    assert crashes.run_to(output, "report.settled", 2) == -signal.SIGKILL
    for _ in ("goes on", "ends at once"):
        assert crashes.ask(undated)["code"] == 0, crashes.log
        assert contents(output) == crashes.undisturbed


def test_parts_that_nobody_can_tell_the_run_of_are_refused(
    crashes: Crashes, tmp_path: Path
) -> None:
    part = tmp_path / "out" / "articles" / "part-00000-0123456789abcdef.avro"
    part.parent.mkdir(parents=True)
    part.touch()
    assert crashes.run(tmp_path / "out") == 4
    assert "nothing tells which run wrote articles/part-00000" in crashes.log
    assert list(contents(tmp_path / "out")) == [f"articles/{part.name}"]


def test_output_that_another_process_has_is_refused(crashes: Crashes, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert crashes.run_to(output, "report.settled", 2) == -signal.SIGKILL
    before = contents(output)
    with (output / "_work" / "lock").open("rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert crashes.run(output) == 4
        assert "another process is at work there" in crashes.log
        assert contents(output) == before
    assert crashes.run(output) == 0
    assert contents(output) == crashes.undisturbed


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_gives_the_same_bits(
    workers: int, crashes: Crashes, tmp_path: Path
) -> None:
    flags = (f"--direct_num_workers={workers}", "--direct_running_mode=multi_threading")
    assert crashes.run(tmp_path / "out", *flags) == 0, crashes.log
    assert contents(tmp_path / "out") == crashes.undisturbed


def test_worker_processes_go_on_where_they_were_killed(crashes: Crashes, tmp_path: Path) -> None:
    output = tmp_path / "out"
    flags = ("--workers=2",)
    run = subprocess.Popen(
        [sys.executable, "-m", "pipelines.main", *crashes.command(output, *flags)],
        stderr=subprocess.DEVNULL,
    )
    while not any(output.glob("_work/shard-*.json")):
        assert run.poll() is None
        time.sleep(0.01)
    run.kill()
    run.wait()
    check_as_reader(output, crashes.undisturbed)
    assert crashes.run(output) == 0, crashes.log
    assert contents(output) == crashes.undisturbed


def test_damaged_record_of_the_run_is_refused(crashes: Crashes, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert crashes.run_to(output, "report.settled", 2) == -signal.SIGKILL
    record = output / "_work" / "run.json"
    record.write_bytes(record.read_bytes()[:-9])
    before = contents(output)
    assert crashes.run(output) == 4
    assert "run.json cannot be read" in crashes.log
    assert "Delete the directory, or name a new one" in crashes.log
    assert contents(output) == before


def test_of_two_processes_one_gets_the_output(crashes: Crashes, tmp_path: Path) -> None:
    """The other is refused, or finds the run complete when it comes last."""
    command = [sys.executable, "-m", "pipelines.main", *crashes.command(tmp_path / "out")]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [run.communicate()[1] for run in runs]
    codes = [run.returncode for run in runs]
    assert sorted(codes) in ([0, 0], [0, 4]), errors
    refused = [error for error, code in zip(errors, codes, strict=True) if code]
    assert all("another process is at work there" in error for error in refused)
    assert contents(tmp_path / "out") == crashes.undisturbed
