"""Jobs are cancelled by name, on a server that answers as the REST interface of Flink does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from pipelines.flink_jobs import cancel_flink_jobs

JOBS = [
    {"jid": "01", "name": "ours", "state": "RUNNING"},
    {"jid": "02", "name": "another", "state": "RUNNING"},
    {"jid": "03", "name": "ours", "state": "FINISHED"},
    {"jid": "04", "name": "ours", "state": "RESTARTING"},
]


class Rest(BaseHTTPRequestHandler):
    """Tells of the jobs, and notes which are to be cancelled."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer with the jobs."""
        self.answer({"jobs": JOBS} if self.path == "/jobs/overview" else {})

    def do_PATCH(self) -> None:
        """Note a request to cancel."""
        self.asked.append(self.path)
        self.answer({})

    def answer(self, content: object) -> None:
        """Send JSON."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in Python)
        """Print nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Return the address of the server."""
    Rest.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Rest) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_jobs_of_the_name_that_run_are_cancelled(scheme: str, address: str) -> None:
    cancel_flink_jobs(f"{scheme}{address}", "ours")
    assert Rest.asked == ["/jobs/01?mode=cancel", "/jobs/04?mode=cancel"]


def test_no_cluster_is_asked_where_none_is_named() -> None:
    cancel_flink_jobs("[auto]", "ours")


def test_cluster_that_does_not_answer_is_an_error() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Rest) as server:
        closed = server.server_port
    with pytest.raises(OSError, match="refused"):
        cancel_flink_jobs(f"127.0.0.1:{closed}", "ours")
