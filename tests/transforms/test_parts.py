"""Files of a run are there whole or not at all."""

import hashlib
import os
from pathlib import Path

import pytest

from transforms.parts import (
    DIRECTORIES,
    OutputError,
    PartFile,
    check_parts,
    is_intact,
    read_whole,
    write_part,
    write_whole,
)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an output with its directories."""
    for kind in DIRECTORIES:
        (tmp_path / kind).mkdir()
    return tmp_path


def names(output: Path) -> list[str]:
    """Return all files and directories of an output."""
    return sorted(str(path.relative_to(output)) for path in output.rglob("*"))


def test_part_is_named_by_its_shard_and_hash(output: Path) -> None:
    part = write_part(str(output), "articles", 7, b"content", 3)
    sha256 = hashlib.sha256(b"content").hexdigest()
    assert part == PartFile(f"articles/part-00007-{sha256[:16]}.avro", 3, 7, sha256)
    assert (output / part.name).read_bytes() == b"content"
    assert names(output) == sorted([*DIRECTORIES, part.name])
    check_parts(str(output), [part])


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failure_while_writing_leaves_nothing(
    step: str, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OutputError, match=r"cannot write .*part.*: No space left on device"):
        write_part(str(output), "articles", 0, b"content", 1)
    assert names(output) == sorted(DIRECTORIES)


def test_write_makes_no_directory(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file or directory"):
        write_whole(str(tmp_path / "articles" / "x"), b"", "part")


def test_missing_and_shortened_parts_are_noticed(output: Path) -> None:
    part = write_part(str(output), "articles", 0, b"content", 1)
    (output / part.name).write_bytes(b"conten")
    with pytest.raises(OutputError, match="written with 7 bytes, now 6 bytes"):
        check_parts(str(output), [part])
    (output / part.name).unlink()
    with pytest.raises(OutputError, match="now missing"):
        check_parts(str(output), [part])


def test_only_the_very_bits_are_intact(output: Path) -> None:
    part = write_part(str(output), "articles", 0, b"content", 1)
    assert is_intact(str(output), part)
    (output / part.name).write_bytes(b"kontent")
    assert not is_intact(str(output), part)
    (output / part.name).unlink()
    assert not is_intact(str(output), part)
    (output / part.name).mkdir()
    assert not is_intact(str(output), part)


def test_reading_tells_missing_from_unreadable(output: Path) -> None:
    assert read_whole(str(output / "nowhere")) is None
    with pytest.raises(OutputError, match=r"cannot read .*articles: Is a directory"):
        read_whole(str(output / "articles"))
