"""Measure Suzgi beside the limit and beside a plain script, in one run on one corpus.

`python tests/bench/bench.py` prints a table. Each contender runs as a process of its own on three
corpora: a small one for its start-up, and two sizes whose difference gives its steady cost a
document, free of start-up. Contenders take turns, so that a busy machine hurts all alike; the
median over the repeats counts.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import corpus
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]

STARTUP_DOCUMENTS = 50
SHARE_OF_SMALLER = 5
"""The smaller of the two sizes that give the steady cost is this part of the larger."""

SLOW_SHARE = 40
FEWEST_SLOW_DOCUMENTS = 200
"""The plain script is two hundred times slower than the limit: it gets this part of the corpus."""

VERSIONS = ("apache-beam", "fastavro", "langdetect", "pycld2", "chardet", "suzgi")


@dataclass(frozen=True, slots=True)
class Contender:
    """Something to measure: its name, its command line, and how its output tells the articles.

    A slow one runs on a part of the corpus.
    """

    name: str
    command: Callable[[Path, Path], list[str]]
    articles: Callable[[str], int]
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What one process cost: seconds on the clock, of the CPU (user and system), and peak MB."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Corpus:
    """A directory of generated pages."""

    directory: Path
    documents: int
    size: int


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of a contender: medians over the repeats.

    `documents` is the larger size; `steady_ms` CPU milliseconds a document between the two
    sizes; `mb_per_second` and `wall_ms` likewise, MB being 10^6 bytes read, by the clock.
    """

    name: str
    documents: int
    startup_wall: float
    startup_cpu: float
    steady_ms: float
    wall_ms: float
    mb_per_second: float
    peak_mb: float


def script(name: str) -> Callable[[Path, Path], list[str]]:
    """Return the command line of a script beside this one."""
    return lambda source, target: [sys.executable, str(HERE / name), str(source), str(target)]


def suzgi(*flags: str) -> Callable[[Path, Path], list[str]]:
    """Return the command line of the main job with some flags more."""
    common = [sys.executable, "-m", "pipelines.main", "ingest", "--codec", "null", "--json", *flags]
    return lambda source, target: [*common, "--input", str(source), "--output", str(target)]


def articles_of_manifest(output: str) -> int:
    """Return the number of articles that the manifest counts."""
    articles: int = json.loads(output)["counts"]["articles"]
    return articles


CONTENDERS = {
    "limit": Contender("limit: read, decode, split, write", script("limit.py"), int),
    "suzgi": Contender("suzgi ingest", suzgi(), articles_of_manifest),
    "workers": Contender("suzgi ingest --workers 2", suzgi("--workers=2"), articles_of_manifest),
    "near": Contender(
        "suzgi ingest --near-duplicates", suzgi("--near-duplicates"), articles_of_manifest
    ),
    "plain": Contender(
        "plain script with langdetect", script("plain_script.py"), int, is_slow=True
    ),
}


