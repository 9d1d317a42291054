"""Find the documents of one content: hashes move between workers, documents never."""

import hashlib
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apache_beam.pvalue import PCollection
from apache_beam.transforms.core import FlatMap, GroupByKey
from apache_beam.transforms.ptransform import PTransform

from transforms.limits import MAX_DOCUMENT_BYTES
from transforms.progress import PROGRESS
from transforms.replay import read_letters, read_waiting
from transforms.shards import Shard
from transforms.text.document import DocumentError
from transforms.text.extract import article_id

PARTITIONS = 32
"""Ten million documents are 17 MB of fingerprints in each."""

ID_BYTES = 16
"""Half as many as an article's id has hexadecimal digits."""

FINGERPRINT = struct.Struct(f">32sII{ID_BYTES}s")
"""SHA-256 of the content, shard, index in the shard, id of the article: sorts by content."""

VERDICT = struct.Struct(f">I32s{ID_BYTES}s")
"""Index in the shard, SHA-256 of the content, id of the article that stands for it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A content that several documents have, and the article that stands for all of them."""

    sha256: bytes
    article_id: str


def fingerprint_shard(
    shard: Shard, max_bytes: int = MAX_DOCUMENT_BYTES
) -> Iterator[tuple[int, bytes]]:
    """Yield per partition the packed fingerprints of a shard's documents.

    What cannot be read has none; the step that processes it makes the dead letter.
    """
    partitions: defaultdict[int, bytearray] = defaultdict(bytearray)
    letters = read_letters(shard)
    for index, uri in enumerate(shard.uris()):
        PROGRESS.stop_if_cancelled()
        PROGRESS.fingerprinted += 1
        try:
            digest = hashlib.sha256(read_waiting(uri, letters.get(index), max_bytes))
        except DocumentError:
            continue
        identity = bytes.fromhex(article_id(uri, digest.hexdigest()))
        sha256 = digest.digest()
        partitions[sha256[0] % PARTITIONS] += FINGERPRINT.pack(
            sha256, shard.number, index, identity
        )
    for partition, packed in partitions.items():
        yield partition, bytes(packed)


def find_duplicates(partition: tuple[int, Iterable[bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield per shard the packed verdicts on documents whose content others have too.

    The first document, by shard and index, wins; it gets a verdict as well, with its own id,
    so that its shard can see whether it is still the content that the others rely on.
    """
    verdicts: defaultdict[int, bytearray] = defaultdict(bytearray)
    winner: tuple[bytes, int, int, bytes] | None = None
    announced = False
    for record in sorted(_unpack(partition[1])):
        if winner is None or record[0] != winner[0]:
            winner, announced = record, False
            continue
        for member in (record,) if announced else (winner, record):
            verdicts[member[1]] += VERDICT.pack(member[2], member[0], winner[3])
        announced = True
    for shard, packed in verdicts.items():
        yield shard, bytes(packed)


def unpack_verdicts(blobs: Iterable[bytes]) -> dict[int, Verdict]:
    """Return the verdicts on a shard's documents by their index."""
    return {
        index: Verdict(sha256, identity.hex())
        for blob in blobs
        for index, sha256, identity in VERDICT.iter_unpack(blob)
    }


def _unpack(blobs: Iterable[bytes]) -> Iterator[tuple[bytes, int, int, bytes]]:
    """Yield the fingerprints of all blobs."""
    for blob in blobs:
        yield from FINGERPRINT.iter_unpack(blob)


@dataclass
class FindDuplicates(PTransform[PCollection[Shard], PCollection[tuple[int, bytes]]]):
    """Read every document of the shards once and return packed verdicts by shard number."""

    max_document_bytes: int = MAX_DOCUMENT_BYTES

    def expand(self, shards: PCollection[Shard]) -> PCollection[tuple[int, bytes]]:
        """Return (shard number, packed verdicts)."""
        verdicts: PCollection[tuple[int, bytes]] = (
            shards
            | "Fingerprint" >> FlatMap(fingerprint_shard, self.max_document_bytes)
            | "GroupByHash" >> GroupByKey()
            | "ChooseWinners" >> FlatMap(find_duplicates)
        )
        return verdicts
