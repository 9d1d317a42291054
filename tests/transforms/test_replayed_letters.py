"""A dead letter gives its document again: from its bytes, or from a source that has not changed."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from schemas.avro import ContainerWriter
from schemas.rows import DeadLetter
from transforms.listing import InputError
from transforms.manifest import Manifest, Replay
from transforms.parts import PartFile
from transforms.replay import read_letter, read_letters
from transforms.replay_plan import Choice, plan_replay
from transforms.reports import Tally
from transforms.row_files import RowBlock
from transforms.shards import Shard
from transforms.text.document import DocumentError
from transforms.text.extract import dead_letter

TEXT = "Өзен үстіндегі көпір ашылды.\n".encode() * 20
DAY = date(2024, 5, 31)


def letter(uri: str, content: bytes, stage: str, code: str, held: int | None = None) -> DeadLetter:
    """Return a dead letter that holds only the first `held` bytes of its content."""
    whole = dead_letter(uri, content, DocumentError(stage, code, "why"), DAY)
    return replace(whole, content=content[:held], truncated=held is not None)


def bytes_of(of: DeadLetter, max_bytes: int = 10_000) -> bytes | None:
    """Return the bytes with which a letter is replayed."""
    reading = read_letter(of, max_bytes)
    assert (reading.uri, reading.replayed, reading.failure) == (of.source_uri, of, None)
    return reading.content


def code_of(of: DeadLetter, max_bytes: int = 10_000) -> tuple[str, str]:
    """Return stage and code of the reason for which a letter cannot be replayed."""
    reading = read_letter(of, max_bytes)
    assert (reading.uri, reading.replayed, reading.content) == (of.source_uri, of, None)
    assert reading.failure is not None
    return reading.failure.stage, reading.failure.code


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a compressed page."""
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(TEXT, mtime=0))
    return path


def test_bytes_held_need_no_source() -> None:
    uri = "file:///gone/a.txt.gz"
    packed = gzip.compress(TEXT)
    assert bytes_of(letter(uri, TEXT, "extract", "garbled")) == TEXT
    assert bytes_of(letter(uri, packed, "decompress", "too_large")) == TEXT
    assert bytes_of(letter(uri, packed, "read", "unreadable")) == TEXT
    assert code_of(letter(uri, packed[:-9], "decompress", "torn_archive")) == (
        "decompress",
        "torn_archive",
    )
    assert bytes_of(letter(uri, b"", "decode", "empty"), 10) == b""


def test_cap_holds_for_bytes_held_too() -> None:
    uri = "file:///gone/a.txt"
    assert code_of(letter(uri, TEXT, "extract", "garbled"), 10) == ("process", "too_large")
    assert code_of(letter(uri, TEXT, "read", "too_large"), 10) == ("read", "too_large")


def test_what_was_never_read_comes_from_its_source(source: Path) -> None:
    never = letter(source.as_uri(), b"", "read", "unreadable")
    assert bytes_of(never) == TEXT
    source.unlink()
    assert code_of(never) == ("read", "not_found")


@pytest.mark.parametrize("stage", ["decompress", "extract"])
def test_what_was_cut_comes_from_its_source_unless_that_changed(stage: str, source: Path) -> None:
    uri, stored = source.as_uri(), source.read_bytes()
    cut = letter(uri, stored if stage == "decompress" else TEXT, stage, "too_large", held=10)
    assert bytes_of(cut) == TEXT
    source.write_bytes(gzip.compress(TEXT[:-2], mtime=0))
    assert code_of(cut) == ("read", "source_changed")
    source.write_bytes(b"no archive any more")
    assert code_of(cut) == ("read", "source_changed")
    source.unlink()
    assert code_of(cut) == ("read", "not_found")


def test_source_over_the_cap_is_too_large_or_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    cut = letter(path.as_uri(), TEXT, "read", "too_large", held=10)
    assert code_of(cut, len(TEXT) - 1) == ("read", "too_large")
    assert bytes_of(cut, len(TEXT)) == TEXT
    path.write_bytes(TEXT + b"more")
    assert code_of(cut, len(TEXT) - 1) == ("read", "source_changed")


def test_container_that_was_replayed_before_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_bytes(TEXT)
    assert code_of(letter(path.as_uri(), b"", "read", "unreadable")) == ("unpack", "in_container")


def test_link_that_was_refused_is_not_opened(source: Path) -> None:
    refused = letter(source.as_uri(), b"", "read", "outside_root")
    assert code_of(refused) == ("read", "outside_root")
    kept = read_letter(refused, 10_000).stored  # nor for the next dead letter
    assert kept is not None
    assert (kept.head, kept.size) == (b"", 0)


