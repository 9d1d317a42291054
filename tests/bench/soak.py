"""Soak: half a million documents, twice and more, in bounded memory, balanced and with equal bits.

`python tests/bench/soak.py` generates the documents, about 3 GB, runs `suzgi ingest` over them in
processes of their own, and prints a table. It fails where counts are not those of what was
generated, where `suzgi verify` finds a fault, where two runs differ in one bit, and where a run
with one worker takes more memory than MOST_MEGABYTES.
"""

import argparse
import gzip
import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench import PROJECT, describe_machine
from corpus import FILES_PER_FOLDER, SEED, make_page
from rich.console import Console
from rich.table import Table

from pipelines.main import main as run_command

DOCUMENTS = 500_000
MOST_MEGABYTES = 500.0
"""Of a run with one worker; each worker process more has modules and models of its own."""

DUPLICATE_EVERY = 20
BAD_EVERY = 100
PACKED_SHARE = 0.5
"""Of the duplicates: the same bytes only when unpacked."""
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Bad:
    """A kind of bad document: how it is made, under which suffix, and the code of its letter."""

    code: str
    suffix: str
    make: Callable[[int], bytes]


BAD = (
    Bad("empty", ".txt", lambda _: b""),
    Bad("binary", ".txt", lambda index: b"\x89PNG\r\n\x1a\n" + bytes(20) + str(index).encode()),
    Bad("no_text", ".txt", lambda index: f"{index} 12 345,90\n".encode() * 20),
    Bad("torn_archive", ".txt.gz", lambda index: _packed(make_page(index).encode())[:-7]),
    Bad("not_compressed", ".txt.gz", lambda index: make_page(index).encode()),
)


@dataclass(frozen=True, slots=True)
class Soaked:
    """What a run cost, and a hash over the names and bytes of all files that it wrote."""

    workers: int
    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    sha256: str


class SoakError(Exception):
    """A promise that a run did not keep."""


def write_documents(directory: Path, documents: int) -> Counter[str]:
    """Write the documents under a new directory; return how many become what.

    The keys are `articles`, `duplicates`, and the codes of dead letters.
    """
    expected = Counter[str]()
    for index in range(documents):
        folder = directory / f"{index // FILES_PER_FOLDER:04d}"
        if index % FILES_PER_FOLDER == 0:
            folder.mkdir(parents=True)
        suffix, content, outcome = make_document(index)
        (folder / f"page_{index:07d}{suffix}").write_bytes(content)
        expected[outcome] += 1
    return expected


