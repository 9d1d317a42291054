"""Rows of two days, of which the ready-made views of any warehouse tell the same."""

from dataclasses import replace
from datetime import date
from typing import Any

from edge_rows import BARE_ARTICLE, BARE_DEAD_LETTER, BARE_DUPLICATE
from warehouse_loads import written

from schemas.rows import Article, Paragraph, Quality, RemovedLine
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES
from transforms.warehouse.destination import Rows


def day(number: int) -> date:
    return date(2026, 6, number)


def removed(line: int, text: str, family: str) -> RemovedLine:
    return RemovedLine(line, text, family, "phrase", text, 1.0)


def article(identity: str, number: int, language: str = "kk", **more: Any) -> Article:
    """Return an article of a day with two paragraphs, and as many removed lines as are given."""
    lines = more.pop("removed_lines", ())
    quality = Quality(2 + len(lines), 2, 0, len(lines), 0, 1.0, 0.0)
    found = replace(BARE_ARTICLE, id=identity, ingest_date=day(number), language=language)
    paragraphs = (Paragraph(0, "Бір.", "kk"), Paragraph(1, "Екі.", None))
    return replace(found, paragraphs=paragraphs, removed_lines=lines, quality=quality, **more)


SHARE = removed(2, "Бөлісу", "share_social")
OTHER = removed(3, "Оқи отырыңыз", "related_latest")
PRINTED: dict[str, Any] = {"title": "Тақырып", "published_date": day(1), "site": "a.example"}

ARTICLE_ROWS = [
    article("1", 1, script="Cyrl", removed_lines=(SHARE, OTHER), **PRINTED),
    article("2", 1, script="Cyrl", removed_lines=(SHARE, SHARE), **PRINTED),
    article("3", 1, "ru", script="Cyrl", site="b.example"),
    article("4", 2, "ru", script="Cyrl", site="a.example", removed_lines=(OTHER,)),
    article("5", 2, "und"),
]
LETTER = replace(BARE_DEAD_LETTER, stage="decode", code="binary", message="a picture")


def files_for_views() -> list[Rows]:
    """Return files with five articles of two days, and something of all else."""
    return [
        written(ARTICLES, *ARTICLE_ROWS),
        written(OTHER_LANGUAGES, article("6", 2, "en")),
        written(DUPLICATES, replace(BARE_DUPLICATE, ingest_date=day(2))),
        written(DEAD_LETTERS, replace(LETTER, ingest_date=day(1))),
    ]
