"""Read JSON lines: each record with a text is a document."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from transforms.byte_stream import ByteStream
from transforms.containers.members import (
    SEPARATOR,
    STAGE,
    described,
    read_whole,
    refuse,
    usable_uri,
)
from transforms.documents import Reading, ReadSettings
from transforms.text.document import DocumentError
from transforms.text.record_dates import record_date_text

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_json_lines(uri: str, chunks: Iterable[bytes], settings: ReadSettings) -> Iterator[Reading]:
    """Yield the documents of a file of JSON lines; a line, too, may have the size of a document.

    A document's content is its text in UTF-8. Without a uri of its own that can be used, its uri
    is that of the file with the number of the line, from 1. Blank lines are no records.
    """
    stream = ByteStream(chunks)
    number = 0
    most = settings.max_document_bytes
    while (line := read_whole("", stream.line(), most, STAGE)).content != b"":
        number += 1
        line_uri = f"{uri}{SEPARATOR}{number}"
        if line.content is None:
            yield Reading(line_uri, failure=line.failure, stored=line.stored)
            continue
        text = line.content.removeprefix(BYTE_ORDER_MARK) if number == 1 else line.content
        if not text.isspace() and text:
            yield _read_record(line_uri, text, settings)


def _read_record(line_uri: str, line: bytes, settings: ReadSettings) -> Reading:
    """Return the document of one record, or the failure `bad_json`, `no_text_field`."""
    try:
        record = json.loads(line.decode("utf-8"))
        text = find_field(record, settings.text_field)
        own_uri = find_field(record, settings.uri_field) if settings.uri_field else None
        stated = find_field(record, settings.date_field) if settings.date_field else None
        date_text = record_date_text(stated)
        content = text.encode("utf-8") if isinstance(text, str) else None
    except (ValueError, RecursionError) as error:
        message = f"not a record in UTF-8: {error}"
        return refuse(line_uri, DocumentError(STAGE, "bad_json", message), [line])
    uri = usable_uri(own_uri) or line_uri
    if content is None:
        message = f"the record has no text under {settings.text_field!r}"
        return refuse(uri, DocumentError(STAGE, "no_text_field", message), [line])
    return Reading(
        uri,
        content,
        stored=described(line, settings),
        line_uri=line_uri,
        record_date_text=date_text,
    )


def find_field(record: Any, name: str) -> Any:
    """Return what a record has under a name, or under names joined by dots; None: nothing."""
    if isinstance(record, dict) and name in record:
        return record[name]
    for step in name.split("."):
        record = record.get(step) if isinstance(record, dict) else None
    return record
