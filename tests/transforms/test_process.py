"""The guarded step: every document becomes one row, and a fault costs only its document."""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from schemas.avro import R, read_rows
from schemas.rows import Article, DeadLetter, Duplicate
from transforms import extraction
from transforms.census import Census
from transforms.limits import DEAD_LETTER_BYTES
from transforms.output_files import abandon, list_output
from transforms.parts import DIRECTORIES
from transforms.process import (
    finish_shard,
    process_shard,
)
from transforms.reports import ChangedDocument, Example, ShardReport
from transforms.shard_reports import WORK
from transforms.shard_settings import ShardSettings
from transforms.shards import Shard
from transforms.text.decode import Decoded
from transforms.text.document import Document, ExtractOptions
from transforms.text.extract import article_id, extract_article, extract_decoded, warm_up
from transforms.verdicts import Verdict

PAGE = """Кітапхана жаңа зал ашты

Қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады.
"""
TODAY = date(2024, 5, 31)


@pytest.fixture
def settings(tmp_path: Path) -> ShardSettings:
    """Return settings with an output that is ready."""
    for kind in DIRECTORIES:
        (tmp_path / "out" / kind).mkdir(parents=True)
    return ShardSettings(str(tmp_path / "out"), TODAY, max_document_bytes=10_000)


def write_pages(folder: Path, *contents: str | bytes) -> list[str]:
    """Write pages and return their uris."""
    uris = []
    for number, content in enumerate(contents):
        path = folder / f"page-{number}.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        uris.append(path.as_uri())
    return uris


def rows(
    report: ShardReport, settings: ShardSettings, row_type: type[R], kind: str = ""
) -> list[R]:
    """Return the rows of one type that a shard wrote, into files of the usual or another kind."""
    kinds = {Article: "articles", Duplicate: "duplicates", DeadLetter: "dead_letters"}
    kind = kind or kinds[row_type]
    paths = [part.name for part in report.parts if part.name.startswith(f"{kind}/")]
    found: list[R] = []
    for path in paths:
        with Path(settings.output, path).open("rb") as stream:
            found.extend(read_rows(stream, row_type))
    return found


def fail_on(
    marker: bytes, error: Exception
) -> Callable[[Document, Decoded, ExtractOptions], Article]:
    """Return an extractor that fails on documents with the marker."""

    def extract(document: Document, decoded: Decoded, options: ExtractOptions) -> Article:
        if marker in document.content:
            raise error
        return extract_decoded(document, decoded, options)

    return extract


def test_documents_become_rows_in_order(tmp_path: Path, settings: ShardSettings) -> None:
    uris = write_pages(tmp_path, PAGE, PAGE + "Соңы.\n", b"\0\1\2\3" * 50, b"")
    report = process_shard(Shard.pack(3, uris), {}, settings)
    articles = rows(report, settings, Article)
    assert [article.source_uri for article in articles] == uris[:2]
    assert [article.ingest_date for article in articles] == [TODAY, TODAY]
    letters = rows(report, settings, DeadLetter)
    assert [(letter.source_uri, letter.code, letter.content) for letter in letters] == [
        (uris[2], "binary", b"\0\1\2\3" * 50),
        (uris[3], "empty", b""),
    ]
    assert report.tally.documents == 4
    assert report.tally.dead_letters == {"binary": 1, "empty": 1}
    assert report.tally.examples["empty"] == [Example(uris[3], letters[1].message)]
    assert [part.name[: len("dead_letters/part-00003")] for part in report.parts] == [
        "articles/part-00003-" + report.parts[0].sha256[:3],
        "dead_letters/part-00003",
    ]


@pytest.mark.parametrize(
    "error", [KeyError("x"), RecursionError("deep"), MemoryError(), UnicodeError("\udc80 \ud800")]
)
def test_fault_of_the_code_costs_one_document(
    error: Exception, tmp_path: Path, settings: ShardSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "extract_decoded", fail_on(b"second", error))
    uris = write_pages(tmp_path, PAGE, PAGE + "second", PAGE + "third")
    report = process_shard(Shard.pack(0, uris), {}, settings)
    assert [article.source_uri for article in rows(report, settings, Article)] == uris[::2]
    (letter,) = rows(report, settings, DeadLetter)
    assert (letter.stage, letter.code) == ("process", "internal_error")
    assert letter.message.startswith(type(error).__name__)
    assert letter.content.decode() == PAGE + "second"


