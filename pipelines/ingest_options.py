"""The options of `suzgi ingest`: parsed, checked, and from then on immutable."""

import argparse
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.language_options import add_detector_argument, language_tags, unanswered_tag
from pipelines.log_lines import add_log_arguments
from pipelines.near_options import NearOptions, add_near_arguments, read_near_options
from schemas.avro import CODECS, Codec
from transforms.limits import MAX_DOCUMENT_BYTES, SHARD_BYTES
from transforms.text.lines import MAX_LINE_CHARACTERS, MAX_LINES

MAX_DEAD_LETTERS = 5.0
"""Percent. More says that the input is not what it should be."""


TEXT_FIELD = "text"
"""What has the text in JSON records, unless the user says another."""


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What the user asked for."""

    inputs: tuple[str, ...]
    input_lists: tuple[str, ...]  # of paths and uris; `-` is the standard input
    null: bool  # NUL bytes separate the entries of lists
    output: str
    suffixes: tuple[str, ...]
    codec: Codec
    timezone: str | None
    ingest_date: date
    is_dated: bool  # the user named the date
    max_dead_letters: float  # percent of the documents
    max_document_bytes: int
    max_lines: int
    max_line_characters: int
    text_field: str  # of JSON records, as are the next two
    uri_field: str | None
    date_field: str | None
    timeout: float | None  # seconds a document; None: any time
    shard_bytes: int
    workers: int  # processes of the local runner
    language_detector: str
    languages: tuple[str, ...] | None  # None: all
    near: NearOptions
    quiet: bool
    json: bool

    def shaping(self) -> dict[str, str | int | None]:
        """Return the options that shape the output, for the manifest and the name of the run."""
        return {
            "codec": self.codec,
            "timezone": self.timezone,
            "ingest_date": self.ingest_date.isoformat(),
            "max_document_bytes": self.max_document_bytes,
            "max_lines": self.max_lines,
            "max_line_characters": self.max_line_characters,
            "text_field": self.text_field,
            "uri_field": self.uri_field,
            "date_field": self.date_field,
            "timeout": None if self.timeout is None else f"{self.timeout:g}",
            "shard_bytes": self.shard_bytes,
            "language_detector": self.language_detector,
            "languages": ",".join(self.languages) if self.languages else None,
            **self.near.shaping(),
        }


def add_ingest_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments; flags that the parser does not know go to Beam."""
    add_pattern_arguments(parser)
    _add_list_arguments(parser)
    add_run_arguments(parser)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a replay takes too: everything but the input."""
    parser.set_defaults(beam_flags=[], see_help=f"see '{parser.prog} --help'")
    parser.epilog = (
        "Any flag of Apache Beam is passed on, such as --temp_location. The runner is FnApiRunner "
        "unless --runner says another; DirectRunner means the same."
    )
    _add_record_arguments(parser)
    _add_reading_arguments(parser)
    _add_language_arguments(parser)
    add_near_arguments(parser)
    _add_output_arguments(parser)


def add_pattern_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what names inputs by patterns, and what to take from them."""
    add = parser.add_argument
    add(
        "--input",
        nargs="+",
        action="extend",
        metavar="PATTERN",
        help="files, globs (** too) or directories, local or in a store (gs://, s3://); repeatable",
    )
    add(
        "--suffix",
        action="append",
        default=[],
        metavar=".EXT",
        help="take files with this suffix from directories too, besides .txt; repeatable",
    )


def _add_record_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--text-field",
        default=TEXT_FIELD,
        metavar="NAME",
        help="what has the text in records of .jsonl and .ndjson files; names joined by dots lead "
        "into objects (default: %(default)s)",
    )
    add(
        "--uri-field",
        metavar="NAME",
        help="what has the uri of such a record (default: that of the file, with the line)",
    )
    add(
        "--date-field",
        metavar="NAME",
        help="what has the date of publication in such a record; it counts before the one that the "
        "page prints (default: none)",
    )


def _add_list_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--input-list",
        action="append",
        default=[],
        metavar="FILE",
        help="a file of paths or uris, one a line; - for the standard input; repeatable",
    )
    add(
        "--null",
        action="store_true",
        help="NUL bytes end the entries of such a list, as find -print0 writes them",
    )


