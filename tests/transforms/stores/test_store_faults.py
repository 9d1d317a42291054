"""What networks and stores do wrong is mended by asking again, or told; it is no answer."""

import os

import pytest
from fault_proxy import FaultProxy, Kind
from store_servers import Bucket, GoogleBucket

from transforms.stores import StoreUnavailableError, ranges, store_of
from transforms.stores.patience import TIMEOUT

PASSING: list[Kind | int] = [408, 429, 500, 502, 503, 504, "reset", "lose", "truncate"]
LARGE = os.urandom(90_000)
PART_BYTES = 40_000


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "RANGE_BYTES", PART_BYTES)


@pytest.mark.parametrize("kind", PASSING)
def test_reading_goes_on_after_a_fault(kind: Kind | int, bucket: Bucket, proxy: FaultProxy) -> None:
    bucket.put("a", b"content")
    fault = proxy.fail(kind, times=3)
    assert store_of(bucket.uri).read(f"{bucket.uri}/a") == b"content"
    assert (fault.done, len(proxy.requests)) == (3, 4)


@pytest.mark.parametrize("kind", [*PASSING, "shorten"])
def test_parts_of_a_large_object_come_after_a_fault(
    kind: Kind | int, bucket: Bucket, proxy: FaultProxy
) -> None:
    bucket.put("large", LARGE)
    fault = proxy.fail(kind, times=3, spare=1)
    with store_of(bucket.uri).open(f"{bucket.uri}/large") as stream:
        assert stream.read() == LARGE
    assert fault.done == 3


@pytest.mark.parametrize("kind", PASSING)
def test_listing_goes_on_after_a_fault(kind: Kind | int, bucket: Bucket, proxy: FaultProxy) -> None:
    bucket.put("a", b"content")
    proxy.fail(kind, times=3)
    assert [found.uri for found in store_of(bucket.uri).below(bucket.uri)] == [f"{bucket.uri}/a"]


@pytest.mark.parametrize("kind", [each for each in PASSING if each != "truncate"])
def test_writing_goes_on_after_a_fault(kind: Kind | int, bucket: Bucket, proxy: FaultProxy) -> None:
    """Where the answer was lost, the object that is there already is our own."""
    method = "POST" if isinstance(bucket, GoogleBucket) else "PUT"
    store = store_of(bucket.uri)
    for write in (store.write, store.create):
        fault = proxy.fail(kind, method=method, times=3)
        assert write(f"{bucket.uri}/{write.__name__}", b"content") is None
        assert fault.done == 3
        assert bucket.get(write.__name__) == b"content"


@pytest.mark.parametrize("kind", [503, "reset"])
def test_deleting_goes_on_after_a_fault(
    kind: Kind | int, bucket: Bucket, proxy: FaultProxy
) -> None:
    bucket.put("a", b"content")
    proxy.fail(kind, method="DELETE", times=3)
    store_of(bucket.uri).delete(f"{bucket.uri}/a")
    assert bucket.contents() == {}


@pytest.mark.parametrize("kind", ["shorten", "flip"])
def test_other_bytes_are_noticed(kind: Kind, bucket: Bucket, proxy: FaultProxy) -> None:
    """They come with a fitting length: only the checksum tells."""
    uri = f"{bucket.uri}/a"
    bucket.put("a", b"content")
    proxy.fail(kind, times=3)
    store = store_of(uri)
    assert store.read(uri) == b"content"
    proxy.fail(kind, times=4)
    with pytest.raises(StoreUnavailableError, match=rf"cannot read {uri}: .*\(4 attempts\)"):
        store.read(uri)


@pytest.mark.parametrize("bucket", ["google"], indirect=True)  # others have none for parts
def test_other_bytes_in_a_part_are_noticed(bucket: Bucket, proxy: FaultProxy) -> None:
    bucket.put("large", LARGE)
    proxy.fail("flip", spare=2)
    stream = store_of(bucket.uri).open(f"{bucket.uri}/large")
    with stream, pytest.raises(StoreUnavailableError):
        stream.read()


@pytest.mark.parametrize("kind", [503, "reset", "truncate", "stall"])
def test_store_that_does_not_answer_is_told(
    kind: Kind | int, bucket: Bucket, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TIMEOUT, "0.2")
    uri = f"{bucket.uri}/a"
    bucket.put("a", b"content")
    proxy.fail(kind, times=4)
    with pytest.raises(StoreUnavailableError, match=rf"cannot read {uri}: .*\(4 attempts\)"):
        store_of(uri).read(uri)
    assert len(proxy.requests) == 4


def test_refusal_is_not_asked_again(bucket: Bucket, proxy: FaultProxy) -> None:
    uri = f"{bucket.uri}/a"
    store = store_of(uri)
    bucket.put("a", b"content")
    proxy.fail(403)
    with pytest.raises(PermissionError, match="403 "):
        store.read(uri)
    proxy.fail(401)
    with pytest.raises(StoreUnavailableError, match="takes no such credentials: 401 "):
        store.read(uri)
    proxy.fail(400)
    with pytest.raises(OSError, match="400 "):
        store.read(uri)
    assert len(proxy.requests) == 3


def test_lost_answer_does_not_hide_another_writer(bucket: Bucket, proxy: FaultProxy) -> None:
    bucket.put("a", b"content of another")
    for method in ("POST", "PUT"):
        proxy.fail("lose", method=method)
    assert store_of(bucket.uri).create(f"{bucket.uri}/a", b"content") == b"content of another"