def test_article_that_avro_cannot_hold_costs_one_document(
    tmp_path: Path, settings: ShardSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(document: Document, decoded: Decoded, options: ExtractOptions) -> Article:
        article = extract_decoded(document, decoded, options)
        if b"second" in document.content:
            object.__setattr__(article, "title", "\ud800")
        return article

    monkeypatch.setattr(extraction, "extract_decoded", spoil)
    uris = write_pages(tmp_path, PAGE, PAGE + "second", PAGE + "third")
    report = process_shard(Shard.pack(0, uris), {}, settings)
    assert [article.source_uri for article in rows(report, settings, Article)] == uris[::2]
    assert [letter.source_uri for letter in rows(report, settings, DeadLetter)] == [uris[1]]


def test_dead_letter_of_an_archive_keeps_it_as_stored(
    tmp_path: Path, settings: ShardSettings
) -> None:
    torn = gzip.compress(PAGE.encode())[:-9]
    (tmp_path / "a.txt.gz").write_bytes(torn)
    report = process_shard(Shard.pack(0, [(tmp_path / "a.txt.gz").as_uri()]), {}, settings)
    (letter,) = rows(report, settings, DeadLetter)
    assert (letter.code, letter.content, letter.truncated) == ("torn_archive", torn, False)


def test_dead_letter_of_a_huge_document_keeps_its_beginning(
    tmp_path: Path, settings: ShardSettings
) -> None:
    huge = b"a" * (DEAD_LETTER_BYTES + 5)
    uris = write_pages(tmp_path, huge, PAGE)
    report = process_shard(Shard.pack(0, uris), {}, settings)
    (letter,) = rows(report, settings, DeadLetter)
    assert (letter.code, letter.truncated) == ("too_large", True)
    assert letter.content == huge[:DEAD_LETTER_BYTES]
    assert letter.content_bytes == len(huge)
    assert letter.content_sha256 == hashlib.sha256(huge).hexdigest()


def verdict_for(uri: str, content: str) -> Verdict:
    """Return the verdict that the article of this document stands for two of its content."""
    sha256 = hashlib.sha256(content.encode())
    return Verdict(sha256.digest(), article_id(uri, sha256.hexdigest()), uri_count=2)


def test_duplicate_names_the_article_that_stands_for_it(
    tmp_path: Path, settings: ShardSettings
) -> None:
    uris = write_pages(tmp_path, PAGE, PAGE)
    verdict = verdict_for(uris[0], PAGE)
    report = process_shard(Shard.pack(0, uris), {0: verdict, 1: verdict}, settings)
    (article,) = rows(report, settings, Article)
    assert rows(report, settings, Duplicate) == [
        Duplicate(uris[1], verdict.sha256.hex(), len(PAGE.encode()), article.id, TODAY, None)
    ]
    assert article.source_uri_count == 2
    assert report.winners_lost == ()
    assert report.ids_relied_on == report.ids_counted == {article.id}
    assert report.copies_changed == ()


RUSSIAN = """Библиотека открыла новый зал

Городская библиотека открыла новый читальный зал. В зале пятьдесят мест, а в фонде три тысячи книг.
Читателей с каждым годом становится больше, поэтому зал работает до позднего вечера.
"""


def test_articles_in_other_languages_are_kept_apart_and_whole(
    tmp_path: Path, settings: ShardSettings
) -> None:
    uris = write_pages(tmp_path, PAGE, RUSSIAN, RUSSIAN, b"")
    verdict = verdict_for(uris[1], RUSSIAN)
    all_kept = process_shard(Shard.pack(0, uris), {1: verdict, 2: verdict}, settings)
    kazakh = replace(settings, languages=("kk",))
    report = process_shard(Shard.pack(0, uris), {1: verdict, 2: verdict}, kazakh)
    everything = rows(all_kept, settings, Article)
    assert rows(report, settings, Article) == everything[:1]
    assert rows(report, settings, Article, "other_languages") == everything[1:]
    assert rows(report, settings, Duplicate) == rows(all_kept, settings, Duplicate)
    assert [row.duplicate_of for row in rows(report, settings, Duplicate)] == [everything[1].id]
    tally = report.tally
    assert (tally.documents, tally.articles, tally.duplicates) == (4, 1, 1)
    assert (tally.languages, tally.other_languages) == ({"kk-Cyrl": 1}, {"ru-Cyrl": 1})
    assert tally.dead_letters == {"empty": 1}
    assert tally.kept_lines == len(everything[0].paragraphs)
    assert report.winners_lost == ()


def test_the_detector_that_is_asked_for_decides(tmp_path: Path, settings: ShardSettings) -> None:
    document = Document(write_pages(tmp_path, PAGE)[0], PAGE.encode())
    shard = Shard.pack(0, [document.uri])
    report = process_shard(shard, {}, replace(settings, language_detector="langdetect"))
    (article,) = rows(report, settings, Article)
    alone, usual = (
        extract_article(document, ExtractOptions(TODAY, language_detector=detector))
        for detector in ("langdetect", "routed")
    )
    assert article.language == alone.language == usual.language
    assert article.language_confidence == alone.language_confidence != usual.language_confidence


def test_copies_of_what_is_no_article_are_dead_letters_all(
    tmp_path: Path, settings: ShardSettings
) -> None:
    uris = write_pages(tmp_path, b"", b"")
    verdict = verdict_for(uris[0], "")
    report = process_shard(Shard.pack(0, uris), {0: verdict, 1: verdict}, settings)
    assert report.tally.dead_letters == {"empty": 2}
    assert report.ids_relied_on == frozenset()


def test_document_that_changed_is_no_duplicate_any_more(
    tmp_path: Path, settings: ShardSettings
) -> None:
    uris = write_pages(tmp_path, PAGE, PAGE + "Өзгерді.")
    verdict = verdict_for(uris[0], PAGE)
    report = process_shard(Shard.pack(0, uris), {0: verdict, 1: verdict}, settings)
    assert [article.source_uri for article in rows(report, settings, Article)] == uris
    assert (report.winners_lost, report.ids_relied_on) == ((), frozenset())
    assert report.copies_changed == (ChangedDocument(uris[1], verdict.article_id),)
    assert report.ids_counted == {verdict.article_id}


@pytest.mark.parametrize("content", [PAGE + "Өзгерді.", ""])
def test_winner_that_changed_is_reported(
    content: str, tmp_path: Path, settings: ShardSettings
) -> None:
    uris = write_pages(tmp_path, content, PAGE)
    verdict = verdict_for(uris[0], PAGE)
    report = process_shard(Shard.pack(0, uris), {0: verdict, 1: verdict}, settings)
    assert report.winners_lost == (ChangedDocument(uris[0], verdict.article_id),)
    assert report.ids_relied_on == {verdict.article_id}


def near_verdicts(uris: list[str], *contents: str) -> dict[int, Verdict]:
    """Return the verdicts that the second nearly equals the first, and the third copies it."""
    own = [replace(verdict_for(*each), uri_count=1) for each in zip(uris, contents, strict=True)]
    second = replace(own[1], near_duplicate_of=own[0].article_id, similarity=0.875, uri_count=2)
    return {0: own[0], 1: second, 2: replace(second, uri_count=1)}


def test_near_duplicate_names_the_article_that_it_nearly_equals(
    tmp_path: Path, settings: ShardSettings
) -> None:
    contents = (PAGE, PAGE + "Соңы.\n", PAGE + "Соңы.\n")
    uris = write_pages(tmp_path, *contents)
    verdicts = near_verdicts(uris, *contents)
    verdicts[2] = replace(verdicts[2], near_duplicate_of=None, similarity=None)
    report = process_shard(Shard.pack(0, uris), verdicts, settings)
    first, second = rows(report, settings, Article)
    assert (first.near_duplicate_of, first.source_uri_count) == (None, 1)
    assert (second.near_duplicate_of, second.near_duplicate_similarity) == (first.id, 0.875)
    assert second.source_uri_count == 2
    assert [row.duplicate_of for row in rows(report, settings, Duplicate)] == [second.id]
    assert (report.tally.articles, report.tally.duplicates) == (2, 1)
    assert report.tally.near_duplicates == 1
    assert report.clusters == {first.id}
    assert report.ids_relied_on == report.ids_counted == {second.id}


def test_dropped_near_duplicate_and_its_copy_are_duplicates(
    tmp_path: Path, settings: ShardSettings
) -> None:
    contents = (PAGE, PAGE + "Соңы.\n", PAGE + "Соңы.\n")
    uris = write_pages(tmp_path, *contents)
    verdicts = near_verdicts(uris, *contents)
    drop = replace(settings, drops_near_duplicates=True)
    report = process_shard(Shard.pack(0, uris), verdicts, drop)
    (article,) = rows(report, settings, Article)
    duplicates = rows(report, settings, Duplicate)
    assert [(row.duplicate_of, row.similarity) for row in duplicates] == [(article.id, 0.875)] * 2
    assert (report.tally.duplicates, report.tally.near_duplicates) == (2, 2)
    assert report.clusters == {article.id}
    assert report.ids_relied_on == frozenset()
    assert (report.winners_lost, report.ids_counted) == ((), frozenset())


def test_near_duplicates_that_changed_are_none_and_tell_where_others_rely_on_them(
    tmp_path: Path, settings: ShardSettings
) -> None:
    uris = write_pages(tmp_path, PAGE + "Өзгерді.", PAGE + "Бұл да өзгерді.", PAGE + "Соңы.\n")
    verdicts = near_verdicts(uris, PAGE, PAGE + "Соңы.\n", PAGE + "Соңы.\n")
    report = process_shard(Shard.pack(0, uris), verdicts, settings)
    named = [row.near_duplicate_of for row in rows(report, settings, Article)]
    assert named == [None, None]
    assert [row.duplicate_of for row in rows(report, settings, Duplicate)] == [
        verdicts[1].article_id
    ]
    assert report.winners_lost == (
        ChangedDocument(uris[0], verdicts[0].article_id),
        ChangedDocument(uris[1], verdicts[1].article_id),
    )
    assert report.ids_relied_on == {verdicts[1].article_id}


def test_full_file_is_followed_by_another(
    tmp_path: Path, settings: ShardSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    uris = write_pages(tmp_path, PAGE, b"", PAGE + "2", PAGE + "3")
    whole = process_shard(Shard.pack(7, uris), {}, settings)
    monkeypatch.setattr("transforms.shard_files.PART_BYTES", 1)
    monkeypatch.setattr("schemas.avro.BLOCK_BYTES", 1)
    report = process_shard(Shard.pack(7, uris), {}, settings)
    assert rows(report, settings, Article) == rows(whole, settings, Article)
    assert [part.name.rpartition("-")[0] for part in report.parts] == [
        "articles/part-00007",
        "articles/part-00007.0001",
        "articles/part-00007.0002",
        "dead_letters/part-00007",
    ]
    assert [part.rows for part in report.parts] == [1, 1, 1, 1]
    assert len({(tmp_path / "out" / part.name).read_bytes()[-16:] for part in report.parts}) == 4
    assert abandon(settings.output, list_output(settings.output))
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))


