"""What all tests share."""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from fault_proxy import FaultProxy
    from store_servers import Bucket, GoogleBucket, S3Bucket

# No test may depend on the clock: a busy machine is no failure.
settings.register_profile("suzgi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suzgi")

BUCKETS = itertools.count()

# The stores' own clients take seconds to load: only for tests that need them.


@pytest.fixture(scope="session")
def google_url() -> Iterator[str]:
    """Return the address of a server that is as Google's store."""
    from store_servers import google_server  # noqa: PLC0415

    with google_server() as url:
        yield url


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Return the address of a server that is as Amazon's store."""
    from store_servers import s3_server  # noqa: PLC0415

    with s3_server() as url:
        yield url


@pytest.fixture
def google(google_url: str, monkeypatch: pytest.MonkeyPatch) -> "GoogleBucket":
    """Return a new bucket; clients in this process find its server."""
    from store_servers import google_bucket  # noqa: PLC0415

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", google_url)
    return google_bucket(google_url, f"bucket-{next(BUCKETS)}")


@pytest.fixture
def s3(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> "S3Bucket":
    """Return a new bucket; clients in this process find its server."""
    from store_servers import s3_bucket  # noqa: PLC0415

    for name, value in {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return s3_bucket(s3_url, f"bucket-{next(BUCKETS)}")


@pytest.fixture(params=["google", "s3"])
def bucket(request: pytest.FixtureRequest) -> "Bucket":
    """Return a new bucket of each kind of store."""
    found: Bucket = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def proxy(
    bucket: "Bucket", google_url: str, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[FaultProxy]":
    """Return the proxy through which this process reaches the bucket; it never waits long."""
    from fault_proxy import FaultProxy  # noqa: PLC0415

    monkeypatch.setenv("SUZGI_STORE_ATTEMPTS", "4")
    monkeypatch.setenv("SUZGI_STORE_WAIT", "0")
    is_s3 = bucket.uri.startswith("s3://")
    faulty = FaultProxy(s3_url if is_s3 else google_url)
    with faulty.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL" if is_s3 else "STORAGE_EMULATOR_HOST", url)
        yield faulty
