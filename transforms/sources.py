"""Read the documents of a shard: those of plain files, and those that containers hold.

Both passes of a run read through here, so both see the same documents in the same order. What is
in a container is known only by reading it: the first pass takes a census, the second compares.
"""

import hashlib
from collections.abc import Iterable, Iterator

from transforms.census import Census
from transforms.containers import container_of, read_container
from transforms.documents import STAGE, Reading, ReadSettings, StoredDocument, read_document
from transforms.progress import PROGRESS
from transforms.replay import read_replay
from transforms.shards import Shard
from transforms.text.document import DocumentError

NOTHING_STORED = StoredDocument(b"", hashlib.sha256().hexdigest(), 0)
"""What is kept of a file that must not be read."""


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
    for index, uri in enumerate(shard.uris()):
        PROGRESS.stop_if_cancelled()
        if index in refused:
            yield (_refusal(uri),)
        elif container := container_of(uri):
            yield _heed(census.count(index, read_container(uri, container, settings)))
        else:
            yield (read_single(uri, settings),)


def read_single(uri: str, settings: ReadSettings) -> Reading:
    """Return the document that a file is, or why it cannot be read."""
    try:
        return Reading(uri, read_document(uri, settings.max_document_bytes))
    except DocumentError as failure:
        return Reading(uri, failure=failure)
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
