"""`suzgi watch`: ingest new and changed files as they come, a window at a time."""

import argparse
from typing import TYPE_CHECKING

from pipelines.beam_logging import quiet_beam
from pipelines.exit_codes import ExitCode
from pipelines.watch_options import add_watch_arguments, read_watch_options

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `suzgi watch`."""
    add_watch_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command until a signal or an option ends it."""
    options = None if arguments.beam_flags else read_watch_options(arguments)
    quiet_beam()
    # Beam takes seconds to load: only now, when the arguments are known to be right.
    from pipelines.beam_flags import read_beam_options  # noqa: PLC0415
    from pipelines.local_runner import use_workers  # noqa: PLC0415
    from pipelines.watch_rounds import watch  # noqa: PLC0415

    def beam_options() -> "PipelineOptions":
        read = read_beam_options(arguments.beam_flags, arguments.own_flags)
        use_workers(read, arguments.workers)
        return read

    beam_options()  # a misspelt --input is told as such
    watch(options or read_watch_options(arguments), beam_options)
    return ExitCode.OK
