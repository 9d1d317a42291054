"""Score labelled pages, and give the figures their machine form."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.label_files import read_lines
from transforms.decompression import compression_of, decompress
from transforms.limits import MAX_DOCUMENT_BYTES
from transforms.text.decode import decode
from transforms.text.document import Document, DocumentError, ExtractOptions
from transforms.text.evaluation.gold import GoldPage, read_gold
from transforms.text.evaluation.scores import Answer, ErrorKind, PageScore, score_page
from transforms.text.evaluation.summary import group_scores, summarize, worst_pages
from transforms.text.extract import extract_article
from transforms.text.lines import split_lines
from transforms.text.page import Page, line_roles, read_page

ANY_DAY = date(1970, 1, 1)
"""The ingest date, which no figure depends on."""


def read_labels(path: Path) -> Iterator[GoldPage]:
    """Yield the pages of a label file; raise CommandError where it cannot be read."""
    return read_lines(path, lambda line: read_gold(json.loads(line)))


def score_pages(files: Sequence[Path]) -> Iterator[PageScore]:
    """Yield the score of every labelled page, with a counter on a terminal."""
    progress = Console(stderr=True)
    pages = ((path, gold) for path in files for gold in read_labels(path))
    for path, gold in track(
        pages, "pages", console=progress, transient=True, disable=not progress.is_terminal
    ):
        lines, answer = _answer_exact(gold, path.parent) if gold.file else _answer_coarse(gold)
        yield score_page(gold, lines, answer)


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
