"""Duplicates: found by content alone, with the first document as the winner."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from apache_beam.pipeline import Pipeline
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.core import Create, FlatMap
from hypothesis import given
from hypothesis import strategies as st

from transforms.document_ids import ID_BYTES
from transforms.fingerprints import (
    FINGERPRINT,
    FindDuplicates,
    Finding,
    find_duplicates,
    fingerprint_shard,
)
from transforms.shards import Shard
from transforms.text.extract import article_id
from transforms.verdicts import Verdict, unpack_verdicts


def unpack_row(row: Finding) -> Iterator[tuple[int, int, str]]:
    """Yield shard, index and the id of the standing article."""
    assert isinstance(row[1], bytes)
    for index, verdict in unpack_verdicts([row[1]]).items():
        yield row[0], index, verdict.article_id


def identity_of(content: int, shard: int, index: int) -> bytes:
    return hashlib.sha256(f"{content} {shard} {index}".encode()).digest()[:ID_BYTES]


@given(st.lists(st.lists(st.integers(0, 12), max_size=12), max_size=6), st.randoms())
def test_verdicts_are_those_of_a_search_through_everything(
    shards: list[list[int]], random: object
) -> None:
    """`shards` holds the content of each document of each shard, as a number."""
    places = [(s, i, content) for s, shard in enumerate(shards) for i, content in enumerate(shard)]
    blobs = [
        FINGERPRINT.pack(bytes([content]) * 32, s, i, identity_of(content, s, i))
        for s, i, content in places
    ]
    random.shuffle(blobs)  # type: ignore[attr-defined]  # st.randoms() has no public type
    wanted = {}
    for s, i, content in places:
        alike = [place for place in places if place[2] == content]
        if len(alike) > 1:
            identity = identity_of(content, *alike[0][:2])
            count = len(alike) if alike[0][:2] == (s, i) else 1
            wanted[s, i] = Verdict(bytes([content]) * 32, identity.hex(), uri_count=count)
    found = {
        (shard, index): verdict
        for shard, packed in find_duplicates((0, blobs))
        for index, verdict in unpack_verdicts([packed]).items()
    }
    assert found == wanted


def fingerprints(shard: Shard) -> list[tuple[int, bytes]]:
    return [found for found in fingerprint_shard(shard) if isinstance(found, tuple)]


def test_fingerprints_hold_the_id_that_the_article_will_have(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"content")
    uri = (tmp_path / "a.txt").as_uri()
    ((_, packed),) = fingerprints(Shard.pack(7, [uri]))
    sha256 = hashlib.sha256(b"content")
    identity = bytes.fromhex(article_id(uri, sha256.hexdigest()))
    assert FINGERPRINT.unpack(packed) == (sha256.digest(), 7, 0, identity)


def test_documents_that_cannot_be_read_have_no_fingerprint(tmp_path: Path) -> None:
    assert list(fingerprint_shard(Shard.pack(0, [f"{tmp_path.as_uri()}/gone.txt"]))) == []


def test_find_duplicates_across_shards(tmp_path: Path) -> None:
    for name, content in (("a", "one"), ("b", "two"), ("c", "one"), ("d", "one"), ("e", "three")):
        (tmp_path / f"{name}.txt").write_text(content)
    uris = [(tmp_path / f"{name}.txt").as_uri() for name in "abcde"]
    shards = [Shard.pack(0, uris[:2]), Shard.pack(1, uris[2:])]
    winner = article_id(uris[0], hashlib.sha256(b"one").hexdigest())
    with Pipeline(runner="FnApiRunner") as pipeline:
        verdicts = pipeline | Create(shards) | FindDuplicates() | FlatMap(unpack_row)
        assert_that(verdicts, equal_to([(0, 0, winner), (1, 0, winner), (1, 1, winner)]))
