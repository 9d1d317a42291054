"""Take the dead letters of finished runs as documents: from their bytes, or from their source."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from schemas.rows import DeadLetter
from transforms.census import Census
from transforms.containers.members import STAGE as UNPACK_STAGE
from transforms.documents import STAGE as READ_STAGE
from transforms.documents import (
    Reading,
    ReadSettings,
    StoredDocument,
    describe_stored,
    read_document,
    read_stored,
    too_large,
    unpack,
)
from transforms.progress import PROGRESS, RunCancelledError
from transforms.replay_container import read_again
from transforms.replay_plan import is_container, is_read_as_it_is
from transforms.row_files import RowBlock
from transforms.shards import Shard
from transforms.stores import StoreUnavailableError
from transforms.text.document import DocumentError

STAGES_BEFORE_UNPACKING = ("read", "decompress")
"""The content of their dead letters is as stored, perhaps compressed."""


def read_replay(
    shard: Shard, settings: ReadSettings, census: Census
) -> Iterator[Iterable[Reading]]:
    """Yield the document of each dead letter of a shard; of each container, those that wait."""
    held = json.loads(zlib.decompress(shard.packed_letters))
    for letter in read_letters(held.get("letters", ())).values():
        PROGRESS.stop_if_cancelled()
        yield (read_letter(letter, settings.max_document_bytes),)
    for index, container in enumerate(held.get("containers", ())):
        again = read_again(shard.uris()[index], container, settings, census)
        yield census.count(index, again)


def read_letters(
    held: Iterable[tuple[Sequence[Any], Mapping[str, int]]],
) -> dict[int, DeadLetter]:
    """Return dead letters by their index in the shard, in its order."""
    letters: dict[int, DeadLetter] = {}
    for block, indexes in held:
        for row, letter in enumerate(RowBlock(*block).dead_letters()):
            if (index := indexes.get(str(row))) is not None:
                letters[index] = letter
    return dict(sorted(letters.items()))


def read_letter(letter: DeadLetter, max_bytes: int) -> Reading:
    """Return the document of a dead letter, or why it cannot be read: `source_changed`, too."""
    uri = letter.source_uri
    content, failure = None, None
    try:
        content = _read_waiting(uri, letter, max_bytes)
    except DocumentError as error:
        failure = error
    except (StoreUnavailableError, RunCancelledError):
        raise
    except Exception as error:  # any fault of the code stays with this document
        message = f"{type(error).__name__}: {error}"
        failure = DocumentError(READ_STAGE, "internal_error", message)
    kept = StoredDocument(letter.content, letter.content_sha256, letter.content_bytes)
    return Reading(
        uri,
        content,
        failure,
        stored=None if is_read_as_it_is(letter) else kept,  # what it has stays
        replayed=letter,
        attempts=letter.attempt,
        container=letter.container_uri,
        record_date_text=letter.record_date_text,
    )


def _read_waiting(uri: str, letter: DeadLetter, max_bytes: int) -> bytes:
    """Return the bytes of a document: those of its dead letter, or those at its uri.

    Raises DocumentError as `read_document` does, `source_changed`, and `in_container`.
    """
    if letter.code == "outside_root":  # refused for good, whatever lies there
        raise DocumentError(letter.stage, letter.code, letter.message)
    if is_container(letter):
        message = "replayed before: replay it from the run that read the container first"
        raise DocumentError(UNPACK_STAGE, "in_container", message)
    if is_read_as_it_is(letter):
        return read_document(uri, max_bytes)
    if letter.truncated:
        return _read_source(letter, max_bytes)
    is_stored = letter.stage in STAGES_BEFORE_UNPACKING
    if len(letter.content) > max_bytes:
        # Not "read" for unpacked bytes: the next replay would try to unpack them.
        raise too_large(max_bytes) if is_stored else _too_large_to_replay(max_bytes)
    return unpack(uri, letter.content, max_bytes) if is_stored else letter.content


def with_failure(letter: DeadLetter, failure: DocumentError, ingest_date: date) -> DeadLetter:
    """Return a dead letter, its id and its bytes, with the reason for which it failed again."""
    return replace(
        letter,
        stage=failure.stage,
        code=failure.code,
        message=failure.message,
        ingest_date=ingest_date,
    )


def _read_source(letter: DeadLetter, max_bytes: int) -> bytes:
    """Return the bytes of a document whose dead letter holds only the first of them.

    The letter has the hash of what was stored or of what that unpacks to, depending on how far
    the document came: either will do.
    """
    uri = letter.source_uri
    stored = read_stored(uri, max_bytes + 1)
    if len(stored) > max_bytes:
        if describe_stored(uri, 0).sha256 != letter.content_sha256:
            raise _source_changed(letter)
        raise too_large(max_bytes)
    is_stored = hashlib.sha256(stored).hexdigest() == letter.content_sha256
    try:
        content = unpack(uri, stored, max_bytes)
    except DocumentError as error:
        raise error if is_stored else _source_changed(letter) from error
    if is_stored or hashlib.sha256(content).hexdigest() == letter.content_sha256:
        return content
    raise _source_changed(letter)


def _too_large_to_replay(max_bytes: int) -> DocumentError:
    """Return the error of unpacked bytes over a cap that was lowered since."""
    return DocumentError("process", "too_large", f"more than {max_bytes} bytes")


def _source_changed(letter: DeadLetter) -> DocumentError:
    """Return the error of a source that no longer holds what failed."""
    return DocumentError(
        "read",
        "source_changed",
        f"the source no longer has SHA-256 {letter.content_sha256}: ingest it as it is now",
    )
