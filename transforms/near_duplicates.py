"""Find texts that are nearly equal: sketches move between workers, documents never.

1. Texts meet that share a band; the copies of one content count as one text.
2. Back in their shards they get their signatures; copies that an article stands for drop out.
3. In one place each is compared with those before it that stand for others, and joins one.
4. Where near duplicates are dropped, the copies of a dropped text go to the same article as it.
"""

import struct
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
from apache_beam.pvalue import PCollection
from apache_beam.transforms.core import FlatMap, Flatten, GroupByKey
from apache_beam.transforms.util import CoGroupByKey
from numpy.typing import NDArray

from transforms.clusters import Candidates, choose_leaders
from transforms.document_ids import ID_BYTES
from transforms.sketches import BAND, SIGNATURE, NearSettings
from transforms.verdicts import NEAR_VERDICT, VERDICT, NearVerdicts

CANDIDATES = "candidates"
SIGNATURES = "signatures"
VERDICTS = "verdicts"
FOLLOWERS = "followers"
COPIES = "copies"

ID_PARTITIONS = 32

COPY = struct.Struct(f">II32s{ID_BYTES}s")
"""Shard, index in it, SHA-256 of the content, id of the article that stands for it."""

MEMBER = np.dtype([("index", "<u4"), ("key", "<u8")])
"""Index in the shard of a text, and the key of a band that it shares with another."""

Records = NDArray[np.void]
NearFinding = tuple[int, NearVerdicts]
ShardCandidates = tuple[int, bytes, bytes]
"""A shard, and what is packed of its candidates: their shared bands, their signatures."""


