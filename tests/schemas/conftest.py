"""Rows of every type, small and invented."""

from datetime import UTC, date, datetime

import pytest

from schemas.rows import (
    Article,
    Dateline,
    DeadLetter,
    Duplicate,
    LanguageShare,
    MetadataLine,
    Paragraph,
    Quality,
    RemovedLine,
    Repair,
)


@pytest.fixture
def article() -> Article:
    """Return an article with a value in most fields."""
    return Article(
        id="9a1d44c07be2",
        source_uri="gs://bucket/pages/2.txt",
        site="qala.example",
        content_sha256="b94d",
        content_bytes=612,
        encoding="utf-8",
        ingest_date=date(2024, 6, 2),
        language="kk",
        script="Cyrl",
        language_confidence=0.98,
        language_route="cld2",
        languages=(LanguageShare("kk", "Cyrl", 1.0),),
        title="Қалада жаңа көпір ашылды",
        authors=("Айгүл Серікқызы", "Ербол Тасов"),
        published_at=datetime(2024, 6, 1, 5, 30, 0, 1, tzinfo=UTC),
        published_date=date(2024, 6, 1),
        published_text="1 маусым 2024, 10:30",
        record_date_text="жазда",
        dateline=Dateline("Астана", "1 маусым", None),
        section=None,
        source=None,
        view_count=3_000_000_000,
        comment_count=None,
        tags=(),
        paragraphs=(Paragraph(3, "Өзен үстіндегі көпір бір жылда салынды.", "kk"),),
        metadata_lines=(MetadataLine(0, "title", "Қалада жаңа көпір ашылды", 0),),
        removed_lines=(RemovedLine(6, "Бөлісу", "share", "phrase", "бөлісу", 1.0),),
        repairs=(Repair(3, "latin_letter", "i", "і", 11),),
        quality=Quality(6, 1, 1, 1, 1, 0.83, 0.05),
        extractor_version="0.1.0",
        source_uri_count=2,
        near_duplicate_of="5f0c6e2b",
        near_duplicate_similarity=0.875,
    )


@pytest.fixture
def dead_letter() -> DeadLetter:
    """Return a dead letter whose bytes are no text."""
    return DeadLetter(
        id="77e1",
        source_uri="gs://bucket/pages/3.txt",
        stage="decode",
        code="undecodable",
        message="no encoding fits these bytes",
        content=b"\x00\xff\xfe",
        content_sha256="0a1b",
        content_bytes=5_000_000_000,
        truncated=True,
        attempt=2,
        ingest_date=date(2024, 6, 1),
        record_date_text="2024-06-01",
        container_uri="gs://bucket/pages.jsonl",
    )


@pytest.fixture
def duplicate() -> Duplicate:
    """Return a duplicate of the article."""
    return Duplicate("gs://bucket/pages/5.txt", "b94d", 612, "9a1d44c07be2", date(2024, 6, 1), None)
