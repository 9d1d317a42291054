"""Measure `suzgi load`: articles a second into DuckDB, beside reading the same Avro with fastavro.

`python tests/bench/load.py --articles 100000` writes an output of generated articles, reads its
files, loads them and loads them again; it prints seconds of the CPU and on the clock, and the peak
of the memory. Both contenders take turns on the same machine.
"""

import argparse
import hashlib
import io
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

import duckdb
import fastavro
from corpus import make_pages

from schemas.avro import CODECS, Codec, ContainerWriter
from schemas.rows import Article
from transforms.manifest import Manifest
from transforms.parts import ARTICLES, MANIFESTS, PartFile, write_part
from transforms.reports import Tally
from transforms.text.document import Document, ExtractOptions
from transforms.text.extract import extract_article
from transforms.warehouse.destination import NewRun
from transforms.warehouse.duckdb_destination import DuckdbDestination
from transforms.warehouse.loading import Known, check_sizes, find_new_runs, load_run

DAY = date(2026, 5, 31)
DISTINCT = 2_000
"""Pages that are extracted: articles repeat them with other uris and ids. A block of Avro holds
some forty, so that no block has one twice."""

FILE_ROWS = 5_000
LIMIT = 3.0
"""How often the time of fastavro alone a load may take."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that something took."""

    wall: float
    cpu: float


def make_output(place: Path, articles: int, codec: Codec = "deflate") -> None:
    """Write a finished run of generated articles."""
    for folder in (ARTICLES, MANIFESTS):
        (place / folder).mkdir(parents=True)
    tally = Tally()
    parts: list[PartFile] = []
    writer = ContainerWriter("article", codec)
    for number, article in enumerate(make_articles(articles), 1):
        writer.write(article)
        tally.count(article, ARTICLES)
        if writer.count == FILE_ROWS or number == articles:
            shard, rows = len(parts), writer.count
            parts.append(write_part(str(place), ARTICLES, shard, writer.finish(), rows))
            writer = ContainerWriter("article", codec, str(shard))
    manifest = Manifest("bench", {"codec": codec}, "0" * 64, tally, tuple(sorted(parts)))
    (place / MANIFESTS / f"{manifest.run}.json").write_text(manifest.to_text(), "utf-8")


def make_articles(count: int) -> Iterator[Article]:
    """Yield articles, each with an id of its own."""
    options = ExtractOptions(DAY)
    pages = enumerate(make_pages(min(count, DISTINCT)))
    extracted = [
        extract_article(Document(f"file:///{n}", page.encode()), options) for n, page in pages
    ]
    for number in range(count):
        uri = f"file:///corpus/page_{number:08d}.txt"
        identity = hashlib.sha256(uri.encode()).hexdigest()[:32]
        yield replace(extracted[number % len(extracted)], id=identity, source_uri=uri)


def read_alone(output: Path) -> int:
    """Read all articles with fastavro and nothing else; return how many they are."""
    count = 0
    for path in sorted((output / ARTICLES).iterdir()):
        count += sum(1 for _ in fastavro.reader(io.BytesIO(path.read_bytes())))
    return count


def new_runs(output: Path, destination: DuckdbDestination) -> list[NewRun]:
    """Return what a load finds to do."""
    runs, _ = find_new_runs(str(output), Known.of(destination.loaded_runs()))
    check_sizes(runs)
    return runs


def load(output: Path, database: Path) -> int:
    """Load what is new, as the command does; return how many articles that were."""
    destination = DuckdbDestination(str(database))
    runs = new_runs(output, destination)
    for run in runs:
        load_run(destination, run, datetime.now(UTC))
    destination.close()
    return sum(run.manifest.tally.articles for run in runs)


def merge_again(output: Path, database: Path) -> int:
    """Load a run that the database has and was made to forget: all its rows are merged."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("DELETE FROM runs")
    return load(output, database)


def measure(work: Callable[[], int], expected: int) -> Cost:
    """Return what work costs; raise RuntimeError where it does less than expected."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    cost = Cost(time.perf_counter() - wall, time.process_time() - cpu)
    if done != expected:
        raise RuntimeError(f"{done} articles of {expected}")
    return cost


def peak_mib() -> float:
    """Return the largest memory that this process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_process(work: Callable[[], int], expected: int) -> tuple[Cost, float]:
    """Return the cost and the peak memory of work in a process of its own."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        cost = measure(work, expected)
        os.write(writes, f"{cost.wall} {cost.cpu} {peak_mib()}".encode())
        os._exit(0)
    os.close(writes)
    with open(reads, "rb") as stream:  # noqa: PTH123 (a descriptor)
        told = stream.read().split()
    if os.waitpid(child, 0)[1] or len(told) != 3:
        raise RuntimeError("it failed")
    wall, cpu, peak = map(float, told)
    return Cost(wall, cpu), peak


def compare(folder: Path, articles: int, repeats: int, codec: Codec) -> None:
    """Print what both cost."""
    output = folder / "output"
    make_output(output, articles, codec)
    ratios = []
    for number in range(repeats):
        database = folder / f"{number}.duckdb"
        alone, _ = in_process(lambda: read_alone(output), articles)
        loaded, peak = in_process(lambda: load(output, database), articles)  # noqa: B023 (at once)
        size = database.stat().st_size / 2**20
        merged, merged_peak = in_process(
            lambda: merge_again(output, database),  # noqa: B023 (at once)
            articles,
        )
        again, _ = in_process(lambda: load(output, database), 0)  # noqa: B023 (at once)
        ratios.append(loaded.cpu / alone.cpu)
        _say(f"fastavro alone: {_told(alone, articles)}")
        _say(f"suzgi load:     {_told(loaded, articles)}, {ratios[-1]:.2f} times as much CPU")
        _say(f"peak {peak:.0f} MiB; database {size:.0f} MiB")
        _say(f"each row again: {_told(merged, articles)}, peak {merged_peak:.0f} MiB")
        _say(f"same manifest again: {again.wall:.2f} s")
        database.unlink()
    _say(f"median: {median(ratios):.2f} times the CPU of fastavro alone (limit {LIMIT:g})")


def _told(cost: Cost, articles: int) -> str:
    """Return a cost in words."""
    rate, each = articles / cost.wall, cost.cpu / articles * 1e6
    return f"{cost.wall:.1f} s, {rate:,.0f} articles/s; CPU {cost.cpu:.1f} s, {each:.0f} µs each"


def _say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--codec", choices=CODECS, default="deflate")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suzgi-load-") as made:
        compare(Path(made), given.articles, given.repeats, given.codec)