def make_document(index: int) -> tuple[str, bytes, str]:
    """Return suffix and bytes of a document, and what becomes of it."""
    if _is_bad(index):
        bad = BAD[index // BAD_EVERY % len(BAD)]
        return bad.suffix, bad.make(index), bad.code
    if not _is_duplicate(index):
        return ".txt", make_page(index).encode(), "articles"
    rng = random.Random(f"{SEED}/soak/{index}")  # noqa: S311 (no secret)
    pages = iter(lambda: rng.randrange(index), None)
    original = next(each for each in pages if not _is_bad(each) and not _is_duplicate(each))
    content = make_page(original).encode()
    if rng.random() < PACKED_SHARE:
        return ".txt.gz", _packed(content), "duplicates"
    return ".txt", content, "duplicates"


def _is_bad(index: int) -> bool:
    return index % BAD_EVERY == 7


def _is_duplicate(index: int) -> bool:
    return index % DUPLICATE_EVERY == 3


def _packed(content: bytes) -> bytes:
    """Return a gzip file that is the same at any time."""
    return gzip.compress(content, 1, mtime=0)


def ingest(source: Path, target: Path, workers: int, flags: Sequence[str] = ()) -> Soaked:
    """Run `suzgi ingest` in a process of its own; raise SoakError where it does not end with 0."""
    command = [sys.executable, "-m", "pipelines.main", "ingest", "--quiet", *flags]
    command += ["--input", str(source), "--output", str(target), "--ingest-date", "2024-05-31"]
    if workers > 1:
        command += ["--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"]
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=PROJECT, stderr=errors)
        code, usage, peak = _watch(process)
        seconds = time.perf_counter() - started
        errors.seek(0)
        complaint = errors.read().decode(errors="replace")
    if code:
        raise SoakError(f"{' '.join(command)}: exit {code}\n{complaint[-2_000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Soaked(workers, seconds, cpu, peak / 1e6, output_sha256(target))


def _watch(process: "subprocess.Popen[bytes]") -> "tuple[int, resource.struct_rusage, int]":
    """Wait for a process; return its code, what it used, and the most bytes that its tree held.

    Both are looked up often, and the peak of the first process, which the system keeps. What it
    tells at the end counts the memory of the process that started it, too: only where there is
    no /proc is that the answer.
    """
    peak = 0
    while True:
        held = sum(_held(pid) for pid in _tree(process.pid))
        peak = max(peak, held, _kilobytes(f"/proc/{process.pid}/status", "VmHWM") * 1_024)
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            unit = 1 if sys.platform == "darwin" else 1_024
            return process.returncode, usage, peak or usage.ru_maxrss * unit
        time.sleep(POLL_SECONDS)


def _tree(root: int) -> list[int]:
    """Return a process and all that descend from it; itself alone where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    tree = [root]
    for pid in tree:
        tree += children.get(pid, [])
    return tree


def _held(pid: int) -> int:
    """Return the bytes of memory that a process holds; none where nobody knows.

    Pages that it shares count in part: a child that was just forked shares all of them.
    """
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss") * 1_024


def _kilobytes(path: str, name: str) -> int:
    """Return what a file of /proc says of a name; 0 where it does not."""
    with suppress(OSError):
        for line in Path(path).read_text(errors="replace").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0


def output_sha256(target: Path) -> str:
    """Return a hash over the names and bytes of all files of an output."""
    digest = hashlib.sha256()
    for path in sorted(target.rglob("*")):
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(target)} {content}\n".encode())
    return digest.hexdigest()


def check_counts(target: Path, expected: Counter[str]) -> None:
    """Raise SoakError unless the manifest counts what was generated."""
    (path,) = (target / "manifests").iterdir()
    manifest = json.loads(path.read_text(encoding="utf-8"))
    counts = manifest["counts"]
    found = Counter({name: counts[name] for name in ("articles", "duplicates")})
    found += Counter({code: letters["count"] for code, letters in manifest["dead_letters"].items()})
    if found != expected or counts["documents"] != expected.total():
        raise SoakError(f"{counts['documents']} documents: {found}, expected {expected}")


def verify(target: Path) -> None:
    """Raise SoakError where `suzgi verify` finds a fault, which it prints."""
    if code := run_command(["verify", "--quiet", str(target)]):
        raise SoakError(f"suzgi verify: exit {code}")


def soak(
    source: Path,
    scratch: Path,
    workers: Sequence[int],
    flags: Sequence[str],
    expected: Counter[str],
) -> Iterator[Soaked]:
    """Run over the documents once for each number of workers; yield the figures of each run.

    Raises SoakError for the first promise that is not kept.
    """
    first: Soaked | None = None
    for count in workers:
        target = scratch / "output"
        try:
            run = ingest(source, target, count, flags)
            check_counts(target, expected)
            if not first:
                verify(target)  # the others have the same bits, or fail
        finally:
            shutil.rmtree(target, ignore_errors=True)
        yield run
        first = first or run
        if run.sha256 != first.sha256:
            raise SoakError(f"other bits: {run.sha256}, at first {first.sha256}")
        if count == 1 and run.peak_megabytes > MOST_MEGABYTES:
            raise SoakError(f"{run.peak_megabytes:.0f} MB of memory, over {MOST_MEGABYTES:.0f}")


def print_table(runs: Sequence[Soaked], documents: int) -> None:
    """Print the figures of the runs."""
    caption = ", ".join(f"{name} {value}" for name, value in describe_machine().items())
    table = Table(title=f"{documents:,} documents", caption=caption)
    for column in ("workers", "seconds", "CPU s", "documents/s", "peak MB", "SHA-256"):
        table.add_column(column, justify="right")
    for run in runs:
        table.add_row(
            str(run.workers),
            f"{run.seconds:.0f}",
            f"{run.cpu_seconds:.0f}",
            f"{documents / run.seconds:,.0f}",
            f"{run.peak_megabytes:.0f}",
            run.sha256[:16],
        )
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def main(arguments: Sequence[str] | None = None) -> None:
    """Soak as the command line says; end with a message where a promise is not kept."""
    parser = argparse.ArgumentParser(description="Many documents, bounded memory, the same bits.")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="default 500,000")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[1, 1, 2], help="one run each (default: 1 1 2)"
    )
    parser.add_argument("--scratch", type=Path, help="where 6 GB are free for a while")
    parser.add_argument("--shard-bytes", help="input of one shard; as of suzgi ingest")
    options = parser.parse_args(arguments)
    flags = ["--shard-bytes", options.shard_bytes] if options.shard_bytes else []
    runs: list[Soaked] = []
    with tempfile.TemporaryDirectory(prefix="suzgi-soak-", dir=options.scratch) as temporary:
        source = Path(temporary, "input")
        expected = write_documents(source, options.documents)
        try:
            for run in soak(source, Path(temporary), options.workers, flags, expected):
                runs.append(run)
                sys.stderr.write(f"{run}\n")
        except SoakError as error:
            sys.exit(f"soak: {error}")
    print_table(runs, options.documents)


if __name__ == "__main__":
    main()