def test_fault_of_the_code_stays_with_its_document(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError("a fault")

    monkeypatch.setattr("transforms.replay.read_document", fail)
    never = letter(source.as_uri(), b"", "read", "unreadable")
    assert code_of(never) == ("read", "internal_error")


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


def letters_of(shard: Shard) -> dict[int, DeadLetter]:
    """Return the letters of a shard that waits for no container."""
    return read_letters(json.loads(zlib.decompress(shard.packed_letters))["letters"])


def test_letters_of_several_runs_come_once_and_by_uri(tmp_path: Path) -> None:
    one, two, three = (
        letter(f"file:///{name}.txt", name.encode() * 9, "decode", "undecodable") for name in "abc"
    )
    runs = [
        run_of(tmp_path, "first", three, replace(one, code="binary")),
        run_of(tmp_path, "second", two, replace(one, attempt=2)),
    ]
    plan = plan_replay(runs, Choice(), shard_bytes=20)
    assert [shard.uris() for shard in plan.shards] == [
        ["file:///a.txt", "file:///b.txt"],
        ["file:///c.txt"],
    ]
    assert list(letters_of(plan.shards[0]).items()) == [(0, replace(one, attempt=2)), (1, two)]
    assert letters_of(plan.shards[1]) == {0: three}
    names = tuple(sorted(manifest.run for _, manifest in runs))
    assert plan.replay == Replay(names, dead_letters=4, not_chosen=0, repeated=1)
    chosen = plan_replay(runs, Choice(codes=("binary",)), shard_bytes=20)
    assert [shard.uris() for shard in chosen.shards] == [["file:///a.txt"]]
    assert chosen.replay == Replay(names, dead_letters=4, not_chosen=3, repeated=0)


def test_shards_depend_on_the_sources_that_they_read(source: Path, tmp_path: Path) -> None:
    uri = source.as_uri()
    kinds = {
        "held": letter(uri, TEXT, "extract", "garbled"),
        "never read": letter(uri, b"", "read", "not_found"),
        "cut": letter(uri, TEXT, "extract", "garbled", held=10),
        "in a store": letter("gs://bucket/a.txt", b"", "read", "not_found"),
        "a container": letter("file:///gone/a.zip", b"", "read", "not_found"),
    }
    runs = {name: run_of(tmp_path, name, each) for name, each in kinds.items()}

    def listings() -> dict[str, str]:
        return {
            name: plan_replay([run], Choice(), 100).shards[0].listing_sha256
            for name, run in runs.items()
        }

    before = listings()
    assert before == listings()
    assert {name for name, listing in before.items() if not listing} == {"in a store"}
    source.write_bytes(b"something else")
    after = listings()
    assert {name for name in kinds if after[name] != before[name]} == {"never read", "cut"}


def test_shard_reads_only_the_blocks_that_hold_its_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schemas.avro.BLOCK_BYTES", 1000)
    letters = [
        letter(f"file:///{number:03}.txt", TEXT, "extract", "garbled") for number in range(50)
    ]
    run = run_of(tmp_path, "first", *letters)
    plan = plan_replay([run], Choice(), shard_bytes=len(TEXT) * 5)
    assert len(plan.shards) == 10
    seen: list[int] = []
    dead_letters = RowBlock.dead_letters

    def note(block: RowBlock) -> Iterator[DeadLetter]:
        seen.append(block.size)
        return dead_letters(block)

    monkeypatch.setattr(RowBlock, "dead_letters", note)
    read = [each for shard in plan.shards for each in letters_of(shard).values()]
    assert read == letters
    assert len(seen) == 50  # each holds one letter
    assert sum(seen) < run[1].files[0].bytes


@pytest.mark.parametrize("shift", [0, 1])
def test_file_that_changes_during_the_replay_is_refused(shift: int, tmp_path: Path) -> None:
    run = run_of(tmp_path, "first", letter("file:///a.txt", b"text", "decode", "binary"))
    (shard,) = plan_replay([run], Choice(), 100).shards
    path = tmp_path / "dead_letters/first.avro"
    content = bytearray(path.read_bytes())
    content[-20 if shift else 20] ^= 1  # in the block, or in the header
    path.write_bytes(content)
    with pytest.raises(InputError, match="not as its manifest says"):
        letters_of(shard)


@pytest.mark.parametrize("place", range(0, 1000, 37))
def test_no_damaged_file_is_planned(place: int, tmp_path: Path) -> None:
    run = run_of(tmp_path, "first", letter("file:///a.txt", TEXT, "decode", "binary"))
    path = tmp_path / "dead_letters/first.avro"
    content = bytearray(path.read_bytes())
    content[place] ^= 0x40
    path.write_bytes(content)
    with pytest.raises(InputError, match="not as its manifest says"):
        plan_replay([run], Choice(), 100)
    path.write_bytes(path.read_bytes()[:place])
    with pytest.raises(InputError, match="not as its manifest says"):
        plan_replay([run], Choice(), 100)
