"""`suzgi ingest` from files to files: every document accounted for, and the same bits again."""

import bz2
import gzip
import hashlib
import json
import os
from datetime import date
from pathlib import Path

import pytest
from backports import zstd
from output_rows import KINDS, rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from transforms.manifest import Manifest, parse_manifest

PAGE = """{title}

{title}: қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.

Бөлісу
"""
OPTIONS = ("--ingest-date", "2024-05-31", "--max-dead-letters", "100", "--shard-bytes", "1500")


def page(title: str) -> bytes:
    return PAGE.format(title=title).encode()


def write_corpus(folder: Path) -> dict[str, str]:
    """Write good, odd and broken documents; return names with what each must become."""
    folder.mkdir(parents=True)
    torn = gzip.compress(page("Torn"))[:-9]
    documents: dict[bytes, tuple[bytes, str]] = {
        b"a.txt": (page("A"), "article"),
        b"b.txt.gz": (gzip.compress(page("B")), "article"),
        b"c.txt.bz2": (bz2.compress(page("C")), "article"),
        b"d.txt.zst": (zstd.compress(page("D")), "article"),
        b"legacy.txt": (PAGE.format(title="E" * 9).encode("utf-16"), "article"),
        b"copy of a.txt": (page("A"), "duplicate"),
        b"copy of c.txt": (page("C"), "duplicate"),
        b"new\nline #1%.txt": (page("F"), "article"),
        b"\xff\xfe[*].txt": (page("G"), "article"),
        b"n" * 251 + b".txt": (page("H"), "article"),
        b"empty.txt": (b"", "empty"),
        b"empty too.txt": (b"", "empty"),
        b"binary.txt": (bytes(range(256)) * 9, "binary"),
        b"torn.txt.gz": (torn, "torn_archive"),
        b"misnamed.txt.gz": (page("I"), "not_compressed"),
        b"trailing.txt.gz": (gzip.compress(page("J")) + b"rest", "trailing_garbage"),
        b"bomb.txt.gz": (gzip.compress(bytes(5 * 2**20)), "bomb"),
    }
    for name, (content, _) in documents.items():
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(content)
    (folder / "broken.txt").symlink_to("nowhere")
    outcomes = {uri_of(folder, name): outcome for name, (_, outcome) in documents.items()}
    # of equal documents the first by uri is the article: "a.txt" < "copy…", but not "c.txt.bz2"
    assert uri_of(folder, b"c.txt.bz2") < uri_of(folder, b"copy of c.txt")
    return {**outcomes, uri_of(folder, b"broken.txt"): "not_found"}


def uri_of(folder: Path, name: bytes) -> str:
    return Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).as_uri()


def contents(output: Path) -> dict[str, bytes]:
    """Return every file of an output by its name."""
    files = (path for path in output.rglob("*") if path.is_file())
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def manifest_of(output: Path) -> Manifest:
    (path,) = (output / "manifests").iterdir()
    manifest = parse_manifest(path.read_text(encoding="utf-8"))
    assert path.name == f"{manifest.run}.json"
    return manifest


