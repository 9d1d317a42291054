"""The frozen rows that mirror the published Avro schemas, field for field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

UNDETERMINED = "und"
"""BCP 47 tag of a text whose language nobody can say."""


@dataclass(frozen=True, slots=True)
class LanguageShare:
    """One language of a page and the share of its letters (0 to 1)."""

    language: str
    script: str
    share: float


@dataclass(frozen=True, slots=True)
class Dateline:
    """Where, when and for whom a report was filed, as its first paragraph prints it."""

    place: str | None
    date_text: str | None
    agency: str | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A kept line of prose; `line` counts from 0 over the decoded text."""

    line: int
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class MetadataLine:
    """A line, or the part of one that begins at code point `start`, that states a field."""

    line: int
    field: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class RemovedLine:
    """A line of boilerplate: its family, the layer that decided, and on what evidence."""

    line: int
    text: str
    family: str
    layer: str
    evidence: str
    score: float


@dataclass(frozen=True, slots=True)
class Repair:
    """A change made to the text: `before` stood at code point `start` of the repaired line."""

    line: int
    kind: str
    before: str
    after: str
    start: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts and shares by which a consumer can filter articles."""

    line_count: int
    paragraph_count: int
    metadata_line_count: int
    removed_line_count: int
    repair_count: int
    letter_share: float
    removed_share: float


@dataclass(frozen=True, slots=True)
class Article:
    """The published record of one page. None means that the page does not say."""

    id: str
    source_uri: str
    site: str | None
    content_sha256: str
    content_bytes: int
    encoding: str
    ingest_date: date
    language: str
    script: str | None
    language_confidence: float
    language_route: str | None
    languages: Sequence[LanguageShare]
    title: str | None
    authors: Sequence[str]
    published_at: datetime | None
    published_date: date | None
    published_text: str | None
    record_date_text: str | None
    dateline: Dateline | None
    section: str | None
    source: str | None
    view_count: int | None
    comment_count: int | None
    tags: Sequence[str]
    paragraphs: Sequence[Paragraph]
    metadata_lines: Sequence[MetadataLine]
    removed_lines: Sequence[RemovedLine]
    repairs: Sequence[Repair]
    quality: Quality
    extractor_version: str
    source_uri_count: int | None
    near_duplicate_of: str | None
    near_duplicate_similarity: float | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A document whose content another document of the run has too, or nearly, and its article."""

    source_uri: str
    content_sha256: str
    content_bytes: int
    duplicate_of: str
    ingest_date: date
    similarity: float | None
    record_date_text: str | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A document that failed, kept with its reason and, up to a cap, its bytes."""

    id: str
    source_uri: str
    stage: str
    code: str
    message: str
    content: bytes
    content_sha256: str
    content_bytes: int
    truncated: bool
    attempt: int
    ingest_date: date
    record_date_text: str | None = None
    container_uri: str | None = None
