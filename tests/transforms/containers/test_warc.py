"""Web archives as another hand writes them, and as they break."""

import gzip
import io
import zlib
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from transforms.containers.http import join_chunks, read_response
from transforms.documents import Reading, ReadSettings

ReadFile = Callable[..., list[Reading]]
pytestmark = pytest.mark.filterwarnings(  # warcio leaves its temporary files to the collector
    "ignore:Exception ignored in. <function SpooledTemporaryFile"
)
TEXT = "Қалалық кітапхана ашылды.\n".encode()
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


class Archive:
    """A web archive as warcio writes it, with record ids that are numbered."""

    def __init__(self, *, packed: bool = False) -> None:
        self._target = io.BytesIO()
        self._writer = WARCWriter(self._target, gzip=packed)
        self._count = 0

    def add(
        self,
        kind: str,
        content: bytes,
        headers: Mapping[str, str] = PLAIN,
        status: str = "200 OK",
        uri: str = "https://a.example/page",
    ) -> None:
        """Add a record; of a response the headers are those of HTTP."""
        self._count += 1
        http = None
        if kind == "response":
            http = StatusAndHeaders(status, list(headers.items()), protocol="HTTP/1.1")
        record = self._writer.create_warc_record(
            uri,
            kind,
            payload=io.BytesIO(content),
            http_headers=http,
            warc_content_type="" if http else headers.get("Content-Type", ""),
            warc_headers_dict={"WARC-Record-ID": f"<urn:uuid:{self._count}>"},
        )
        self._writer.write_record(record)

    def content(self) -> bytes:
        """Return the archive."""
        return self._target.getvalue()


def outcomes(readings: list[Reading]) -> list[bytes | str | None]:
    return [reading.failure.code if reading.failure else reading.content for reading in readings]


@pytest.mark.parametrize(("name", "packed"), [("x.wet", False), ("x.wet.gz", True)])
def test_texts_of_wet_are_documents(name: str, packed: bool, read_file: ReadFile) -> None:
    archive = Archive(packed=packed)
    archive.add("warcinfo", b"software: x\r\n", {"Content-Type": "application/warc-fields"})
    archive.add("conversion", TEXT, {"Content-Type": "text/plain"})
    archive.add("conversion", b"", {"Content-Type": "text/plain"}, uri="https://a.example/2")
    readings = read_file(name, archive.content())
    container = readings[0].container
    assert container is not None
    assert container.endswith(f"/{name}")
    assert readings == [
        Reading("https://a.example/page#urn:uuid:2", TEXT, container=container),
        Reading("https://a.example/2#urn:uuid:3", b"", container=container),
    ]


@pytest.mark.parametrize(("name", "packed"), [("x.warc", False), ("x.warc.gz", True)])
def test_pages_in_plain_text_are_documents_and_others_failures(
    name: str, packed: bool, read_file: ReadFile
) -> None:
    archive = Archive(packed=packed)
    archive.add("request", b"GET / HTTP/1.1\r\n\r\n", {"Content-Type": "application/http"})
    archive.add("response", TEXT)
    archive.add("response", b"<p>page</p>", {"Content-Type": "Text/HTML; charset=utf-8"})
    archive.add("response", b"\x89PNG", {"Content-Type": "image/png"})
    archive.add("response", b"gone", status="404 Not Found")
    archive.add("response", b"unknown", {"Server": "x"})
    archive.add("metadata", b"a: b", {"Content-Type": "application/warc-fields"})
    archive.add("resource", TEXT + b"2", {"Content-Type": "text/plain"})
    archive.add("continuation", b"more", {"Content-Type": "text/plain"})
    assert outcomes(read_file(name, archive.content())) == [
        TEXT,
        "html",
        "not_text",
        "http_status",
        "not_text",
        TEXT + b"2",
        "unsupported",
    ]


