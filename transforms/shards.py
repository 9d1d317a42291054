"""Cut the sorted list of documents into shards: what one worker turns into one set of files."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from transforms.document_list import ListedDocument
from transforms.limits import SHARD_BYTES, SHARD_DOCUMENTS


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of consecutive documents; their uris are packed, since they wait in memory.

    One of them may be a container of many: a large one is alone in its shard.
    """

    number: int
    packed_uris: bytes
    document_count: int
    refused: tuple[int, ...] = ()  # places of those that must not be read

    @classmethod
    def pack(cls, number: int, uris: Sequence[str], refused: Sequence[int] = ()) -> "Shard":
        """Return the shard of these uris."""
        packed = zlib.compress(json.dumps(uris, ensure_ascii=False).encode("utf-8"), 1)
        return cls(number, packed, len(uris), tuple(refused))

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
    uris: list[str] = []
    refused: list[int] = []
    filled = number = 0
    for document in documents:
        if uris and (filled + document.size > shard_bytes or len(uris) == max_documents):
            yield Shard.pack(number, uris, refused)
            uris, refused, filled, number = [], [], 0, number + 1
        if document.is_refused:
            refused.append(len(uris))
        uris.append(document.uri)
        filled += document.size
    if uris:
        yield Shard.pack(number, uris, refused)
