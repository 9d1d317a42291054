"""What Beam and its workers log: a line of what is worth it, and the logger that it came from."""

import logging

import pytest
from apache_beam.portability.api import beam_fn_api_pb2

from pipelines.beam_logging import OneLine, is_worth_showing, unwrapped

SERVICE = "apache_beam.runners.portability.local_job_service"


def record(message: str, name: str = SERVICE, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord(name, level, "local_job_service.py", 1, "%s", (message,), None)


def of_worker(message: str, location: str) -> logging.LogRecord:
    """Return the record in which Beam's local runner shows what a worker process logged."""
    entry = beam_fn_api_pb2.LogEntry(
        severity=beam_fn_api_pb2.LogEntry.Severity.WARN,
        message=message,
        log_location=location,
        thread="Thread-14",
    )
    entry.timestamp.seconds, entry.timestamp.nanos = 1000, 500_000_000
    return record(f"Worker: {str(entry).replace(chr(10), ' ')}")


@pytest.mark.parametrize(
    ("location", "name"),
    [
        (
            "/opt/venv/lib/python3.12/site-packages/transforms/stream/watching.py:9",
            "transforms.stream.watching",
        ),
        ("/home/me/transforms/suzgi/transforms/process.py:12", "transforms.process"),
        ("/v/site-packages/apache_beam/transforms/core.py:7", "core"),
        ("/v/site-packages/urllib3/connectionpool.py:7", "connectionpool"),
        ("", "worker"),
    ],
)
def test_what_a_worker_logged_comes_out_of_its_wrapping(location: str, name: str) -> None:
    message = 'кітап "a"\nb: \x01 \u2028'
    found = unwrapped(of_worker(message, location))
    assert (found.getMessage(), found.name, found.created) == (message, name, 1000.5)


def test_the_first_line_of_it_is_shown() -> None:
    shown = OneLine().format(of_worker("кітап\nTraceback", "/a/urllib3/x.py:1"))
    assert shown == "suzgi: warning: кітап"


@pytest.mark.parametrize("message", ["Worker: not ours", "Worker: message: 7", "no worker"])
def test_what_is_not_wrapped_stays(message: str) -> None:
    assert unwrapped(record(message)).getMessage() == message
    assert unwrapped(record(message, name="other")).name == "other"


def test_dead_letters_are_for_logs_alone() -> None:
    line = "dead letter: stage=decode code=empty"
    assert not is_worth_showing(of_worker(line, "/a/transforms/dead_letter_log.py:4"))
    assert not is_worth_showing(record(line, name="transforms.dead_letter_log"))
    assert is_worth_showing(of_worker(line, "/a/transforms/process.py:4"))


@pytest.mark.parametrize("name", ["root", SERVICE, "PrismRunner", "SdkWorker@go-job-1"])
def test_failures_that_beam_tells_are_not_told_twice(name: str) -> None:
    """A job that is cancelled lets Prism tell of the bundles that it gave up, or not: by chance."""
    assert not is_worth_showing(record("Bundle Failed.", name, logging.ERROR))
    assert is_worth_showing(record("Something is odd.", name))
