"""Zip archives: every member once, a damaged one alone, the end checked before it is read."""

import io
import struct
import zipfile
from collections.abc import Callable
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.containers import members
from transforms.containers import zip as zip_reader
from transforms.documents import Reading, ReadSettings

Unpack = Callable[..., list[tuple[str, bytes | str]]]
ReadFile = Callable[..., list[Reading]]
TWO = [("b.txt", b"one"), ("a.txt", b"two" * 400)]


def zip_of(files: list[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return target.getvalue()


METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
def test_members_come_in_the_order_of_the_directory(method: int, unpack: Unpack) -> None:
    assert unpack("x.zip", zip_of(TWO, method)) == TWO


NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=60)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=2000)), max_size=5))
def test_whatever_zipfile_writes_is_read(unpack: Unpack, files: list[tuple[str, bytes]]) -> None:
    named = [(f"d{place}/{name}.txt", content) for place, (name, content) in enumerate(files)]
    wanted: list[tuple[str, bytes | str]] = [
        (quote_from_bytes(name.encode()), content) for name, content in named
    ]
    assert unpack("x.zip", zip_of(named)) == (wanted or [("x.zip", "empty")])


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_names_are_never_paths_and_each_is_its_own(unpack: Unpack) -> None:
    names = ["../../etc/passwd", "/etc/passwd", "a.txt", "a.txt"]
    found = unpack("x.zip", zip_of([(name, str(n).encode()) for n, name in enumerate(names)]))
    wanted = ["../../etc/passwd", "/etc/passwd", "a.txt", "a.txt#4"]
    assert found == [(name, str(n).encode()) for n, name in enumerate(wanted)]


def test_only_files_are_documents_and_nothing_else_is_silent(unpack: Unpack) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.mkdir("d")
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("in.zip", zip_of(TWO))
        archive.writestr("d/last.txt", "last")
    assert unpack("x.zip", target.getvalue()) == [
        ("link.txt", "not_a_file"),
        ("in.zip", "nested_archive"),
        ("d/last.txt", b"last"),
    ]


def test_damaged_member_costs_only_itself(unpack: Unpack) -> None:
    content = bytearray(zip_of([("0.txt", b"alpha"), *TWO], zipfile.ZIP_STORED))
    content[content.index(b"alpha")] ^= 1
    assert unpack("x.zip", bytes(content)) == [("0.txt", "corrupt_archive"), *TWO]


def test_encrypted_and_unknown_members_cost_only_themselves(unpack: Unpack) -> None:
    content = bytearray(zip_of([("a.txt", b"one"), ("b.txt", b"two"), ("c.txt", b"three")]))
    first = content.index(b"PK\x01\x02")
    content[first + 8] |= 1  # the flag of encryption
    second = content.index(b"PK\x01\x02", first + 1)
    content[second + 10] = 250  # a method of compression that does not exist
    assert unpack("x.zip", bytes(content)) == [
        ("a.txt", "encrypted"),
        ("b.txt", "unsupported"),
        ("c.txt", b"three"),
    ]


def test_member_over_the_cap_costs_only_itself(read_file: ReadFile) -> None:
    huge = bytes(range(256)) * 20
    files = [("a.txt", b"one"), ("huge.txt", huge), ("b.txt", b"two")]
    first, refused, last = read_file("x.zip", zip_of(files), ReadSettings(max_document_bytes=100))
    assert (first.content, last.content) == (b"one", b"two")
    assert refused.failure is not None
    assert refused.failure.code == "too_large"
    assert refused.stored is not None
    assert (refused.stored.head, refused.stored.size) == (huge, len(huge))


def test_bomb_is_stopped(unpack: Unpack) -> None:
    files = [("a.txt", b"one"), ("zeros.txt", bytes(20 * 2**20)), ("b.txt", b"two")]
    assert unpack("x.zip", zip_of(files)) == [("a.txt", b"one"), ("x.zip", "bomb")]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("cut", [1, 22, 60])
