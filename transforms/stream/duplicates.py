"""Find the documents of one content in each round of a stream, with the steps of a run.

What those group by key is counted here: a shard has a part for each partition of the hashes, and
each partition has one for each shard.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.core import FlatMap, Flatten, Map
from apache_beam.transforms.ptransform import PTransform

from transforms.census import Census
from transforms.documents import ReadSettings
from transforms.fingerprints import PARTITIONS, find_duplicates, fingerprint_shard
from transforms.rounds import Round
from transforms.shards import Shard
from transforms.stream.gather import Gathered, GatherParts, Part, count_shards

SHARD_PART = 0
CENSUS_PART = 1
FIRST_VERDICTS_PART = 2
"""What is gathered for a shard: itself, its census, and from here on verdicts, a part for each
partition."""

ShardPart = Part[Shard | bytes | Census]
GatheredShard = tuple[int, dict[str, list[Shard | bytes | Census]]]
"""A shard with what was found out about it, as `ProcessShards` takes it."""

CensusTag = Literal["censuses"]
CENSUSES: CensusTag = "censuses"
FINGERPRINTS = "fingerprints"


def count_partitions(of: Round) -> int:
    """Return over how many partitions the hashes of a round are spread: most rounds are small."""
    return min(PARTITIONS, of.shards)


def count_shard_parts(of: Round) -> int:
    """Return how many parts are gathered for each shard of a round."""
    return FIRST_VERDICTS_PART + count_partitions(of)


def fingerprint_parts(
    shard: Shard, settings: ReadSettings
) -> Iterator[Part[bytes] | TaggedOutput[CensusTag, ShardPart]]:
    """Yield the fingerprints of a shard for each partition, and, tagged, its census."""
    packed = [b""] * count_partitions(shard.round)
    census = Census()
    for found in fingerprint_shard(shard, settings):
        if isinstance(found, tuple):
            packed[found[0] % len(packed)] += found[1]
        elif isinstance(found.value[1], Census):
            census = found.value[1]
    key = shard.round.key
    for partition, blob in enumerate(packed):
        yield (key, partition), (shard.number, blob)
    yield TaggedOutput(CENSUSES, ((key, shard.number), (CENSUS_PART, census)))


def verdict_parts(gathered: Gathered[bytes]) -> Iterator[ShardPart]:
    """Yield the verdicts of a partition for each shard of its round."""
    (key, partition), parts = gathered
    blobs = dict(parts)
    verdicts = dict(find_duplicates((partition, blobs.values())))
    for number in blobs:
        yield (key, number), (FIRST_VERDICTS_PART + partition, verdicts.get(number, b""))


def shard_part(shard: Shard) -> ShardPart:
    """Return a shard as a part of what is gathered for it."""
    return (shard.round.key, shard.number), (SHARD_PART, shard)


def join_parts(gathered: Gathered[Shard | bytes | Census]) -> GatheredShard:
    """Return a shard with what was found out about it."""
    (_, number), parts = gathered
    shard, *verdicts = (value for _, value in parts)
    return number, {"shards": [shard], "verdicts": verdicts}


@dataclass
class FindRoundDuplicates(PTransform[PCollection[Shard], PCollection[GatheredShard]]):
    """Read every document of each round once; return the shards with packed verdicts."""

    settings: ReadSettings

    def expand(self, shards: PCollection[Shard]) -> PCollection[GatheredShard]:
        """Return the shards, each with the verdicts on its documents and its census."""
        read = shards | "Fingerprint" >> FlatMap(fingerprint_parts, self.settings).with_outputs(
            CENSUSES, main=FINGERPRINTS
        )
        verdicts = (
            read[FINGERPRINTS]
            | "GroupByHash" >> GatherParts(count_shards)
            | "ChooseWinners" >> FlatMap(verdict_parts)
        )
        parts = shards | "KeyByNumber" >> Map(shard_part)
        joined: PCollection[GatheredShard] = (
            (parts, read[CENSUSES], verdicts)
            | "AddVerdicts" >> Flatten().with_output_types(ShardPart)
            | "JoinVerdicts" >> GatherParts(count_shard_parts)
            | "AsOfARun" >> Map(join_parts)
        )
        return joined
