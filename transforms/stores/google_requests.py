"""Requests to Google Cloud Storage's JSON API: who asks, what came back, and whether to ask again.

The API is documented at https://cloud.google.com/storage/docs/json_api. Google's own client takes
three times the CPU for a small object, which is most of what is read here.
"""

import base64
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import google.auth
import urllib3
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError
from google.auth.transport.urllib3 import Request
from google_crc32c import value as crc32c
from urllib3.exceptions import HTTPError

from transforms.stores.patience import Patience
from transforms.stores.store import StoreUnavailableError, TransientError

ENDPOINT = "https://storage.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"

CONNECTIONS = 64
"""More than threads that read ahead: none waits for a connection, none is thrown away."""

CONNECT_SECONDS = 10.0
METADATA_SECONDS = 1.0
"""Google's metadata server is asked three times; elsewhere it is nowhere, and 3 s each is long."""

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
"""https://cloud.google.com/storage/docs/retry-strategy"""

AS_STORED = {"Accept-Encoding": "gzip"}
"""Without it the store decompresses what was stored as `Content-Encoding: gzip`."""

MAX_TOLD = 300

HINT = (
    "run 'gcloud auth application-default login', or let GOOGLE_APPLICATION_CREDENTIALS name "
    "the key file of a service account"
)


def find_credentials(scope: str = SCOPE, place: str = "gs://") -> Any:
    """Return Google's default credentials; raise StoreUnavailableError where there are none.

    `place` names what they are for in its message.
    """
    request = Request(urllib3.PoolManager())

    def ask(url: str, timeout: float | None = None, **more: Any) -> Any:
        return request(url, timeout=min(timeout or METADATA_SECONDS, METADATA_SECONDS), **more)

    try:
        credentials, _ = google.auth.default([scope], ask)  # type: ignore[arg-type]  # any callable
    except GoogleAuthError as error:
        reason = "no credentials were found" if _are_missing(error) else _first_line(str(error))
        raise StoreUnavailableError(f"cannot use {place}: {reason}; {HINT}") from error
    return credentials


def _are_missing(error: GoogleAuthError) -> bool:
    """Tell whether there is nothing at all, and not something that is of no use."""
    is_named = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    return isinstance(error, DefaultCredentialsError) and not is_named


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the API; `what` names it in a message."""

    what: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


class GoogleRequests:
    """A pool of connections and the credentials for all of them; any thread may use it."""

    def __init__(self, emulator: str | None, patience: Patience) -> None:
        """Take the address of an emulator; None: Google's own store, with credentials."""
        endpoint = emulator or ENDPOINT
        self._endpoint = endpoint if "://" in endpoint else f"http://{endpoint}"
        self._credentials: Any = None if emulator else find_credentials()
        self._renewing = threading.Lock()
        self._patience = patience
        self._pool = _pool(self._endpoint, patience.timeout)

    def ask(self, call: Call, size: int | None = None) -> bytes:
        """Return the body of the answer, of a size in bytes; asked for until there is one.

        Raises FileNotFoundError, PermissionError, OSError as the store answers, FileExistsError
        where a condition of the call does not hold, and StoreUnavailableError.
        """

        def once() -> bytes:
            with self._send(call) as response:
                body = _whole_body(response)
            if size not in (None, len(body)):
                raise TransientError(f"{len(body)} bytes came of {size}")
            return body

        return self._patience.call(call.what, once)

    def ask_json(self, call: Call) -> dict[str, Any]:
        """Return the object that the answer holds; raise as `ask` does."""

        def once() -> dict[str, Any]:
            with self._send(call) as response:
                body = _whole_body(response)
            try:
                answer: dict[str, Any] = json.loads(body)
            except ValueError as error:
                raise TransientError("the answer is no JSON") from error
            return answer

        return self._patience.call(call.what, once)

    def ask_first(self, call: Call, limit: int | None) -> bytes:
        """Return the first bytes of an object, None: all of them; raise as `ask` does.

        One that is no longer than the limit is compared with the checksum that comes along.
        """

        def once() -> bytes:
            with self._send(call) as response:
                content = _first_bytes(response, limit)
                if limit is not None and len(content) > limit:
                    return content[:limit]
                _check_sum(content, response.headers.get("x-goog-hash", ""))
                return content

        return self._patience.call(call.what, once)

    def _send(self, call: Call) -> "_Answer":
        """Return an answer that is a success; its body is still to be read.

        Raises what `ask` does, and TransientError.
        """
        response = self._send_as(call)
        if response.status == 401 and self._credentials:  # they ran out earlier than they said
            response.drain_conn()
            self._renew()
            response = self._send_as(call)
        if response.status >= 300:
            raise _refusal(response)
        return _Answer(response)

    def _send_as(self, call: Call) -> urllib3.BaseHTTPResponse:
        """Return any answer to a call with credentials; raise TransientError without one."""
        url = f"{self._endpoint}{call.path}?{urlencode(call.query)}"
        headers = dict(call.headers)
        try:
            if self._credentials:
                with self._renewing:  # or all threads renew at once
                    self._credentials.before_request(Request(self._pool), call.method, url, headers)
            return self._pool.request(
                call.method,
                url,
                body=call.body,
                headers=headers,
                preload_content=False,
                retries=False,
            )
        except HTTPError as error:
            raise TransientError(_first_line(str(error))) from error
        except GoogleAuthError as error:
            raise _auth_failure(error) from error

    def _renew(self) -> None:
        """Get a new token; raise StoreUnavailableError, TransientError where there is none."""
        try:
            with self._renewing:
                self._credentials.refresh(Request(self._pool))
        except GoogleAuthError as error:
            raise _auth_failure(error) from error


