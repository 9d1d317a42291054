"""Reading gives the whole document or the code that says why not, and never hangs."""

import gzip
import os
from pathlib import Path

import pytest

from transforms.documents import read_document, read_stored
from transforms.text.document import DocumentError


def code_of(path: Path, max_bytes: int = 1000) -> str:
    with pytest.raises(DocumentError) as caught:
        read_document(f"file://{path}", max_bytes)
    return caught.value.code


def test_reads_plain_and_compressed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\x00text\r\n")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"text"))
    assert read_document((tmp_path / "a.txt").as_uri()) == b"\xff\x00text\r\n"
    assert read_document((tmp_path / "b.txt.gz").as_uri()) == b"text"


def test_cap_is_exact(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(bytes(1000))
    assert len(read_document((tmp_path / "a.txt").as_uri(), 1000)) == 1000
    (tmp_path / "a.txt").write_bytes(bytes(1001))
    assert code_of(tmp_path / "a.txt") == "too_large"


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "broken.txt").symlink_to("nowhere")
    assert code_of(tmp_path / "broken.txt") == "not_found"
    assert code_of(tmp_path / "gone.txt") == "not_found"


def test_what_is_no_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "directory.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    assert code_of(tmp_path / "loop.txt") == "unreadable"
    assert code_of(tmp_path / "directory.txt") == "unreadable"
    assert code_of(tmp_path / "pipe.txt") == "unreadable"
    assert code_of(Path("/dev/zero")) == "unreadable"


def test_file_that_grows_while_it_is_read_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"first")
    fstat = os.fstat

    def grow(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        path.write_bytes(b"first and more")
        return status

    monkeypatch.setattr(os, "fstat", grow)
    assert read_document(path.as_uri()) == b"first and more"


def test_stored_bytes_are_those_of_the_archive_up_to_a_limit(tmp_path: Path) -> None:
    packed = gzip.compress(b"text" * 100)
    (tmp_path / "a.txt.gz").write_bytes(packed)
    assert read_stored((tmp_path / "a.txt.gz").as_uri(), 10**6) == packed
    assert read_stored((tmp_path / "a.txt.gz").as_uri(), 7) == packed[:7]


def test_unknown_file_system_is_unreadable() -> None:
    with pytest.raises(DocumentError) as caught:
        read_document("nosuchscheme://a/b.txt")
    assert caught.value.code == "unreadable"
