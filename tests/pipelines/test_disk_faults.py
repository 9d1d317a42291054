"""A full disk, a limit, or a missing permission ends a run with a message; the next goes on."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.conftest import Crashes, check_as_reader, contents

NOBODY = 65534
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root may mount, or be somebody else"
)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 64 KB."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mounted)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no mount here: {done.stderr.strip()}")
    yield mounted
    subprocess.run(["umount", str(mounted)], check=True)


@needs_root
def test_full_disk(crashes: Crashes, small_disk: Path) -> None:
    output = small_disk / "out"
    assert crashes.run(output) == 6
    assert "No space left on device" in crashes.log
    assert "is kept in" in crashes.log
    assert not check_as_reader(output, crashes.undisturbed)
    assert crashes.run(output) in (4, 6)  # still full
    assert "No space left on device" in crashes.log
    grow = ["mount", "-o", "remount,size=4m", str(small_disk)]
    subprocess.run(grow, check=True)
    assert crashes.run(output) == 0, crashes.log
    assert contents(output) == crashes.undisturbed


@pytest.mark.parametrize("limit", [0, 100, 5000])
def test_files_over_a_limit(limit: int, crashes: Crashes, tmp_path: Path) -> None:
    """The record of the run, a report, a file of rows is cut: nobody takes it for whole."""
    output = tmp_path / "out"
    assert crashes.run(output, file_bytes=limit) == (6 if limit == 5000 else 4)
    assert "File too large" in crashes.log
    assert not check_as_reader(output, crashes.undisturbed)
    assert crashes.run(output) == 0, crashes.log
    assert contents(output) == crashes.undisturbed


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every user may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="suzgi-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@needs_root
def test_missing_permissions(crashes: Crashes, open_folder: Path) -> None:
    """On the place of the output, then on a directory of an interrupted run."""
    shutil.copytree(crashes.folder / "in", open_folder / "in")
    pages = Crashes(open_folder, crashes.server)
    output = open_folder / "out"
    assert pages.run(output, user=NOBODY) == 4
    assert f"cannot use output {output}: Permission denied" in pages.log
    output.mkdir()
    os.chown(output, NOBODY, NOBODY)
    code = pages.run(output, user=NOBODY, point="report.settled", nth=2, signal=9)
    assert code == -9, pages.log
    os.chown(output / "articles", 0, 0)
    assert pages.run(output, user=NOBODY) == 6
    assert "Permission denied" in pages.log
    assert "is kept in" in pages.log
    os.chown(output / "articles", NOBODY, NOBODY)
    assert pages.run(output, user=NOBODY) == 0, pages.log
    assert pages.run(open_folder / "undisturbed") == 0
    assert contents(output) == contents(open_folder / "undisturbed")