class _Answer:
    """A response whose connection goes back to the pool, or is closed after a fault."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __enter__(self) -> urllib3.BaseHTTPResponse:
        return self._response

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind:
            self._response.close()
        self._response.release_conn()
        if isinstance(error, HTTPError):
            raise TransientError(_first_line(str(error))) from error


def _pool(endpoint: str, timeout: float) -> urllib3.PoolManager:
    """Return a pool of connections that goes through the proxy of the environment, if any."""
    parts = urlsplit(endpoint)
    proxy = getproxies().get(parts.scheme)
    limits = urllib3.Timeout(connect=min(CONNECT_SECONDS, timeout), read=timeout)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, maxsize=CONNECTIONS, timeout=limits)
    return urllib3.PoolManager(maxsize=CONNECTIONS, timeout=limits)


def _whole_body(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return the body, which urllib3 compares with its announced length."""
    return response.read(decode_content=False)


def _first_bytes(response: urllib3.BaseHTTPResponse, limit: int | None) -> bytes:
    """Return the body, or the first `limit` + 1 bytes of a longer one.

    Raises TransientError where it ends before the length that was announced.
    """
    length = response.headers.get("Content-Length")
    if limit is None or (length is not None and int(length) <= limit):
        return _whole_body(response)
    content = response.read(limit + 1, decode_content=False)
    if len(content) > limit:
        response.close()  # what is left of it would come over the connection
    elif length is not None:
        raise TransientError(f"{len(content)} bytes came of {length}")
    return content


def _check_sum(content: bytes, hashes: str) -> None:
    """Raise TransientError unless bytes have the CRC32C that the header tells, if it tells one."""
    told = dict(each.strip().partition("=")[::2] for each in hashes.split(","))
    if "crc32c" in told and told["crc32c"] != encode_crc32c(crc32c(content)):
        raise TransientError("the bytes that came are not those that are stored (CRC32C)")


def encode_crc32c(checksum: int) -> str:
    """Return a checksum as the API writes it: four bytes, the highest first, in Base64."""
    return base64.b64encode(checksum.to_bytes(4, "big")).decode("ascii")


def _refusal(response: urllib3.BaseHTTPResponse) -> Exception:
    """Return the error that an answer other than success stands for."""
    told = f"{response.status} {_reason(response)}"
    match response.status:
        case 404:
            return FileNotFoundError(told)
        case 412:
            return FileExistsError(told)
        case 403:
            return PermissionError(told)
        case 401:
            return StoreUnavailableError(f"gs:// takes no such credentials: {told}; {HINT}")
        case status if status in TRANSIENT:
            return TransientError(told)
    return OSError(told)


def _reason(response: urllib3.BaseHTTPResponse) -> str:
    """Return what the store says about its refusal, in a line."""
    try:
        body = response.read(2**16)
        response.drain_conn()
    except HTTPError:
        return response.reason or ""
    try:
        return _first_line(str(json.loads(body)["error"]["message"]))
    except (ValueError, KeyError, TypeError):
        return _first_line(body.decode("utf-8", "replace")) or response.reason or ""


def _auth_failure(error: GoogleAuthError) -> Exception:
    """Return the error for credentials that give no token now, or that never will."""
    told = _first_line(str(error))
    if error.retryable or not isinstance(error, RefreshError):
        return TransientError(told)
    return StoreUnavailableError(f"gs:// takes no such credentials: {told}; {HINT}")


def _first_line(text: str) -> str:
    """Return the first line of a message, not endless."""
    return (text.strip().splitlines() or [""])[0][:MAX_TOLD]
