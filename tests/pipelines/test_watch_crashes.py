"""Killed at any point, a watch goes on as if nothing had been: the same windows, bit for bit."""

import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from tests.pipelines.conftest import COMMON, Crashes, contents
from transforms.commit_points import WATCH_POINTS
from transforms.manifest import parse_manifest
from transforms.output_files import LEDGER, LEDGER_FILE

WINDOWS = 2
"""Of twenty files, and of sixteen."""

SEED = 20240531
FLIPS = 3


def command(crashes: Crashes, output: Path, *more: str) -> list[str]:
    """Return the command of a watch that ends when nothing waits."""
    given = ["--input", f"{crashes.folder}/in", "--output", str(output), *COMMON]
    return ["watch", *given, "--once", "--settle-seconds=0", "--window-files=20", *more]


def watch(crashes: Crashes, output: Path, *more: str) -> int:
    """Run a watch to its end and return its exit code."""
    return int(crashes.ask(command(crashes, output, *more))["code"])


def watch_to(crashes: Crashes, output: Path, point: str, nth: int, **more: int) -> int:
    """Run a watch that gets a signal, SIGKILL or another, at the n-th pass of a point."""
    request = {"signal": int(signal.SIGKILL), "point": point, "nth": nth, **more}
    return int(crashes.ask(command(crashes, output), **request)["code"])


def committed(output: Path) -> dict[str, bytes]:
    """Return all files of an output but the ledger."""
    held = contents(output)
    return {name: held[name] for name in held if not name.startswith(f"{LEDGER}/")}


