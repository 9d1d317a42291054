"""Hand flags that are not ours to Beam, and refuse those that Beam does not know either."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from apache_beam.options import pipeline_options
from apache_beam.options.pipeline_options import (
    DebugOptions,
    PipelineOptions,
    SetupOptions,
    StandardOptions,
)

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.job_server import add_engine_flags, stream_flags
from pipelines.local_runner import choose_runner
from pipelines.main import known_flags, unknown_flag

PRISM_NAMES = ("prism", "prismrunner")
PRISM_WITHOUT_SPLITS = "prism_disable_sdf_split"
"""Prism 2.77 splits a slow bundle of a step with state between two elements of one key, too, and
then forgets what the first ones wrote (`splitBundle` in its engine/elementmanager.go): parts of a
round were lost, and with them the round."""


class BeamParser(pipeline_options._BeamArgumentParser):  # it knows Beam's deferred values
    """A parser of Beam's flags that reports errors as ours does."""

    def error(self, message: str) -> NoReturn:
        """End the command."""
        raise CommandError(ExitCode.USAGE, message)


def read_beam_options(
    flags: Sequence[str], own_flags: Sequence[str], *, is_stream: bool = False
) -> PipelineOptions:
    """Return the options that Beam reads from the flags, with our choice of runner.

    Raises CommandError for a flag that neither we nor Beam nor the engine behind a job server
    know: Beam would ignore it.
    """
    parser = beam_parser()
    if is_stream:
        flags = [*flags, *stream_flags(PipelineOptions(list(flags)))]
    known, unknown = parser.parse_known_args(list(flags))
    options = PipelineOptions(list(flags))
    if unknown:
        add_engine_flags(parser, options)
        known, unknown = parser.parse_known_args(list(flags))
    if unknown:
        everything = [*own_flags, *known_flags(parser)]
        raise CommandError(ExitCode.USAGE, unknown_flag(unknown[0], everything))
    if known.streaming:
        raise CommandError(ExitCode.USAGE, "this command takes no --streaming")
    standard = options.view_as(StandardOptions)
    standard.runner = choose_runner(known.runner, is_stream=is_stream)
    standard.streaming = is_stream
    setup = options.view_as(SetupOptions)
    setup.save_main_session = bool(setup.save_main_session)  # Dataflow's runner would: not needed
    if standard.runner.lower() in PRISM_NAMES:
        options.view_as(DebugOptions).add_experiment(PRISM_WITHOUT_SPLITS)
    return options


def beam_parser() -> argparse.ArgumentParser:
    """Return a parser of the flags of all option classes that are loaded."""
    parser = BeamParser(prog="suzgi ingest", allow_abbrev=False)
    for group in dict.fromkeys(PipelineOptions.__subclasses__()):
        group._add_argparse_args(parser)
    return parser