def measure(command: Sequence[str]) -> tuple[Run, str]:
    """Return what a command cost, with all its children, and what it printed.

    Raises RuntimeError where it fails.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        printed, complaint = (stream.read().decode(errors="replace") for stream in (output, errors))
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{complaint[-2_000:]}")
    kilobytes = usage.ru_maxrss / 1_024 if sys.platform == "darwin" else usage.ru_maxrss
    return Run(wall, usage.ru_utime + usage.ru_stime, kilobytes / 1_000), printed


def run_contender(contender: Contender, source: Corpus, scratch: Path) -> Run:
    """Return what a contender cost on a corpus; its output is removed.

    Raises RuntimeError where it did not make an article of every page: that would be no feat.
    """
    target = scratch / "output"
    read_once(source.directory)
    try:
        run, printed = measure(contender.command(source.directory, target))
    finally:
        shutil.rmtree(target, ignore_errors=True)
    if (articles := contender.articles(printed)) != source.documents:
        raise RuntimeError(f"{contender.name}: {articles} articles of {source.documents} pages")
    return run


def read_once(directory: Path) -> None:
    """Read all files, so that no contender pays for pages that the system has dropped meanwhile."""
    for path in directory.rglob("*.txt"):
        path.read_bytes()


def generate(scratch: Path, documents: int) -> Corpus:
    """Return a corpus of this size, generated unless it is there."""
    directory = scratch / f"corpus_{documents}"
    if directory.exists():
        return Corpus(directory, documents, _size_of(directory))
    return Corpus(directory, documents, corpus.write_corpus(directory, documents))


def _size_of(directory: Path) -> int:
    """Return the bytes of all files under a directory."""
    return sum(path.stat().st_size for path in directory.rglob("*.txt"))


def sizes_for(contender: Contender, documents: int) -> tuple[int, int, int]:
    """Return the three sizes that a contender runs on."""
    if contender.is_slow:
        documents = min(documents, max(FEWEST_SLOW_DOCUMENTS, documents // SLOW_SHARE))
    return STARTUP_DOCUMENTS, max(1, documents // SHARE_OF_SMALLER), documents


def compare(names: Sequence[str], documents: int, repeats: int, scratch: Path) -> list[Result]:
    """Return the figures of each contender."""
    runs: dict[str, list[tuple[Run, Run, Run]]] = {name: [] for name in names}
    corpora = {
        name: [generate(scratch, size) for size in sizes_for(CONTENDERS[name], documents)]
        for name in names
    }
    for _ in range(repeats):
        for name in names:
            start, smaller, larger = corpora[name]
            contender = CONTENDERS[name]
            runs[name].append(
                (
                    run_contender(contender, start, scratch),
                    run_contender(contender, smaller, scratch),
                    run_contender(contender, larger, scratch),
                )
            )
    return [
        summarize(CONTENDERS[name].name, corpora[name][1], corpora[name][2], runs[name])
        for name in names
    ]


def summarize(
    name: str, smaller: Corpus, larger: Corpus, runs: Sequence[tuple[Run, Run, Run]]
) -> Result:
    """Return the medians of a contender's runs."""
    documents = larger.documents - smaller.documents
    cpu = median((large.cpu - small.cpu) / documents for _, small, large in runs)
    wall = median((large.wall - small.wall) / documents for _, small, large in runs)
    return Result(
        name=name,
        documents=larger.documents,
        startup_wall=median(start.wall for start, _, _ in runs),
        startup_cpu=median(start.cpu for start, _, _ in runs),
        steady_ms=cpu * 1_000,
        wall_ms=wall * 1_000,
        mb_per_second=(larger.size - smaller.size) / documents / wall / 1e6,
        peak_mb=median(large.peak for _, _, large in runs),
    )


def describe_machine() -> dict[str, str]:
    """Return the date, the processor and the versions that the figures hold for."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": f"{_cpu_model()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in VERSIONS},
    }


def _cpu_model() -> str:
    """Return the processor's name, as Linux tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown processor"
    models = [line.partition(":")[2] for line in text.splitlines() if line.startswith("model name")]
    return models[0].strip() if models else platform.processor()


def print_table(results: Sequence[Result], machine: dict[str, str]) -> None:
    """Print the figures, each with its ratio to the first contender's."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    columns = (
        "",
        "documents",
        "start-up s",
        "start-up CPU s",
        "steady CPU ms",
        "× the first",
        "steady ms",
        "MB/s",
        "peak MB",
    )
    caption = ", ".join(f"{name} {value}" for name, value in machine.items())
    table = Table(title="Cost of a page of 5.6 KB", caption=caption)
    for column in columns:
        table.add_column(column, justify="right" if column else "left")
    for result in results:
        table.add_row(
            result.name,
            f"{result.documents:,}",
            f"{result.startup_wall:.2f}",
            f"{result.startup_cpu:.2f}",
            f"{result.steady_ms:.3f}",
            f"{result.steady_ms / results[0].steady_ms:.1f}",
            f"{result.wall_ms:.3f}",
            f"{result.mb_per_second:.1f}",
            f"{result.peak_mb:.0f}",
        )
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description="Suzgi beside the limit and a plain script.")
    parser.add_argument("--documents", type=int, default=20_000, help="default 20,000")
    parser.add_argument("--repeat", type=int, default=3, help="the median counts (default 3)")
    parser.add_argument("--only", choices=CONTENDERS, action="append", help="may be repeated")
    parser.add_argument("--scratch", type=Path, help="keep the corpus here, to be used again")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args(arguments)
    if options.documents < SHARE_OF_SMALLER:
        parser.error(f"--documents must be at least {SHARE_OF_SMALLER}")
    with tempfile.TemporaryDirectory(prefix="suzgi-bench-") as temporary:
        scratch = options.scratch or Path(temporary)
        names = [name for name in CONTENDERS if not options.only or name in options.only]
        results = compare(names, options.documents, options.repeat, scratch)
    if options.json:
        figures = {"machine": describe_machine(), "results": [asdict(result) for result in results]}
        sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
    else:
        print_table(results, describe_machine())


if __name__ == "__main__":
    main()
