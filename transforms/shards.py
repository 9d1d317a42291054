"""Cut the sorted list of documents into shards: what one worker turns into one set of files."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from transforms.limits import SHARD_BYTES, SHARD_DOCUMENTS
from transforms.listing import ListedDocument


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of consecutive documents; their uris are packed, since they wait in memory."""

    number: int
    packed_uris: bytes
    document_count: int
    packed_letters: bytes = b""  # where the dead letters lie that are replayed: transforms.replay

    @classmethod
    def pack(cls, number: int, uris: Sequence[str]) -> "Shard":
        """Return the shard of these uris."""
        packed = zlib.compress(json.dumps(uris, ensure_ascii=False).encode("utf-8"), 1)
        return cls(number, packed, len(uris))

    def uris(self) -> list[str]:
        """Return the uris of the shard's documents, in order."""
        uris: list[str] = json.loads(zlib.decompress(self.packed_uris))
        return uris


def plan_shards(
    documents: Sequence[ListedDocument],
    shard_bytes: int = SHARD_BYTES,
    max_documents: int = SHARD_DOCUMENTS,
) -> Iterator[Shard]:
    """Yield the shards of a sorted list; the cut depends on nothing but the list and the sizes."""
    sizes = ((document.uri, document.size) for document in documents)
    return plan_runs(sizes, shard_bytes, max_documents)


def plan_runs(
    documents: Iterable[tuple[str, int]], shard_bytes: int, max_documents: int = SHARD_DOCUMENTS
) -> Iterator[Shard]:
    """Yield the shards of sorted uris with their sizes."""
    uris: list[str] = []
    filled = number = 0
    for uri, size in documents:
        if uris and (filled + size > shard_bytes or len(uris) == max_documents):
            yield Shard.pack(number, uris)
            uris, filled, number = [], 0, number + 1
        uris.append(uri)
        filled += size
    if uris:
        yield Shard.pack(number, uris)
