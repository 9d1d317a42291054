"""`suzgi replay`: feed the dead letters of finished runs back in after a fix."""

import argparse
import hashlib
import sys
from typing import TYPE_CHECKING

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.ingest import run_with
from pipelines.ingest_options import IngestOptions, add_run_arguments

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
    parser.set_defaults(max_dead_letters=MAX_DEAD_LETTERS, input_list=[], null=False, suffix=[])


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
    from transforms.replay_plan import Choice, plan_replay  # noqa: PLC0415

    place = canonical_output(options.inputs[0])
    try:
        runs = [(place, manifest) for manifest in read_manifests(place)]
    except (OSError, OutputError) as error:
        raise CommandError(
            ExitCode.NO_INPUT, f"cannot read the runs in {place}: {error}"
        ) from error
    if not runs:
        raise CommandError(ExitCode.NO_INPUT, f"no finished run is in {place}")
    plan = plan_replay(runs, Choice(codes, stages), options.shard_bytes)
    for _, manifest in runs:
        if plan.rereads_records:
            _check_same("--uri-field", options.uri_field, manifest.options.get("uri_field"))
        if plan.rereads_files:
            _check_same("--text-field", options.text_field, manifest.options.get("text_field"))
    listings = [shard.listing_sha256 for shard in plan.shards]
    listing = "\n".join([*plan.replay.runs, *listings]).encode("ascii")
    listing_sha256 = hashlib.sha256(listing).hexdigest() if all(listings) else ""
    return Work(list(plan.shards), listing_sha256, plan.replay)


def _check_same(flag: str, given: str | None, held: str | int | None) -> None:
    """Raise CommandError where records would not be told as in the run that is replayed."""
    if given != held:
        message = f"the replay reads records again: give {flag} {held} as for the run"
        if held is None:
            message = f"the replay reads records again: leave {flag} out, as for the run"
        raise CommandError(ExitCode.USAGE, message)


if __name__ == "__main__":
    from pipelines.main import main

    sys.exit(main(["replay", *sys.argv[1:]]))
