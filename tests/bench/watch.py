"""Measure `suzgi watch`: a look at many files, many windows in one process, lag after a burst.

`python tests/bench/watch.py look --files 1000000` · `windows --windows 1000` · `lag --files 2000`.
"""

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from transforms.ledger import open_ledger, transaction
from transforms.listing import DOCUMENT_SUFFIXES, find_documents
from transforms.waiting import Waiting

ROOT = Path(__file__).parents[2]
FILES_IN_A_FOLDER = 1000
PAGE = (
    "Қаладағы {number}-кітапхана жаңа оқу залын ашты\n\n14.05.2025, 18:40 2315\n\n"
    "Самалқала қаласындағы {number}-кітапхана жаңа оқу залын ашты. Залда елу орын бар.\n"
)
WINDOW = re.compile(r"window (\d+): .*; ([\d,]+) documents/s; .*lag ([\d.]+) s")


def say(text: str) -> None:
    """Print a line of results at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def make_empty_files(folder: Path, count: int) -> None:
    """Make many empty files in folders of a thousand."""
    for number in range(count):
        if number % FILES_IN_A_FOLDER == 0:
            place = folder / f"{number // FILES_IN_A_FOLDER:05d}"
            place.mkdir(parents=True)
        os.close(os.open(place / f"page-of-a-site-{number:08d}.txt", os.O_CREAT | os.O_WRONLY))


def scan(folder: str) -> int:
    """Return the number of files below a folder, each asked for its state: the floor."""
    count, waiting = 0, [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    os.stat(entry.path)  # noqa: PTH116 (the floor)
                    count += 1
    return count


def peak_mib() -> float:
    """Return the largest memory that this process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_look(folder: Path, files: int) -> None:
    """Print what a look at known files costs, beside the mere scan of them."""
    make_empty_files(folder / "in", files)
    ledger = open_ledger(str(folder / "ledger"))
    waiting = Waiting(ledger.connection, 0.0)
    before = peak_mib()
    waiting.see(find_documents(str(folder / "in"), DOCUMENT_SUFFIXES), time.monotonic)
    say(f"first look: {waiting.count():,} files wait, {peak_mib() - before:.0f} MiB more")
    with transaction(ledger.connection) as connection:
        connection.execute("INSERT INTO files (uri, state) SELECT uri, state FROM waiting")
        connection.execute("DELETE FROM waiting")
    for name, look in (
        ("scan alone", lambda: scan(str(folder / "in"))),
        (
            "look",
            lambda: waiting.see(
                find_documents(str(folder / "in"), DOCUMENT_SUFFIXES), time.monotonic
            ),
        ),
    ):
        wall, cpu = time.perf_counter(), time.process_time()
        look()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        say(f"{name}: {wall:.1f} s, {cpu:.1f} s of CPU, peak {peak_mib():.0f} MiB")
    size = (folder / "ledger").stat().st_size
    say(f"ledger {size / 2**20:.0f} MiB; {waiting.count()} files wait")


def start(folder: Path, *more: str) -> "subprocess.Popen[str]":
    """Start a watch over a folder."""
    where = ("--input", f"{folder}/in", "--output", f"{folder}/out")
    command = [sys.executable, "-m", "pipelines.main", "watch", *where, *more]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def write_pages(folder: Path, numbers: range) -> None:
    """Write pages, no two of which are equal."""
    (folder / "in").mkdir(exist_ok=True)
    for number in numbers:
        text = PAGE.format(number=number)
        (folder / "in" / f"{number:07d}.txt").write_text(text, encoding="utf-8")


def lines_of_windows(process: "subprocess.Popen[str]") -> Iterator[tuple[int, str, float]]:
    """Yield number, speed and lag of each window as it is committed."""
    for line in process.stderr or ():
        if found := WINDOW.search(line):
            yield int(found[1]), found[2], float(found[3])


def memory_mib(process: "subprocess.Popen[str]") -> float:
    """Return the memory of a process, in MiB."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def measure_windows(folder: Path, windows: int) -> None:
    """Print the memory of a process that commits many windows of two pages each."""
    write_pages(folder, range(2 * windows))
    limits = ("--settle-seconds=0", "--window-files=2", f"--max-windows={windows}")
    begun = time.monotonic()
    with start(folder, *limits, "--poll-seconds=3600") as process:
        for number, _, _ in lines_of_windows(process):
            if number in (1, 10) or number % max(windows // 10, 1) == 0:
                seconds = (time.monotonic() - begun) / number
                say(f"window {number}: {memory_mib(process):.1f} MiB, {seconds:.2f} s a window")


def measure_lag(folder: Path, files: int) -> None:
    """Print how long after a burst its last page is committed."""
    with start(folder, "--poll-seconds=5", "--settle-seconds=1") as process:
        for burst in range(4):
            write_pages(folder, range(burst * files, (burst + 1) * files))
            dropped = time.monotonic()
            while len(list((folder / "in").iterdir())) > _done(folder):
                time.sleep(0.05)
            late = time.monotonic() - dropped
            say(f"burst {burst}: all of {files} pages committed {late:.1f} s after the last came")
        process.send_signal(signal.SIGTERM)
        for number, speed, lag in lines_of_windows(process):
            say(f"window {number}: {speed} documents/s, lag {lag} s")


def _done(folder: Path) -> int:
    """Return the number of pages that are committed."""
    paths = (folder / "out" / "manifests").glob("*.json")
    found = (re.search(r'"documents": (\d+)', path.read_text(encoding="utf-8")) for path in paths)
    return sum(int(match[1]) for match in found if match)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["look", "windows", "lag"])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--windows", type=int, default=100)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="suzgi-watch-"))
    try:
        if given.what == "look":
            measure_look(folder, given.files)
        elif given.what == "windows":
            measure_windows(folder, given.windows)
        else:
            measure_lag(folder, given.files)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
