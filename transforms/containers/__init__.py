"""Unpack the documents of files that hold many: archives, JSON lines, web archives.

A container is known by its name. Its documents come one after another, in the order in which
they lie there, and each pass of a run reads the same ones. What fails inside is a dead letter of
its own, and its neighbours go on; damage to the container itself is one dead letter in its name,
after the documents before the damage. A container without a document is one, too: every file
that a run lists becomes at least one row.
"""

from collections.abc import Iterator
from dataclasses import replace

from transforms.container_names import Container, container_of
from transforms.containers.json_lines import read_json_lines
from transforms.containers.members import STAGE, Meter
from transforms.containers.tar import read_tar
from transforms.containers.warc import read_warc
from transforms.containers.zip import read_zip
from transforms.decompression import COMPRESSIONS, decompress_chunks
from transforms.documents import STAGE as READ_STAGE
from transforms.documents import Reading, ReadSettings, stored_chunks
from transforms.progress import RunCancelledError
from transforms.stores import StoreUnavailableError
from transforms.text.document import DocumentError

__all__ = ["Container", "container_of", "read_container"]

STREAM_READERS = {"tar": read_tar, "jsonl": read_json_lines, "warc": read_warc}

INPUT_BYTES = 2**17
"""Web archives end a compressed member with each record, and each end copies the rest."""


def read_container(uri: str, container: Container, settings: ReadSettings) -> Iterator[Reading]:
    """Yield the documents of a container, and last what ended it too early, if anything did."""
    count = 0
    try:
        for reading in _read(uri, container, settings):
            count += 1
            yield replace(reading, container=uri)
        if not count:
            raise DocumentError(STAGE, "empty", "the container holds no document")
    except (StoreUnavailableError, RunCancelledError):  # no fault of the container
        raise
    except DocumentError as error:
        yield Reading(uri, failure=error)
    except OSError as error:
        failure = DocumentError(READ_STAGE, "unreadable", error.strerror or str(error))
        yield Reading(uri, failure=failure)
    except Exception as error:  # any fault of the code costs the rest of this container
        message = f"{type(error).__name__}: {error}"
        yield Reading(uri, failure=DocumentError(STAGE, "internal_error", message))


def _read(uri: str, container: Container, settings: ReadSettings) -> Iterator[Reading]:
    """Yield the documents of a container; raise DocumentError at what ends it too early."""
    if container.kind == "zip":
        return read_zip(uri, settings)
    return STREAM_READERS[container.kind](uri, _unpacked(uri, container), settings)


def _unpacked(uri: str, container: Container) -> Iterator[bytes]:
    """Yield the bytes of a container in chunks, decompressed and metered."""
    meter = Meter()
    chunks = meter.stored(stored_chunks(uri, INPUT_BYTES))
    if container.compression:
        chunks = decompress_chunks(chunks, COMPRESSIONS[container.compression])
    return meter.unpacked(chunks)