def test_archive_without_its_end_is_torn_and_its_members_are_read(
    cut: int, method: int, unpack: Unpack
) -> None:
    content = zip_of([("0/", b""), *TWO, ("in.zip", b"PK")], method)
    wanted = [*TWO, ("in.zip", "nested_archive"), ("x.zip", "torn_archive")]
    assert unpack("x.zip", content[:-cut]) == wanted


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_before_the_tear_are_read(method: int, unpack: Unpack) -> None:
    content = zip_of([*TWO, ("қ.txt", bytes(range(256)) * 9)], method)
    torn = ("x.zip", "torn_archive")
    third = content.index("қ.txt".encode())
    assert unpack("x.zip", content[: third + 100]) == [*TWO, torn]
    assert unpack("x.zip", content[: third + 3]) == [*TWO, torn]
    assert unpack("x.zip", content[:4]) == [torn]
    damaged = bytearray(content[: third + 100])
    damaged[35] ^= 255
    assert unpack("x.zip", bytes(damaged))[-1][0] == "x.zip"


@pytest.mark.parametrize("kept", range(2, 22))
def test_torn_archive_without_members_is_torn(kept: int, unpack: Unpack) -> None:
    assert unpack("x.zip", zip_of([])[:kept]) == [("x.zip", "torn_archive")]


def test_torn_archive_that_cannot_be_walked_is_one_failure(unpack: Unpack) -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert unpack("x.zip", zip_of(TWO, method)[:-30]) == [("x.zip", "torn_archive")]


def test_bomb_in_a_torn_archive_is_stopped(unpack: Unpack) -> None:
    files = [("a.txt", b"one"), ("zeros.txt", bytes(20 * 2**20))]
    assert unpack("x.zip", zip_of(files)[:-30])[-1] == ("x.zip", "bomb")


@pytest.mark.parametrize("content", [b"", b"text", b"text" * 40_000])
def test_what_is_no_zip_is_one_failure(content: bytes, unpack: Unpack) -> None:
    assert unpack("x.zip", content) == [("x.zip", "corrupt_archive")]


def test_damaged_directory_is_one_failure(unpack: Unpack) -> None:
    content = bytearray(zip_of(TWO))
    content[content.index(b"PK\x01\x02")] ^= 255
    assert unpack("x.zip", bytes(content)) == [("x.zip", "corrupt_archive")]


def test_directory_that_would_fill_the_memory_is_not_read(
    unpack: Unpack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_reader, "MAX_DIRECTORY_BYTES", 10)
    assert unpack("x.zip", zip_of(TWO)) == [("x.zip", "too_many_members")]


def as_zip64(content: bytes) -> bytes:
    """Return an archive whose end says that the sizes are in the zip64 end before it."""
    end = zip_reader.END.unpack(content[-22:])
    size, place = end[5:7]
    end64 = zip_reader.END64.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, end[4], end[4], size, place)
    locator = zip_reader.LOCATOR64.pack(b"PK\x06\x07", 0, len(content) - 22, 1)
    last = zip_reader.END.pack(*end[:3], 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return content[:-22] + end64 + locator + last


def test_zip64_is_read_and_its_directory_measured(
    unpack: Unpack, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = as_zip64(zip_of(TWO))
    assert unpack("x.zip", content) == TWO
    monkeypatch.setattr(zip_reader, "MAX_DIRECTORY_BYTES", 10)
    assert unpack("x.zip", content) == [("x.zip", "too_many_members")]


def test_too_many_members_are_stopped(unpack: Unpack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MAX_MEMBERS", 1)
    assert unpack("x.zip", zip_of(TWO)) == [TWO[0], ("x.zip", "too_many_members")]


@given(st.binary(max_size=40), st.integers(0, 400))
def test_no_damage_goes_beyond_its_container(unpack: Unpack, splinter: bytes, place: int) -> None:
    content = zip_of([("a.txt", b"one"), ("n" * 60, b"two" * 400)])
    damaged = content[:place] + splinter + content[place + len(splinter) :]
    found = unpack("x.zip", damaged)
    assert found
    assert "internal_error" not in {outcome for _, outcome in found}


@given(st.integers(0, 22), st.integers(0, 2**32 - 1))
def test_no_end_goes_beyond_its_container(unpack: Unpack, place: int, number: int) -> None:
    content = bytearray(as_zip64(zip_of(TWO)))
    struct.pack_into("<L", content, len(content) - 26 + place, number)
    assert "internal_error" not in {outcome for _, outcome in unpack("x.zip", bytes(content))}
