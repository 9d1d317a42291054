"""Progress over several processes: what workers note is counted where it is shown."""

import subprocess
import sys
import time
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from pipelines.background import Job
from pipelines.progress_display import show_progress
from pipelines.worker_progress import (
    COUNTS,
    VARIABLE,
    files_done,
    note_progress,
    progress_directory,
)
from transforms.progress import PROGRESS

WORKER = """
from pipelines.worker_progress import note_progress
from transforms.progress import PROGRESS
PROGRESS.fingerprinted, PROGRESS.processed = 5, 3
note_progress()
PROGRESS.processed = 4
note_progress()
"""


@pytest.fixture(autouse=True)
def _fresh_progress() -> None:
    PROGRESS.start()


def test_counts_of_all_processes_are_added(tmp_path: Path) -> None:
    assert files_done(tmp_path) == (0, 0)
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-c", WORKER], env={VARIABLE: str(tmp_path)}, cwd=".", check=True
        )
    PROGRESS.fingerprinted = 1
    assert files_done(tmp_path) == (11, 8)
    (tmp_path / "note").write_bytes(COUNTS.pack(7, 7)[:5])
    assert files_done(tmp_path) == (11, 8)  # half written


def test_nothing_is_noted_where_nobody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    note_progress()
    with progress_directory() as directory:
        monkeypatch.setenv(VARIABLE, str(directory))
    note_progress()  # the directory is gone with its run
    assert not directory.exists()


def test_lines_in_a_log_count_the_files_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.progress_display.LINE_SECONDS", 0.0)
    shown = StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    (tmp_path / "1").write_bytes(COUNTS.pack(2000, 1000))

    def work() -> None:
        while "compared" not in shown.getvalue():
            time.sleep(0.01)

    job = Job(work)
    show_progress(job, 3000, partial(files_done, tmp_path), quiet=False)
    job.result()
    assert shown.getvalue().startswith("suzgi: 3,000 files\n")
    assert "suzgi: 2,000 compared, 1,000 extracted, 0 s\n" in shown.getvalue()
