"""Jobs are cancelled by name, on a server that answers as the REST interface of Flink does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from typing import ClassVar

import pytest

from pipelines.exit_codes import ExitCode
from pipelines.flink_jobs import cancel_flink_jobs, main

JOBS = [
    {"jid": "01", "name": "ours", "state": "RUNNING"},
    {"jid": "02", "name": "another", "state": "RUNNING"},
    {"jid": "03", "name": "ours", "state": "FINISHED"},
    {"jid": "04", "name": "ours", "state": "RESTARTING"},
]


class Rest(BaseHTTPRequestHandler):
    """Tells of the jobs, and notes which are to be cancelled."""

    asked: ClassVar[list[str]] = []
    states: ClassVar[dict[str, Iterator[str]]] = {}  # of jobs that were asked to end

    def do_GET(self) -> None:
        """Answer with the jobs."""
        jobs = [{**job, "state": self.state_of(job)} for job in JOBS]
        self.answer({"jobs": jobs} if self.path == "/jobs/overview" else {})

    def do_PATCH(self) -> None:
        """Note a request to cancel; the job ends a little later."""
        self.asked.append(self.path)
        job = self.path.split("/")[2].partition("?")[0]
        self.states[job] = chain(["CANCELLING"] * 2, repeat("CANCELED"))
        self.answer({})

    def state_of(self, job: dict[str, str]) -> str:
        """Return the state of a job at this moment."""
        return next(self.states.get(job["jid"], repeat(job["state"])))

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
    Rest.states.clear()
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


def test_command_waits_until_the_jobs_have_ended(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.flink_jobs.POLL_SECONDS", 0.0)
    assert main([address, "ours"]) == ExitCode.OK
    assert [next(Rest.states[job]) for job in ("01", "04")] == ["CANCELED"] * 2
    assert main([address, "nobody's"]) == ExitCode.OK
    assert len(Rest.asked) == 2


def test_command_says_what_it_could_not_end(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipelines.flink_jobs.END_SECONDS", -1.0)
    assert main([address, "ours"]) == ExitCode.RUN_FAILED
    assert capsys.readouterr().err == f"suzgi: error: 01 did not end on {address}\n"
    with ThreadingHTTPServer(("127.0.0.1", 0), Rest) as server:
        closed = f"127.0.0.1:{server.server_port}"
    assert main([closed, "ours"]) == ExitCode.RUN_FAILED
    assert f"{closed} does not answer" in capsys.readouterr().err
