"""A proxy in front of a store that does to chosen requests what networks and stores do.

As a program, `fault_proxy.py URL SECONDS`, it delays each request and prints its own address.
"""

import contextlib
import http.client
import random
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import unquote, urlsplit

Kind = Literal["reset", "lose", "truncate", "shorten", "flip", "stall"]
"""Reset before the store hears of it, or after (the answer is lost); a body that ends early, that
is shorter with a length that fits, that has one other byte; no answer at all."""

NO_LINGER = struct.pack("ii", 1, 0)
"""Closing a socket with this resets the connection."""

HOP_HEADERS = frozenset(
    {"connection", "content-length", "host", "transfer-encoding", "date", "server"}
)
STALL_SECONDS = 60.0


@dataclass
class Fault:
    """What happens to requests of a method whose path, with the query, has a match."""

    kind: Kind | int  # or a status
    method: str = "GET"
    path: str = ""
    times: float = 1
    spare: int = 0  # as many requests go through first
    done: int = 0

    def hits(self, method: str, path: str) -> bool:
        """Tell whether a request is hit, and count it."""
        if method != self.method or not re.search(self.path, path) or self.done >= self.times:
            return False
        if self.spare:
            self.spare -= 1
            return False
        self.done += 1
        return True


@dataclass
class FaultProxy:
    """A server that hands requests on to another one."""

    upstream: str
    delay: float = 0.0  # seconds before a request is handed on
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    _storm: Sequence[Kind | int | None] = (None,)
    _chance: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    closed: threading.Event = field(default_factory=threading.Event)

    def fail(self, kind: Kind | int, **chosen: str | float) -> Fault:
        """Add a fault and return it."""
        fault = Fault(kind, **chosen)  # type: ignore[arg-type]
        self.faults.append(fault)
        return fault

    def storm(self, kinds: Sequence[Kind | int], share: float, seed: int) -> None:
        """Let one of several things happen to a share of all requests."""
        self._chance = random.Random(seed)  # noqa: S311 (no secret)
        self._storm = (*kinds, *[None] * round(len(kinds) * (1 / share - 1)))

    def calm(self) -> None:
        """Let all requests through again."""
        self.faults.clear()
        self._storm = (None,)

    def meet(self, method: str, path: str) -> Kind | int | None:
        """Return what happens to a request; nothing for most."""
        with self._lock:
            self.requests.append((method, path))
            hit = next((fault.kind for fault in self.faults if fault.hits(method, path)), None)
            return hit or self._chance.choice(self._storm)

    @contextlib.contextmanager
    def serve(self) -> Iterator[str]:
        """Serve; give the address."""
        proxy = self

        class Handler(_Handler):
            """Knows its proxy."""

            faulty = proxy

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            self.closed.set()
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Hands the requests of one connection on."""

    protocol_version = "HTTP/1.1"
    faulty: FaultProxy
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Connect to the server behind."""
        super().setup()
        self._behind = http.client.HTTPConnection(urlsplit(self.faulty.upstream).netloc)

    def finish(self) -> None:
        """Let go of the server behind."""
        self._behind.close()
        with contextlib.suppress(OSError):
            super().finish()

    def handle_one_request(self) -> None:
        """Handle a request; a client that is gone is no error."""
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def _hand_on(self) -> None:
        """Do to a request what is to happen to it."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.faulty.meet(self.command, unquote(self.path))
        if self.faulty.delay:
            time.sleep(self.faulty.delay)
        if isinstance(kind, int):
            told = b'{"error": {"message": "injected"}}'
            self._answer(kind, [("Content-Type", "application/json")], told, len(told))
        elif kind == "reset":
            self._reset()
        elif kind == "stall":
            self.faulty.closed.wait(STALL_SECONDS)
            self._reset()
        else:
            self._answer_from_behind(kind, body)

    def _answer_from_behind(self, kind: Kind | None, body: bytes) -> None:
        """Ask the server behind, and spoil its answer."""
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in HOP_HEADERS
        }
        self._behind.request(
            self.command, self.path, body, {**headers, "Host": self.headers["Host"]}
        )
        response = self._behind.getresponse()
        content = response.read()
        if kind == "lose":
            self._reset()
            return
        is_head = self.command == "HEAD"
        length = int(response.headers.get("Content-Length", 0)) if is_head else len(content)
        is_stored = re.search("json|xml", response.headers.get("Content-Type", "")) is None
        if self.command != "GET" or (kind in ("shorten", "flip") and not is_stored):
            kind = None  # nobody needs those bodies; nothing but TLS protects lists
        if kind in ("truncate", "shorten"):
            content = content[: length // 2]
        elif kind == "flip":
            content = bytes([content[0] ^ 1]) + content[1:]
        told = [each for each in response.getheaders() if each[0].lower() not in HOP_HEADERS]
        if kind in ("shorten", "flip"):
            length = len(content)
        self._answer(response.status, told, content, length)
        if kind == "truncate":
            self.close_connection = True

    def _answer(
        self, status: int, headers: list[tuple[str, str]], content: bytes, length: int
    ) -> None:
        """Send an answer."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _reset(self) -> None:
        """Reset the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""


for _method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler._hand_on)


if __name__ == "__main__":
    with FaultProxy(sys.argv[1], float(sys.argv[2])).serve() as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        sys.stdin.read()
