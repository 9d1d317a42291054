"""What the first pass finds out about the documents of a shard, packed on its way to them."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace

from transforms.document_ids import ID_BYTES

VERDICT = struct.Struct(f">I32s{ID_BYTES}s?I")
"""Index in the shard, SHA-256 of the content, id of the article that stands for it, repeated or
not, how many documents that article counts: 0 where it is that of another document."""

NEAR_VERDICT = struct.Struct(f">I32s{ID_BYTES}s{ID_BYTES}sd")
"""Index in the shard, SHA-256 of the content, id of the article that stands for it, id of the one
that it nearly equals, how alike they are. Both ids are the same where others rely on this one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A content, the article that stands for all documents of it, and what that one nearly equals.

    Records in containers may state one uri for several documents: a repeated one has the id of
    the winner and is not the winner.
    """

    sha256: bytes
    article_id: str
    is_repeated: bool = False
    uri_count: int = 1  # that of the winner: the documents of this content
    near_duplicate_of: str | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class NearVerdicts:
    """Packed verdicts on documents that nearly equal others, or that others nearly equal."""

    packed: bytes


def unpack_verdicts(
    blobs: Iterable[bytes], near_blobs: Iterable[NearVerdicts] = ()
) -> dict[int, Verdict]:
    """Return the verdicts on a shard's documents by their index."""
    verdicts = {
        index: Verdict(sha256, identity.hex(), is_repeated, count or 1)
        for blob in blobs
        for index, sha256, identity, is_repeated, count in VERDICT.iter_unpack(blob)
    }
    for blob in near_blobs:
        for index, sha256, identity, leader, similarity in NEAR_VERDICT.iter_unpack(blob.packed):
            verdict = verdicts.get(index) or Verdict(sha256, identity.hex())
            if leader != identity:
                verdict = replace(verdict, near_duplicate_of=leader.hex(), similarity=similarity)
            verdicts[index] = verdict
    return verdicts
