"""Tell whether inputs still have the content that a run read, without extracting anything."""

import hashlib
from collections.abc import Iterable

from transforms.documents import describe_stored, read_document
from transforms.limits import MAX_DOCUMENT_BYTES
from transforms.reports import input_line
from transforms.shards import Shard
from transforms.text.document import DocumentError


def inputs_sha256(shards: Iterable[Shard], max_bytes: int = MAX_DOCUMENT_BYTES) -> str:
    """Return the hash over uris and contents that a run over these shards would give."""
    run = hashlib.sha256()
    for shard in shards:
        digest = hashlib.sha256()
        for uri in shard.uris():
            digest.update(input_line(uri, _content_sha256(uri, max_bytes)))
        run.update(digest.digest())
    return run.hexdigest()


def _content_sha256(uri: str, max_bytes: int) -> str:
    """Return the hash that the row of a document has, whatever it becomes."""
    try:
        return hashlib.sha256(read_document(uri, max_bytes)).hexdigest()
    except DocumentError:
        pass
    try:
        return describe_stored(uri, 0).sha256
    except DocumentError:
        return hashlib.sha256(b"").hexdigest()
