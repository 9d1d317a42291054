"""Measure `suzgi watch`: a look at many files, many windows in one process, lag after a burst.

`python tests/bench/watch.py look --files 1000000` · `windows --windows 1000` · `lag --files 10000`.
"""

import argparse
import io
import itertools
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from schemas.avro import read_rows
from schemas.rows import Article
from transforms.ledger import open_ledger, transaction
from transforms.listing import DOCUMENT_SUFFIXES, find_documents
from transforms.waiting import Waiting

ROOT = Path(__file__).parents[2]
FILES_IN_A_FOLDER = 1000
PAGE = (
    "Қаладағы {number}-кітапхана жаңа оқу залын ашты\n\n14.05.2025, 18:40 2315\n\n"
    "Самалқала қаласындағы {number}-кітапхана жаңа оқу залын ашты. Залда елу орын бар.\n"
)
WINDOW = re.compile(r"window \d+: .*; ([\d.]+) s, [\d,]+ documents/s; .*")
POLL_SECONDS = 5.0
BURSTS = 6
KILLED_IN = (1, 3, 5)


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
        connection.execute("INSERT INTO files SELECT uri, state, random(), random() FROM waiting")
        connection.execute("INSERT INTO documents SELECT high, low FROM files")
        connection.execute("INSERT INTO contents SELECT low, high, high, low FROM files")
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
    say(f"{waiting.count()} files wait")
    ledger.close()
    wall, size = time.perf_counter(), (folder / "ledger").stat().st_size
    open_ledger(str(folder / "ledger")).close()
    wall = time.perf_counter() - wall
    say(f"ledger {size / 2**20:.0f} MiB, opened in {wall:.1f} s, peak {peak_mib():.0f} MiB")


def start(folder: Path, *more: str) -> "subprocess.Popen[bytes]":
    """Start a watch over a folder; what it says goes into a log there."""
    where = ("--input", f"{folder}/in", "--output", f"{folder}/out")
    command = [sys.executable, "-m", "pipelines.main", "watch", *where, *more]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stderr=log)


def write_pages(folder: Path, numbers: range) -> None:
    """Write pages, no two of which are equal."""
    (folder / "in").mkdir(exist_ok=True)
    for number in numbers:
        text = PAGE.format(number=number)
        (folder / "in" / f"{number:07d}.txt").write_text(text, encoding="utf-8")


def seconds_of_windows(folder: Path, told: int = 0) -> list[float]:
    """Return how long each window took of which the log tells behind its first `told` bytes."""
    log = (folder / "log").read_bytes()[told:].decode("utf-8")
    return [float(seconds) for seconds in WINDOW.findall(log)]


def memory_mib(process: "subprocess.Popen[bytes]") -> float:
    """Return the memory of a process, in MiB."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def measure_windows(folder: Path, windows: int) -> None:
    """Print the memory of a process that commits many windows of two pages each."""
    write_pages(folder, range(2 * windows))
    limits = ("--settle-seconds=0", "--window-files=2", f"--max-windows={windows}")
    step, begun = max(windows // 10, 1), time.monotonic()
    process = start(folder, *limits, "--poll-seconds=3600")
    told = 0
    while process.poll() is None:
        time.sleep(0.2)
        if (count := len(seconds_of_windows(folder))) >= told + step:
            seconds, told = (time.monotonic() - begun) / count, count
            say(f"window {count}: {memory_mib(process):.1f} MiB, {seconds:.2f} s a window")


def measure_lag(folder: Path, files: int) -> None:
    """Print how long after a burst its last page is committed; in three of six, after a kill.

    The target: at most twice the time between two looks, and the time that its windows took.
    """
    process = _at_work(folder)
    try:
        for burst in range(BURSTS):
            told = (folder / "log").stat().st_size
            pages = range(burst * files // BURSTS, (burst + 1) * files // BURSTS)
            write_pages(folder, pages)
            dropped, more = time.monotonic(), ""
            if burst in KILLED_IN:
                wait_until(is_begun, folder)
                process.kill()
                process.wait()
                killed = time.monotonic()
                process = _at_work(folder)
                more = f"; killed, and at work again after {time.monotonic() - killed:.1f} s"
            wait_until(has_committed, folder, pages.stop)
            late = time.monotonic() - dropped
            time.sleep(1)  # until the log has the line of the last window
            worked = sum(seconds_of_windows(folder, told))
            say(
                f"burst {burst}: {len(pages)} pages committed {late:.1f} s after the last came; "
                f"windows {worked:.1f} s, with two looks {2 * POLL_SECONDS + worked:.1f} s{more}"
            )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    check(folder, process.returncode)


def _at_work(folder: Path) -> "subprocess.Popen[bytes]":
    """Start a watch and return it once it looks, or finishes a window that was begun."""
    process = start(folder, f"--poll-seconds={POLL_SECONDS:g}", "--settle-seconds=1")
    told = (folder / "log").stat().st_size
    while b"watching" not in (folder / "log").read_bytes()[told:]:
        time.sleep(0.01)
    return process


def check(folder: Path, code: int) -> None:
    """Print what a watch has left."""
    paths = (folder / "out").glob("articles/*.avro")
    articles = (read_rows(io.BytesIO(path.read_bytes()), Article) for path in paths)
    uris = [article.source_uri for article in itertools.chain.from_iterable(articles)]
    say(f"exit code {code}; {len(uris)} articles, {len(uris) - len(set(uris))} twice")
    command = [sys.executable, "-m", "pipelines.main", "verify", str(folder / "out")]
    subprocess.run(command, cwd=ROOT, check=True)


def wait_until(is_so: Callable[..., bool], *given: object) -> None:
    """Wait until something is so."""
    while not is_so(*given):
        time.sleep(0.01)


def is_begun(folder: Path) -> bool:
    """Tell whether a window is noted that has not committed."""
    return len(list((folder / "out").glob("_listings/window-*.json"))) > count_windows(folder)


def has_committed(folder: Path, pages: int) -> bool:
    """Tell whether so many pages are committed."""
    paths = (folder / "out").glob("manifests/*.json")
    found = (re.search(r'"documents": (\d+)', path.read_text(encoding="utf-8")) for path in paths)
    return sum(int(match[1]) for match in found if match) == pages


def count_windows(folder: Path) -> int:
    """Return the number of windows that are committed."""
    return len(list((folder / "out").glob("manifests/*.json")))


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["look", "windows", "lag"])
    parser.add_argument("--files", type=int, default=10_000)
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
