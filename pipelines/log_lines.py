"""What a command says on its standard error: lines to read, or with --log-json one object a line.

An object has `time`, `severity` and `message` under the names that Google Cloud's logging agents
take over (https://cloud.google.com/logging/docs/structured-logging), the `command`, its
`execution`, and whatever else is known: `run`, `uri`, `stage`, `code`, `window`, `counts` and so
on, as docs/logs.md lists them. No text of a page is in it: see `pipelines.failures`.
"""

import argparse
import contextlib
import json
import logging
import sys
import threading
import uuid
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipelines.beam_logging import (
    FOR_LOGS_ALONE,
    first_line,
    is_of_lost_server,
    is_worth_saying,
    unwrapped,
)
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.failures import safe_message, safe_reason
from transforms.dead_letter_log import facts_of

FLAG = "--log-json"

CRASHED = 1
"""The exit code of Python's own."""

_log = logging.getLogger("suzgi")

SEVERITIES = {
    logging.DEBUG: "DEBUG",
    logging.INFO: "INFO",
    logging.WARNING: "WARNING",
    logging.ERROR: "ERROR",
    logging.CRITICAL: "CRITICAL",
}


class JsonLines(logging.Formatter):
    """Each record as one object in one line of ASCII."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        super().__init__()
        self.facts = facts  # in every object

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; of what libraries say the first line, and no traceback of theirs."""
        record = unwrapped(record)
        told = {
            "time": _moment(record.created),
            "severity": SEVERITIES.get(record.levelno, "DEFAULT"),
            "message": first_line(record),
            **self.facts,
            **getattr(record, "facts", {}),
        }
        if record.name == FOR_LOGS_ALONE:
            told |= facts_of(told["message"])
        if record.name != _log.name:
            told["logger"] = record.name
        return json.dumps(told)


def _moment(seconds: float) -> str:
    """Return a time in UTC, as RFC 3339 has it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


class _Mode:
    """How this process says things."""

    execution = ""
    is_json = False


def execution() -> str:
    """Return what names this execution of the command in its log, and in that of its workers."""
    return _Mode.execution


def is_json() -> bool:
    """Tell whether the standard error takes objects alone."""
    return _Mode.is_json


def say(text: str, **facts: Any) -> None:
    """Say how things are, in a line or an object."""
    if _Mode.is_json:
        _log.info(text, extra={"facts": facts})
    else:
        sys.stderr.write(f"suzgi: {text}\n")
        sys.stderr.flush()


def note(text: str, **facts: Any) -> None:
    """Say in an object what nobody has to read on a terminal, or reads on the standard output."""
    if _Mode.is_json:
        say(text, **facts)


def warn(text: str, log_text: str | None = None, **facts: Any) -> None:
    """Say what went wrong and is not the end; `log_text` where the text may quote a page."""
    if _Mode.is_json:
        _log.warning(log_text or text, extra={"facts": facts})
    else:
        sys.stderr.write(f"suzgi: warning: {text}\n")


def fail(error: CommandError) -> None:
    """Say why the command ends."""
    if _Mode.is_json:
        facts = {"exit_code": int(error.exit_code)}
        _log.error(safe_message(error), extra={"facts": facts})
    else:
        sys.stderr.write(f"suzgi: error: {error.message}\n")


def interrupted() -> None:
    """Say that the user ended the command."""
    if _Mode.is_json:
        _log.error("interrupted", extra={"facts": {"exit_code": int(ExitCode.INTERRUPTED)}})
    else:
        sys.stderr.write("suzgi: interrupted\n")


def crashed(error: Exception) -> None:
    """Say that the command ends by an error that nobody thought of."""
    reason = f"internal error: {safe_reason(error)}"
    _log.critical(reason, extra={"facts": {"exit_code": CRASHED}})


def add_log_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the argument by which a command logs objects."""
    parser.add_argument(
        FLAG,
        action="store_true",
        help="write one JSON object a line to the standard error: progress, warnings, errors, and "
        "which documents failed; no text of pages",
    )


@contextlib.contextmanager
def log_lines(command: str, *, as_json: bool) -> Iterator[None]:
    """Return a context in which the process says things in one way or the other."""
    _Mode.execution = uuid.uuid4().hex[:12]
    if not as_json:
        yield
        return
    handler = logging.StreamHandler()
    facts = {"command": command, "execution": _Mode.execution}
    handler.setFormatter(JsonLines({name: fact for name, fact in facts.items() if fact}))
    handler.addFilter(_is_for_the_log)
    root, hooks = logging.getLogger(), (threading.excepthook, sys.unraisablehook)
    levels, handlers = (root.level, _log.level), root.handlers[:]
    with warnings.catch_warnings():
        _Mode.is_json = True
        logging.captureWarnings(True)
        # A library that logs before anybody set logging up makes itself a handler.
        root.handlers = [each for each in handlers if type(each) is not logging.StreamHandler]
        root.addHandler(handler)
        root.setLevel(logging.WARNING)
        _log.setLevel(logging.INFO)
        threading.excepthook = _tell_thread_failure
        sys.unraisablehook = _tell_unraisable
        try:
            yield
        finally:
            threading.excepthook, sys.unraisablehook = hooks
            _log.setLevel(levels[1])
            root.setLevel(levels[0])
            root.handlers = handlers or [handler]  # Beam logs as the process ends, too
            logging.captureWarnings(False)
            _Mode.is_json = False


def _is_for_the_log(record: logging.LogRecord) -> bool:
    """Tell whether a record becomes an object: ours do, and the warnings of libraries."""
    return record.name == _log.name or is_worth_saying(record)


def _tell_thread_failure(failure: threading.ExceptHookArgs) -> None:
    """Say where a thread ended, unless it lost its server: the command ends with that reason."""
    if failure.exc_value and not is_of_lost_server(failure.exc_type):
        warn(f"a thread ended: {safe_reason(failure.exc_value)}")


def _tell_unraisable(failure: "sys.UnraisableHookArgs") -> None:
    """Say where an error arose that nobody could hear."""
    if failure.exc_value:
        warn(f"ignored: {safe_reason(failure.exc_value)}")