def find_candidates(
    partition: tuple[int, Iterable[tuple[int, bytes]]],
) -> Iterator[tuple[int, bytes]]:
    """Yield per shard the texts that share a band with one of another content, and these bands."""
    blobs = list(partition[1])
    bands = _join((packed for _, packed in blobs), BAND)
    shards = np.repeat(
        np.array([shard for shard, _ in blobs], dtype=np.uint32),
        [len(packed) // BAND.itemsize for _, packed in blobs],
    )
    order = np.lexsort((bands["index"], shards, bands["content"], bands["key"]))
    bands, shards = bands[order], shards[order]
    is_copy = _same_as_before(bands["key"]) & _same_as_before(bands["content"])
    bands, shards = bands[~is_copy], shards[~is_copy]
    is_like_before = _same_as_before(bands["key"])
    is_shared = is_like_before | np.append(is_like_before[1:], False)
    members = np.empty(int(is_shared.sum()), dtype=MEMBER)
    members["index"], members["key"] = bands["index"][is_shared], bands["key"][is_shared]
    order = np.argsort(shards[is_shared], kind="stable")
    found, starts = np.unique(shards[is_shared][order], return_index=True)
    for shard, mine in zip(found, np.split(members[order], starts[1:]), strict=False):
        yield int(shard), mine.tobytes()


def pick_candidates(
    grouped: tuple[int, Mapping[str, Iterable[bytes]]],
) -> Iterator[tuple[int, ShardCandidates]]:
    """Yield the candidates of a shard, with their signatures, under the one key of all."""
    shard, found = grouped
    members = _join(found[CANDIDATES], MEMBER)
    verdicts = chain.from_iterable(map(VERDICT.iter_unpack, found[VERDICTS]))
    copies = [index for index, *_, count in verdicts if not count]
    members = members[~np.isin(members["index"], copies)]
    if not members.size:
        return
    blocks = (np.frombuffer(blob, SIGNATURE) for blob in found[SIGNATURES])
    picked = [block[np.isin(block["index"], members["index"])].tobytes() for block in blocks]
    yield 0, (shard, members.tobytes(), b"".join(picked))


def choose_articles(
    grouped: tuple[int, Iterable[ShardCandidates]], threshold: float
) -> Iterator[tuple[int, NearVerdicts]]:
    """Yield per shard the verdicts on texts that nearly equal others, or that others nearly equal.

    The one step that sees all candidates: it takes about 1 KB of memory for each.
    """
    shards = sorted(grouped[1])
    texts = [_join((signatures,), SIGNATURE) for _, _, signatures in shards]
    texts = [block[np.argsort(block["index"])] for block in texts]
    leaders, likenesses = choose_leaders(_candidates(shards, texts), threshold)
    is_led = np.array(leaders) != np.arange(len(leaders))
    is_told = is_led.copy()
    is_told[np.array(leaders)[is_led]] = True
    owners = np.repeat([shard for shard, _, _ in shards], [len(block) for block in texts])
    signatures = np.concatenate(texts)
    verdicts: defaultdict[int, bytearray] = defaultdict(bytearray)
    for text in np.flatnonzero(is_told):
        own, leader = signatures[text], signatures[leaders[text]]
        verdicts[int(owners[text])] += NEAR_VERDICT.pack(
            own["index"],
            own["sha256"].tobytes(),
            own["id"].tobytes(),
            leader["id"].tobytes(),
            likenesses[text],
        )
    for shard, packed in verdicts.items():
        yield shard, NearVerdicts(bytes(packed))


def _candidates(shards: Sequence[ShardCandidates], texts: Sequence[Records]) -> Candidates:
    """Return the texts of all shards, numbered in order, with their shared bands."""
    offsets = np.cumsum([0, *(len(block) for block in texts)])
    members = [_join((packed,), MEMBER) for _, packed, _ in shards]
    numbers = np.concatenate(
        [
            offset + np.searchsorted(block["index"], mine["index"])
            for offset, block, mine in zip(offsets, texts, members, strict=False)
        ]
    )
    keys, bands = np.unique(np.concatenate([mine["key"] for mine in members]), return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    return Candidates(
        signatures=np.concatenate([block["hashes"] for block in texts]),
        starts=np.searchsorted(numbers[order], np.arange(offsets[-1] + 1)).tolist(),
        bands=array("i", bands[order].astype(np.int32).tobytes()),
        band_count=len(keys),
    )


def pack_followers(verdicts: tuple[int, NearVerdicts]) -> Iterator[tuple[int, bytes]]:
    """Yield per partition of ids the verdicts on articles that nearly equal another."""
    partitions: defaultdict[int, bytearray] = defaultdict(bytearray)
    for record in NEAR_VERDICT.iter_unpack(verdicts[1].packed):
        _, _, identity, leader, _ = record
        if leader != identity:
            partitions[identity[0] % ID_PARTITIONS] += NEAR_VERDICT.pack(*record)
    for partition, packed in partitions.items():
        yield partition, bytes(packed)


def pack_copies(verdicts: tuple[int, bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield per partition of ids the copies of one content, by the article that stands for them."""
    shard, blob = verdicts
    partitions: defaultdict[int, bytearray] = defaultdict(bytearray)
    for index, sha256, identity, _, count in VERDICT.iter_unpack(blob):
        if not count:
            partitions[identity[0] % ID_PARTITIONS] += COPY.pack(shard, index, sha256, identity)
    for partition, packed in partitions.items():
        yield partition, bytes(packed)


def follow_articles(
    grouped: tuple[int, Mapping[str, Iterable[bytes]]],
) -> Iterator[tuple[int, NearVerdicts]]:
    """Yield per shard the verdicts on copies of an article that nearly equals another."""
    followers = chain.from_iterable(map(NEAR_VERDICT.iter_unpack, grouped[1][FOLLOWERS]))
    near = {identity: (leader, similarity) for _, _, identity, leader, similarity in followers}
    verdicts: defaultdict[int, bytearray] = defaultdict(bytearray)
    for shard, index, sha256, identity in chain.from_iterable(
        map(COPY.iter_unpack, grouped[1][COPIES])
    ):
        if identity in near:
            verdicts[shard] += NEAR_VERDICT.pack(index, sha256, identity, *near[identity])
    for shard, packed in verdicts.items():
        yield shard, NearVerdicts(bytes(packed))


def _join(blobs: Iterable[bytes], form: np.dtype[np.void]) -> Records:
    """Return the records of all blobs."""
    return np.frombuffer(b"".join(blobs), dtype=form)


def _same_as_before(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return for each value whether it equals the one before it."""
    return np.concatenate(([False], values[1:] == values[:-1]))


def find_near_duplicates(
    bands: PCollection[tuple[int, tuple[int, bytes]]],
    signatures: PCollection[tuple[int, bytes]],
    verdicts: PCollection[tuple[int, bytes]],
    settings: NearSettings,
) -> PCollection[NearFinding]:
    """Add the steps that find near duplicates; return packed verdicts by shard number.

    Bands come by partition, signatures by shard, and by shard the verdicts on copies.
    """
    candidates = (
        bands | "GroupByBand" >> GroupByKey() | "FindCandidates" >> FlatMap(find_candidates)
    )
    by_shard = {CANDIDATES: candidates, SIGNATURES: signatures, VERDICTS: verdicts}
    near: PCollection[NearFinding] = (
        by_shard
        | "JoinSignatures" >> CoGroupByKey()
        | "PickCandidates" >> FlatMap(pick_candidates)
        | "GatherCandidates" >> GroupByKey()
        | "ChooseArticles" >> FlatMap(choose_articles, settings.threshold)
    )
    if not settings.drops:
        return near
    by_article = {
        FOLLOWERS: near | "KeyFollowers" >> FlatMap(pack_followers),
        COPIES: verdicts | "KeyCopies" >> FlatMap(pack_copies),
    }
    following = (
        by_article | "JoinCopies" >> CoGroupByKey() | "FollowArticles" >> FlatMap(follow_articles)
    )
    all_near: PCollection[NearFinding] = (near, following) | "AddFollowing" >> Flatten()
    return all_near
