"""Object stores: Google's and Amazon's with clients of ours, all others through Beam.

One store a scheme serves the whole process, set up when it is first asked for.
"""

import os
import threading
from functools import lru_cache

from transforms.stores.beam import BeamStore
from transforms.stores.patience import Patience
from transforms.stores.store import Store, StoredObject, StoreUnavailableError

__all__ = ["Store", "StoreUnavailableError", "StoredObject", "store_of"]

EMULATOR = "STORAGE_EMULATOR_HOST"
"""The variable with which all clients of Google's are sent to an emulator, without credentials."""

_setting_up = threading.Lock()


def store_of(uri: str) -> Store:
    """Return the store that a uri is in; raise StoreUnavailableError where it cannot be used."""
    patience = Patience.from_environment()
    with _setting_up:
        if uri.startswith("gs://"):
            return _google_store(os.environ.get(EMULATOR), patience)
        if uri.startswith("s3://"):
            return _s3_store(os.environ.get("AWS_ENDPOINT_URL"), patience)
    return BeamStore(patience)


@lru_cache(maxsize=4)
def _google_store(emulator: str | None, patience: Patience) -> Store:
    """Return the store of an address; None: Google's own."""
    # Credentials and connections take a moment to load, for those alone who read or write there.
    from transforms.stores.google import GoogleStore  # noqa: PLC0415
    from transforms.stores.google_requests import GoogleRequests  # noqa: PLC0415

    return GoogleStore(GoogleRequests(emulator, patience))


@lru_cache(maxsize=4)
def _s3_store(_endpoint: str | None, patience: Patience) -> Store:
    """Return the store of an address, which boto3 takes from the environment itself."""
    try:
        from transforms.stores.s3 import S3Store  # noqa: PLC0415 (an extra)
    except ImportError as error:
        message = "s3:// needs boto3: pip install 'suzgi[s3]'"
        raise StoreUnavailableError(message) from error
    return S3Store(patience)
