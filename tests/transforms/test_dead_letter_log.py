"""What a worker tells of documents that failed comes back out of its lines."""

import logging
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.rows import DeadLetter
from transforms.dead_letter_log import MAX_LINES, DeadLetterLog, facts_of
from transforms.text.document import DocumentError
from transforms.text.extract import dead_letter

MARKER = "құпиясөз"


def letter(uri: str = "file:///a.txt") -> DeadLetter:
    """Return a dead letter whose message and content are text of the page."""
    failure = DocumentError("process", "internal_error", f"KeyError: {MARKER}")
    return dead_letter(uri, MARKER.encode(), failure, date(2024, 5, 31))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    uri=st.text(st.characters(exclude_categories=())),
    execution=st.sampled_from(["", "0123456789ab"]),
    window=st.sampled_from([None, 7]),
)
def test_facts_come_back(
    uri: str, execution: str, window: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    DeadLetterLog(3, execution, window, "").tell(letter(uri))
    (line,) = caplog.messages
    assert line.splitlines() == [line]
    line.encode()  # a lone surrogate would stop the worker's handler
    assert facts_of(line) == {
        "stage": "process",
        "code": "internal_error",
        "shard": 3,
        **({"window": window} if window else {}),
        **({"execution": execution} if execution else {}),
        "uri": uri.encode("utf-8", "backslashreplace").decode(),
    }


def test_a_shard_tells_of_the_first_few_and_counts_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = DeadLetterLog(0, "", None, "20240531T000000Z-0000")
    for number in range(MAX_LINES + 5):
        log.tell(letter(f"file:///{number}.txt"))
    log.end()
    assert len(caplog.messages) == MAX_LINES + 1
    assert caplog.messages[-1] == "more dead letters: count=5 shard=0 round=20240531T000000Z-0000"
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert not [line for line in caplog.messages if MARKER in line]


def test_a_shard_with_few_says_nothing_more(caplog: pytest.LogCaptureFixture) -> None:
    log = DeadLetterLog(0, "", None, "")
    for _ in range(MAX_LINES):
        log.tell(letter())
    log.end()
    assert len(caplog.messages) == MAX_LINES
