"""`suzgi inspect`: show each line of a page with its verdict and why."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console

from pipelines.beam_logging import quiet_beam
from pipelines.exit_codes import ExitCode
from pipelines.inspect_lines import Inspection, inspect_content
from pipelines.inspect_view import print_inspection
from pipelines.language_options import add_detector_argument
from transforms.text.document import DocumentError, ExtractOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `suzgi inspect`."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a page: a path or a URI; .gz, .bz2 and .zst too"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per file and line")
    parser.add_argument(
        "--timezone",
        type=timezone_name,
        metavar="ZONE",
        help="IANA zone, such as Asia/Almaty, of dates that print none",
    )
    add_detector_argument(parser)


def timezone_name(name: str) -> str:
    """Return a zone's name if this machine knows it; raise argparse's error otherwise."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(f"no such time zone: {name}") from error
    return name


def run(arguments: argparse.Namespace) -> int:
    """Show every file and return the exit code.

    It is `NO_INPUT` if a file cannot be read, and else `TOO_MANY_DEAD_LETTERS` if a page would be
    a dead letter.
    """
    options = ExtractOptions(
        datetime.now(UTC).date(), arguments.timezone, arguments.language_detector
    )
    console = Console(highlight=False, markup=False, emoji=False)
    codes = {_show(uri, options, console, arguments.json) for uri in arguments.files}
    for code in (ExitCode.NO_INPUT, ExitCode.TOO_MANY_DEAD_LETTERS):
        if code in codes:
            return code
    return ExitCode.OK


def _show(uri: str, options: ExtractOptions, console: Console, as_json: bool) -> ExitCode:
    """Show one file and return its exit code."""
    inspection = _inspect(uri, options)
    if as_json:
        sys.stdout.write(json.dumps(to_json(inspection), ensure_ascii=False) + "\n")
    else:
        print_inspection(inspection, console)
    error = inspection.error
    if error is None:
        return ExitCode.OK
    console.file.flush()
    sys.stderr.write(f"suzgi: error: {uri}: {error}\n")
    is_unread = error.stage in ("read", "decompress")
    return ExitCode.NO_INPUT if is_unread else ExitCode.TOO_MANY_DEAD_LETTERS


def _inspect(uri: str, options: ExtractOptions) -> Inspection:
    """Return what is known of a file, at the least its error."""
    quiet_beam()
    # Beam takes seconds to load: not for `--help` or wrong usage.
    from transforms.documents import read_document  # noqa: PLC0415

    try:
        content = read_document(uri)
    except DocumentError as error:
        return Inspection(uri, {}, [], [], error)
    return inspect_content(uri, content, options)


def to_json(inspection: Inspection) -> dict[str, object]:
    """Return the machine form of an inspection."""
    error = inspection.error
    return {
        "uri": inspection.uri,
        "error": error and {"stage": error.stage, "code": error.code, "message": error.message},
        "fields": {name: _plain(value) for name, value in inspection.fields.items()},
        "lines": [asdict(line) for line in inspection.lines],
        "repairs": [asdict(repair) for repair in inspection.repairs],
    }


def _plain(value: object) -> object:
    """Return a date or an instant in ISO 8601, anything else as it is."""
    return value.isoformat() if isinstance(value, date) else value


if __name__ == "__main__":
    from pipelines.main import main

    sys.exit(main(["inspect", *sys.argv[1:]]))
