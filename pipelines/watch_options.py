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


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What the user asked for."""

    ingest: IngestOptions  # of each window
    poll_seconds: float
    settle_seconds: float
    limits: WindowLimits
    once: bool
    max_windows: float  # that this process commits; infinity: any number


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


def read_watch_options(arguments: argparse.Namespace) -> WatchOptions:
    """Return the options that the parsed arguments make."""
    return WatchOptions(
        ingest=read_options(arguments),
        poll_seconds=arguments.poll_seconds,
        settle_seconds=arguments.settle_seconds,
        limits=WindowLimits(arguments.window_files, arguments.window_bytes),
        once=arguments.once,
        max_windows=arguments.max_windows,
    )
