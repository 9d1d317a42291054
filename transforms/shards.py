"""Cut the sorted list of documents into shards: what one worker turns into one set of files."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from transforms.document_list import ListedDocument
from transforms.limits import SHARD_BYTES, SHARD_DOCUMENTS
from transforms.listing import listing_sha256
from transforms.rounds import WHOLE_RUN, Round


class HasSize(Protocol):
    """What takes some bytes to read."""

    @property
    def size(self) -> int:
        """The bytes."""


Sized = TypeVar("Sized", bound=HasSize)


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of consecutive documents; their uris are packed, since they wait in memory.

    One of them may be a container of many: a large one is alone in its shard.
    """

    number: int
    packed_uris: bytes
    document_count: int
    refused: tuple[int, ...] = ()  # places of those that must not be read
    listing_sha256: str = ""  # of its part of the listing; nothing: nobody can tell
    packed_letters: bytes = b""  # where the dead letters lie that are replayed: transforms.replay
    round: Round = WHOLE_RUN  # to which it belongs

    @classmethod
    def pack(
        cls, number: int, uris: Sequence[str], refused: Sequence[int] = (), listing: str = ""
    ) -> "Shard":
        """Return the shard of these uris."""
        packed = zlib.compress(json.dumps(uris, ensure_ascii=False).encode("utf-8"), 1)
        return cls(number, packed, len(uris), tuple(refused), listing)

    def uris(self) -> list[str]:
        """Return the uris of the shard's documents, in order."""
        uris: list[str] = json.loads(zlib.decompress(self.packed_uris))
        return uris


def plan_shards(
    documents: Iterable[ListedDocument],
    shard_bytes: int = SHARD_BYTES,
    max_documents: int = SHARD_DOCUMENTS,
) -> Iterator[Shard]:
    """Yield the shards of a sorted list; the cut depends on nothing but the list and the sizes."""
    for number, run in enumerate(cut_runs(documents, shard_bytes, max_documents)):
        yield _shard_of(number, run)


def cut_runs(
    waiting: Iterable[Sized], shard_bytes: int, max_documents: int = SHARD_DOCUMENTS
) -> Iterator[list[Sized]]:
    """Yield what waits, cut by size and number into runs, one a shard."""
    held: list[Sized] = []
    filled = 0
    for one in waiting:
        if held and (filled + one.size > shard_bytes or len(held) == max_documents):
            yield held
            held, filled = [], 0
        held.append(one)
        filled += one.size
    if held:
        yield held


def _shard_of(number: int, documents: Sequence[ListedDocument]) -> Shard:
    """Return the shard of these documents."""
    uris = [document.uri for document in documents]
    refused = [place for place, document in enumerate(documents) if document.is_refused]
    return Shard.pack(number, uris, refused, listing_sha256(documents))
