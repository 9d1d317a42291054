"""Keep Beam's logging from drowning what we say."""

import logging
import threading

NOISE = (
    "apitools not found",
    "Unable to find default credentials",
    "No semi_persistent_directory found",
    "If direct_num_workers is not equal to 1",
    "Unparseable argument",
    "Really starting service",
    "Really destroying service",
    "empty transform, with payload and identical input and output",
)
"""Said on every run that lacks what it does not need, or has what Beam does not expect: flags that
an engine alone knows are checked by us."""


class OneLine(logging.Formatter):
    """The first line of a message, without tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        first = (record.getMessage().splitlines() or [""])[0]
        return f"suzgi: {record.levelname.lower()}: {first}"


def is_worth_saying(record: logging.LogRecord) -> bool:
    """Tell whether to show a record: failures are not, since the command ends with the reason.

    What a job server says comes as a warning and says itself that it is less.
    """
    if record.levelno < logging.WARNING:
        return False
    is_failure = record.levelno >= logging.ERROR and record.name.startswith(("apache_beam", "root"))
    message = record.getMessage()
    return not is_failure and not any(noise in message for noise in NOISE)


def quiet_beam() -> None:
    """Show warnings, one line each; an application that set logging up keeps its own way."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    handler.addFilter(is_worth_saying)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    threading.excepthook = say_thread_failure


def say_thread_failure(failure: threading.ExceptHookArgs) -> None:
    """Show why a thread ended, unless it lost its server: the command ends with that reason.

    A Ctrl+C ends the servers of an engine together with the command, in any order.
    """
    if failure.exc_type.__module__.partition(".")[0] != "grpc":
        threading.__excepthook__(failure)