def test_document_that_takes_too_long_costs_only_itself(
    tmp_path: Path, settings: ShardSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def extract(document: Document, decoded: Decoded, options: ExtractOptions) -> Article:
        while b"second" in document.content:
            pass
        return extract_decoded(document, decoded, options)

    warm_up()
    monkeypatch.setattr(extraction, "extract_decoded", extract)
    uris = write_pages(tmp_path, PAGE, PAGE + "second", PAGE + "third")
    report = process_shard(Shard.pack(0, uris), {}, replace(settings, timeout=2.0))
    assert [article.source_uri for article in rows(report, settings, Article)] == uris[::2]
    (letter,) = rows(report, settings, DeadLetter)
    assert (letter.stage, letter.code) == ("process", "timeout")
    assert letter.message == "extraction took longer than 2 seconds"
    assert letter.content.decode() == PAGE + "second"


def test_report_is_kept_of_a_shard_that_may_be_trusted_alone(
    tmp_path: Path, settings: ShardSettings
) -> None:
    uris = write_pages(tmp_path, PAGE)
    (tmp_path / "out" / WORK).mkdir()
    kept = replace(settings, identity="identity")
    shard = Shard.pack(0, uris, listing="listing")
    finish_shard(Shard.pack(0, uris), {}, kept, Census())  # nobody can tell what changed
    finish_shard(shard, {}, kept, Census({0: b"\1" * 32}))
    assert list((tmp_path / "out" / WORK).iterdir()) == []
    finish_shard(shard, {}, kept, Census())
    assert len(list((tmp_path / "out" / WORK).iterdir())) == 1
