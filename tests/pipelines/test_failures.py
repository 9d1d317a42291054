"""Reasons for people are whole, reasons for logs quote no page."""

import re
import sqlite3
import traceback

import pytest
from google.api_core.exceptions import BadRequest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.failures import failure_reason, safe_message, safe_reason
from transforms.parts import OutputError
from transforms.text.document import DocumentError
from transforms.warehouse.destination import (
    DamagedFileError,
    DestinationUnusableError,
    LoadFailedError,
)

MARKER = "құпиясөз"
HERE = "at an unknown place"  # tests are none of our packages


def chain(*errors: Exception) -> Exception:
    """Return the first error, caused by the second, and so on, each raised."""
    cause: Exception | None = None
    for error in reversed(errors):
        try:
            raise error from cause
        except Exception as raised:
            cause = raised
    assert cause
    return cause


def command_error(message: str, *causes: Exception) -> CommandError:
    error = chain(CommandError(ExitCode.RUN_FAILED, message), *causes)
    assert isinstance(error, CommandError)
    return error


def as_text(error: Exception) -> RuntimeError:
    """Return an error as Beam has it that arose in a worker process."""
    lines = "".join(traceback.format_exception(chain(error)))
    return RuntimeError(f"{lines.rstrip()} [while running 'ProcessShards']\n")


def test_reasons_for_people() -> None:
    assert failure_reason(OutputError("a.avro is gone")) == "a.avro is gone (OutputError)"
    assert failure_reason(as_text(OutputError("gone"))) == "gone (OutputError)"
    assert failure_reason(KeyError()) == "KeyError"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OutputError("a.avro is gone"), "a.avro is gone (OutputError)"),
        (as_text(OutputError("a.avro is gone")), "a.avro is gone (OutputError)"),
        (OSError(28, "No space left"), "[Errno 28] No space left (OSError)"),
        (sqlite3.OperationalError("disk full"), "disk full (OperationalError)"),
        (RuntimeError("RunError: it ended as FAILED"), "it ended as FAILED (RunError)"),
        (KeyError(MARKER), f"KeyError {HERE}"),
        (OSError(f"Not a gzipped file ({MARKER})"), f"OSError {HERE}"),
        (DocumentError("process", "internal_error", MARKER), f"DocumentError {HERE}"),
        (as_text(KeyError(MARKER)), f"KeyError {HERE}"),
        (as_text(OutputError(f"a\n{MARKER}")), f"OutputError {HERE}"),
        (RuntimeError(f"{MARKER}: {MARKER}"), f"RuntimeError {HERE}"),
        (RuntimeError(f"RunError: x\n{MARKER}"), f"RunError {HERE}"),
    ],
)
def test_reasons_for_logs(error: Exception, reason: str) -> None:
    assert safe_reason(error) == reason


def test_the_place_is_the_innermost_of_ours() -> None:
    from transforms.manifest import parse_manifest  # noqa: PLC0415

    with pytest.raises(ValueError, match="not a manifest") as caught:
        parse_manifest(f'{{"counts": "{MARKER}"}}')
    assert re.fullmatch(r"ValueError at transforms/manifest\.py:\d+", safe_reason(caught.value))
    told = as_text(caught.value)
    assert re.fullmatch(r"ValueError at transforms/manifest\.py:\d+", safe_reason(told))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (command_error("no file matches 'x'"), "no file matches 'x'"),
        (command_error("a: gone", OutputError("a: gone")), "a: gone"),
        (
            command_error(f"the run failed: {MARKER} (ValueError); go on", ValueError(MARKER)),
            f"the run failed: ValueError {HERE}; go on",
        ),
        (
            command_error(
                f"x.avro: cannot be read as Avro: ValueError: {MARKER}. Stop",
                DamagedFileError(f"x.avro: cannot be read as Avro: ValueError: {MARKER}"),
                ValueError(MARKER),
            ),
            f"x.avro: cannot be read as Avro: ValueError: ValueError {HERE}. Stop",
        ),
        (
            command_error(
                f"a.b: Error in row 3: {MARKER}. Stop",
                LoadFailedError(f"a.b: Error in row 3: {MARKER}"),
                BadRequest(f"Error in row 3: {MARKER}"),
            ),
            f"a.b: BadRequest {HERE}. Stop",
        ),
        (
            command_error(
                "a.duckdb: another process has it open, PID 7",
                DestinationUnusableError("a.duckdb: another process has it open, PID 7"),
                ValueError("Conflicting lock: PID 7"),
            ),
            "a.duckdb: another process has it open, PID 7",
        ),
        (
            command_error(f"it says {MARKER.upper()}", ValueError(MARKER)),  # not as it was
            f"the run failed: ValueError {HERE}",
        ),
        (
            command_error(f"{MARKER} 2 and {MARKER}", ValueError(f"{MARKER} 2", MARKER)),
            f"the run failed: ValueError {HERE}",
        ),
    ],
)
def test_messages_for_logs(error: CommandError, message: str) -> None:
    assert safe_message(error) == message


WORDS = st.text(alphabet="абвгдежзиклмнопрстуфхцчшыіэюяөүұқңғһ", min_size=6, max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=6), st.sampled_from([" ", "\n", ": ", "\n\n  "]))
def test_no_word_of_an_error_that_is_not_ours_comes_through(words: list[str], glue: str) -> None:
    text = glue.join(words)
    for cause in (ValueError(text), KeyError(text), RuntimeError(text), as_text(ValueError(text))):
        for message in (failure_reason(cause), f"x: {cause}; y", f"{type(cause).__name__}: {text}"):
            told = safe_message(command_error(message, cause))
            assert not [word for word in words if word in told], told
            assert not [word for word in words if word in safe_reason(cause)]