def chunked(content: bytes) -> bytes:
    """Return a body in chunks of five bytes."""
    parts = [content[at : at + 5] for at in range(0, len(content), 5)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


CHUNKED = {"Transfer-Encoding": "chunked"}
GZIP, DEFLATE = {"Content-Encoding": "gzip"}, {"Content-Encoding": "deflate"}
CODINGS: dict[str, tuple[dict[str, str], bytes, bytes | str]] = {
    "chunked": (CHUNKED, chunked(TEXT), TEXT),
    "chunked, undone by the crawler": (CHUNKED, TEXT, TEXT),
    "chunked, torn": (CHUNKED, chunked(TEXT)[:-20], "corrupt_archive"),
    "gzip": (GZIP, gzip.compress(TEXT), TEXT),
    "gzip, undone by the crawler": (GZIP, TEXT, TEXT),
    "gzip, torn": (GZIP, gzip.compress(TEXT)[:-5], "torn_archive"),
    "gzip, a bomb": (GZIP, gzip.compress(bytes(2**21)), "bomb"),
    "gzip and chunked": ({**GZIP, **CHUNKED}, chunked(gzip.compress(TEXT)), TEXT),
    "deflate": (DEFLATE, zlib.compress(TEXT), TEXT),
    "deflate without a header": (DEFLATE, zlib.compress(TEXT)[2:-4], TEXT),
    "deflate, damaged": (DEFLATE, b"none", "corrupt_archive"),
    "deflate, a bomb": (DEFLATE, zlib.compress(bytes(2**21)), "too_large"),
    "none": ({"Content-Encoding": "identity"}, TEXT, TEXT),
    "unknown": ({"Content-Encoding": "br"}, b"x", "unsupported"),
}


@pytest.mark.parametrize("coding", CODINGS)
def test_codings_of_the_transport_are_undone(coding: str, read_file: ReadFile) -> None:
    headers, body, wanted = CODINGS[coding]
    archive = Archive()
    archive.add("response", body, {**PLAIN, **headers})
    found = read_file("x.warc", archive.content(), ReadSettings(max_document_bytes=2**20))
    assert outcomes(found) == [wanted]
    assert {each.failure.stage for each in found if each.failure} <= {"unpack"}


def test_record_over_the_cap_costs_only_itself(read_file: ReadFile) -> None:
    archive = Archive()
    for content in (b"one", b"x" * 5000, b"two"):
        archive.add("conversion", content)
    found = read_file("x.wet", archive.content(), ReadSettings(max_document_bytes=100))
    assert outcomes(found) == [b"one", "too_large", b"two"]
    assert [each.failure.stage for each in found if each.failure] == ["unpack"]


@pytest.mark.parametrize("keep", [0.55, 0.7, 0.97])
def test_what_was_before_the_end_of_a_torn_archive_is_there(
    keep: float, read_file: ReadFile
) -> None:
    archive = Archive()
    archive.add("conversion", TEXT)
    archive.add("conversion", TEXT * 2)
    whole = archive.content()
    assert outcomes(read_file("x.warc", whole)) == [TEXT, TEXT * 2]
    assert outcomes(read_file("x.warc", whole[: int(keep * len(whole))])) == [TEXT, "torn_archive"]
    packed = gzip.compress(whole)
    assert outcomes(read_file("x.warc.gz", packed[:-4])) == [TEXT, TEXT * 2, "torn_archive"]


@pytest.mark.parametrize(
    "content",
    [
        b"text",
        b"WARC/1.0\r\nWARC-Type: conversion\r\n\r\n",
        b"WARC/1.0\r\nContent-Length: -5\r\n\r\n",
        b"WARC/1.0\r\n" + b"x" * 70_000,
        b"WARC/1.0\r\n" + b"a: b\r\n" * 2000,
    ],
)
def test_what_is_no_web_archive_is_one_failure(content: bytes, read_file: ReadFile) -> None:
    (reading,) = read_file("x.warc", content)
    assert reading.failure is not None
    assert reading.failure.code == "corrupt_archive"


def test_archive_without_documents_is_one_failure(read_file: ReadFile) -> None:
    archive = Archive()
    archive.add("warcinfo", b"software: x\r\n", {"Content-Type": "application/warc-fields"})
    assert outcomes(read_file("x.warc", archive.content())) == ["empty"]


def test_folded_headers_and_a_missing_uri(read_file: ReadFile) -> None:
    content = (
        b"WARC/1.1\nwarc-type: resource\nContent-Type: text/plain;\n charset=utf-8\n"
        b"Content-Length: 3\n\none\r\n\r\n"
    )
    (reading,) = read_file("x.warc", content)
    assert reading.uri.endswith("/x.warc!/1")
    assert reading.content == b"one"


@given(st.binary(max_size=200))
def test_chunks_are_joined(content: bytes) -> None:
    assert join_chunks(chunked(content)) == content


def test_response_has_a_head() -> None:
    assert read_response(b"HTTP/1.1 200\ncontent-type: a/b\n\nbody", 100) == ("a/b", b"body")


@given(st.binary(max_size=40), st.integers(0, 700), st.booleans())
def test_no_damage_goes_beyond_its_container(
    read_file: ReadFile, splinter: bytes, place: int, packed: bool
) -> None:
    archive = Archive(packed=packed)
    archive.add("response", TEXT)
    archive.add("conversion", TEXT * 2)
    content = archive.content()
    damaged = content[:place] + splinter + content[place + len(splinter) :]
    found = read_file("x.warc.gz" if packed else "x.warc", damaged)
    assert found
    assert "internal_error" not in outcomes(found)
