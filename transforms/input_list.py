"""Read lists of documents: paths or uris, one a line or with NUL bytes between them."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from transforms.document_list import UNASKED, ListedDocument
from transforms.listing import is_remote, listed, uri_to_path

CHUNK_BYTES = 2**16
"""No path is as long as this, so a list with NUL bytes between its entries has one in here."""


def read_input_list(stream: BinaryIO, *, is_null_separated: bool) -> Iterator[ListedDocument]:
    """Yield the documents that a list names, in its order; a name is never a pattern.

    A list with a NUL byte in it is taken for separated by those, whatever `is_null_separated`
    says. Otherwise an entry ends with its line, without a carriage return. Empty entries are
    none.
    """
    first = stream.read(CHUNK_BYTES)
    is_null_separated = is_null_separated or b"\0" in first
    separator = b"\0" if is_null_separated else b"\n"
    for entry in _split(first, stream, separator):
        name = entry if is_null_separated else entry.removesuffix(b"\r")
        if name:
            yield _document(os.fsdecode(name))


def _split(first: bytes, stream: BinaryIO, separator: bytes) -> Iterator[bytes]:
    """Yield the entries between separators."""
    begun = b""
    chunk = first
    while chunk:
        *whole, begun = (begun + chunk).split(separator)
        yield from whole
        chunk = stream.read(CHUNK_BYTES)
    yield begun


def _document(name: str) -> ListedDocument:
    """Return the document of a path or uri; what is not there has the size 0 and fails later."""
    if is_remote(name):
        return ListedDocument(name, 0, changed=UNASKED)
    path = uri_to_path(name)
    return listed(name if path is None or os.path.lexists(name) else path)
