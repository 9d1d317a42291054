"""Read the documents of a shard: those of plain files, and those that containers hold.

Both passes of a run read through here, so both see the same documents in the same order. What is
in a container is known only by reading it: the first pass takes a census, the second compares.
"""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future

from transforms.census import Census
from transforms.containers import container_of, read_container
from transforms.documents import (
    STAGE,
    Reading,
    ReadSettings,
    StoredDocument,
    read_document,
    read_stored,
)
from transforms.listing import is_remote
from transforms.progress import PROGRESS, RunCancelledError
from transforms.read_ahead import ask_ahead
from transforms.replay import read_replay
from transforms.shards import Shard
from transforms.stores import StoreUnavailableError
from transforms.text.document import DocumentError

NOTHING_STORED = StoredDocument(b"", hashlib.sha256().hexdigest(), 0)
"""What is kept of a file that must not be read."""

READ_AHEAD_BYTES = 2**20
"""Of an object of a store; a larger one is read when it is its turn, and alone."""


def read_sources(
    shard: Shard, settings: ReadSettings, census: Census
) -> Iterator[Iterable[Reading]]:
    """Yield the documents of each file of a shard; take a census of those in containers.

    The documents of one file must be read before the next file is asked for.
    """
    refused = frozenset(shard.refused)
    if shard.packed_letters:
        yield from read_replay(shard, settings, census)
        return
    uris = shard.uris()
    objects = [uri for uri in uris if is_remote(uri) and not container_of(uri)]
    answers = _read_ahead(objects, settings.max_document_bytes)
    for index, uri in enumerate(uris):
        PROGRESS.stop_if_cancelled()
        if index in refused:
            yield (_refusal(uri),)
        elif container := container_of(uri):
            yield _heed(census.count(index, read_container(uri, container, settings)))
        else:
            yield (read_single(uri, settings, next(answers) if is_remote(uri) else None),)


def _read_ahead(objects: Iterable[str], max_bytes: int) -> Iterator[Future[bytes | None]]:
    """Yield what each object of a store holds; None for one that has to be read in its turn."""

    def read(uri: str) -> bytes | None:
        content = read_stored(uri, min(max_bytes + 1, READ_AHEAD_BYTES))
        return None if len(content) == READ_AHEAD_BYTES else content

    return ask_ahead(objects, read)


def read_single(
    uri: str, settings: ReadSettings, answer: Future[bytes | None] | None = None
) -> Reading:
    """Return the document that a file is, or why it cannot be read.

    `answer` is what is stored, where that was asked for before.
    """
    try:
        stored = answer.result() if answer else None
        return Reading(uri, read_document(uri, settings.max_document_bytes, stored))
    except DocumentError as failure:
        return Reading(uri, failure=failure)
    except (StoreUnavailableError, RunCancelledError):
        raise
    except Exception as error:  # any fault of the code: the dead letter has the bytes as stored
        message = f"{type(error).__name__}: {error}"
        return Reading(uri, failure=DocumentError(STAGE, "internal_error", message))


def _heed(readings: Iterable[Reading]) -> Iterator[Reading]:
    """Yield the documents of a container until the run is cancelled."""
    for reading in readings:
        PROGRESS.stop_if_cancelled()
        yield reading


def _refusal(uri: str) -> Reading:
    """Return the failure of a link that leads out of the directory where it was found."""
    message = "a link that leads out of the directory; name its target to have it read"
    failure = DocumentError(STAGE, "outside_root", message)
    return Reading(uri, failure=failure, stored=NOTHING_STORED)
