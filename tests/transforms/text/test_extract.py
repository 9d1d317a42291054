"""A document becomes an article, or fails with one of the documented codes."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.avro import MAX_ROW_BYTES, decode_row, encode_row
from schemas.rows import Article
from transforms.text.document import Document, DocumentError, ExtractOptions
from transforms.text.extract import (
    EXTRACTOR_VERSION,
    MAX_DEAD_LETTER_BYTES,
    article_id,
    dead_letter,
    extract_article,
    site_of,
)

TODAY = date(2026, 11, 22)
OPTIONS = ExtractOptions(ingest_date=TODAY)
PAGE = """Көшеттік көктемге дайын

14.03.2024, 09:15 812

Аудандағы көшеттікте биыл он мың түп қарағай мен қайың өсірілді, олар көктемде қала
саябақтарына отырғызылады деп жоспарланып отыр.

Көшеттік қызметкерлері тұрғындарды сенбілікке шақырады, көшет пен күрек орнында беріледі.

Пікір қалдыру
""".replace("қала\n", "қала ")
CODES = {"empty", "binary", "undecodable", "no_text", "garbled", "no_paragraphs"}


def extract(content: bytes, uri: str = "file:///pages/dala.example/a.txt") -> Article:
    """Return the article of some bytes."""
    return extract_article(Document(uri, content), OPTIONS)


def test_the_article_of_a_page() -> None:
    article = extract(PAGE.encode())
    assert article.title == "Көшеттік көктемге дайын"
    assert article.language == "kk"
    assert article.script == "Cyrl"
    assert article.site == "dala.example"
    assert article.encoding == "utf-8"
    assert article.published_date == date(2024, 3, 14)
    assert article.published_at is None
    assert article.view_count == 812
    assert [paragraph.line for paragraph in article.paragraphs] == [4, 6]
    assert [paragraph.language for paragraph in article.paragraphs] == ["kk", "kk"]
    assert [line.family for line in article.removed_lines] == ["comments"]
    assert article.extractor_version == EXTRACTOR_VERSION


def lines_are_counted(article: Article) -> bool:
    """Tell whether the counts are those that the schema documents."""
    quality = article.quality
    paragraphs = {entry.line for entry in article.paragraphs}
    stating = {entry.line for entry in article.metadata_lines}
    removed = {entry.line for entry in article.removed_lines}
    return (quality.paragraph_count, quality.removed_line_count, quality.repair_count) == (
        len(article.paragraphs),
        len(article.removed_lines),
        len(article.repairs),
    ) and (quality.line_count, quality.metadata_line_count) == (
        len(paragraphs | stating | removed),
        len(stating),
    )


def test_a_line_of_several_parts_counts_once() -> None:
    article = extract(PAGE.encode())
    parts = [(entry.line, entry.field) for entry in article.metadata_lines]
    assert parts == [(0, "title"), (2, "published"), (2, "views")]
    quality = article.quality
    assert (quality.line_count, quality.metadata_line_count) == (5, 2)
    assert lines_are_counted(article)


def test_a_paragraph_after_a_dateline_counts_once() -> None:
    page = PAGE.replace("Аудандағы", "Самалқала. 14 наурыз. Самал-Ақпарат - Аудандағы")
    article = extract(page.encode())
    assert [entry.line for entry in article.metadata_lines] == [0, 2, 2, 4]
    assert [entry.line for entry in article.paragraphs] == [4, 6]
    assert (article.quality.line_count, article.quality.metadata_line_count) == (5, 3)
    assert lines_are_counted(article)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        (b"12 34 56\n\n78 90", "no_text"),
        (("0123456789 " * 40 + "қала").encode(), "garbled"),
        ("Пікір қалдыру\nБасқа жаңалықтар\n".encode(), "no_paragraphs"),
    ],
)
def test_documents_that_fail(content: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as error:
        extract(content)
    assert error.value.code == code


def with_record_date(text: str | None, timezone: str | None = None) -> Article:
    """Return the article of the page whose record states a date."""
    document = Document("file:///pages/dala.example/a.txt", PAGE.encode(), text)
    return extract_article(document, replace(OPTIONS, timezone=timezone))


def test_the_date_of_the_record_counts_before_the_one_that_the_page_prints() -> None:
    article = with_record_date("2024-03-13T22:05:00", "Asia/Almaty")
    assert article.published_text == article.record_date_text == "2024-03-13T22:05:00"
    assert article.published_date == date(2024, 3, 13)
    assert article.published_at == datetime(2024, 3, 13, 17, 5, tzinfo=UTC)
    as_printed = with_record_date(None, "Asia/Almaty")
    assert replace(
        article,
        published_at=as_printed.published_at,
        published_date=as_printed.published_date,
        published_text=as_printed.published_text,
        record_date_text=None,
    ) == as_printed  # the line with the date included  # fmt: skip
    day_alone = with_record_date("2024-03-14", "Asia/Almaty")
    assert (day_alone.published_date, day_alone.published_at) == (date(2024, 3, 14), None)


def test_a_date_of_the_record_that_cannot_be_read_is_kept_and_the_page_is_asked() -> None:
    article = with_record_date("өткен аптада")
    assert article == replace(with_record_date(None), record_date_text="өткен аптада")
    assert article.published_text == "14.03.2024, 09:15"


def test_a_dead_letter_keeps_the_bytes_up_to_a_cap() -> None:
    error = DocumentError("decode", "binary", "not text")
    letter = dead_letter("file:///a.txt", b"x" * (MAX_DEAD_LETTER_BYTES + 1), error, TODAY)
    assert (len(letter.content), letter.truncated) == (MAX_DEAD_LETTER_BYTES, True)
    assert (letter.stage, letter.code, letter.content_bytes) == (
        "decode",
        "binary",
        MAX_DEAD_LETTER_BYTES + 1,
    )
    assert letter.id == article_id("file:///a.txt", letter.content_sha256)


@pytest.mark.parametrize(
    ("uri", "site"),
    [
        ("https://dala.example/kk/1", "dala.example"),
        ("file:///pages/dala.example/2024/a.txt", "dala.example"),
        ("gs://bucket/Dala.Example/a.txt.gz", "dala.example"),
        ("file:///pages/a.txt", None),
        ("file:///pages/a.txt/b.txt", None),
        ("file:///pages/a.example/b.zip!/a.txt", "a.example"),
        ("file:///pages/b.zip!/dala.example/a.txt", "dala.example"),
        ("https://dala.example/1#urn:uuid:2", "dala.example"),
        ("http://[dala.example/1", None),
    ],
)
def test_the_site_is_the_host_or_the_folder_named_like_one(uri: str, site: str | None) -> None:
    assert site_of(uri) == site


def test_the_version_is_that_of_the_package() -> None:
    pyproject = Path(__file__).parents[3] / "pyproject.toml"
    assert tomllib.loads(pyproject.read_text())["project"]["version"] == EXTRACTOR_VERSION


CONTENT = (
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode(errors="replace"))
    | st.text(max_size=80).map(lambda text: (PAGE + text).encode("utf-16", errors="replace"))
    | st.binary(max_size=8).map(lambda junk: PAGE.encode()[:200] + junk + PAGE.encode()[200:])
)


@given(CONTENT)
def test_any_bytes_give_an_article_that_can_be_written_or_a_document_error(content: bytes) -> None:
    code = None
    try:
        article = extract(content)
        assert decode_row(encode_row(article), Article).id == article.id
        assert article.paragraphs
        assert lines_are_counted(article)
    except DocumentError as error:
        code = error.code
    assert code is None or code in CODES


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\n\u3000\n"])
def test_text_that_no_row_can_hold_is_refused_before_it_is_read(separator: str) -> None:
    line = "сөз " * 20
    too_long = (separator.join([line] * (MAX_ROW_BYTES // 120 + 1))).encode()
    with pytest.raises(DocumentError, match="too_large: its text has") as caught:
        extract(too_long)
    assert caught.value.stage == "extract"


def test_white_space_is_not_what_makes_a_text_too_large() -> None:
    blank = (b" " * 99 + b"\n") * (MAX_ROW_BYTES // 100 + 1)
    assert len(extract(PAGE.encode() + blank).paragraphs) == 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (replace(OPTIONS, max_lines=PAGE.count("\n")), None),
        (replace(OPTIONS, max_lines=PAGE.count("\n") - 1), "too_many_lines"),
        (replace(OPTIONS, max_line_characters=max(map(len, PAGE.split("\n")))), None),
        (
            replace(OPTIONS, max_line_characters=max(map(len, PAGE.split("\n"))) - 1),
            "line_too_long",
        ),
    ],
)
def test_lines_have_limits(options: ExtractOptions, code: str | None) -> None:
    document = Document("file:///a.txt", PAGE.replace("\n", "\r\n").encode())
    if code is None:
        assert extract_article(document, options) == extract_article(document, OPTIONS)
        return
    with pytest.raises(DocumentError) as caught:
        extract_article(document, options)
    assert (caught.value.stage, caught.value.code) == ("extract", code)


@pytest.mark.parametrize("line", ["", "а", "\u200b"], ids=["blank", "letter", "invisible"])
def test_millions_of_short_lines_are_refused_before_they_are_split(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("transforms.text.extract.split_lines")
    count = PAGE.count("\n") + 2_000_000
    with pytest.raises(DocumentError, match=f"too_many_lines: {count} lines; 200000 are allowed"):
        extract(PAGE.encode() + f"{line}\n".encode() * 2_000_000)
