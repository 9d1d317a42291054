"""The options of `suzgi watch`: those of an ingest, and when to look and how much to take."""

import argparse
import math
from dataclasses import dataclass

from pipelines.ingest_options import (
    IngestOptions,
    add_pattern_arguments,
    add_run_arguments,
    positive,
    read_options,
    seconds,
    seconds_or_none,
)
from transforms.limits import WindowLimits

POLL_SECONDS = 10.0
SETTLE_SECONDS = 2.0
"""Longer than a writer pauses between two writes; NFS shows a change of size within three."""

LIMITS = WindowLimits()

LOCALHOST = "127.0.0.1"
"""Where metrics are served unless the user says where else: they are nobody else's business."""

TEXT_FILE = ".prom"
"""The suffix of what node_exporter's textfile collector reads."""

HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class MetricsOptions:
    """Where the metrics of a watch go; nowhere if neither is given."""

    path: str | None = None  # of a text file
    address: str = LOCALHOST
    port: int | None = None

    @property
    def is_wanted(self) -> bool:
        """Tell whether anybody reads them."""
        return self.path is not None or self.port is not None


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What the user asked for."""

    ingest: IngestOptions  # of each window
    poll_seconds: float
    settle_seconds: float
    limits: WindowLimits
    once: bool
    max_windows: float  # that this process commits; infinity: any number
    metrics: MetricsOptions = MetricsOptions()


def add_watch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments; flags that the parser does not know go to Beam."""
    add_pattern_arguments(parser)
    _add_round_arguments(parser)
    add_run_arguments(parser)
    parser.set_defaults(input_list=[], null=False)


def _add_round_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--poll-seconds",
        type=seconds,
        default=POLL_SECONDS,
        metavar="SECONDS",
        help="between two looks at the inputs (default: %(default)g)",
    )
    add(
        "--settle-seconds",
        type=seconds_or_none,
        default=SETTLE_SECONDS,
        metavar="SECONDS",
        help="take a file only after size and change time were the same for so long (default: "
        "%(default)g; 0 for files that are renamed into place)",
    )
    add(
        "--window-files",
        type=positive,
        default=LIMITS.files,
        metavar="N",
        help="commit after so many files, even if more wait (default: %(default)s)",
    )
    add(
        "--window-bytes",
        type=positive,
        default=LIMITS.bytes,
        metavar="N",
        help="commit after so many bytes, as stored (default: %(default)s)",
    )
    add("--once", action="store_true", help="end when nothing waits any more: for cron")
    add(
        "--max-windows",
        type=positive,
        default=math.inf,
        metavar="N",
        help="end after so many windows (default: never)",
    )
    add(
        "--metrics-file",
        type=_text_file,
        metavar="PATH.prom",
        help="write metrics for Prometheus into a file, for node_exporter's textfile collector",
    )
    add(
        "--metrics-port",
        type=_place,
        default=(LOCALHOST, None),
        metavar="[ADDRESS:]PORT",
        help=f"serve metrics for Prometheus (default address: {LOCALHOST}; 0.0.0.0 for all)",
    )


def read_watch_options(arguments: argparse.Namespace) -> WatchOptions:
    """Return the options that the parsed arguments make."""
    return WatchOptions(
        ingest=read_options(arguments),
        poll_seconds=arguments.poll_seconds,
        settle_seconds=arguments.settle_seconds,
        limits=WindowLimits(arguments.window_files, arguments.window_bytes),
        once=arguments.once,
        max_windows=arguments.max_windows,
        metrics=MetricsOptions(arguments.metrics_file, *arguments.metrics_port),
    )


def _text_file(text: str) -> str:
    """Return the path of a text file that the collector reads."""
    if not text.endswith(TEXT_FILE):
        message = f"{text!r} does not end in {TEXT_FILE}: node_exporter would not read it"
        raise argparse.ArgumentTypeError(message)
    return text


def _place(text: str) -> tuple[str, int]:
    """Return the address and the port that an argument names."""
    address, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port, such as 9464 or 0.0.0.0:9464")
    return address.strip("[]") or LOCALHOST, int(port)
