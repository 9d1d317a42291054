"""What `suzgi inspect` shows of a page, line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from schemas.rows import Article, MetadataLine, Repair
from transforms.text.decode import decode
from transforms.text.document import Document, DocumentError, ExtractOptions
from transforms.text.extract import extract_article
from transforms.text.lines import split_lines
from transforms.text.page import Page, line_roles, read_page, rebuild_lines

PAGE_FIELDS = (
    "title",
    "authors",
    "published_at",
    "published_date",
    "published_text",
    "dateline",
    "section",
    "source",
    "view_count",
    "comment_count",
    "tags",
)
ARTICLE_FIELDS = ("language", "script", "language_confidence", "language_route", "encoding")


@dataclass(frozen=True, slots=True)
class LinePart:
    """A part of a line: the field that it states, `paragraph`, or `removed`."""

    field: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class InspectedLine:
    """A non-blank line, repaired, with its verdict; the last four tell why it was removed."""

    line: int
    role: str
    text: str
    parts: Sequence[LinePart]
    family: str | None
    layer: str | None
    evidence: str | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file: its fields, its lines, its repairs, and why it would be a dead letter."""

    uri: str
    fields: Mapping[str, object]
    lines: Sequence[InspectedLine]
    repairs: Sequence[Repair]
    error: DocumentError | None


def inspect_content(uri: str, content: bytes, options: ExtractOptions) -> Inspection:
    """Return all that is known of a document.

    A page that can be read but gives no article has its lines and its error.
    """
    try:
        page = read_page(split_lines(decode(content).text), options.timezone)
    except DocumentError as error:
        return Inspection(uri, {}, [], [], error)
    fields = {name: getattr(page.fields, name) for name in PAGE_FIELDS}
    fields["dateline"] = page.fields.dateline and asdict(page.fields.dateline)
    try:
        article = extract_article(Document(uri, content), options)
    except DocumentError as error:
        return Inspection(uri, fields, inspect_lines(page), page.repairs, error)
    return Inspection(
        uri, fields | _article_fields(article), inspect_lines(page), page.repairs, None
    )


def _article_fields(article: Article) -> dict[str, object]:
    """Return what only the whole article tells."""
    fields: dict[str, object] = {name: getattr(article, name) for name in ARTICLE_FIELDS}
    return fields | {"languages": [asdict(share) for share in article.languages]}


def inspect_lines(page: Page) -> list[InspectedLine]:
    """Return the non-blank lines of a page with their verdicts."""
    texts = rebuild_lines(page.paragraphs, page.metadata_lines, page.removed_lines, ())
    removed = {line.line: line for line in page.removed_lines}
    stated: dict[int, list[MetadataLine]] = {}
    for part in page.metadata_lines:
        stated.setdefault(part.line, []).append(part)
    return [
        InspectedLine(
            line=number,
            role=role,
            text=texts[number],
            parts=split_parts(texts[number], stated.get(number, ()), number in removed),
            family=removed[number].family if number in removed else None,
            layer=removed[number].layer if number in removed else None,
            evidence=removed[number].evidence if number in removed else None,
            score=removed[number].score if number in removed else None,
        )
        for number, role in line_roles(page).items()
    ]


def split_parts(text: str, stated: Sequence[MetadataLine], is_removed: bool) -> list[LinePart]:
    """Return the parts of a line in order; together they are the line."""
    rest = "removed" if is_removed else "paragraph"
    parts: list[LinePart] = []
    position = 0
    for part in sorted(stated, key=lambda part: part.start):
        if part.start > position:
            parts.append(LinePart(rest, text[position : part.start], position))
        parts.append(LinePart(part.field, part.text, part.start))
        position = part.start + len(part.text)
    if position < len(text):
        parts.append(LinePart(rest, text[position:], position))
    return parts
