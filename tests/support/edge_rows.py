"""Rows at the edges of what a row may hold: for tests of what reads them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, TypeVar, get_origin, get_type_hints

from any_rows import INTS, LONGS

from schemas.avro import Row, SchemaName
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

T = TypeVar("T")

TEXTS = (
    "",
    " ",
    "Әліпбиде Ә, Ғ, Қ, Ң, Ө, Ұ, Ү, Һ, І бар.",
    "Älipbide Ä, Ğ, Ñ, Ö, Ū, Ü, Ş jäne I men ı bar.",
    "الىپبيدە ٴا، ع، ق، ڭ، ٴو، ۇ، ٴۇ، ھ بار.",
    "й и\u0306, ё е\u0308: one character or two",
    "👩‍👩‍👧🏽 🇰🇿",
    "𐰴𐰀𐰔𐰴 \U0010ffff",
    "\0",
    "a\0b",
    "".join(map(chr, range(1, 32))) + "\x7f\x80\x85\xa0\u200f\u2028\u2029\ufeff\ufffd\ufffe\uffff",
    "\r\n\t\"'`\\ {} [null] \\N NULL",
    "қ" * 70_000,
)
"""Scripts, planes, controls, what looks like a null in text, and a length of three varint bytes."""
BYTES = (b"", b"\0", b"\xff", b"\xed\xa0\x80", bytes(range(256)), bytes(70_000))
DOUBLES = (0.0, -0.0, 0.1, 1.0, 5e-324, 1.7976931348623157e308, float("inf"), float("-inf"))
DAYS = (date.min, date(1969, 12, 31), date(1970, 1, 1), date(2024, 2, 29), date.max)
MOMENTS = (
    datetime(1900, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 18, 40, 0, 1, tzinfo=UTC),
    datetime(2200, 1, 1, tzinfo=UTC),
)
DATELINES = (
    None,
    Dateline(None, None, None),
    Dateline("", "", ""),
    Dateline(None, "14 мамыр", None),
)

BLANKS: dict[Any, Any] = {
    str: "",
    bytes: b"",
    bool: False,
    int: 0,
    float: 0.0,
    date: date(2024, 6, 1),
}


def bare(row_type: type[T]) -> T:
    """Return the row that holds the least: nulls, empty texts and arrays, zeros."""
    hints = get_type_hints(row_type)
    return row_type(**{name: _blank(annotation) for name, annotation in hints.items()})


def _blank(annotation: Any) -> Any:
    """Return the least value of a type."""
    if get_origin(annotation) is UnionType:
        return None
    if get_origin(annotation) is Sequence:
        return ()
    return BLANKS[annotation] if annotation in BLANKS else bare(annotation)


NO_LINES = bare(Quality)
BARE_ARTICLE = bare(Article)
BARE_DEAD_LETTER = bare(DeadLetter)
BARE_DUPLICATE = bare(Duplicate)


def edge_rows(name: SchemaName, longs: range = LONGS) -> list[Row]:
    """Return rows of a schema, each with a `source_uri` of its own, and longs from a range."""
    edges = (longs.start, -1, 0, longs.stop - 1)
    rows: list[Row]
    if name == "article":
        rows = [BARE_ARTICLE, *_articles_of_texts(), *_articles_of_numbers(edges)]
    elif name == "dead_letter":
        rows = [
            *(replace(BARE_DEAD_LETTER, message=text) for text in TEXTS),
            *(replace(BARE_DEAD_LETTER, content=content, truncated=True) for content in BYTES),
            *(replace(BARE_DEAD_LETTER, content_bytes=number) for number in edges),
            *(replace(BARE_DEAD_LETTER, attempt=number) for number in (INTS.start, INTS.stop - 1)),
            *(replace(BARE_DEAD_LETTER, ingest_date=day) for day in DAYS),
        ]
    else:
        rows = [
            *(replace(BARE_DUPLICATE, duplicate_of=text) for text in TEXTS),
            *(replace(BARE_DUPLICATE, content_bytes=number) for number in edges),
            *(replace(BARE_DUPLICATE, ingest_date=day) for day in DAYS),
            *(replace(BARE_DUPLICATE, similarity=double) for double in DOUBLES),
        ]
    return [replace(row, source_uri=f"file:///{number:03}") for number, row in enumerate(rows)]


def _articles_of_texts() -> list[Article]:
    """Return articles with each text wherever a text may be, in arrays of two and in long ones."""
    return [
        replace(
            BARE_ARTICLE,
            id=text,
            site=text,
            languages=(LanguageShare(text, text, 0.5), LanguageShare("", "", 0.5)),
            title=text,
            near_duplicate_of=text,
            authors=("", text),
            dateline=Dateline(text, None, text),
            tags=(text, text),
            paragraphs=(Paragraph(0, text, None), Paragraph(1, text, text)),
            metadata_lines=(MetadataLine(0, text, text, 0),),
            removed_lines=(RemovedLine(2, text, text, text, text, 1.0),),
            repairs=(Repair(0, text, text, "", 0), Repair(0, text, "", text, 3)),
        )
        for text in TEXTS
    ] + [
        replace(BARE_ARTICLE, tags=("a", *[""] * 300)),
        replace(BARE_ARTICLE, paragraphs=[Paragraph(line, "Қала.", None) for line in range(300)]),
    ]


def _articles_of_numbers(edges: tuple[int, ...]) -> list[Article]:
    """Return articles with the numbers, dates and records at the edges."""
    last = INTS.stop - 1
    return [
        *(
            replace(
                BARE_ARTICLE,
                content_bytes=number,
                view_count=number,
                source_uri_count=number,
                quality=Quality(number, number, number, number, number, 0.0, 0.0),
            )
            for number in edges
        ),
        *(
            replace(
                BARE_ARTICLE,
                language_confidence=double,
                near_duplicate_similarity=double,
                quality=replace(NO_LINES, letter_share=double),
            )
            for double in DOUBLES
        ),
        *(replace(BARE_ARTICLE, ingest_date=day, published_date=day) for day in DAYS),
        *(replace(BARE_ARTICLE, published_at=moment) for moment in MOMENTS),
        *(replace(BARE_ARTICLE, dateline=dateline) for dateline in DATELINES),
        replace(
            BARE_ARTICLE, paragraphs=(Paragraph(last, "", None), Paragraph(INTS.start, "", ""))
        ),
    ]
