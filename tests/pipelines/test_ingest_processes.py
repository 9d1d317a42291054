"""`suzgi ingest` with worker processes, and stopped by signals."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.main import main

PARAGRAPH = "Қаладағы {}-кітапхана жаңа оқу залын ашты. Залда {} орын бар, ал қоры екі мыңға жетті."
WORKERS = ("--workers=2",)


def write_pages(folder: Path, count: int) -> None:
    """Write short pages, every fifth a copy of the one before."""
    folder.mkdir()
    for number in range(count):
        first = 20 * (number - (number % 5 == 4))
        lines = [PARAGRAPH.format(line, line + 7) for line in range(first, first + 20)]
        (folder / f"{number:05}.txt").write_text("\n".join(lines), encoding="utf-8")


def contents(output: Path) -> dict[str, bytes]:
    """Return every file of an output by its name."""
    files = (path for path in output.rglob("*") if path.is_file())
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def command(tmp_path: Path, output: str, *more: str) -> list[str]:
    """Return the arguments of an ingest of the pages in many shards."""
    common = ["ingest", "--input", str(tmp_path / "in"), "--output", str(tmp_path / output)]
    return [*common, "--ingest-date=2024-05-31", "--shard-bytes=60000", "--quiet", *more]


def test_two_processes_write_the_same_bits_as_one(tmp_path: Path) -> None:
    write_pages(tmp_path / "in", 200)
    assert main(command(tmp_path, "one")) == 0
    run = subprocess.run(
        [sys.executable, "-m", "pipelines.ingest", *command(tmp_path, "two", *WORKERS)[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    one = contents(tmp_path / "one")
    assert sum(name.startswith("duplicates/") for name in one) > 5
    assert contents(tmp_path / "two") == one


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_run_keeps_finished_shards_and_goes_on(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    write_pages(tmp_path / "in", 1500)
    output = tmp_path / "new" / "out"
    run = subprocess.Popen(
        [sys.executable, "-m", "pipelines.main", *command(tmp_path, "new/out")],
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(output.glob("_work/shard-*.json")):
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(number)
    _, error = run.communicate(timeout=60)
    assert run.returncode == code
    kept = sorted(output.glob("_work/shard-*.json"))
    assert error == (
        f"suzgi: error: stopped by {number.name}; what is finished ({len(kept)} shards) is kept "
        f"in {output}: the same command goes on from there\n"
    )
    parts = {path: path.stat().st_mtime_ns for path in output.glob("*/part-*.avro")}
    assert main(command(tmp_path, "new/out")) == 0
    assert main(command(tmp_path, "undisturbed")) == 0
    assert contents(output) == contents(tmp_path / "undisturbed")
    unchanged = [path for path, written in parts.items() if path.stat().st_mtime_ns == written]
    assert len(unchanged) >= len(kept)