def _add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--timezone",
        type=_timezone,
        metavar="NAME",
        help="IANA zone of dates that print none, such as Asia/Almaty; without it such a page "
        "gets a date and no point in time",
    )
    add(
        "--max-document-bytes",
        type=positive,
        default=MAX_DOCUMENT_BYTES,
        metavar="N",
        help="larger documents become dead letters (default: %(default)s)",
    )
    add(
        "--max-lines",
        type=positive,
        default=MAX_LINES,
        metavar="N",
        help="documents of more lines, blank ones too, become dead letters (default: %(default)s)",
    )
    add(
        "--max-line-characters",
        type=positive,
        default=MAX_LINE_CHARACTERS,
        metavar="N",
        help="documents with a longer line become dead letters (default: %(default)s)",
    )
    add(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="a document whose extraction takes longer becomes a dead letter (default: any time; "
        "with it the same input may give other bits on a slower machine)",
    )


def _add_language_arguments(parser: argparse.ArgumentParser) -> None:
    add_detector_argument(parser)
    parser.add_argument(
        "--languages",
        type=language_tags,
        metavar="TAG,TAG",
        help="keep articles in these languages, such as kk,ru,und or kk-Cyrl; those in others go "
        "into other_languages (default: keep all)",
    )


def _add_output_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--output", metavar="DIR", help="new, empty, or of an interrupted run")
    add("--codec", choices=CODECS, default="deflate", help="of the Avro files (default: deflate)")
    add(
        "--ingest-date",
        type=_date,
        default=None,
        metavar="YYYY-MM-DD",
        help="the date of the rows (default: that of the run in --output, or today, UTC)",
    )
    add(
        "--max-dead-letters",
        type=_percent,
        default=MAX_DEAD_LETTERS,
        metavar="PERCENT",
        help="exit with code 5 if more documents fail (default: %(default)g); "
        "the output is complete all the same",
    )
    add(
        "--shard-bytes",
        type=positive,
        default=SHARD_BYTES,
        metavar="N",
        help="input of one shard, which gives one file of each kind (default: %(default)s)",
    )
    add(
        "--workers",
        type=positive,
        default=1,
        metavar="N",
        help="processes that share the work on this machine (default: %(default)s)",
    )
    add("--quiet", action="store_true", help="show no progress and no summary")
    add("--json", action="store_true", help="print the manifest instead of the summary")
    add_log_arguments(parser)


def read_options(arguments: argparse.Namespace) -> IngestOptions:
    """Return the options that the parsed arguments make."""
    see_help = arguments.see_help
    named = arguments.input or arguments.input_list or vars(arguments).get("subscription")
    if not named:
        raise CommandError(ExitCode.USAGE, f"--input is needed, or --input-list; {see_help}")
    if not arguments.output:
        raise CommandError(ExitCode.USAGE, f"--output is needed; {see_help}")
    if complaint := unanswered_tag(arguments.languages, arguments.language_detector):
        raise CommandError(ExitCode.USAGE, f"argument --languages: {complaint}")
    extra = [suffix if suffix.startswith(".") else f".{suffix}" for suffix in arguments.suffix]
    return IngestOptions(
        inputs=tuple(arguments.input or ()),
        input_lists=tuple(arguments.input_list),
        null=arguments.null,
        output=arguments.output,
        suffixes=(".txt", *extra),
        codec=arguments.codec,
        timezone=arguments.timezone,
        ingest_date=arguments.ingest_date or datetime.now(UTC).date(),
        is_dated=arguments.ingest_date is not None,
        max_dead_letters=arguments.max_dead_letters,
        max_document_bytes=arguments.max_document_bytes,
        max_lines=arguments.max_lines,
        max_line_characters=arguments.max_line_characters,
        text_field=arguments.text_field,
        uri_field=arguments.uri_field,
        date_field=arguments.date_field,
        timeout=arguments.timeout,
        language_detector=arguments.language_detector,
        languages=arguments.languages,
        near=read_near_options(arguments),
        shard_bytes=arguments.shard_bytes,
        workers=arguments.workers,
        quiet=arguments.quiet,
        json=arguments.json,
    )


def positive(text: str) -> int:
    """Return the whole number above 0 that an argument is."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def seconds(text: str) -> float:
    """Return the seconds, above 0, that an argument is."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number


def seconds_or_none(text: str) -> float:
    """Return the seconds that an argument is; none at all are allowed, too."""
    return 0.0 if text == "0" else seconds(text)


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage from 0 to 100")
    return percent


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2024-05-31") from None


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time zone that this machine knows; write it like Asia/Almaty"
        ) from None
    return text
