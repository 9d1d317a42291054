"""Find the documents of one content: hashes move between workers, documents never."""

import hashlib
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.core import FlatMap, Flatten
from apache_beam.transforms.ptransform import PTransform

from transforms.documents import ReadSettings
from transforms.gather import Gathered, GatherParts, Part
from transforms.progress import PROGRESS
from transforms.rounds import Round, count_shards
from transforms.shards import Shard
from transforms.sources import Census, read_sources
from transforms.text.extract import article_id

PARTITIONS = 32
"""Ten million documents are 17 MB of fingerprints in each."""

ID_BYTES = 16
"""Half as many as an article's id has hexadecimal digits."""

FINGERPRINT = struct.Struct(f">32sII{ID_BYTES}s")
"""SHA-256 of the content, shard, index in the shard, id of the article: sorts by content."""

VERDICT = struct.Struct(f">I32s{ID_BYTES}s?")
"""Index in the shard, SHA-256 of the content, id of the article that stands for it, repeated or
not."""

CensusTag = Literal["censuses"]
CENSUSES: CensusTag = "censuses"
FINGERPRINTS = "fingerprints"

CENSUS_PART = 1
FIRST_VERDICTS_PART = 2
"""Of what is gathered for a shard: its census, and from here on the verdicts of each partition.
Part 0 is the shard."""

Finding = Part[bytes | Census]
"""What was found out about a shard: packed verdicts, or its census."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A content that several documents have, and the article that stands for all of them.

    Records in containers may state one uri for several documents: a repeated one has the id of
    the winner and is not the winner.
    """

    sha256: bytes
    article_id: str
    is_repeated: bool = False


def fingerprint_shard(
    shard: Shard,
    settings: ReadSettings = ReadSettings(),  # noqa: B008 (it is frozen)
) -> Iterator[tuple[int, bytes] | TaggedOutput[CensusTag, tuple[int, Census]]]:
    """Yield per partition the packed fingerprints of a shard's documents.

    What cannot be read has none; the step that processes it makes the dead letter. A shard with
    containers yields the census of them, too, tagged.
    """
    partitions: defaultdict[int, bytearray] = defaultdict(bytearray)
    census = Census()
    index = 0
    for readings in read_sources(shard, settings, census):
        for reading in readings:
            if reading.content is not None:
                sha256 = hashlib.sha256(reading.content).digest()
                identity = bytes.fromhex(article_id(reading.uri, sha256.hex()))
                partitions[sha256[0] % PARTITIONS] += FINGERPRINT.pack(
                    sha256, shard.number, index, identity
                )
            index += 1
        PROGRESS.fingerprinted += 1
    for partition, packed in partitions.items():
        yield partition, bytes(packed)
    if census.containers:
        yield TaggedOutput(CENSUSES, (shard.number, census))


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
            is_repeated = member is not winner and member[3] == winner[3]
            verdicts[member[1]] += VERDICT.pack(member[2], member[0], winner[3], is_repeated)
        announced = True
    for shard, packed in verdicts.items():
        yield shard, bytes(packed)


def unpack_verdicts(blobs: Iterable[bytes]) -> dict[int, Verdict]:
    """Return the verdicts on a shard's documents by their index."""
    return {
        index: Verdict(sha256, identity.hex(), is_repeated)
        for blob in blobs
        for index, sha256, identity, is_repeated in VERDICT.iter_unpack(blob)
    }


def _unpack(blobs: Iterable[bytes]) -> Iterator[tuple[bytes, int, int, bytes]]:
    """Yield the fingerprints of all blobs."""
    for blob in blobs:
        yield from FINGERPRINT.iter_unpack(blob)


def count_partitions(of: Round) -> int:
    """Return over how many partitions the fingerprints of a round are spread."""
    return min(PARTITIONS, of.shards) if of.shards else PARTITIONS


def count_findings(of: Round) -> int:
    """Return how many parts are found out about each shard of a round."""
    return 1 + count_partitions(of)


def fingerprint_parts(
    shard: Shard, settings: ReadSettings
) -> Iterator[Part[bytes] | TaggedOutput[CensusTag, Part[Census]]]:
    """Yield the fingerprints of a shard for each partition, and, tagged, its census.

    No partition is left out: those who gather have to count.
    """
    count = count_partitions(shard.round)
    packed = [bytearray() for _ in range(count)]
    census = Census()
    for found in fingerprint_shard(shard, settings):
        if isinstance(found, TaggedOutput):
            census = found.value[1]
        else:
            packed[found[0] % count] += found[1]
    key = shard.round.key
    for partition in range(count):
        yield (key, partition), (shard.number, bytes(packed[partition]))
    yield TaggedOutput(CENSUSES, ((key, shard.number), (CENSUS_PART, census)))


def verdict_parts(gathered: Gathered[bytes]) -> Iterator[Part[bytes]]:
    """Yield the verdicts of a partition for each shard of the round; none is left out."""
    (key, partition), parts = gathered
    blobs = dict(parts)
    verdicts = dict(find_duplicates((partition, blobs.values())))
    for shard in blobs:
        yield (key, shard), (FIRST_VERDICTS_PART + partition, verdicts.get(shard, b""))


@dataclass
class FindDuplicates(PTransform[PCollection[Shard], PCollection[Finding]]):
    """Read every document of the shards once; return packed verdicts and a census by shard."""

    settings: ReadSettings = ReadSettings()  # noqa: RUF009 (it is frozen)
    is_stream: bool = False

    def expand(self, shards: PCollection[Shard]) -> PCollection[Finding]:
        """Return the parts that `count_findings` counts."""
        read = shards | "Fingerprint" >> FlatMap(fingerprint_parts, self.settings).with_outputs(
            CENSUSES, main=FINGERPRINTS
        )
        verdicts = (
            read[FINGERPRINTS]
            | "GroupByHash" >> GatherParts(count_shards if self.is_stream else None)
            | "ChooseWinners" >> FlatMap(verdict_parts)
        )
        found: PCollection[Finding] = (
            verdicts,
            read[CENSUSES],
        ) | "AddCensuses" >> Flatten().with_output_types(Finding)
        return found
