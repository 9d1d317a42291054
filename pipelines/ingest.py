"""`suzgi ingest`: read raw pages, write typed articles, and say what became of each page."""

import argparse
import sys
from typing import TYPE_CHECKING

from pipelines.beam_logging import quiet_beam
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.ingest_options import add_ingest_arguments, read_options
from pipelines.log_lines import note, say
from pipelines.streaming_options import add_streaming_arguments, read_streaming_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.ingest_options import IngestOptions
    from pipelines.ingest_run import Work
    from pipelines.streaming_options import StreamingOptions
    from transforms.reports import Tally


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `suzgi ingest`."""
    add_ingest_arguments(parser)
    add_streaming_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command: list, process, commit, report; or stream until it is stopped."""
    streaming = read_streaming_options(arguments)
    return run_stream(arguments, streaming) if streaming else run_with(arguments)


def run_stream(arguments: argparse.Namespace, streaming: "StreamingOptions") -> int:
    """Run the command as a stream."""
    options = read_options(arguments)
    quiet_beam()
    from pipelines.beam_flags import read_beam_options  # noqa: PLC0415 (Beam takes seconds)
    from pipelines.stream_run import stream  # noqa: PLC0415

    flags = read_beam_options(arguments.beam_flags, arguments.own_flags, is_stream=True)
    stream(options, streaming, flags)
    return ExitCode.OK


def run_with(
    arguments: argparse.Namespace, find_work: "Callable[[IngestOptions], Work] | None" = None
) -> int:
    """Run the command on what `find_work` finds; None: on the documents that the options name."""
    options = None if arguments.beam_flags else read_options(arguments)
    quiet_beam()
    # Beam takes seconds to load: only now, when the arguments are known to be right.
    from pipelines.beam_flags import read_beam_options  # noqa: PLC0415
    from pipelines.ingest_run import ingest, list_work  # noqa: PLC0415
    from pipelines.ingest_summary import print_summary  # noqa: PLC0415
    from pipelines.local_runner import use_workers  # noqa: PLC0415
    from pipelines.run_facts import facts_of_run  # noqa: PLC0415

    beam_options = read_beam_options(arguments.beam_flags, arguments.own_flags)
    options = options or read_options(arguments)  # after a misspelt --input was told
    use_workers(beam_options, options.workers)
    outcome = ingest(options, beam_options, find_work or list_work)
    if outcome.was_complete and not options.quiet:
        say(f"this run is complete in {outcome.place}; nothing was done", output=outcome.place)
    if outcome.manifest is None:
        if not options.quiet:
            say(
                "the job is written and runs when it is launched; once it has ended, a manifest "
                f"is in {outcome.place}/manifests",
                output=outcome.place,
            )
        return ExitCode.OK
    if not outcome.was_complete and not options.quiet:
        facts = facts_of_run(outcome.manifest)
        note(f"run {outcome.manifest.run} has committed", output=outcome.place, **facts)
    print_summary(outcome.manifest, outcome.place, options)
    _check_dead_letters(outcome.manifest.tally, options.max_dead_letters)
    return ExitCode.OK


def _check_dead_letters(tally: "Tally", max_percent: float) -> None:
    """Raise CommandError where so many documents failed that something must be wrong."""
    failed = tally.dead_letters.total()
    if 100 * failed > max_percent * tally.documents:
        raise CommandError(
            ExitCode.TOO_MANY_DEAD_LETTERS,
            f"{failed} of {tally.documents} documents failed "
            f"({100 * failed / tally.documents:.4g} %), more than --max-dead-letters "
            f"{max_percent:g}; the output is complete all the same",
        )


if __name__ == "__main__":
    from pipelines.main import main

    sys.exit(main(["ingest", *sys.argv[1:]]))
