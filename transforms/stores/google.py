"""Google Cloud Storage: objects, their generations and their checksums."""

import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO
from urllib.parse import quote

from google_crc32c import extend, value

from transforms.moments import parse_time
from transforms.stores.google_requests import (
    AS_STORED,
    Call,
    GoogleRequests,
    encode_crc32c,
)
from transforms.stores.patterns import fixed_part, translate
from transforms.stores.ranges import open_ranges
from transforms.stores.store import StoredObject, StoreUnavailableError

SCHEME = "gs://"
OBJECT_FIELDS = "name,size,generation,timeCreated"
PAGE_OBJECTS = 1000
"""The most that the store gives at once."""


class GoogleStore:
    """The store under `gs://`: see `Store`."""

    def __init__(self, requests: GoogleRequests) -> None:
        self._requests = requests

    def find(self, uri: str) -> StoredObject | None:
        """Return the object of this very name; None where there is none, or it is a folder's."""
        if uri.endswith("/") or not _split(uri)[1]:
            return None
        try:
            return _listed(uri, self._describe(uri, OBJECT_FIELDS))
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
        """Return the first `limit` bytes, or all; those of a whole object have its checksum."""
        return self._requests.ask_first(
            Call(f"read {uri}", "GET", _object_path(uri), {"alt": "media"}, AS_STORED), limit
        )

    def open(self, uri: str) -> BinaryIO:
        """Return a stream over the present generation of an object."""
        described = self._describe(uri, f"{OBJECT_FIELDS},crc32c")
        query = {"alt": "media", "generation": str(described["generation"])}
        whole = Call(f"read {uri}", "GET", _object_path(uri), query, AS_STORED)

        def read_range(start: int, size: int) -> bytes:
            headers = {**AS_STORED, "Range": f"bytes={start}-{start + size - 1}"}
            try:
                return self._requests.ask(replace(whole, headers=headers), size)
            except FileNotFoundError as error:
                raise OSError(f"it changed while it was read: {error}") from error

        return open_ranges(
            int(described["size"]),
            lambda: self._requests.ask_first(whole, None),
            read_range,
            _Checksum(uri, described.get("crc32c")),
        )

    def write(self, uri: str, content: bytes) -> None:
        """Write an object, whole or not at all."""
        self._upload(uri, content, {})

    def create(self, uri: str, content: bytes) -> bytes | None:
        """Write an object unless there is one; return what another holds, None where it is ours.

        The store decides. An answer that was lost makes our own object one that is there.
        """
        while True:
            try:
                self._upload(uri, content, {"ifGenerationMatch": "0"})
            except FileExistsError:
                with suppress(FileNotFoundError):  # removed since: it is ours to create again
                    held = self.read(uri)
                    return None if held == content else held
            else:
                return None

    def delete(self, uri: str) -> None:
        """Remove an object if it is there."""
        try:
            self._requests.ask(Call(f"delete {uri}", "DELETE", _object_path(uri)))
        except FileNotFoundError:
            return

    def _describe(self, uri: str, fields: str) -> dict[str, Any]:
        """Return what the store tells of an object."""
        path = _object_path(uri)
        return self._requests.ask_json(Call(f"look up {uri}", "GET", path, {"fields": fields}))

    def _list(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects whose uris begin so, page by page; none that stand for a folder."""
        bucket, names = _split(prefix)
        query = {
            "prefix": names,
            "maxResults": str(PAGE_OBJECTS),
            "fields": f"items({OBJECT_FIELDS}),nextPageToken",
        }
        path = f"/storage/v1/b/{quote(bucket, safe='')}/o"
        while True:
            page = self._requests.ask_json(Call(f"list {prefix}", "GET", path, query))
            for described in page.get("items", ()):
                uri = f"{SCHEME}{bucket}/{described['name']}"
                if not uri.endswith("/"):
                    yield _listed(uri, described)
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]

    def _upload(self, uri: str, content: bytes, condition: dict[str, str]) -> None:
        """Write an object in one request, with a checksum that the store compares."""
        bucket, name = _split(uri)
        described = {"name": name, "crc32c": encode_crc32c(value(content))}
        boundary = secrets.token_hex(16).encode()  # in no content, as good as certainly
        body = b"".join((
            b"--%b\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" % boundary,
            json.dumps(described).encode(),
            b"\r\n--%b\r\nContent-Type: %b\r\n\r\n" % (boundary, _content_type(name)),
            content,
            b"\r\n--%b--\r\n" % boundary,
        ))  # fmt: skip
        headers = {"Content-Type": f"multipart/related; boundary={boundary.decode()}"}
        query = {"uploadType": "multipart", "fields": OBJECT_FIELDS, **condition}
        path = f"/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        self._requests.ask(Call(f"write {uri}", "POST", path, query, headers, body))


class _Checksum:
    """The CRC32C of bytes that come one after another."""

    def __init__(self, uri: str, told: str | None) -> None:
        self._uri = uri
        self._told = told
        self._sum = 0

    def __call__(self, content: bytes | None) -> None:
        """Add bytes; None: raise StoreUnavailableError unless they were those that are stored."""
        if content is not None:
            self._sum = extend(self._sum, content)
        elif self._told not in (None, encode_crc32c(self._sum)):
            raise StoreUnavailableError(
                f"cannot read {self._uri}: the bytes that came are not those stored (CRC32C)"
            )


def _split(uri: str) -> tuple[str, str]:
    """Return bucket and name of an object; the name is no path and not quoted."""
    bucket, _, name = uri.removeprefix(SCHEME).partition("/")
    return bucket, name


def _object_path(uri: str) -> str:
    """Return the path of an object in the API."""
    bucket, name = _split(uri)
    # Bytes of a list that are no UTF-8 are asked for as they are: no object has them.
    quoted = quote(name, safe="", errors="surrogateescape")
    if name in (".", ".."):  # or the path would be that of the bucket
        quoted = quoted.replace(".", "%2E")
    return f"/storage/v1/b/{quote(bucket, safe='')}/o/{quoted}"


def _listed(uri: str, described: dict[str, Any]) -> StoredObject:
    """Return an object as the store describes it."""
    size, generation = int(described["size"]), int(described["generation"])
    return StoredObject(uri, size, generation, parse_time(described["timeCreated"]))


def _content_type(name: str) -> bytes:
    """Return the type that browsers and consoles are told."""
    return b"application/json" if name.endswith(".json") else b"application/octet-stream"
