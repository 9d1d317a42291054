"""Amazon S3, and the stores that speak its protocol.

Beam's own file system for it makes a client of boto3 for each file that it opens, which takes
0.1 s of CPU; here one serves the whole process.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from typing import Any, BinaryIO, TypeVar

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from transforms.moments import nanoseconds
from transforms.stores.patience import Patience
from transforms.stores.patterns import fixed_part, translate
from transforms.stores.ranges import open_ranges
from transforms.stores.store import StoredObject, StoreUnavailableError, TransientError

T = TypeVar("T")
SCHEME = "s3://"
CONNECTIONS = 64
PAGE_OBJECTS = 1000
"""The most that the store gives at once."""


HINT = (
    "let AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE name credentials, "
    "or run 'aws configure'"
)
TRANSIENT = frozenset({408, 409, 429, 500, 502, 503, 504})
"""409: two conditional writes at the same moment."""

TRANSIENT_CODES = frozenset({"RequestTimeout", "SlowDown", "RequestTimeTooSkewed"})
CREDENTIAL_CODES = frozenset(
    {"ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"}
)
"""https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


class S3Store:
    """The store under `s3://`: see `Store`."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        config = Config(
            connect_timeout=min(10.0, patience.timeout),
            read_timeout=patience.timeout,
            max_pool_connections=CONNECTIONS,
            retries={"total_max_attempts": 1},  # ours are the same for all stores
        )
        self._client: Any = Session().client("s3", config=config)

    def find(self, uri: str) -> StoredObject | None:
        """Return the object of this very name; None where there is none, or it is a folder's."""
        if uri.endswith("/") or not _split(uri)["Key"]:
            return None
        try:
            return _listed(uri, self._describe(uri), "ContentLength")
        except FileNotFoundError:
            return None

    def match(self, pattern: str) -> Iterator[StoredObject]:
        """Yield the objects that a glob matches; `**` crosses slashes."""
        matches = translate(pattern).fullmatch
        for found in self._list(fixed_part(pattern)):
            if matches(found.uri):
                yield found

    def below(self, folder: str) -> Iterator[StoredObject]:
        """Yield the objects whose uris begin with this and a slash."""
        return self._list(folder.rstrip("/") + "/")

    def read(self, uri: str, limit: int | None = None) -> bytes:
        """Return the first `limit` bytes, or all; boto3 compares length and checksum."""

        def once() -> bytes:
            answer = self._client.get_object(**_split(uri))
            with closing(answer["Body"]) as body:
                is_longer = limit is not None and answer["ContentLength"] > limit
                content: bytes = body.read(limit) if is_longer else body.read()
            return content

        return self._ask(f"read {uri}", once)

    def open(self, uri: str) -> BinaryIO:
        """Return a stream over an object as it is now."""
        described = self._describe(uri)
        same = {**_split(uri), "IfMatch": described["ETag"]}

        def read(size: int, **part: str) -> bytes:
            def once() -> bytes:
                with closing(self._client.get_object(**same, **part)["Body"]) as body:
                    content: bytes = body.read()
                if len(content) != size:
                    raise TransientError(f"{len(content)} bytes came of {size}")
                return content

            return self._ask(f"read {uri}", once)

        return open_ranges(
            described["ContentLength"],
            lambda: read(described["ContentLength"]),
            lambda start, size: read(size, Range=f"bytes={start}-{start + size - 1}"),
        )

    def write(self, uri: str, content: bytes) -> None:
        """Write an object, whole or not at all."""
        self._put(uri, content)

    def create(self, uri: str, content: bytes) -> bytes | None:
        """Write an object unless there is one; return what another holds, None where it is ours.

        The store decides. An answer that was lost makes our own object one that is there.
        """
        while True:
            try:
                self._put(uri, content, IfNoneMatch="*")
            except FileExistsError:
                with suppress(FileNotFoundError):  # removed since: it is ours to create again
                    held = self.read(uri)
                    return None if held == content else held
            else:
                return None

    def delete(self, uri: str) -> None:
        """Remove an object if it is there."""
        self._ask(f"delete {uri}", lambda: self._client.delete_object(**_split(uri)))

    def _describe(self, uri: str) -> dict[str, Any]:
        """Return what the store tells of an object."""
        return self._ask(f"look up {uri}", lambda: self._client.head_object(**_split(uri)))

    def _put(self, uri: str, content: bytes, **condition: str) -> None:
        """Write an object in one request, with a checksum that the store compares."""
        self._ask(
            f"write {uri}",
            lambda: self._client.put_object(**_split(uri), Body=content, **condition),
        )

    def _list(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects whose uris begin so, page by page; none that stand for a folder."""
        place = _split(prefix)
        query: dict[str, Any] = {
            "Bucket": place["Bucket"],
            "Prefix": place["Key"],
            "MaxKeys": PAGE_OBJECTS,
        }
        while True:
            page = self._ask(f"list {prefix}", lambda: self._client.list_objects_v2(**query))
            for described in page.get("Contents", ()):
                uri = f"{SCHEME}{place['Bucket']}/{described['Key']}"
                if not uri.endswith("/"):
                    yield _listed(uri, described, "Size")
            if not page.get("NextContinuationToken"):
                return
            query["ContinuationToken"] = page["NextContinuationToken"]

    def _ask(self, what: str, ask: Callable[[], T]) -> T:
        """Return what the client answers, asked until it does; raise as `Store` has it."""

        def once() -> T:
            try:
                return ask()
            except ClientError as error:
                raise _refusal(error) from error
            except NoCredentialsError as error:
                raise StoreUnavailableError(
                    f"cannot use s3://: no credentials were found; {HINT}"
                ) from error
            except BotoCoreError as error:
                raise TransientError(str(error)) from error

        return self._patience.call(what, once)


def _refusal(error: ClientError) -> Exception:
    """Return the error of ours that an answer other than success stands for."""
    code = str(error.response["Error"]["Code"])
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    told = f"{status} {error.response['Error'].get('Message') or code}"
    if code in CREDENTIAL_CODES or status == 401:
        return StoreUnavailableError(f"s3:// takes no such credentials: {told}; {HINT}")
    if status in TRANSIENT or code in TRANSIENT_CODES:
        return TransientError(told)
    match status:
        case 404:
            return FileNotFoundError(told)
        case 403:
            return PermissionError(told)
        case 412 if error.operation_name == "PutObject":
            return FileExistsError(told)
        case 412:
            return OSError(f"it changed while it was read: {told}")
    return OSError(told)


def _split(uri: str) -> dict[str, str]:
    """Return bucket and name of an object, as the client takes them."""
    bucket, _, name = uri.removeprefix(SCHEME).partition("/")
    return {"Bucket": bucket, "Key": name}


def _listed(uri: str, described: Mapping[str, Any], size: str) -> StoredObject:
    """Return an object as the store describes it; its entity tag is the mark of a change."""
    tag = hashlib.sha256(described["ETag"].encode()).digest()
    changed, written = int.from_bytes(tag[:7], "big"), nanoseconds(described["LastModified"])
    return StoredObject(uri, int(described[size]), changed, written)
