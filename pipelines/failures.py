"""Say in a line why something failed: to its user in full, to a log without the text of any page.

Messages of our own errors tell of places, options and counts. What other code raises may quote what
it was working on, a line of a page too: a log gets the class of such an error and where it arose.
"""

import builtins
import re
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

from pipelines.exit_codes import CommandError, ExitCode

FAILURE = re.compile(r"(?:\w+\.)*(\w+): (.+)")
"""The last line of a traceback: the class, and what a user can use."""

BEAM_ADDITION = re.compile(r" \[while running '.*")

TRACEBACK = "Traceback (most recent call last):"

FRAME = re.compile(
    r'File ".*?((?<!apache_beam/)(?:pipelines|transforms|schemas)/[\w/]+\.py)", line (\d+)'
)
"""A line of a traceback, in our code."""

WORD = re.compile(r"\w{4,}")
"""What tells something of a page; shorter words are anywhere."""

ROOT = Path(__file__).parents[1]

OF_OURS = frozenset(
    {
        "BalanceError",
        "CommandError",
        "DamagedFileError",
        "DestinationUnusableError",
        "InputChangedError",
        "InputError",
        "InterruptedRunError",
        "LedgerDamagedError",
        "LoadFailedError",
        "OutputError",
        "RunCancelledError",
        "RunError",
        "StoreUnavailableError",
        "TransientError",
    }
)
"""Errors whose messages quote no page, unless what caused them does."""

OF_PLACES = frozenset({"DestinationUnusableError", "InputError", "StoreUnavailableError"})
"""Those of them that arise before any page is read or where none is: what caused them is as fit."""

OF_TRANSPORT = frozenset({"boto3", "botocore", "sqlite3", "urllib3"})
"""Packages that see names and bytes: what they raise quotes no text. Our SQLite files have none."""

WORDS: dict[int, str] = {
    ExitCode.USAGE: "the command cannot be used like this",
    ExitCode.NO_INPUT: "the input cannot be used",
    ExitCode.OUTPUT_UNUSABLE: "the output cannot be used",
    ExitCode.RUN_FAILED: "the run failed",
    ExitCode.FAULTS_FOUND: "a file is not as it should be",
}


def failure_reason(error: BaseException) -> str:
    """Return the reason of a failure in one line; Beam's errors hold a whole traceback."""
    name = type(error).__name__
    lines = [line for line in str(error).splitlines() if line.strip()]
    if not lines:
        return name
    if name != "RuntimeError":  # raised again as it was
        return f"{BEAM_ADDITION.sub('', lines[0])} ({name})"
    last = BEAM_ADDITION.sub("", lines[-1])
    match = FAILURE.fullmatch(last)
    return f"{match[2]} ({match[1]})" if match else last


def safe_reason(error: BaseException) -> str:
    """Return as `failure_reason` does; of errors that may quote a page, class and place alone."""
    if _quotes_no_page(error):
        return failure_reason(error)
    return f"{class_of(error)} at {place_of(error)}"


def safe_message(error: CommandError) -> str:
    """Return the message of a command's error, without what may quote a page."""
    message = error.message
    for cause in _causes(error):
        if not _quotes_no_page(cause):
            message = _without(cause, message) or f"{_words(error)}: {safe_reason(cause)}"
    return message


def place_of(error: BaseException) -> str:
    """Return file and line of our code where an error arose, here or in another process."""
    frames = str(error).splitlines() if isinstance(error, RuntimeError) else []
    trace = error.__traceback__
    while trace:
        frames.append(f'File "{trace.tb_frame.f_code.co_filename}", line {trace.tb_lineno}')
        trace = trace.tb_next
    found = [match.groups() for match in map(FRAME.search, frames) if match]
    places = [f"{path}:{line}" for path, line in found if (ROOT / path).is_file()]
    return places[-1] if places else "an unknown place"


def class_of(error: BaseException) -> str:
    """Return the class of an error, or of the one whose traceback it has as text, if we know it."""
    name, _ = _told_in(error)
    known = name in OF_OURS or isinstance(getattr(builtins, name, None), type)
    return name if known else type(error).__name__


def _quotes_no_page(error: BaseException) -> bool:
    """Tell whether the message of an error is fit for a log."""
    if isinstance(error, ImportError) or (isinstance(error, OSError) and error.errno):
        return True
    name, is_whole = _told_in(error)
    if name:
        return name in OF_OURS and is_whole
    top = type(error).__module__.partition(".")[0]
    is_ours = top in {"pipelines", "transforms"} and type(error).__name__ in OF_OURS
    return is_ours or top in OF_TRANSPORT


def _told_in(error: BaseException) -> tuple[str, bool]:
    """Return the class that a traceback in an error's text ends with, and if in a single line.

    Nothing of other errors. `RunError` of our own comes without a traceback.
    """
    if not isinstance(error, RuntimeError):
        return "", False
    lines = _told_lines(error)
    match = FAILURE.fullmatch(lines[0]) if lines else None
    return (match[1], len(lines) == 1) if match else ("", False)


def _told_lines(error: BaseException) -> list[str]:
    """Return the lines of an error's text; without the frames of a traceback in it."""
    text = str(error).rpartition(TRACEBACK)[2]
    lines = [line for line in text.splitlines() if line.strip()]
    is_traceback = TRACEBACK in str(error)
    return list(dropwhile(lambda line: is_traceback and line.startswith(" "), lines))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what led to an error, one after the other, as far as a page may have been in it."""
    cause = error.__cause__
    while cause is not None:
        yield cause
        cause = None if type(cause).__name__ in OF_PLACES else cause.__cause__


def _without(cause: BaseException, message: str) -> str:
    """Return a message with a reason for the log in place of the quoted cause; nothing without."""
    lines = _told_lines(cause)
    words = set(WORD.findall("\n".join(lines)))
    told = getattr(cause, "message", None)  # that of Google's client is not all that it says
    quotes = {failure_reason(cause), str(cause), str(told or ""), *lines} - {""}
    for quote in sorted(quotes, key=len, reverse=True):
        if quote in message:
            is_clean = words.isdisjoint(WORD.findall(message.replace(quote, " ")))
            return message.replace(quote, safe_reason(cause)) if is_clean else ""
    return ""


def _words(error: CommandError) -> str:
    """Return in words what an exit code means."""
    return WORDS.get(error.exit_code, "the command failed")
