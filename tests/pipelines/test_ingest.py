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

from pipelines.main import main
from schemas.avro import R, read_rows
from schemas.rows import Article, DeadLetter, Duplicate
from transforms.manifest import Manifest, parse_manifest

PAGE = """{title}

{title}: қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.

Бөлісу
"""
KINDS: dict[type, str] = {
    Article: "articles",
    Duplicate: "duplicates",
    DeadLetter: "dead_letters",
}
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


def rows(output: Path, row_type: type[R]) -> list[R]:
    """Return all rows of a type, in the order of the files."""
    found: list[R] = []
    for path in sorted((output / KINDS[row_type]).glob("*.avro")):
        with path.open("rb") as stream:
            found.extend(read_rows(stream, row_type))
    return found


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
    del written[f"manifests/{manifest.run}.json"]
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
    assert printed.err == "suzgi: 1 documents\n"


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
    assert "1 of 10 documents failed (10.0 %), more than" in capsys.readouterr().err
    assert manifest_of(tmp_path / "one").tally.documents == 10
    assert main([*command, "--output", str(tmp_path / "two"), "--max-dead-letters", "10"]) == 0
