"""`suzgi verify`: check outputs from their manifests to the lines of their articles."""

import argparse
import sys
from typing import TYPE_CHECKING

from pipelines.beam_logging import quiet_beam
from pipelines.exit_codes import CommandError, ExitCode

if TYPE_CHECKING:
    from transforms.verification import Verification


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `suzgi verify`."""
    parser.add_argument("output", nargs="+", metavar="DIR", help="output of suzgi ingest")
    parser.add_argument(
        "--sample",
        type=int,
        default=100,
        metavar="N",
        help="rebuild the lines of each N-th article of a file (default: %(default)s; 1: of all)",
    )
    parser.add_argument("--quiet", action="store_true", help="print the faults alone")
    parser.epilog = f"exit code {ExitCode.FAULTS_FOUND:d} where anything is wrong."


def run(arguments: argparse.Namespace) -> int:
    """Run the command: print each fault in a line, and what was looked at."""
    quiet_beam()
    if arguments.sample < 1:
        raise CommandError(ExitCode.USAGE, f"argument --sample: {arguments.sample} is below 1")
    faults = sum(
        _verify(output, arguments.sample, quiet=arguments.quiet) for output in arguments.output
    )
    return ExitCode.FAULTS_FOUND if faults else ExitCode.OK


def _verify(output: str, sample: int, *, quiet: bool) -> int:
    """Verify one output and return how many faults it has."""
    from pipelines.output_directory import canonical_output  # noqa: PLC0415 (Beam takes seconds)
    from pipelines.output_lock import is_locked  # noqa: PLC0415
    from transforms.verification import Verification  # noqa: PLC0415

    place = canonical_output(output)
    verification = Verification(place, sample, is_at_work=is_locked(place))
    count = 0
    try:
        for count, fault in enumerate(verification.faults(), 1):  # noqa: B007
            sys.stdout.write(f"{verification.output}/{fault.name}: {fault.message}\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(ExitCode.NO_INPUT, f"cannot verify {output}: {reason}") from error
    if not quiet:
        sys.stdout.write(_summary(verification, count))
    return count


def _summary(verification: "Verification", faults: int) -> str:
    """Return what was looked at and how many faults there are."""
    found = "no fault" if not faults else f"{faults} faults" if faults > 1 else "1 fault"
    rest = "; what a process at work there has not committed is left out"
    return (
        f"{verification.output}: {verification.runs:,} runs, {verification.files:,} files, "
        f"{verification.rows:,} rows, lines of {verification.accounted:,} articles: {found}"
        f"{rest if verification.is_at_work else ''}\n"
    )
