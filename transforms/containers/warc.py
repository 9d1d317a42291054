"""Read web archives: WARC, and WET, which is WARC with texts.

We frame the records ourselves: the libraries at hand take a file that ends early for one that
ends, unpack without a bound, and write what is wrong to the standard error.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from transforms.byte_stream import ByteStream
from transforms.containers.http import read_response
from transforms.containers.members import (
    RECORD_MARK,
    SEPARATOR,
    STAGE,
    described,
    read_whole,
    refuse,
    usable_uri,
)
from transforms.documents import Reading, ReadSettings
from transforms.text.document import DocumentError

MAX_LINE_BYTES = 2**16
MAX_HEADERS = 1000

DOCUMENT_TYPES = ("conversion", "resource", "response", "continuation")
"""The others tell of the crawl: warcinfo, request, metadata, revisit."""

HTML_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(slots=True)
class Record:
    """The head of a record, and how many come before it in the file."""

    number: int
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Return the size of the body; raise DocumentError where none is stated."""
        stated = self.headers.get("content-length", "")
        if not (stated.isascii() and stated.isdigit() and len(stated) < 20):
            raise DocumentError(STAGE, "corrupt_archive", f"record {self.number} has no length")
        return int(stated)

    @property
    def kind(self) -> str:
        """Return the type of the record."""
        return self.headers.get("warc-type", "").lower()

    def uri(self, container: str) -> str:
        """Return the uri of the page, with the id of the record: a page may be there twice."""
        own_id = usable_uri(self.headers.get("warc-record-id", "").strip("<>"))
        target = usable_uri(self.headers.get("warc-target-uri", "").strip("<>"))
        name = own_id or str(self.number)
        return f"{target}{RECORD_MARK}{name}" if target else f"{container}{SEPARATOR}{name}"


def read_warc(uri: str, chunks: Iterable[bytes], settings: ReadSettings) -> Iterator[Reading]:
    """Yield the documents of a web archive: texts of WET, and pages; of pages only plain text.

    Raises DocumentError `torn_archive`, `corrupt_archive` and those of the chunks.
    """
    stream = ByteStream(chunks)
    number = 0
    while (record := _read_head(stream, number + 1)) is not None:
        number += 1
        body = stream.section(record.size, STAGE)
        if record.kind in DOCUMENT_TYPES:
            yield _read_record(record, record.uri(uri), body, settings)
        for _ in body:
            pass


def _read_record(
    record: Record, uri: str, body: Iterable[bytes], settings: ReadSettings
) -> Reading:
    """Return the document of a record, or why it is none."""
    if record.kind == "continuation":
        failure = DocumentError(STAGE, "unsupported", "the record continues another")
        return refuse(uri, failure, body)
    reading = read_whole(uri, body, settings.max_document_bytes, STAGE)
    if reading.content is None:
        return reading
    media_type, content = record.headers.get("content-type", ""), reading.content
    try:
        if media_type.partition(";")[0].strip().lower() == "application/http":
            media_type, content = read_response(content, settings.max_document_bytes)
        _check_media_type(media_type)
    except DocumentError as error:
        failure = DocumentError(STAGE, error.code, error.message)  # kept is the record, as it lies
        return refuse(uri, failure, [reading.content])
    return Reading(uri, content, stored=described(reading.content, settings))


def _check_media_type(stated: str) -> None:
    """Raise DocumentError `html`, `not_text` unless the type is that of plain text."""
    media_type = stated.partition(";")[0].strip().lower()
    if media_type in HTML_TYPES:
        raise DocumentError(STAGE, "html", "a page in HTML: extract its text first")
    if media_type != "text/plain":
        raise DocumentError(STAGE, "not_text", f"not plain text but {media_type or 'unknown'!r}")


def _read_head(stream: ByteStream, number: int) -> Record | None:
    """Return the head of the next record; None at the end of the archive."""
    line = _read_line(stream)
    while line in (b"\r\n", b"\n"):  # two of them follow each record
        line = _read_line(stream)
    if not line:
        return None
    if not line.startswith(b"WARC/"):
        raise DocumentError(STAGE, "corrupt_archive", f"no record {number} where one should be")
    headers: dict[str, str] = {}
    name = ""
    for _ in range(MAX_HEADERS):
        text = _read_line(stream).decode("utf-8", "replace")
        if not text.endswith("\n"):
            raise DocumentError(STAGE, "torn_archive", f"ends in the head of record {number}")
        if not text.strip():
            return Record(number, headers)
        if text[0] in " \t" and name:  # goes on with the line before
            headers[name] += f" {text.strip()}"
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        headers.setdefault(name, value.strip())
    raise DocumentError(STAGE, "corrupt_archive", f"record {number} has endless headers")


def _read_line(stream: ByteStream) -> bytes:
    """Return the next line of a head, which may not be endless; empty at the end."""
    line = b""
    for piece in stream.line():
        line += piece
        if len(line) > MAX_LINE_BYTES:
            raise DocumentError(STAGE, "corrupt_archive", "an endless line in a record's head")
    return line
