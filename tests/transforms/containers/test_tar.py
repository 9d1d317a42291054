"""Tar archives: every member once, damage told, names harmless, memory bounded."""

import bz2
import gzip
import io
import tarfile
from collections.abc import Callable
from urllib.parse import quote_from_bytes

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from transforms.containers import members
from transforms.documents import Reading, ReadSettings

Unpack = Callable[..., list[tuple[str, bytes | str]]]
ReadFile = Callable[..., list[Reading]]
FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
TWO = [("a.txt", b"one"), ("b.txt", b"two" * 400)]


def tar_of(
    files: list[tuple[str, bytes]], tar_format: int = tarfile.PAX_FORMAT, **fields: object
) -> bytes:
    """Return a tar archive of files, whose headers have these fields."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tar_format) as archive:
        for name, content in files:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            for key, value in fields.items():
                setattr(header, key, value)
            archive.addfile(header, io.BytesIO(content))
    return target.getvalue()


@pytest.mark.parametrize("tar_format", FORMATS)
@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".tar", bytes),
        (".tar.gz", gzip.compress),
        (".TGZ", gzip.compress),
        (".tar.bz2", bz2.compress),
        (".tar.zst", zstd.compress),
    ],
)
def test_members_come_in_order(
    suffix: str, pack: Callable[[bytes], bytes], tar_format: int, unpack: Unpack
) -> None:
    assert unpack("x" + suffix, pack(tar_of(TWO, tar_format))) == TWO


NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=20)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=2000)), max_size=5), st.sampled_from(FORMATS))
def test_whatever_tarfile_writes_is_read(
    unpack: Unpack, files: list[tuple[str, bytes]], tar_format: int
) -> None:
    named = [(f"d{place}/{name}.txt", content) for place, (name, content) in enumerate(files)]
    wanted: list[tuple[str, bytes | str]] = [
        (quote_from_bytes(name.encode()), content) for name, content in named
    ]
    assert unpack("x.tar", tar_of(named, tar_format)) == (wanted or [("x.tar", "empty")])


@pytest.mark.parametrize("tar_format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_whole_and_endless_ones_cut(tar_format: int, unpack: Unpack) -> None:
    long, endless = "d/" * 300 + "a.txt", "n" * 10_000
    ((first, _), (second, _)) = unpack("x.tar", tar_of([(long, b"1"), (endless, b"2")], tar_format))
    assert first == long
    assert second == "n" * members.MAX_NAME_CHARS + "#2"


def test_names_are_never_paths_and_each_is_its_own(unpack: Unpack) -> None:
    names = ["../../etc/passwd", "/etc/passwd", "a.txt", "./a.txt", "a.txt#3", "a.txt"]
    found = unpack("x.tar", tar_of([(name, name.encode()) for name in names]))
    assert [content for _, content in found] == [name.encode() for name in names]
    assert [name for name, _ in found] == [
        "../../etc/passwd",
        "/etc/passwd",
        "a.txt",
        "a.txt#4",
        "a.txt%233",
        "a.txt#6",
    ]


def test_names_that_are_no_text_lead_back_to_their_bytes(unpack: Unpack) -> None:
    name = b"\xff\xfe \n.txt"
    content = tar_of([(name.decode("utf-8", "surrogateescape"), b"one")], tarfile.GNU_FORMAT)
    assert unpack("x.tar", content) == [(quote_from_bytes(name), b"one")]


def test_only_files_are_documents_and_nothing_else_is_silent(unpack: Unpack) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, kind in (
            ("d", tarfile.DIRTYPE),
            ("soft.txt", tarfile.SYMTYPE),
            ("hard.txt", tarfile.LNKTYPE),
            ("pipe.txt", tarfile.FIFOTYPE),
        ):
            header = tarfile.TarInfo(name)
            header.type, header.linkname = kind, "/etc/passwd"
            archive.addfile(header)
        header = tarfile.TarInfo("last.txt")
        header.size = 4
        archive.addfile(header, io.BytesIO(b"last"))
    assert unpack("x.tar", target.getvalue()) == [
        ("soft.txt", "not_a_file"),
        ("hard.txt", "not_a_file"),
        ("pipe.txt", "not_a_file"),
        ("last.txt", b"last"),
    ]


def test_members_are_decompressed_by_their_own_names(unpack: Unpack) -> None:
    files = [("a.txt.gz", gzip.compress(b"one")), ("b.txt.bz2", b"none"), ("c.txt", b"three")]
    assert unpack("x.tar", tar_of(files)) == [
        ("a.txt.gz", b"one"),
        ("b.txt.bz2", "not_compressed"),
        ("c.txt", b"three"),
    ]


@pytest.mark.parametrize("name", ["in.tar", "in.zip", "in.tar.gz", "in.jsonl", "in.warc.gz"])
def test_containers_within_containers_are_not_opened(name: str, read_file: ReadFile) -> None:
    inner = tar_of(TWO)
    nested, after = read_file("x.tar", tar_of([(name, inner), ("a.txt", b"one")]))
    assert nested.failure is not None
    assert nested.failure.code == "nested_archive"
    assert nested.stored is not None
    assert (nested.stored.head, nested.stored.size) == (inner, len(inner))
    assert after.content == b"one"


@pytest.mark.parametrize("keep", [512 + 2, 1024, 1024 + 100, 1024 + 512 + 1100])
def test_what_was_before_the_end_of_a_torn_archive_is_there(keep: int, unpack: Unpack) -> None:
    found = unpack("x.tar", tar_of(TWO, tarfile.USTAR_FORMAT)[:keep])
    assert found[-1] == ("x.tar", "torn_archive")
    assert found[:-1] == TWO[: int(keep >= 1024)]


def test_archive_without_its_end_mark_is_torn(unpack: Unpack) -> None:
    whole = tar_of(TWO[:1], tarfile.USTAR_FORMAT)
    assert unpack("x.tar", whole[:1024]) == [TWO[0], ("x.tar", "torn_archive")]


def test_torn_compression_costs_what_is_behind_it(unpack: Unpack) -> None:
    packed = gzip.compress(tar_of([("a.txt", b"one"), ("b.txt", bytes(range(256)) * 4000)]), 0)
    assert unpack("x.tgz", packed[:-9]) == [
        ("a.txt", b"one"),
        ("b.txt", bytes(range(256)) * 4000),
        ("x.tgz", "torn_archive"),
    ]
    assert unpack("x.tgz", packed[:9000]) == [("a.txt", b"one"), ("x.tgz", "torn_archive")]


def test_damaged_header_is_told(unpack: Unpack) -> None:
    whole = bytearray(tar_of(TWO, tarfile.USTAR_FORMAT))
    whole[1024 + 5] ^= 255
    assert unpack("x.tar", bytes(whole)) == [TWO[0], ("x.tar", "corrupt_archive")]


def test_what_follows_the_end_mark_is_told(unpack: Unpack) -> None:
    doubled = tar_of(TWO) * 2
    assert unpack("x.tar", doubled) == [*TWO, ("x.tar", "trailing_garbage")]


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "torn_archive"), (b"text" * 200, "corrupt_archive")]
)
def test_what_is_no_tar_is_one_failure(content: bytes, code: str, unpack: Unpack) -> None:
    assert unpack("x.tar", content) == [("x.tar", code)]


def test_member_over_the_cap_costs_only_itself(read_file: ReadFile) -> None:
    huge = b"x" * 5000
    files = [("a.txt", b"one"), ("huge.txt", huge), ("b.txt", b"two")]
    first, refused, last = read_file("x.tar", tar_of(files), ReadSettings(max_document_bytes=100))
    assert (first.content, last.content) == (b"one", b"two")
    assert refused.failure is not None
    assert refused.failure.code == "too_large"
    assert refused.stored is not None
    assert (refused.stored.head, refused.stored.size) == (huge, len(huge))


def test_bomb_is_stopped(unpack: Unpack) -> None:
    bomb = gzip.compress(tar_of([("a.txt", b"one"), ("zeros.txt", bytes(20 * 2**20))]))
    assert unpack("x.tar.gz", bomb) == [("a.txt", b"one"), ("x.tar.gz", "bomb")]


def test_too_many_members_are_stopped(unpack: Unpack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MAX_MEMBERS", 1)
    assert unpack("x.tar", tar_of(TWO)) == [TWO[0], ("x.tar", "too_many_members")]


def test_too_much_unpacked_is_stopped(unpack: Unpack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MAX_CONTAINER_BYTES", 2**10)
    assert unpack("x.tar", tar_of(TWO)) == [("x.tar", "too_large")]


def test_extended_header_cannot_fill_the_memory(unpack: Unpack) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 2**40
    content = (
        header.tobuf(tarfile.USTAR_FORMAT)
        if header.size < 8**11
        else header.tobuf(tarfile.GNU_FORMAT)
    )
    assert unpack("x.tar", content) == [("x.tar", "corrupt_archive")]


@given(st.binary(max_size=40), st.integers(0, 4000), st.booleans())
def test_no_damage_goes_beyond_its_container(
    unpack: Unpack, splinter: bytes, place: int, is_packed: bool
) -> None:
    content = tar_of([("a.txt", b"one"), ("n" * 200, b"two" * 400)])
    content = gzip.compress(content, mtime=0) if is_packed else content
    damaged = content[:place] + splinter + content[place + len(splinter) :]
    found = unpack("x.tar.gz" if is_packed else "x.tar", damaged)
    assert found
    assert "internal_error" not in {outcome for _, outcome in found}
