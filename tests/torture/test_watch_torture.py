"""Files come in bursts while the watch is killed three times: each is an article, none is twice."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from output_rows import rows

from pipelines.main import main
from schemas.rows import Article
from transforms.manifest import parse_manifest

ROOT = Path(__file__).parents[2]
FILES = 10_000 if os.environ.get("SUZGI_TORTURE") == "full" else 240
BURSTS = 6
KILLED_IN = (1, 3, 5)
SEED = 20240531
POLL_SECONDS = 0.5
PAGE = """Қаладағы {number}-кітапхана жаңа оқу залын ашты

14.05.2025, 18:40 2315

Самалқала қаласындағы {number}-кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал қоры толық.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.
"""


def start(folder: Path) -> "subprocess.Popen[str]":
    """Start a watch over a folder."""
    options = (f"--poll-seconds={POLL_SECONDS}", "--settle-seconds=0.2", "--ingest-date=2024-05-31")
    size = f"--window-files={max(FILES // 20, 10)}"
    where = ("--input", f"{folder}/in", "--output", f"{folder}/out")
    command = [sys.executable, "-m", "pipelines.main", "watch", *where, *options, size, "--quiet"]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def drop(folder: Path, numbers: range) -> None:
    """Drop a burst of pages; every other one appears at once, the others are written in place."""
    for number in numbers:
        place = folder / "in" / f"{number % 10}"
        place.mkdir(parents=True, exist_ok=True)
        page = PAGE.format(number=number)
        if number % 2:
            (place / f"{number}.tmp").write_text(page, encoding="utf-8")
            (place / f"{number}.tmp").rename(place / f"{number}.txt")
        else:
            (place / f"{number}.txt").write_text(page, encoding="utf-8")


def traces(output: Path) -> Counter[str]:
    """Return how many files of each kind an output has: they change when something happens."""
    return Counter(path.parent.name for path in output.glob("*/*") if path.suffix != ".sqlite")


def committed(output: Path) -> int:
    """Return the number of documents that have a row."""
    found = [parse_manifest(path.read_text("utf-8")) for path in output.glob("manifests/*.json")]
    return sum(manifest.tally.documents for manifest in found)


def wait_for_documents(process: "subprocess.Popen[str]", output: Path, count: int) -> None:
    """Wait until so many documents are committed."""
    while committed(output) < count:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.1)


def kill_at_work(process: "subprocess.Popen[str]", output: Path, changes: int) -> None:
    """Kill a watch after it has changed so many files of its output."""
    for _ in range(changes):
        before = traces(output)
        while traces(output) == before:
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.002)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_every_file_is_an_article_once_whenever_the_watch_is_killed(tmp_path: Path) -> None:
    output, chance = tmp_path / "out", random.Random(SEED)  # noqa: S311 (no secret)
    (tmp_path / "in").mkdir()
    process = start(tmp_path)
    size = FILES // BURSTS
    try:
        for burst in range(BURSTS):
            numbers = range(burst * size, FILES if burst == BURSTS - 1 else (burst + 1) * size)
            drop(tmp_path, numbers)
            if burst in KILLED_IN:
                kill_at_work(process, output, chance.randint(1, 12))
                process = start(tmp_path)
            else:
                wait_for_documents(process, output, numbers.stop)
        wait_for_documents(process, output, FILES)
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate()
        assert (process.returncode, error) == (0, "")
    finally:
        process.kill()
    found = rows(output, Article)
    wanted = {
        path.as_uri(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in tmp_path.glob("in/*/*.txt")
    }
    assert len(found) == committed(output) == FILES
    assert {article.source_uri: article.content_sha256 for article in found} == wanted
    assert main(["verify", "--quiet", str(output)]) == 0