@pytest.fixture(scope="module")
def undisturbed(crashes: Crashes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output of a watch that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    asked = crashes.ask(command(crashes, folder / "out"), record=str(folder / "points"))
    assert asked["code"] == 0, crashes.log
    return folder / "out"


def test_a_watch_passes_every_point(undisturbed: Path) -> None:
    passed = Counter((undisturbed.parent / "points").read_text().split())
    assert set(passed) == set(WATCH_POINTS)
    each = ("window.renamed", "manifest.renamed", "ledger.settled", "window.cleared")
    assert {passed[point] for point in each} == {WINDOWS}


def test_the_windows_have_every_document_once(crashes: Crashes, undisturbed: Path) -> None:
    """Every fifth page is a copy of the one before it, every seventh is empty."""
    assert main(["verify", "--quiet", str(undisturbed)]) == 0
    uris = [row.source_uri for row in rows(undisturbed, Article)]
    uris += [row.source_uri for row in rows(undisturbed, Duplicate)]
    uris += [row.source_uri for row in rows(undisturbed, DeadLetter)]
    assert sorted(uris) == sorted(path.as_uri() for path in (crashes.folder / "in").iterdir())
    windows = [
        parse_manifest(path.read_text(encoding="utf-8")).window
        for path in (undisturbed / "manifests").iterdir()
    ]
    sizes = sorted((window.number, window.files) for window in windows if window)
    assert sizes == [(1, 20), (2, 16)]


def pass_in_the_second_window(undisturbed: Path, point: str) -> int:
    """Return at which of its passes a point is reached there; 1 for one that only comes before."""
    passed = (undisturbed.parent / "points").read_text().split()
    _, begun = (place for place, name in enumerate(passed) if name == "window.opened")
    return passed[:begun].count(point) + (point in passed[begun:])


@pytest.mark.parametrize("point", WATCH_POINTS)
def test_killed_at_a_point(point: str, crashes: Crashes, undisturbed: Path, tmp_path: Path) -> None:
    """In the second window, where a point comes with each."""
    output, wanted = tmp_path / "out", committed(undisturbed)
    nth = pass_in_the_second_window(undisturbed, point)
    assert watch_to(crashes, output, point, nth) == -signal.SIGKILL
    for path in output.glob("manifests/*.json"):
        assert path.read_bytes() == wanted[f"manifests/{path.name}"]
    assert watch(crashes, output) == 0, crashes.log
    assert committed(output) == wanted


def lose(ledger: Path, chance: random.Random) -> None:
    ledger.unlink()


def cut(ledger: Path, chance: random.Random) -> None:
    ledger.write_bytes(ledger.read_bytes()[: chance.randrange(ledger.stat().st_size)])


def flip(ledger: Path, chance: random.Random) -> None:
    damaged = bytearray(ledger.read_bytes())
    damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    ledger.write_bytes(damaged)


def overwrite(ledger: Path, chance: random.Random) -> None:
    ledger.write_bytes(b"no ledger at all\n" * 500)


@pytest.mark.parametrize("point", ["manifest.settled", "ledger.written", "window.cleared"])
@pytest.mark.parametrize("damage", [lose, cut, overwrite])
def test_a_lost_ledger_is_made_anew(
    damage: Callable[[Path, random.Random], None],
    point: str,
    crashes: Crashes,
    undisturbed: Path,
    tmp_path: Path,
) -> None:
    output = tmp_path / "out"
    assert watch_to(crashes, output, point, 2) == -signal.SIGKILL
    damage(output / LEDGER / LEDGER_FILE, random.Random(SEED))  # noqa: S311 (no secret)
    assert watch(crashes, output) == 0, crashes.log
    assert committed(output) == committed(undisturbed)


def test_a_flipped_bit_of_the_ledger_changes_nothing(
    crashes: Crashes, undisturbed: Path, tmp_path: Path
) -> None:
    output, wanted = tmp_path / "out", committed(undisturbed)
    assert watch_to(crashes, output, "window.cleared", 2) == -signal.SIGKILL
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    for number in range(FLIPS):
        copy = tmp_path / f"out-{number}"
        shutil.copytree(output, copy)
        flip(copy / LEDGER / LEDGER_FILE, chance)
        assert watch(crashes, copy) == 0, crashes.log
        assert committed(copy) == wanted


def test_a_lost_manifest_is_told(crashes: Crashes, undisturbed: Path, tmp_path: Path) -> None:
    """The ledger knows more than is there, and what is there lacks a window."""
    output = Path(shutil.copytree(undisturbed, tmp_path / "out"))
    for path in (output / "manifests").iterdir():
        window = parse_manifest(path.read_text(encoding="utf-8")).window
        if window and window.number == 1:
            path.unlink()
    assert watch(crashes, output) == 4
    assert "window 1 is missing, 2 is there" in crashes.log
    assert main(["verify", "--quiet", str(output)]) == 7


def test_a_signal_lets_the_window_at_work_be_finished(
    crashes: Crashes, undisturbed: Path, tmp_path: Path
) -> None:
    output, wanted = tmp_path / "out", committed(undisturbed)
    for count, number in enumerate((signal.SIGTERM, signal.SIGINT), 1):
        assert watch_to(crashes, output, "part.written", 3, signal=number) == 0, crashes.log
        assert len(list(output.glob("manifests/*.json"))) == count
        assert not (output / "_work").exists()
        assert main(["verify", "--quiet", str(output)]) == 0
    assert committed(output) == wanted


def test_a_second_signal_ends_at_once(crashes: Crashes, undisturbed: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert watch_to(crashes, output, "report.settled", 1, signal=signal.SIGTERM, times=2) == 143
    assert crashes.log.endswith("stopped by SIGTERM; the next start goes on with window 1\n")
    assert len(list(output.glob("manifests/*.json"))) <= 1  # it may have committed meanwhile
    assert watch(crashes, output) == 0, crashes.log
    assert committed(output) == committed(undisturbed)


def test_a_begun_window_of_other_options_is_begun_anew(crashes: Crashes, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert watch_to(crashes, output, "manifest.opened", 2) == -signal.SIGKILL
    assert watch(crashes, output, "--codec=snappy") == 0, crashes.log
    assert main(["verify", "--quiet", str(output)]) == 0
    manifests = [
        parse_manifest(path.read_text(encoding="utf-8"))
        for path in (output / "manifests").iterdir()
    ]
    codecs = {each.window.number: each.options["codec"] for each in manifests if each.window}
    assert codecs == {1: "deflate", 2: "snappy"}


def test_a_window_that_fails_thrice_ends_the_watch(
    crashes: Crashes, undisturbed: Path, tmp_path: Path
) -> None:
    """No file may grow over some bytes, as on a full disk; without the limit it goes on."""
    output = tmp_path / "out"
    assert watch_to(crashes, output, "window.cleared", 1) == -signal.SIGKILL
    argv = command(crashes, output, "--poll-seconds=0.01")
    assert crashes.ask(argv, file_bytes=400)["code"] == 6
    *warnings, error = crashes.log.splitlines()
    assert [line.partition(" failed: ")[0] for line in warnings] == ["suzgi: warning: window 2"] * 2
    assert error.startswith("suzgi: error: window 2 failed: cannot write ")
    assert error.endswith("; the same command tries it again")
    assert watch(crashes, output) == 0, crashes.log
    assert committed(output) == committed(undisturbed)
