"""What the tests of crashes share: pages, runs in forked processes, and a reader."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from transforms.manifest import parse_manifest

ROOT = Path(__file__).parents[2]
PAGE = """Қаладағы {number}-кітапхана жаңа оқу залын ашты

14.05.2025, 18:40 2315

Самалқала қаласындағы {number}-кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал қоры толық.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.

Бөлісу
"""
COMMON = ("--ingest-date=2024-05-31", "--max-dead-letters=100", "--shard-bytes=2600", "--quiet")


def write_pages(folder: Path, count: int) -> None:
    """Write pages; every fifth is a copy of the one before, every seventh is empty."""
    folder.mkdir(parents=True)
    for number in range(count):
        page = PAGE.format(number=number - (number % 5 == 4))
        text = "" if number % 7 == 6 else page
        (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")


def contents(output: Path) -> dict[str, bytes]:
    """Return every file of an output by its name."""
    files = (path for path in output.rglob("*") if path.is_file())
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def check_as_reader(output: Path, undisturbed: dict[str, bytes]) -> bool:
    """Check what a reader sees that trusts manifests alone: nothing, or the whole run.

    Tells which.
    """
    manifests = sorted(output.glob("manifests/*.json"))
    for path in manifests:
        manifest = parse_manifest(path.read_text(encoding="utf-8"))
        assert path.read_bytes() == undisturbed[f"manifests/{manifest.run}.json"]
        for part in manifest.files:
            assert hashlib.sha256((output / part.name).read_bytes()).hexdigest() == part.sha256
    return bool(manifests)


@dataclass
class Crashes:
    """Pages, the output of an undisturbed run over them, and runs that can be stopped."""

    folder: Path
    server: "subprocess.Popen[str]"
    undisturbed: dict[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0  # that the undisturbed run took

    @property
    def log(self) -> str:
        """Return what the last run printed."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def command(self, output: Path, *more: str) -> list[str]:
        """Return the command of a run."""
        return ["ingest", "--input", f"{self.folder}/in", "--output", str(output), *COMMON, *more]

    def ask(self, argv: list[str], **more: Any) -> dict[str, Any]:
        """Run a command in a forked process and return the answer."""
        assert self.server.stdin
        assert self.server.stdout
        request = {"argv": argv, "log": str(self.folder / "log"), **more}
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        answer: dict[str, Any] = json.loads(self.server.stdout.readline())
        return answer

    def run(self, output: Path, *more: str, **request: Any) -> int:
        """Run an ingest and return its exit code, or minus the signal that ended it."""
        return int(self.ask(self.command(output, *more), **request)["code"])

    def run_to(
        self, output: Path, point: str, nth: int = 1, number: signal.Signals = signal.SIGKILL
    ) -> int:
        """Run an ingest that gets a signal at the n-th pass of a point."""
        return self.run(output, point=point, nth=nth, signal=int(number))


@pytest.fixture(scope="session")
def crash_server() -> "Iterator[subprocess.Popen[str]]":
    """Return a process that forks a run for each request."""
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/pipelines/crash_server.py")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        yield server
        assert server.stdin
        server.stdin.close()


@pytest.fixture(scope="session")
def crashes(
    crash_server: "subprocess.Popen[str]", tmp_path_factory: pytest.TempPathFactory
) -> Crashes:
    """Return pages and runs; the undisturbed one is done."""
    folder = tmp_path_factory.mktemp("crashes")
    write_pages(folder / "in", 36)
    made = Crashes(folder, crash_server)
    answer = made.ask(made.command(folder / "undisturbed"), record=str(folder / "points"))
    assert answer["code"] == 0, made.log
    made.seconds = answer["seconds"]
    made.undisturbed = contents(folder / "undisturbed")
    return made
