"""`suzgi replay`: feed the dead letters of finished runs back in after a fix."""

import argparse
import hashlib
import sys
from typing import TYPE_CHECKING

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.ingest import run_with
from pipelines.ingest_options import TEXT_FIELD, IngestOptions, add_run_arguments

if TYPE_CHECKING:
    from pipelines.ingest_run import Work

MAX_DEAD_LETTERS = 100.0
"""Percent. What fails again has failed before: no reason to be alarmed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `suzgi replay`: those of `suzgi ingest` but for the input."""
    parser.add_argument("directory", metavar="DIR", help="the output of the run that failed")
    parser.add_argument(
        "--code",
        action="append",
        default=[],
        help="replay only dead letters with this code; repeatable",
    )
    parser.add_argument(
        "--stage",
        action="append",
        default=[],
        help="replay only dead letters of this stage; repeatable",
    )
    add_run_arguments(parser)
    parser.set_defaults(
        max_dead_letters=MAX_DEAD_LETTERS,
        input_list=[],
        null=False,
        suffix=[],
        text_field=TEXT_FIELD,
        uri_field=None,
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command: list the dead letters, process, commit, report."""
    arguments.input = [arguments.directory]
    codes, stages = _distinct(arguments.code), _distinct(arguments.stage)
    return run_with(arguments, lambda options: _find_letters(options, codes, stages))


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Return names in order, each once."""
    return tuple(sorted(set(names)))


def _find_letters(
    options: IngestOptions, codes: tuple[str, ...], stages: tuple[str, ...]
) -> "Work":
    """Return the chosen dead letters as work; raise CommandError, InputError without any."""
    from pipelines.ingest_run import Work  # noqa: PLC0415 (Beam takes seconds to load)
    from pipelines.output_directory import canonical_output, read_manifests  # noqa: PLC0415
    from transforms.parts import OutputError  # noqa: PLC0415
    from transforms.replay import Choice, list_letters, plan_replay  # noqa: PLC0415

    place = canonical_output(options.inputs[0])
    try:
        runs = [(place, manifest) for manifest in read_manifests(place)]
    except (OSError, OutputError) as error:
        raise CommandError(
            ExitCode.NO_INPUT, f"cannot read the runs in {place}: {error}"
        ) from error
    if not runs:
        raise CommandError(ExitCode.NO_INPUT, f"no finished run is in {place}")
    found = list_letters(runs, Choice(codes, stages))
    shards = list(plan_replay(found.letters, options.shard_bytes))
    listings = [shard.listing_sha256 for shard in shards]
    listing = "\n".join([*found.replay.runs, *listings]).encode("ascii")
    is_known = all(listings)
    return Work(shards, hashlib.sha256(listing).hexdigest() if is_known else "", found.replay)


if __name__ == "__main__":
    from pipelines.main import main

    sys.exit(main(["replay", *sys.argv[1:]]))
