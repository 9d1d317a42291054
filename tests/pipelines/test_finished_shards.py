"""How far a run on an engine elsewhere is, by the reports in its output."""

from pathlib import Path

import pytest

from pipelines import finished_shards
from pipelines.finished_shards import look_at_output
from transforms.shards import Shard

REPORT = "shard-{:05d}-0123456789abcdef0123456789abcdef.json"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every call look."""
    monkeypatch.setattr(finished_shards, "LOCAL_SECONDS", 0.0)


def test_progress_is_that_of_the_shards_with_a_report(tmp_path: Path) -> None:
    shards = [Shard.pack(number, ["file:///a"] * (number + 1)) for number in range(3)]
    look = look_at_output(str(tmp_path), shards)
    assert look() == (0, 0)
    (tmp_path / "_work").mkdir()
    for number in (0, 2, 7):  # of 7 nobody knows: it is of another listing
        (tmp_path / "_work" / REPORT.format(number)).touch()
    assert look() == (0, 1 + 3)


def test_output_that_is_gone_changes_nothing(tmp_path: Path) -> None:
    assert look_at_output(str(tmp_path / "gone"), [])() == (0, 0)
