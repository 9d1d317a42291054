"""`suzgi load`: take finished runs into a warehouse, each once."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.beam_logging import quiet_beam
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.log_lines import add_log_arguments, note
from pipelines.printable import printable

if TYPE_CHECKING:
    from transforms.manifest import Manifest
    from transforms.warehouse.destination import Destination, NewRun

DATASET = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]*\.\w+", re.ASCII)
"""Of BigQuery, with its project; that of a domain has the domain before a colon."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `suzgi load`."""
    add = parser.add_argument
    add(
        "output",
        nargs="+",
        metavar="DIR",
        help="output of suzgi ingest, replay or watch, local or in a store",
    )
    add(
        "--to",
        required=True,
        metavar="KIND:PLACE",
        help="the warehouse: duckdb:PATH, a database file, which is made if it is not there, or "
        "bigquery:PROJECT.DATASET, which must be there",
    )
    add("--dry-run", action="store_true", help="say what would be loaded, and change nothing")
    add("--quiet", action="store_true", help="print nothing but errors")
    add_log_arguments(parser)
    parser.epilog = (
        f"Runs that the warehouse has are left out. exit codes: {ExitCode.NO_INPUT:d} no finished "
        f"run, or one that cannot be read; {ExitCode.OUTPUT_UNUSABLE:d} the warehouse cannot be "
        f"used, or another process has it; {ExitCode.RUN_FAILED:d} the warehouse did not take a "
        f"run; {ExitCode.FAULTS_FOUND:d} a file is not as its manifest says. Of a run that was "
        "not loaded as a whole nothing is there; the same command goes on."
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command: find what is new, load run by run, report."""
    quiet_beam()
    with _told_as_ours(), closing(_destination_of(arguments.to)) as destination:
        runs, known = _find_runs(destination, arguments)
        for line in destination.plan(runs) if arguments.dry_run else ():
            _say(arguments, line)
        for each in runs:
            if not arguments.dry_run:
                _load(destination, each)
            _tell(arguments, each)
    summary = _summary(arguments, [each.manifest for each in runs], known)
    _say(arguments, summary)
    if not arguments.quiet:
        note(summary.rstrip("\n"), to=arguments.to, runs=len(runs))
    return ExitCode.OK


def _destination_of(target: str) -> "Destination":
    """Return the destination that an argument names; raise CommandError."""
    kind, colon, place = target.partition(":")
    make = DESTINATIONS.get(kind)
    if not colon or make is None:
        known = ", ".join(f"{name}:" for name in DESTINATIONS)
        message = f"argument --to: {target!r} is no warehouse; it begins with {known}"
        raise CommandError(ExitCode.USAGE, message)
    return make(place)


def _duckdb(path: str) -> "Destination":
    """Return a file of DuckDB; raise CommandError for another place."""
    if not path or "://" in path or path == ":memory:":
        message = f"argument --to: 'duckdb:{path}' names no local file, such as duckdb:a.duckdb"
        raise CommandError(ExitCode.USAGE, message)
    try:
        from transforms.warehouse.duckdb_destination import (  # noqa: PLC0415 (an extra)
            DuckdbDestination,
        )
    except ImportError as error:
        message = f"duckdb: needs DuckDB: pip install 'suzgi[duckdb]' ({error})"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error
    return DuckdbDestination(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links)


def _bigquery(place: str) -> "Destination":
    """Return a dataset of BigQuery; raise CommandError for another place."""
    if not DATASET.fullmatch(place):
        message = (
            f"argument --to: 'bigquery:{place}' names no dataset, such as "
            "bigquery:my-project.articles"
        )
        raise CommandError(ExitCode.USAGE, message)
    try:
        from transforms.warehouse.bigquery_client import open_dataset  # noqa: PLC0415 (an extra)
    except ImportError as error:
        message = f"bigquery: needs Google's client: pip install 'suzgi[bigquery]' ({error})"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error
    return open_dataset(place)


DESTINATIONS: "dict[str, Callable[[str], Destination]]" = {
    "duckdb": _duckdb,
    "bigquery": _bigquery,
}
"""What makes each kind of warehouse."""


def _find_runs(
    destination: "Destination", arguments: argparse.Namespace
) -> "tuple[list[NewRun], int]":
    """Return the runs to load, all with files in full length, and how many are there already."""
    from pipelines.output_directory import canonical_output  # noqa: PLC0415 (Beam takes seconds)
    from transforms.warehouse.loading import (  # noqa: PLC0415
        Known,
        check_sizes,
        find_new_runs,
        is_begun,
    )

    known = Known.of(destination.loaded_runs())
    runs: list[NewRun] = []
    loaded = 0
    for output in map(canonical_output, arguments.output):
        try:
            new, old = find_new_runs(output, known)
            is_empty = not new and not old and not is_begun(output)
        except OSError as error:
            message = f"cannot read {output}: {error.strerror or error}"
            raise CommandError(ExitCode.NO_INPUT, message) from error
        if is_empty:
            message = f"no finished run is in {output}: name the --output of an ingest or a watch"
            raise CommandError(ExitCode.NO_INPUT, message)
        if not new and not old:
            _say(arguments, f"{output}: no run is finished yet")
        runs += new
        loaded += old
    check_sizes(runs)
    return runs, loaded


def _load(destination: "Destination", new: "NewRun") -> None:
    """Load a run; the clock is read here and nowhere below."""
    from transforms.warehouse.loading import load_run  # noqa: PLC0415 (Beam takes seconds)

    load_run(destination, new, datetime.now(UTC))


@contextmanager
def _told_as_ours() -> Iterator[None]:
    """Let what may go wrong end the command, with a code for who is to act."""
    from transforms.parts import OutputError  # noqa: PLC0415 (Beam takes seconds)
    from transforms.warehouse.destination import (  # noqa: PLC0415
        DamagedFileError,
        DestinationUnusableError,
        LoadFailedError,
    )

    try:
        yield
    except DamagedFileError as error:
        message = f"{error}. Nothing of its run is loaded; 'suzgi verify' shows all that is wrong"
        raise CommandError(ExitCode.FAULTS_FOUND, message) from error
    except OutputError as error:
        raise CommandError(ExitCode.NO_INPUT, str(error)) from error
    except DestinationUnusableError as error:
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, str(error)) from error
    except LoadFailedError as error:
        message = f"{error}. Nothing of this run is loaded; the same command goes on from there"
        raise CommandError(ExitCode.RUN_FAILED, message) from error


def _tell(arguments: argparse.Namespace, new: "NewRun") -> None:
    """Say of a run that it is loaded, or would be."""
    from pipelines.run_facts import facts_of_run  # noqa: PLC0415 (Beam takes seconds)

    done = "would be loaded" if arguments.dry_run else "loaded"
    _say(arguments, _line_of(new, done))
    if not arguments.quiet:
        facts = facts_of_run(new.manifest)
        note(f"run {new.manifest.run} {done}", to=arguments.to, output=new.output, **facts)


def _line_of(new: "NewRun", done: str) -> str:
    """Return a line on a run."""
    window, pane = new.manifest.window, new.manifest.pane
    name = f"window {window.number}" if window else f"run {new.manifest.run}"
    name = f"pane {pane.name}" if pane else name
    return f"{new.output}: {name} {done}: {_counts([new.manifest])}\n"


def _counts(manifests: "list[Manifest]") -> str:
    """Return how many rows of each kind runs have."""
    tallies = [manifest.tally for manifest in manifests]
    counts = {
        "articles": sum(tally.articles for tally in tallies),
        "in other languages": sum(tally.other_languages.total() for tally in tallies),
        "duplicates": sum(tally.duplicates for tally in tallies),
        "dead letters": sum(tally.dead_letters.total() for tally in tallies),
    }
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def _summary(arguments: argparse.Namespace, manifests: "list[Manifest]", known: int) -> str:
    """Return the last line: how much is new, and how much was there."""
    done = "would be loaded" if arguments.dry_run else "loaded"
    return (
        f"{arguments.to}: {len(manifests):,} runs {done}, {known:,} were there already; "
        f"{_counts(manifests)}\n"
    )


def _say(arguments: argparse.Namespace, text: str) -> None:
    """Print a line, at once, unless none is wanted."""
    if not arguments.quiet:
        sys.stdout.write(printable(text.rstrip("\n")) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    from pipelines.main import main

    sys.exit(main(["load", *sys.argv[1:]]))
