"""A dead letter gives its document again: from its bytes, or from a source that has not changed."""

import gzip
import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from schemas.avro import ContainerWriter
from schemas.rows import DeadLetter
from transforms.listing import InputError
from transforms.manifest import Manifest
from transforms.parts import PartFile
from transforms.replay import Choice, list_letters, plan_replay, read_letters, read_waiting
from transforms.reports import Tally
from transforms.text.document import DocumentError
from transforms.text.extract import dead_letter

TEXT = "Өзен үстіндегі көпір ашылды.\n".encode() * 20
DAY = date(2024, 5, 31)


def letter(uri: str, content: bytes, stage: str, code: str, held: int | None = None) -> DeadLetter:
    """Return a dead letter that holds only the first `held` bytes of its content."""
    whole = dead_letter(uri, content, DocumentError(stage, code, "why"), DAY)
    return replace(whole, content=content[:held], truncated=held is not None)


def code_of(uri: str, of: DeadLetter, max_bytes: int = 10_000) -> tuple[str, str]:
    with pytest.raises(DocumentError) as caught:
        read_waiting(uri, of, max_bytes)
    return caught.value.stage, caught.value.code


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a compressed page."""
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(TEXT, mtime=0))
    return path


def test_bytes_held_need_no_source() -> None:
    uri = "file:///gone/a.txt.gz"
    packed = gzip.compress(TEXT)
    assert read_waiting(uri, letter(uri, TEXT, "extract", "garbled"), 10_000) == TEXT
    assert read_waiting(uri, letter(uri, packed, "decompress", "too_large"), 10_000) == TEXT
    assert read_waiting(uri, letter(uri, packed, "read", "unreadable"), 10_000) == TEXT
    assert code_of(uri, letter(uri, packed[:-9], "decompress", "torn_archive")) == (
        "decompress",
        "torn_archive",
    )
    assert read_waiting(uri, letter(uri, b"", "decode", "empty"), 10) == b""


def test_cap_holds_for_bytes_held_too() -> None:
    uri = "file:///gone/a.txt"
    assert code_of(uri, letter(uri, TEXT, "extract", "garbled"), 10) == ("process", "too_large")
    assert code_of(uri, letter(uri, TEXT, "read", "too_large"), 10) == ("read", "too_large")


def test_what_was_never_read_comes_from_its_source(source: Path) -> None:
    never = letter(source.as_uri(), b"", "read", "unreadable")
    assert read_waiting(source.as_uri(), never, 10_000) == TEXT
    source.unlink()
    assert code_of(source.as_uri(), never) == ("read", "not_found")


@pytest.mark.parametrize("stage", ["decompress", "extract"])
def test_what_was_cut_comes_from_its_source_unless_that_changed(stage: str, source: Path) -> None:
    uri, stored = source.as_uri(), source.read_bytes()
    cut = letter(uri, stored if stage == "decompress" else TEXT, stage, "too_large", held=10)
    assert read_waiting(uri, cut, 10_000) == TEXT
    source.write_bytes(gzip.compress(TEXT[:-2], mtime=0))
    assert code_of(uri, cut) == ("read", "source_changed")
    source.write_bytes(b"no archive any more")
    assert code_of(uri, cut) == ("read", "source_changed")
    source.unlink()
    assert code_of(uri, cut) == ("read", "not_found")


def test_source_over_the_cap_is_too_large_or_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    cut = letter(path.as_uri(), TEXT, "read", "too_large", held=10)
    assert code_of(path.as_uri(), cut, len(TEXT) - 1) == ("read", "too_large")
    assert read_waiting(path.as_uri(), cut, len(TEXT)) == TEXT
    path.write_bytes(TEXT + b"more")
    assert code_of(path.as_uri(), cut, len(TEXT) - 1) == ("read", "source_changed")


def run_of(folder: Path, name: str, *letters: DeadLetter) -> tuple[str, Manifest]:
    """Return a run that left these dead letters."""
    writer = ContainerWriter("dead_letter", seed=name)
    for each in letters:
        writer.write(each)
    content = writer.finish()
    path = folder / f"dead_letters/{name}.avro"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    part = PartFile(f"dead_letters/{name}.avro", len(letters), len(content), sha256)
    return str(folder), Manifest("1", {"name": name}, "00", Tally(), (part,))


def test_letters_of_several_runs_come_once_and_by_uri(tmp_path: Path) -> None:
    one, two, three = (
        letter(f"file:///{name}.txt", name.encode() * 9, "decode", "undecodable") for name in "abc"
    )
    runs = [
        run_of(tmp_path, "first", three, replace(one, code="binary")),
        run_of(tmp_path, "second", two, replace(one, attempt=2)),
    ]
    found = list_letters(runs, Choice())
    shards = list(plan_replay(found.letters, shard_bytes=20))
    assert [shard.uris() for shard in shards] == [
        ["file:///a.txt", "file:///b.txt"],
        ["file:///c.txt"],
    ]
    assert read_letters(shards[0]) == {0: replace(one, attempt=2), 1: two}
    assert read_letters(shards[1]) == {0: three}
    replay = found.replay
    assert replay.runs == tuple(sorted(manifest.run for _, manifest in runs))
    assert (replay.dead_letters, replay.not_chosen, replay.repeated) == (4, 0, 1)
    chosen = list_letters(runs, Choice(codes=("binary",)))
    assert [each.uri for each in chosen.letters] == ["file:///a.txt"]
    assert (chosen.replay.not_chosen, chosen.replay.repeated) == (3, 0)


def test_file_that_changes_during_the_replay_is_refused(tmp_path: Path) -> None:
    run = run_of(tmp_path, "first", letter("file:///a.txt", b"text", "decode", "binary"))
    (shard,) = plan_replay(list_letters([run], Choice()).letters, 100)
    path = tmp_path / "dead_letters/first.avro"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(InputError, match="not as its manifest says"):
        read_letters(shard)
