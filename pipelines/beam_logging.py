"""Keep Beam's logging from drowning what we say."""

import copy
import logging
import threading
from pathlib import PurePath

from transforms import dead_letter_log

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

OF_BEAM = ("apache_beam", "root", "PrismRunner", "SdkWorker@")
"""How the names of loggers of Beam begin; the last two are given to what Prism says."""

FROM_WORKERS = "Worker: "
"""How Beam's local runner begins what a worker process tells it, in the text form of protobuf."""

FOR_LOGS_ALONE = dead_letter_log.__name__
"""The logger of what a terminal does not show: the summary tells of dead letters there."""


class OneLine(logging.Formatter):
    """The first line of a message, without tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return f"suzgi: {record.levelname.lower()}: {first_line(unwrapped(record))}"


def first_line(record: logging.LogRecord) -> str:
    """Return the first line of a message."""
    return (record.getMessage().splitlines() or [""])[0]


def unwrapped(record: logging.LogRecord) -> logging.LogRecord:
    """Return what a worker process logged, of a record in which the runner shows it as it came."""
    message = record.getMessage()
    if not message.startswith(FROM_WORKERS) or not record.name.startswith("apache_beam"):
        return record
    from apache_beam.portability.api import beam_fn_api_pb2  # noqa: PLC0415 (loaded by now)
    from google.protobuf import text_format  # noqa: PLC0415

    try:
        entry = text_format.Parse(message.removeprefix(FROM_WORKERS), beam_fn_api_pb2.LogEntry())
    except text_format.ParseError:
        return record
    made = copy.copy(record)
    made.msg, made.args, made.name = entry.message, (), _logger_at(entry.log_location)
    made.created = entry.timestamp.seconds + entry.timestamp.nanos / 1e9
    return made


def _logger_at(location: str) -> str:
    """Return the name of the logger of a file: `transforms.process` of `/a/transforms/process.py`.

    Beam does not tell it. Of the files of others the name alone.
    """
    path = PurePath(location.partition(":")[0] or "worker").with_suffix("")
    ours = [place for place, part in enumerate(path.parts) if part in ("transforms", "pipelines")]
    is_ours = ours and "site-packages/apache_beam" not in location
    return ".".join(path.parts[ours[-1] :]) if is_ours else path.name


def is_worth_saying(record: logging.LogRecord) -> bool:
    """Tell whether to show a record: failures are not, since the command ends with the reason.

    What a job server says comes as a warning and says itself that it is less.
    """
    if record.levelno < logging.WARNING:
        return False
    is_failure = record.levelno >= logging.ERROR and record.name.startswith(OF_BEAM)
    message = record.getMessage()
    return not is_failure and not any(noise in message for noise in NOISE)


def is_worth_showing(record: logging.LogRecord) -> bool:
    """Tell whether to show a record on a terminal."""
    return is_worth_saying(record) and unwrapped(record).name != FOR_LOGS_ALONE


def quiet_beam() -> None:
    """Show warnings, one line each; an application that set logging up keeps its own way."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    handler.addFilter(is_worth_showing)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    threading.excepthook = say_thread_failure


def say_thread_failure(failure: threading.ExceptHookArgs) -> None:
    """Show why a thread ended, unless it lost its server: the command ends with that reason.

    A Ctrl+C ends the servers of an engine together with the command, in any order.
    """
    if not is_of_lost_server(failure.exc_type):
        threading.__excepthook__(failure)


def is_of_lost_server(error: type[BaseException]) -> bool:
    """Tell whether an error says that a server of an engine is gone."""
    return error.__module__.partition(".")[0] == "grpc"
