"""Find the documents of one content: hashes move between workers, documents never."""

import hashlib
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Literal

from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.core import FlatMap, Flatten, GroupByKey
from apache_beam.transforms.ptransform import PTransform

from transforms.census import Census
from transforms.document_ids import ID_BYTES
from transforms.documents import ReadSettings
from transforms.earlier_windows import open_earlier
from transforms.extraction import prepare_process
from transforms.near_duplicates import find_near_duplicates
from transforms.progress import PROGRESS
from transforms.shards import Shard
from transforms.sketches import (
    BANDS,
    SIGNATURES,
    BandsOutput,
    NearSettings,
    ShardSketches,
    SignaturesOutput,
)
from transforms.sources import read_sources
from transforms.text.extract import article_id
from transforms.verdicts import VERDICT, NearVerdicts

PARTITIONS = 32
"""Ten million documents are 17 MB of fingerprints in each."""

FINGERPRINT = struct.Struct(f">32sII{ID_BYTES}s")
"""SHA-256 of the content, shard, index in the shard, id of the article: sorts by content."""

Finding = tuple[int, bytes | NearVerdicts | Census]
"""A shard's number, and verdicts on documents of it, or what its containers hold."""

CensusTag = Literal["censuses"]
CENSUSES: CensusTag = "censuses"
CensusOutput = TaggedOutput[CensusTag, tuple[int, Census]]
FINGERPRINTS = "fingerprints"


def fingerprint_shard(
    shard: Shard,
    settings: ReadSettings = ReadSettings(),  # noqa: B008 (it is frozen)
    near: NearSettings | None = None,
    ledger: str | None = None,
) -> Iterator[tuple[int, bytes] | CensusOutput | BandsOutput | SignaturesOutput]:
    """Yield per partition the packed fingerprints of a shard's documents.

    What cannot be read has none; the step that processes it makes the dead letter. Nor has what
    an earlier window has: it stands for nothing, and that step finds it again. A shard with
    containers yields the census of them, too, and each shard the sketches, if asked, all tagged.
    """
    partitions: defaultdict[int, bytearray] = defaultdict(bytearray)
    sketches = ShardSketches(shard.number, near) if near else None
    if near:
        prepare_process(near.options.language_detector)
    census = Census()
    index = 0
    with open_earlier(ledger) as windows:
        for readings in read_sources(shard, settings, census):
            for reading in readings:
                if reading.content is not None and not windows.find(reading):
                    sha256 = hashlib.sha256(reading.content)
                    identity = bytes.fromhex(article_id(reading.uri, sha256.hexdigest()))
                    packed = FINGERPRINT.pack(sha256.digest(), shard.number, index, identity)
                    partitions[packed[0] % PARTITIONS] += packed
                    if sketches:
                        sketches.add(index, reading, sha256.digest(), identity)
                        yield from sketches.send_full()
                index += 1
            PROGRESS.fingerprinted += 1
    for partition, blob in partitions.items():
        yield partition, bytes(blob)
    if sketches:
        yield from sketches.send()
    if census.containers:
        yield TaggedOutput(CENSUSES, (shard.number, census))


def find_duplicates(partition: tuple[int, Iterable[bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield per shard the packed verdicts on documents whose content others have too.

    The first document, by shard and index, wins; it gets a verdict as well, with its own id,
    so that its shard can see whether it is still the content that the others rely on.
    """
    verdicts: defaultdict[int, bytearray] = defaultdict(bytearray)
    for sha256, alike in groupby(sorted(_unpack(partition[1])), key=itemgetter(0)):
        winner, *others = alike
        if not others:
            continue
        count, identity = 1 + len(others), winner[3]
        verdicts[winner[1]] += VERDICT.pack(winner[2], sha256, identity, False, count)
        for _, shard, index, own in others:
            verdicts[shard] += VERDICT.pack(index, sha256, identity, own == identity, 0)
    for shard, packed in verdicts.items():
        yield shard, bytes(packed)


def _unpack(blobs: Iterable[bytes]) -> Iterator[tuple[bytes, int, int, bytes]]:
    """Yield the fingerprints of all blobs."""
    for blob in blobs:
        yield from FINGERPRINT.iter_unpack(blob)


@dataclass
class FindDuplicates(PTransform[PCollection[Shard], PCollection[Finding]]):
    """Read every document of the shards once; return packed verdicts by shard number.

    For a shard with containers the census of their documents comes along. Where near duplicates
    are looked for, every document is extracted, too, and they have verdicts of their own.
    """

    settings: ReadSettings = ReadSettings()  # noqa: RUF009 (it is frozen)
    near: NearSettings | None = None  # None: near duplicates are not looked for
    ledger: str | None = None  # path; knows the documents of earlier windows. None: there are none

    def expand(self, shards: PCollection[Shard]) -> PCollection[Finding]:
        """Return (shard number, packed verdicts) and (shard number, census)."""
        tags = (CENSUSES, BANDS, SIGNATURES) if self.near else (CENSUSES,)
        read = shards | "Fingerprint" >> FlatMap(
            fingerprint_shard, self.settings, self.near, self.ledger
        ).with_outputs(*tags, main=FINGERPRINTS)
        verdicts = (
            read[FINGERPRINTS]
            | "GroupByHash" >> GroupByKey()
            | "ChooseWinners" >> FlatMap(find_duplicates)
        )
        findings = [verdicts, read[CENSUSES]]
        if self.near:
            found = find_near_duplicates(read[BANDS], read[SIGNATURES], verdicts, self.near)
            findings.append(found)
        everything: PCollection[Finding] = findings | "AddFindings" >> Flatten()
        return everything
