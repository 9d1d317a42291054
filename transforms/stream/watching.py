"""Watch patterns: list them again and again, and pass on what was not there the last time."""

import hashlib
import logging
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from apache_beam.coders.coders import BytesCoder
from apache_beam.pvalue import PBegin, PCollection
from apache_beam.transforms.core import Create, DoFn, ParDo
from apache_beam.transforms.ptransform import PTransform
from apache_beam.transforms.userstate import BagStateSpec
from apache_beam.transforms.window import TimestampedValue

from transforms.document_list import ListedDocument
from transforms.listing import InputError, find_documents, uri_to_path
from transforms.stream.arrivals import MICROSECONDS, NANOSECONDS, Arrival, Windows
from transforms.stream.polling import ENDLESS, Poll, PollTimes

SKEW_SECONDS = 2.0
"""By how much the clock of a store may differ from ours before a file comes late."""

CHUNK_BYTES = 2**20
"""Of the state that is sent at once."""

BLOCK_FILES = 4096

Hashes = npt.NDArray[np.uint64]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """What is watched, and how."""

    patterns: tuple[str, ...]
    suffixes: tuple[str, ...]
    poll_seconds: float
    settle_seconds: float  # a file that changed less than that ago is left for the next time
    polls: int | None  # None: without end


def arrival_of(document: ListedDocument) -> Arrival:
    """Return a listed document as one that arrives."""
    changed = document.written or _changed_link(document.uri)
    generation = f"{document.size} {document.changed or changed}"
    return Arrival(document.uri, document.size, changed, generation, is_refused=document.is_refused)


def _changed_link(uri: str) -> int:
    """Return when a link changed that leads nowhere, or out of its directory; 0: not known."""
    path = uri_to_path(uri)
    try:
        return os.lstat(path).st_ctime_ns if path else 0
    except OSError:
        return 0


def find_new(
    documents: Iterator[ListedDocument], known: Hashes, until: int, seen: "array[int]"
) -> Iterator[Arrival]:
    """Yield the documents that are not known, unless they changed after a time in ns.

    What is listed, those apart, is added to `seen`, a hash each.
    """
    block: list[Arrival] = []
    for document in documents:
        arrival = arrival_of(document)
        if arrival.changed <= until:
            block.append(arrival)
        if len(block) == BLOCK_FILES:
            yield from _unknown(block, known, seen)
            block = []
    yield from _unknown(block, known, seen)


def _unknown(block: Sequence[Arrival], known: Hashes, seen: "array[int]") -> Iterator[Arrival]:
    """Yield the documents of a block whose hashes are not known; add all hashes to `seen`."""
    hashes = np.fromiter(map(_hash_of, block), np.uint64, len(block))
    seen.frombytes(hashes.tobytes())
    for is_known, arrival in zip(np.isin(hashes, known), block, strict=True):
        if not is_known:
            yield arrival


def _hash_of(arrival: Arrival) -> int:
    """Return 64 bits for a document in the state that it is in.

    With a million files in the folder, one new one in 18 trillion would be taken for a known one.
    """
    text = f"{arrival.uri}\n{arrival.generation}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


class ListArrivals(DoFn):
    """List a pattern and yield the documents that the last listing did not have.

    Kept of a listing are 8 bytes for each file that is there: as much as the place holds now, not
    what it ever held. A file that is moved there with an old date is new, too.
    """

    KNOWN = BagStateSpec("known", BytesCoder())

    def __init__(self, suffixes: tuple[str, ...], windows: Windows) -> None:
        self._suffixes = suffixes
        self._windows = windows

    def process(
        self,
        poll: Poll,
        reached: Any = DoFn.TimestampParam,
        kept: Any = DoFn.StateParam(KNOWN),  # noqa: B008 (as Beam has it)
    ) -> Iterator[TimestampedValue[Arrival]]:
        """Yield what is new, each with the time of its change."""
        pattern, wanted = poll
        known = np.frombuffer(b"".join(kept.read()), np.uint64)
        seen = array("Q")
        until = wanted * NANOSECONDS // MICROSECONDS
        try:
            for arrival in find_new(find_documents(pattern, self._suffixes), known, until, seen):
                yield TimestampedValue(arrival, self._windows.event_time(arrival, reached))
        except InputError as error:
            if not known.size:
                raise
            _log.warning("%s; looking again at the next poll", error)
            seen.frombytes(known.tobytes())  # those that were not listed are not gone
        now = np.unique(np.frombuffer(seen, np.uint64))
        if not np.array_equal(now, known):
            kept.clear()
            packed = now.tobytes()
            for start in range(0, len(packed), CHUNK_BYTES):
                kept.add(packed[start : start + CHUNK_BYTES])


@dataclass
class WatchInputs(PTransform[PBegin, PCollection[Arrival]]):
    """Find documents as they come, without an end."""

    settings: WatchSettings
    windows: Windows
    clock: Callable[[], float]  # seconds since 1970

    def expand(self, pipeline: PBegin) -> PCollection[Arrival]:
        """Return the documents."""
        settings = self.settings
        lag = settings.settle_seconds + SKEW_SECONDS
        listing = ListArrivals(settings.suffixes, self.windows)
        arrivals: PCollection[Arrival] = (
            pipeline
            | "Patterns" >> Create([(settings.patterns, settings.polls or ENDLESS)])
            | "Poll"
            >> ParDo(PollTimes(settings.poll_seconds, lag, self.clock)).with_output_types(Poll)
            | "List" >> ParDo(listing).with_output_types(Arrival)
        )
        return arrivals