def test_every_document_becomes_what_it_must(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = write_corpus(tmp_path / "in")
    output = tmp_path / "new" / "out"
    code = main(["ingest", "--input", str(tmp_path / "in"), "--output", str(output), *OPTIONS])
    assert code == 0
    outcomes = {
        **{row.source_uri: "article" for row in rows(output, Article)},
        **{row.source_uri: "duplicate" for row in rows(output, Duplicate)},
        **{row.source_uri: row.code for row in rows(output, DeadLetter)},
    }
    assert outcomes == wanted
    assert {row.ingest_date for row in rows(output, Article)} == {date(2024, 5, 31)}
    ids = {row.source_uri: row.id for row in rows(output, Article)}
    assert [row.duplicate_of for row in rows(output, Duplicate)] == [
        ids[uri_of(tmp_path / "in", b"a.txt")],
        ids[uri_of(tmp_path / "in", b"c.txt.bz2")],
    ]
    tally = manifest_of(output).tally
    assert (tally.documents, tally.articles, tally.duplicates) == (18, 8, 2)
    assert "documents 18 = articles 8 + duplicates 2 + dead letters 8" in capsys.readouterr().out


def test_manifest_lists_every_file_with_its_hash(tmp_path: Path) -> None:
    write_corpus(tmp_path / "in")
    output = tmp_path / "out"
    main(["ingest", "--input", str(tmp_path / "in"), "--output", str(output), *OPTIONS, "--quiet"])
    manifest = manifest_of(output)
    written = contents(output)
    del written[f"manifests/{manifest.run}.json"], written[f"_listings/{manifest.run}.json"]
    assert {part.name: part.sha256 for part in manifest.files} == {
        name: hashlib.sha256(content).hexdigest() for name, content in written.items()
    }
    assert all(len(written[part.name]) == part.bytes for part in manifest.files)
    row_counts = dict.fromkeys(KINDS.values(), 0)
    for part in manifest.files:
        row_counts[part.name.partition("/")[0]] += part.rows
    assert row_counts == {"articles": 8, "duplicates": 2, "dead_letters": 8}
    assert len(manifest.files) > 3  # several shards: the rest of the test would prove little


def test_second_run_in_another_order_gives_the_same_bits(tmp_path: Path) -> None:
    write_corpus(tmp_path / "in")
    inputs = sorted(str(path) for path in (tmp_path / "in").iterdir())
    for name, patterns in (("one", inputs), ("two", [*reversed(inputs), str(tmp_path / "in")])):
        output = str(tmp_path / name)
        assert main(["ingest", "--output", output, "--quiet", *OPTIONS, "--input", *patterns]) == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize("codec", ["null", "snappy", "zstandard"])
def test_codec_changes_the_files_and_not_the_rows(codec: str, tmp_path: Path) -> None:
    write_corpus(tmp_path / "in")
    common = ["ingest", "--input", str(tmp_path / "in"), "--quiet", *OPTIONS]
    main([*common, "--output", str(tmp_path / "one")])
    main([*common, "--output", str(tmp_path / "two"), "--codec", codec])
    for row_type in KINDS:
        assert rows(tmp_path / "one", row_type) == rows(tmp_path / "two", row_type)
    first = next((tmp_path / "two" / "articles").iterdir()).read_bytes()
    assert codec.encode() in first[:10_000]


def test_json_prints_the_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_bytes(page("A"))
    output = tmp_path / "out"
    assert main(["ingest", "--input", str(tmp_path), "--output", str(output), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == manifest_of(output).to_json()
    assert printed.err == "suzgi: 1 files\n"


def test_quiet_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_bytes(page("A"))
    output = str(tmp_path / "out")
    assert main(["ingest", "--input", str(tmp_path), "--output", output, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_too_many_dead_letters_fail_after_the_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(9):
        (tmp_path / f"{number}.txt").write_bytes(page(str(number)))
    (tmp_path / "empty.txt").touch()
    command = ["ingest", "--input", str(tmp_path), "--quiet"]
    assert main([*command, "--output", str(tmp_path / "one"), "--max-dead-letters", "9.9"]) == 5
    assert capsys.readouterr().err == (
        "suzgi: error: 1 of 10 documents failed (10 %), more than --max-dead-letters 9.9; "
        "the output is complete all the same\n"
    )
    assert manifest_of(tmp_path / "one").tally.documents == 10
    assert len(rows(tmp_path / "one", Article)) == 9
    assert [row.code for row in rows(tmp_path / "one", DeadLetter)] == ["empty"]
    assert main([*command, "--output", str(tmp_path / "two"), "--max-dead-letters", "10"]) == 0


RUSSIAN = """{title}

{title}: городская библиотека открыла новый читальный зал. В зале пятьдесят мест и много книг.
Читателей с каждым годом становится больше, поэтому зал работает до позднего вечера.
"""


def write_languages(folder: Path) -> None:
    """Write three Kazakh pages, two Russian ones, a copy of one of each, and an empty file."""
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.txt").write_bytes(page(name.upper()))
    for name in ("p", "q"):
        (folder / f"{name}.txt").write_text(RUSSIAN.format(title=name.upper()), encoding="utf-8")
    for name in ("a", "p"):
        (folder / f"{name}-copy.txt").write_bytes((folder / f"{name}.txt").read_bytes())
    (folder / "empty.txt").touch()


def ingest_languages(folder: Path, output: Path, *options: str) -> Manifest:
    """Return the manifest of an ingest of a folder."""
    command = ["ingest", "--input", str(folder), "--output", str(output), "--quiet", *OPTIONS]
    assert main([*command, *options]) == 0
    return manifest_of(output)


def test_articles_in_other_languages_go_elsewhere_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_languages(tmp_path / "in")
    every = ingest_languages(tmp_path / "in", tmp_path / "all")
    kept = ingest_languages(tmp_path / "in", tmp_path / "kk", "--languages", "kk")
    articles = rows(tmp_path / "all", Article)
    assert rows(tmp_path / "kk", Article) == [row for row in articles if row.language == "kk"]
    assert rows(tmp_path / "kk", Article, "other_languages") == [
        row for row in articles if row.language == "ru"
    ]
    assert rows(tmp_path / "all", Article, "other_languages") == []
    for row_type in (Duplicate, DeadLetter):
        assert rows(tmp_path / "kk", row_type) == rows(tmp_path / "all", row_type)
    counts = kept.to_json()["counts"]
    assert counts == {
        "documents": 8,
        "articles": 3,
        "other_languages": 2,
        "duplicates": 2,
        "dead_letters": 1,
    }
    assert kept.tally.languages == {"kk-Cyrl": 3}
    assert kept.tally.other_languages == {"ru-Cyrl": 2}
    assert every.to_json()["counts"]["other_languages"] == 0
    written = contents(tmp_path / "kk")
    del written[f"manifests/{kept.run}.json"], written[f"_listings/{kept.run}.json"]
    assert {part.name for part in kept.files} == set(written)
    command = ["ingest", "--input", str(tmp_path / "in"), "--output", str(tmp_path / "shown")]
    assert main([*command, *OPTIONS, "--languages", "kk"]) == 0
    shown = capsys.readouterr().out
    assert "documents 8 = articles 3 + other languages 2 + duplicates 2 + dead letters 1" in shown
    assert f"{tmp_path / 'shown' / 'other_languages'}: " in shown


def test_languages_name_the_run_and_their_order_does_not(tmp_path: Path) -> None:
    write_languages(tmp_path / "in")
    runs = {
        languages: ingest_languages(
            tmp_path / "in", tmp_path / f"out-{number}", "--languages", languages
        )
        for number, languages in enumerate(["kk,ru", "RU,kk,ru", "ru", "und,en"])
    }
    assert contents(tmp_path / "out-0") == contents(tmp_path / "out-1")
    assert len({manifest.run for manifest in runs.values()}) == 3
    assert [manifest.options["languages"] for manifest in runs.values()] == [
        "kk,ru",
        "kk,ru",
        "ru",
        "en,und",
    ]
    assert [manifest.tally.articles for manifest in runs.values()] == [5, 5, 2, 0]
    assert runs["und,en"].tally.other_languages.total() == 5


@pytest.mark.parametrize("detector", ["cld2", "py3langid", "langdetect"])
def test_another_detector_names_the_run_and_gives_the_same_bits_again(
    detector: str, tmp_path: Path
) -> None:
    write_languages(tmp_path / "in")
    usual = ingest_languages(tmp_path / "in", tmp_path / "usual")
    option = ("--language-detector", detector)
    first = ingest_languages(tmp_path / "in", tmp_path / "first", *option)
    second = ingest_languages(tmp_path / "in", tmp_path / "second", *option)
    assert contents(tmp_path / "first") == contents(tmp_path / "second")
    assert (usual.options["language_detector"], usual.options["languages"]) == ("routed", None)
    assert first.options["language_detector"] == detector
    assert first.run == second.run != usual.run
    assert first.tally.languages == usual.tally.languages == {"kk-Cyrl": 3, "ru-Cyrl": 2}
