"""The soak in small, and that it fails where a promise is not kept."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import soak

DOCUMENTS = 500
FLAGS = ("--max-dead-letters", "5", "--shard-bytes", "300000")


def test_a_twentieth_is_duplicates_and_a_hundredth_is_bad(tmp_path: Path) -> None:
    expected = soak.write_documents(tmp_path / "in", 1_100)
    assert expected == {
        "articles": 1_034,
        "duplicates": 55,
        "empty": 3,
        **dict.fromkeys(("binary", "no_text", "torn_archive", "not_compressed"), 2),
    }
    paths = sorted((tmp_path / "in").rglob("*.*"))
    assert len(paths) == 1_100
    assert {path.parent.name for path in paths} == {"0000", "0001"}


def test_small_soak_keeps_every_promise(tmp_path: Path) -> None:
    source = tmp_path / "in"
    expected = soak.write_documents(source, DOCUMENTS)
    first, second = soak.soak(source, tmp_path, [1, 1], FLAGS, expected)
    assert first.sha256 == second.sha256
    assert 50 < first.peak_megabytes < soak.MOST_MEGABYTES
    assert not (tmp_path / "output").exists()


def fake_runs(monkeypatch: pytest.MonkeyPatch, *runs: soak.Soaked) -> None:
    """Let these be the next runs; their outputs are not looked at."""
    waiting = iter(runs)
    monkeypatch.setattr(soak, "ingest", lambda *_: next(waiting))
    monkeypatch.setattr(soak, "check_counts", lambda *_: None)
    monkeypatch.setattr(soak, "verify", lambda *_: None)


def test_other_bits_and_too_much_memory_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = soak.Soaked(1, 1.0, 1.0, soak.MOST_MEGABYTES, "00")
    fake_runs(monkeypatch, good, replace(good, sha256="01"))
    with pytest.raises(soak.SoakError, match="other bits: 01, at first 00"):
        list(soak.soak(tmp_path, tmp_path, [1, 1], (), Counter()))
    large = replace(good, peak_megabytes=2 * soak.MOST_MEGABYTES)
    fake_runs(monkeypatch, large)
    with pytest.raises(soak.SoakError, match="1000 MB of memory, over 500"):
        list(soak.soak(tmp_path, tmp_path, [1], (), Counter()))
    fake_runs(monkeypatch, good, replace(large, workers=2))
    assert len(list(soak.soak(tmp_path, tmp_path, [1, 2], (), Counter()))) == 2


def test_a_run_that_fails_or_counts_otherwise_is_told(tmp_path: Path) -> None:
    with pytest.raises(soak.SoakError, match=r"exit 2\n.*--codec"):
        soak.ingest(tmp_path, tmp_path / "out", 1, ["--codec", "none"])
    manifest = '{"counts": {"documents": 2, "articles": 1, "duplicates": 0}, "dead_letters": {}}'
    (tmp_path / "out/manifests").mkdir(parents=True)
    (tmp_path / "out/manifests/a.json").write_text(manifest)
    with pytest.raises(soak.SoakError, match="2 documents"):
        soak.check_counts(tmp_path / "out", Counter(articles=1))
    with pytest.raises(soak.SoakError, match="suzgi verify: exit 7"):
        soak.verify(tmp_path / "out")
