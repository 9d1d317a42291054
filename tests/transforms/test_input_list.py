"""Lists of documents: what an entry is, whatever ends it."""

import errno
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import input_list
from transforms.document_list import UNASKED, ListedDocument
from transforms.input_list import read_input_list
from transforms.listing import path_to_uri


def read(content: bytes, *, is_null_separated: bool = False) -> list[str]:
    stream = io.BytesIO(content)
    found = read_input_list(stream, is_null_separated=is_null_separated)
    return [document.uri for document in found]


def test_lines_are_paths_or_uris() -> None:
    content = b"/a/b c.txt\r\n\n/a/../x/*.txt\nfile:///a/b%20c.txt\ngs://bucket/a.txt\n/last.txt"
    assert read(content) == [
        "file:///a/b%20c.txt",
        "file:///x/%2A.txt",
        "file:///a/b%20c.txt",
        "gs://bucket/a.txt",
        "file:///last.txt",
    ]


@pytest.mark.parametrize("is_told", [True, False])
def test_nul_bytes_keep_line_ends_in_names(is_told: bool) -> None:
    content = b"/new\nline.txt\0/return\r\0\0/\xff.txt"
    wanted = ["file:///new%0Aline.txt", "file:///return%0D", "file:///%FF.txt"]
    assert read(content, is_null_separated=is_told) == wanted


def test_single_name_without_a_nul_byte_is_told_by_the_flag() -> None:
    assert read(b"/a\nb", is_null_separated=True) == ["file:///a%0Ab"]


def test_entries_have_the_sizes_of_their_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_bytes(b"12345")
    monkeypatch.chdir(tmp_path)
    changed = (tmp_path / "a.txt").stat().st_ctime_ns
    names = b"a.txt\ngone.txt\ngs://raw/a.txt"
    assert list(read_input_list(io.BytesIO(names), is_null_separated=False)) == [
        ListedDocument((tmp_path / "a.txt").as_uri(), 5, changed=changed),
        ListedDocument((tmp_path / "gone.txt").as_uri(), 0, changed=UNASKED - errno.ENOENT),
        ListedDocument("gs://raw/a.txt", 0, changed=UNASKED),
    ]


NAMES = st.binary(min_size=1, max_size=30).filter(lambda name: b"\0" not in name)


@given(st.lists(NAMES, max_size=9), st.integers(1, 40))
def test_any_names_come_back_across_chunks(names: list[bytes], chunk_bytes: int) -> None:
    paths = [b"/" + name for name in names]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(input_list, "CHUNK_BYTES", chunk_bytes)
        found = read(b"\0".join(paths), is_null_separated=True)
    assert found == [path_to_uri(os.fsdecode(path)) for path in paths]
