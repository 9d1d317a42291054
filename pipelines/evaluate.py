"""`suzgi evaluate`: measure removal and fields on labelled pages, or languages on labelled texts.

Files of pages are evaluated together; each file of texts is a report of its own, because lines,
sentences and documents have figures of their own.
"""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from pipelines.evaluate_language_tables import print_language_report
from pipelines.evaluate_languages import evaluate_languages, is_language_file, report_to_json
from pipelines.evaluate_pages import score_pages, to_json
from pipelines.evaluate_tables import print_report, print_worst
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.language_options import add_detector_argument
from transforms.text.evaluation.gold import GROUP_KEYS
from transforms.text.evaluation.scores import ErrorKind
from transforms.text.evaluation.summary import worst_pages
from transforms.text.language.choice import ROUTED

LINE_KINDS: tuple[ErrorKind, ...] = ("lost", "kept", "role")
ALL_KINDS: tuple[ErrorKind, ...] = (*LINE_KINDS, "field")
DEFAULT_KEYS = ("language", "source")
"""The keys that labelled texts have as well as pages."""
PIPED_WIDTH = 180
"""Tables have up to 14 columns; a pipe has no width of its own."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `suzgi evaluate`."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="labelled pages (JSON lines in either of the two label formats), or labelled texts "
        "(.tsv: language, source, text; a report for each file); .gz too",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument(
        "--errors",
        type=error_count,
        default=0,
        metavar="N",
        help="show the N worst pages, line by line, or the N most confident wrong languages",
    )
    parser.add_argument(
        "--errors-in",
        choices=ALL_KINDS,
        action="append",
        help="show only body lost, boilerplate kept, wrong roles or wrong fields; may be "
        "repeated; of pages only",
    )
    parser.add_argument(
        "--by",
        type=group_keys,
        default=list(DEFAULT_KEYS),
        metavar="KEY,KEY",
        help=f"split by any of {', '.join(GROUP_KEYS)} (default language,source; - for none); "
        "texts have only the first two",
    )
    add_detector_argument(parser)


def group_keys(text: str) -> list[str]:
    """Return the keys by which results are split; raise argparse's error for an unknown one."""
    keys = [] if text == "-" else [key.strip() for key in text.split(",")]
    for key in keys:
        if key not in GROUP_KEYS:
            raise argparse.ArgumentTypeError(f"{key!r} is none of {', '.join(GROUP_KEYS)}")
    return keys


def error_count(text: str) -> int:
    """Return a number of errors; raise argparse's error for anything else."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate the files, print the figures, and return the exit code."""
    texts = [path for path in arguments.files if is_language_file(path)]
    if not texts:
        return _run_on_pages(arguments)
    if len(texts) < len(arguments.files):
        raise CommandError(
            ExitCode.USAGE, "labelled pages and labelled texts (.tsv) need a call each"
        )
    return _run_on_texts(arguments)


def _run_on_pages(arguments: argparse.Namespace) -> int:
    """Evaluate all files of pages together."""
    if arguments.language_detector != ROUTED:
        raise CommandError(ExitCode.USAGE, "--language-detector is for labelled texts (.tsv)")
    scores = list(score_pages(arguments.files))
    kinds = arguments.errors_in or LINE_KINDS
    if arguments.json:
        return _write_json(to_json(scores, arguments.by, arguments.errors, kinds))
    console = _console()
    print_report(scores, arguments.by, console)
    print_worst(worst_pages(scores, arguments.errors, kinds), console)
    return ExitCode.OK


def _run_on_texts(arguments: argparse.Namespace) -> int:
    """Evaluate each file of labelled texts."""
    if arguments.errors_in:
        raise CommandError(ExitCode.USAGE, "--errors-in is for labelled pages")
    if missing := [key for key in arguments.by if key not in DEFAULT_KEYS]:
        raise CommandError(ExitCode.USAGE, f"--by {missing[0]}: labelled texts have no such key")
    reports = (evaluate_languages(path, arguments.language_detector) for path in arguments.files)
    if arguments.json:
        found = [report_to_json(report, arguments.by, arguments.errors) for report in reports]
        return _write_json({"languages": found})
    console = _console()
    for report in reports:
        print_language_report(report, arguments.by, arguments.errors, console)
    return ExitCode.OK


def _write_json(report: object) -> int:
    """Write a report as JSON and return the exit code."""
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return ExitCode.OK


def _console() -> Console:
    """Return where tables are printed."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(highlight=False, markup=False, emoji=False, width=width)


if __name__ == "__main__":
    from pipelines.main import main

    sys.exit(main(["evaluate", *sys.argv[1:]]))
