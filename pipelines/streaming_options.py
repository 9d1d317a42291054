"""The options of `suzgi ingest --streaming`: where documents come from, and how time cuts them."""

import argparse
import re
from dataclasses import dataclass

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.ingest_options import positive, seconds, seconds_or_none
from pipelines.watch_options import POLL_SECONDS, SETTLE_SECONDS

WINDOW_SECONDS = 60
LATENESS_SECONDS = 3600
NOT_FOR_STREAMS = (
    "input_list",  # it does not grow
    "json",  # there is no one manifest
    "near_duplicates",  # rounds are too small to tell much, and their steps are not counted
    "drop_near_duplicates",
)
SUBSCRIPTION = re.compile(r"projects/[a-z][-a-z0-9:.]{4,61}[a-z0-9]/subscriptions/[^/]+")
"""What Beam, too, takes for one."""


@dataclass(frozen=True, slots=True)
class StreamingOptions:
    """What the user asked for, beyond what a run takes too."""

    subscription: str | None = None  # None: the inputs are watched
    window_seconds: int = WINDOW_SECONDS
    allowed_lateness_seconds: float = LATENESS_SECONDS
    poll_seconds: float = POLL_SECONDS
    settle_seconds: float = SETTLE_SECONDS
    max_polls: int | None = None  # None: without end


def add_streaming_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that make a stream of an ingest."""
    add = parser.add_argument_group("streaming").add_argument
    add(
        "--streaming",
        action="store_true",
        help="take documents as they come, without end, and commit each window of time; needs a "
        "--runner that can",
    )
    add(
        "--subscription",
        metavar="NAME",
        help="projects/PROJECT/subscriptions/NAME of Pub/Sub, which has the notifications of a "
        "bucket; instead of --input",
    )
    add(
        "--window-seconds",
        type=positive,
        metavar="N",
        help=f"length of a window (default: {WINDOW_SECONDS})",
    )
    add(
        "--allowed-lateness-seconds",
        type=seconds_or_none,
        metavar="SECONDS",
        help="how long after its end a window still takes at once what comes late; what comes "
        f"even later waits for another window to end (default: {LATENESS_SECONDS})",
    )
    add(
        "--poll-seconds",
        type=seconds,
        metavar="SECONDS",
        help=f"between two looks at --input (default: {POLL_SECONDS:g})",
    )
    add(
        "--settle-seconds",
        type=seconds_or_none,
        metavar="SECONDS",
        help=f"take a file only after it rested for so long (default: {SETTLE_SECONDS:g}; 0 for "
        "files that are renamed into place)",
    )
    add(
        "--max-polls",
        type=positive,
        metavar="N",
        help="end after so many looks at --input, with every window committed (default: never)",
    )


def read_streaming_options(arguments: argparse.Namespace) -> StreamingOptions | None:
    """Return the options of a stream; None of a run. Raises CommandError for what does not fit."""
    names = StreamingOptions.__dataclass_fields__
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    if not arguments.streaming:
        if given:
            raise _usage(f"--{next(iter(given)).replace('_', '-')} is for --streaming")
        return None
    options = StreamingOptions(**given)
    _check_source(options, has_input=bool(arguments.input))
    if arguments.workers > 1:
        raise _usage("--streaming takes no --workers: ask the runner for them")
    for name in NOT_FOR_STREAMS:
        if getattr(arguments, name):
            raise _usage(f"--streaming takes no --{name.replace('_', '-')}")
    return options


def _check_source(options: StreamingOptions, *, has_input: bool) -> None:
    """Raise CommandError unless documents come from one side, which is well named."""
    if not options.subscription:
        if not has_input:
            raise _usage("--streaming needs --input or --subscription")
        return
    if has_input:
        raise _usage("--streaming takes --input or --subscription, not both")
    if options.max_polls:
        raise _usage("--max-polls is for --input: a subscription is not polled")
    if not SUBSCRIPTION.fullmatch(options.subscription):
        raise _usage(f"{options.subscription!r} is no projects/PROJECT/subscriptions/NAME")


def _usage(message: str) -> CommandError:
    return CommandError(ExitCode.USAGE, f"{message}; see 'suzgi ingest --help'")
