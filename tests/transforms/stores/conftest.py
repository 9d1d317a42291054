"""Stores that are reached through a proxy which spoils answers."""

from collections.abc import Iterator

import pytest
from fault_proxy import FaultProxy
from store_servers import Bucket, S3Bucket

from transforms.stores.patience import ATTEMPTS, WAIT


@pytest.fixture
def proxy(
    bucket: Bucket, google_url: str, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultProxy]:
    """Return the proxy through which this process reaches the bucket, without waiting."""
    monkeypatch.setenv(ATTEMPTS, "4")
    monkeypatch.setenv(WAIT, "0")
    is_s3 = isinstance(bucket, S3Bucket)
    faulty = FaultProxy(s3_url if is_s3 else google_url)
    with faulty.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL" if is_s3 else "STORAGE_EMULATOR_HOST", url)
        yield faulty
