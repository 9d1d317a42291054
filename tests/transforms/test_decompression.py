"""A compressed stream is read whole, or refused with the code that says why."""

import bz2
import gzip
import hashlib
import os
from collections.abc import Callable

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.decompression import COMPRESSIONS, MAX_RATIO, compression_of, decompress
from transforms.text.document import DocumentError

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": lambda content: zstd.compress(
        content, options={zstd.CompressionParameter.checksum_flag: 1}
    ),
}
TEXT = ("Кітапхана жаңа оқу залын ашты, онда елу орын бар. " * 40).encode()
SUFFIXES = pytest.mark.parametrize("suffix", COMPRESSORS)


def unpack(suffix: str, content: bytes, max_bytes: int = 2**26) -> bytes:
    return decompress(content, COMPRESSIONS[suffix], max_bytes)


def code_of(suffix: str, content: bytes, max_bytes: int = 2**26) -> str:
    """Return the code with which the stream is refused."""
    with pytest.raises(DocumentError) as caught:
        unpack(suffix, content, max_bytes)
    assert caught.value.stage == "decompress"
    return caught.value.code


@SUFFIXES
@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=4))
@settings(max_examples=30)
def test_all_members_are_read(suffix: str, members: list[bytes]) -> None:
    stream = b"".join(COMPRESSORS[suffix](member) for member in members)
    assert unpack(suffix, stream) == b"".join(members)


@SUFFIXES
def test_more_than_a_chunk_is_read(suffix: str) -> None:
    content = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(100_000))
    assert unpack(suffix, COMPRESSORS[suffix](content)) == content


@SUFFIXES
def test_every_truncation_is_found(suffix: str) -> None:
    stream = COMPRESSORS[suffix](TEXT) + COMPRESSORS[suffix](TEXT)
    whole = len(COMPRESSORS[suffix](TEXT))
    cuts = [cut for cut in range(6, len(stream)) if cut != whole]
    codes = {cut: code_of(suffix, stream[:cut]) for cut in cuts}
    # a cut inside the magic number of the second member leaves bytes that are no member
    torn = [cut for cut in cuts if not 0 < cut - whole < 4]
    assert {codes[cut] for cut in torn} == {"torn_archive"}
    assert set(codes.values()) <= {"torn_archive", "trailing_garbage"}


@SUFFIXES
def test_every_flipped_bit_is_found_or_harmless(suffix: str) -> None:
    stream = COMPRESSORS[suffix](TEXT)
    for position in range(len(stream)):
        damaged = bytearray(stream)
        damaged[position] ^= 1 << position % 8
        try:
            assert unpack(suffix, bytes(damaged)) == TEXT  # a flag or time in the header
        except DocumentError:
            continue


@SUFFIXES
def test_trailing_garbage_is_refused(suffix: str) -> None:
    assert code_of(suffix, COMPRESSORS[suffix](TEXT) + b"garbage") == "trailing_garbage"


def test_zeros_after_a_gzip_stream_are_padding() -> None:
    assert unpack(".gz", gzip.compress(TEXT) + bytes(512)) == TEXT
    assert code_of(".bz2", bz2.compress(TEXT) + bytes(512)) == "trailing_garbage"


@SUFFIXES
def test_plain_text_under_a_compressed_name_is_refused(suffix: str) -> None:
    assert code_of(suffix, TEXT) == "not_compressed"


@SUFFIXES
def test_empty_file_is_a_torn_stream(suffix: str) -> None:
    assert code_of(suffix, b"") == "torn_archive"


def test_zstandard_stream_may_begin_with_a_frame_to_skip() -> None:
    skipped = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"hello"
    assert unpack(".zst", skipped + COMPRESSORS[".zst"](TEXT)) == TEXT


@SUFFIXES
def test_bomb_is_refused(suffix: str) -> None:
    bomb = COMPRESSORS[suffix](bytes(60 * 2**20))
    assert len(bomb) * MAX_RATIO < 60 * 2**20
    assert code_of(suffix, bomb) == "bomb"


@SUFFIXES
def test_size_is_capped_after_decompression(suffix: str) -> None:
    stream = COMPRESSORS[suffix](os.urandom(5000))
    assert len(unpack(suffix, stream, 5000)) == 5000
    assert code_of(suffix, stream, 4999) == "too_large"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("file:///a/b.txt.gz", "gzip"),
        ("b.GZ", "gzip"),
        ("b.bz2", "bzip2"),
        ("b.txt.zst", "zstandard"),
        ("b.txt", None),
        ("gz", None),
        ("b.gz.txt", None),
    ],
)
def test_name_tells_the_compression(uri: str, name: str | None) -> None:
    compression = compression_of(uri)
    assert (compression and compression.name) == name


def test_many_small_members_are_joined_and_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    member = gzip.compress(b"one ")
    for input_bytes in (1, 3, len(member), 100):
        monkeypatch.setattr("transforms.decompression.INPUT_BYTES", input_bytes)
        found = decompress(member * 50 + b"\0" * 9, COMPRESSIONS[".gz"], 1000)
        assert found == b"one " * 50
