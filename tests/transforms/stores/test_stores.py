"""Google's and Amazon's store, each against a server that speaks its protocol."""

import gzip
import io
import os
import zipfile
from collections.abc import Iterator

import pytest
from store_servers import Bucket, GoogleBucket

from transforms.stores import StoredObject, store_of

LARGE = os.urandom(10 * 2**20 + 7)

NAMES = [
    "a b.txt",
    "a#b.txt",
    "a?b.txt",
    "a%20b.txt",
    "a%b.txt",
    "a+b&c=d.txt",
    "a//b.txt",
    "a/../b.txt",
    "./a.txt",
    "a:b@c.txt",
    "a\\b.txt",
    "[a]*.txt",
    "қазақ/бет ёӘ.txt",
    "e\u0301.txt",
    "😀.txt",
    "ends.with.dot.",
    "x" * 1020 + ".txt",
]


def uris(found: Iterator[StoredObject]) -> list[str]:
    """Return the uris of a listing."""
    return [each.uri for each in found]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_listed_read_written_and_deleted(name: str, bucket: Bucket) -> None:
    bucket.put(name, b"content")
    uri = f"{bucket.uri}/{name}"
    store = store_of(uri)
    assert uris(store.below(bucket.uri)) == [uri]
    assert store.read(uri) == b"content"
    found = store.find(uri)
    assert found == next(store.below(bucket.uri))
    with store.open(uri) as stream:
        assert stream.read() == b"content"
    store.write(uri, b"other content")
    assert bucket.get(name) == b"other content"
    store.delete(uri)
    assert bucket.contents() == {}


@pytest.mark.parametrize("name", ["nowhere", "no/where", ".", ".."])
def test_object_that_is_not_there(name: str, bucket: Bucket) -> None:
    uri = f"{bucket.uri}/{name}"
    store = store_of(uri)
    assert store.find(uri) is None
    for read in (store.read, store.open):
        with pytest.raises(FileNotFoundError):
            read(uri)
    store.delete(uri)


def test_bucket_that_is_not_there(bucket: Bucket) -> None:
    uri = f"{bucket.uri}-nowhere"
    store = store_of(uri)
    with pytest.raises(FileNotFoundError):
        list(store.below(uri))
    with pytest.raises(FileNotFoundError):
        store.write(f"{uri}/a", b"")


@pytest.mark.parametrize("size", [0, 1, 5, 6])
def test_first_bytes(size: int, bucket: Bucket) -> None:
    bucket.put("a", b"12345")
    bucket.put("empty", b"")
    store = store_of(bucket.uri)
    assert store.read(f"{bucket.uri}/a", size) == b"12345"[:size]
    assert store.read(f"{bucket.uri}/empty", size) == b""


def test_large_object_is_read_in_parts(bucket: Bucket) -> None:
    uri = f"{bucket.uri}/large"
    bucket.put("large", LARGE)
    store = store_of(uri)
    assert store.read(uri) == LARGE
    assert store.read(uri, 2**20) == LARGE[: 2**20]
    with store.open(uri) as stream:
        assert b"".join(iter(lambda: stream.read(100_000), b"")) == LARGE
        assert stream.seek(-5, os.SEEK_END) == len(LARGE) - 5
        assert stream.read() == LARGE[-5:]
        stream.seek(3)
        assert stream.read(5) == LARGE[3:8]


def test_zip_archive_is_read_where_it_lies(bucket: Bucket) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a", LARGE[:100])
        archive.writestr("b", LARGE)
    bucket.put("pages.zip", packed.getvalue())
    uri = f"{bucket.uri}/pages.zip"
    with store_of(uri).open(uri) as stream, zipfile.ZipFile(stream) as archive:
        assert archive.read("b") == LARGE
        assert archive.read("a") == LARGE[:100]


def test_object_overwritten_while_it_is_read(bucket: Bucket) -> None:
    """Half of the old one and half of the new one is no document."""
    uri = f"{bucket.uri}/large"
    bucket.put("large", LARGE)
    with store_of(uri).open(uri) as stream:
        stream.read(100)
        bucket.put("large", LARGE[::-1])
        with pytest.raises(OSError, match="changed while it was read"):
            stream.read()


def test_listing_has_all_pages_and_no_folders(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.stores.google.PAGE_OBJECTS", 10)
    monkeypatch.setattr("transforms.stores.s3.PAGE_OBJECTS", 10)
    names = [f"in/{number:04}.txt" for number in range(33)]
    for name in [*names, "in/", "in/sub/", "inside.txt", "other/a.txt"]:
        bucket.put(name, b"")
    store = store_of(bucket.uri)
    listed = uris(store.below(f"{bucket.uri}/in"))
    assert listed == [f"{bucket.uri}/{name}" for name in names]
    assert uris(store.below(f"{bucket.uri}/in/")) == listed
    assert len(uris(store.below(bucket.uri))) == len(names) + 2


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["a.txt"]),
        ("**", ["a.txt", "d/b.txt", "d/e/b.txt.gz", "d/e/c.txt"]),
        ("**/*.txt", ["a.txt", "d/b.txt", "d/e/c.txt"]),
        ("d/*", ["d/b.txt"]),
        ("d/**/[bc].txt", ["d/b.txt", "d/e/c.txt"]),
        ("d/**/[!b].txt", ["d/e/c.txt"]),
        ("?.txt", ["a.txt"]),
        ("d?b.txt", []),
        ("[d/]/b.txt", ["d/b.txt"]),
        ("[z]*", []),
    ],
)
def test_globs_are_those_of_a_disk(pattern: str, expected: list[str], bucket: Bucket) -> None:
    for name in ("a.txt", "d/b.txt", "d/e/c.txt", "d/e/b.txt.gz"):
        bucket.put(name, b"")
    found = uris(store_of(bucket.uri).match(f"{bucket.uri}/{pattern}"))
    assert found == [f"{bucket.uri}/{name}" for name in expected]


def test_change_of_an_object_shows(bucket: Bucket) -> None:
    uri = f"{bucket.uri}/a"
    store = store_of(uri)
    bucket.put("a", b"12345")
    first = store.find(uri)
    assert first == store.find(uri)
    assert first
    assert first.size == 5
    bucket.put("a", b"54321")
    second = store.find(uri)
    assert second
    assert second.changed != first.changed > 0


def test_generation_is_the_mark_of_a_change(google: GoogleBucket) -> None:
    google.put("a", b"")
    blob = google.client.bucket(google.name).get_blob("a")
    found = store_of(google.uri).find(f"{google.uri}/a")
    assert found
    assert found.changed == blob.generation


def test_object_is_read_as_it_is_stored(google: GoogleBucket) -> None:
    """Google's store would unpack it on the way, and its checksum would be that of other bytes."""
    packed = gzip.compress(LARGE)
    for name, content in (("small", gzip.compress(b"content")), ("large", packed)):
        blob = google.client.bucket(google.name).blob(name)
        blob.content_encoding = "gzip"
        blob.upload_from_string(content)
        assert store_of(google.uri).read(f"{google.uri}/{name}") == content
    with store_of(google.uri).open(f"{google.uri}/large") as stream:
        assert stream.read() == packed


def test_only_one_creates(bucket: Bucket) -> None:
    uri = f"{bucket.uri}/a"
    store = store_of(uri)
    assert store.create(uri, b"content") is None
    assert store.create(uri, b"content") is None
    assert store.create(uri, b"other content") == b"content"
    assert bucket.get("a") == b"content"
