"""`suzgi evaluate`: measure removal and fields on labelled pages."""

import argparse
import gzip
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from pipelines.evaluate_tables import print_report, print_worst
from pipelines.exit_codes import CommandError, ExitCode
from transforms.decompression import compression_of, decompress
from transforms.limits import MAX_DOCUMENT_BYTES
from transforms.text.decode import decode
from transforms.text.document import Document, DocumentError, ExtractOptions
from transforms.text.evaluation.gold import GROUP_KEYS, GoldPage, LabelError, read_gold
from transforms.text.evaluation.scores import Answer, ErrorKind, PageScore, score_page
from transforms.text.evaluation.summary import group_scores, summarize, worst_pages
from transforms.text.extract import extract_article
from transforms.text.lines import split_lines
from transforms.text.page import Page, line_roles, read_page

LINE_KINDS: tuple[ErrorKind, ...] = ("lost", "kept", "role")
ALL_KINDS: tuple[ErrorKind, ...] = (*LINE_KINDS, "field")
PIPED_WIDTH = 180
"""Tables have up to 14 columns; a pipe has no width of its own."""

ANY_DAY = date(1970, 1, 1)
"""The ingest date, which no figure depends on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `suzgi evaluate`."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="labelled pages: JSON lines, .gz too, in either of the two label formats",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument(
        "--errors",
        type=page_count,
        default=0,
        metavar="N",
        help="show the N worst pages, line by line",
    )
    parser.add_argument(
        "--errors-in",
        choices=ALL_KINDS,
        action="append",
        help="show only body lost, boilerplate kept, wrong roles or wrong fields; may be repeated",
    )
    parser.add_argument(
        "--by",
        type=group_keys,
        default=["language", "source"],
        metavar="KEY,KEY",
        help=f"split by any of {', '.join(GROUP_KEYS)} (default language,source; - for none)",
    )


def group_keys(text: str) -> list[str]:
    """Return the keys by which results are split; raise argparse's error for an unknown one."""
    keys = [] if text == "-" else [key.strip() for key in text.split(",")]
    for key in keys:
        if key not in GROUP_KEYS:
            raise argparse.ArgumentTypeError(f"{key!r} is none of {', '.join(GROUP_KEYS)}")
    return keys


def page_count(text: str) -> int:
    """Return a number of pages; raise argparse's error for anything else."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate all files together, print the figures, and return the exit code."""
    scores = list(_score_all(arguments.files))
    kinds = arguments.errors_in or LINE_KINDS
    if arguments.json:
        report = to_json(scores, arguments.by, arguments.errors, kinds)
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
        return ExitCode.OK
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    console = Console(highlight=False, markup=False, emoji=False, width=width)
    print_report(scores, arguments.by, console)
    print_worst(worst_pages(scores, arguments.errors, kinds), console)
    return ExitCode.OK


def _score_all(files: Sequence[Path]) -> Iterator[PageScore]:
    """Yield the score of every labelled page, with a counter on a terminal."""
    progress = Console(stderr=True)
    pages = ((path, gold) for path in files for gold in read_labels(path))
    for path, gold in track(
        pages, "pages", console=progress, transient=True, disable=not progress.is_terminal
    ):
        lines, answer = _answer_exact(gold, path.parent) if gold.file else _answer_coarse(gold)
        yield score_page(gold, lines, answer)


def read_labels(path: Path) -> Iterator[GoldPage]:
    """Yield the pages of a label file; raise CommandError where it cannot be read."""
    number = 0
    try:
        with path.open("rb") as stored:
            lines = gzip.GzipFile(fileobj=stored) if path.suffix == ".gz" else stored
            for number, line in enumerate(lines, 1):  # noqa: B007 - the error names the line
                if line.strip():
                    yield read_gold(json.loads(line))
    except (LabelError, json.JSONDecodeError) as error:
        raise CommandError(ExitCode.NO_INPUT, f"{path}:{number}: {error}") from error
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise CommandError(ExitCode.NO_INPUT, f"{path}: cannot be read: {error}") from error


def _answer_coarse(gold: GoldPage) -> tuple[Sequence[str], Answer]:
    """Return the lines of a record and what is said of them."""
    lines = gold.lines or []
    page = read_page(lines)
    return lines, Answer(line_roles(page), fields_of(page))


def _answer_exact(gold: GoldPage, directory: Path) -> tuple[Sequence[str], Answer]:
    """Return the lines of a page beside its labels and what is said of it, language too."""
    path = directory / str(gold.file)
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; label files lie beside their pages"
        raise CommandError(ExitCode.NO_INPUT, message) from error
    try:
        if compression := compression_of(path.name):
            content = decompress(content, compression, MAX_DOCUMENT_BYTES)
        lines = split_lines(decode(content).text)
        page = read_page(lines, gold.timezone)
        article = extract_article(Document(str(path), content), ExtractOptions(ANY_DAY))
    except DocumentError as error:
        return [], Answer({}, failed=f"{error.stage}/{error.code}")
    return lines, Answer(line_roles(page), fields_of(page), article.language, article.script)


def fields_of(page: Page) -> dict[str, Any]:
    """Return the fields of a page in the form of the labels."""
    fields = page.fields
    at = fields.published_at
    return {
        "title": fields.title,
        "title_line": fields.title_line,
        "authors": list(fields.authors),
        "published_text": fields.published_text,
        "published_date": fields.published_date and fields.published_date.isoformat(),
        "published_at": at and at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "dateline": _dateline_of(page),
        "section": fields.section,
        "source": fields.source,
        "view_count": fields.view_count,
        "comment_count": fields.comment_count,
        "tags": list(fields.tags),
    }


def _dateline_of(page: Page) -> dict[str, object] | None:
    """Return the dateline and the line that it stands in."""
    if page.fields.dateline is None:
        return None
    lines = [part.line for part in page.metadata_lines if part.field == "dateline"]
    return {"line": lines[0] if lines else None, **asdict(page.fields.dateline)}


def to_json(
    scores: Sequence[PageScore], keys: Sequence[str], errors: int, kinds: Sequence[ErrorKind]
) -> dict[str, object]:
    """Return the machine form of the report."""
    return {
        "total": asdict(summarize(scores)),
        "by": {
            key: {
                name: asdict(summarize(group)) for name, group in group_scores(scores, key).items()
            }
            for key in keys
        },
        "wrong_roles": _mistakes(worst_pages(scores, len(scores), ["role"])),
        "worst_pages": _mistakes(worst_pages(scores, errors, kinds)),
    }


def _mistakes(pages: Sequence[tuple[PageScore, Sequence[Any]]]) -> list[dict[str, object]]:
    """Return pages with their mistakes as plain objects."""
    return [
        {"page": score.name, **score.groups, "mistakes": [asdict(mistake) for mistake in mistakes]}
        for score, mistakes in pages
    ]


if __name__ == "__main__":
    from pipelines.main import main

    sys.exit(main(["evaluate", *sys.argv[1:]]))
