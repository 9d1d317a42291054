"""`suzgi ingest` of containers: every document in them accounted for, and the same bits again."""

import bz2
import gzip
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from backports import zstd
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from transforms.containers import read_container
from transforms.documents import Reading

PAGE = """{0} кітапханасы

{0}: қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.
"""
WORKERS = ("--workers=2",)


def page(title: str) -> bytes:
    return PAGE.format(title).encode()


def tar_of(**files: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            header = tarfile.TarInfo(f"{name}.txt")
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return target.getvalue()


def zip_of(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.txt"), content)
    return target.getvalue()


def lines_of(*pages: bytes, **fields: str) -> bytes:
    records = [{"text": content.decode(), **fields} for content in pages]
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def warc_of(*pages: tuple[str, bytes]) -> bytes:
    head = "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://a.example/{}\r\n"
    head += "WARC-Record-ID: <urn:uuid:{}>\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n"
    records = [
        head.format(number, number, kind, len(content)).encode() + content + b"\r\n\r\n"
        for number, (kind, content) in enumerate(pages)
    ]
    return b"".join(records)


def write_containers(folder: Path) -> dict[str, str]:
    """Write containers of all kinds; return names of documents with what each must become."""
    folder.mkdir()
    (folder / "plain.txt").write_bytes(page("Алматы"))
    (folder / "a.zip").write_bytes(zip_of(one=page("Астана"), copy=page("Алматы"), none=b""))
    (folder / "b.tar").write_bytes(tar_of(one=page("Ақтау"), two=page("Ақтөбе")))
    (folder / "c.tar.gz").write_bytes(gzip.compress(tar_of(one=page("Атырау"))))
    (folder / "d.tar.bz2").write_bytes(bz2.compress(tar_of(one=page("Тараз"))))
    (folder / "e.tar.zst").write_bytes(zstd.compress(tar_of(one=page("Орал"))))
    (folder / "f.jsonl").write_bytes(lines_of(page("Семей")) + b"{\n" + lines_of(page("Көкшетау")))
    (folder / "g.ndjson.gz").write_bytes(gzip.compress(lines_of(page("Қызылорда"))))
    warc = warc_of(("text/plain", page("Талдықорған")), ("text/html", b"<p>"))
    (folder / "h.warc.gz").write_bytes(gzip.compress(warc))
    (folder / "i.wet").write_bytes(warc_of(("text/plain", page("Қостанай"))))
    (folder / "torn.tar").write_bytes(tar_of(one=page("Шымкент"), two=page("Риддер"))[:1800])
    (folder / "torn.zip").write_bytes(zip_of(one=page("Кентау"))[:-30])
    return {
        "plain.txt": "duplicate",  # of the one in a.zip, whose uri comes first
        "a.zip!/one.txt": "article",
        "a.zip!/copy.txt": "article",
        "a.zip!/none.txt": "empty",
        "b.tar!/one.txt": "article",
        "b.tar!/two.txt": "article",
        "c.tar.gz!/one.txt": "article",
        "d.tar.bz2!/one.txt": "article",
        "e.tar.zst!/one.txt": "article",
        "f.jsonl!/1": "article",
        "f.jsonl!/2": "bad_json",
        "f.jsonl!/3": "article",
        "g.ndjson.gz!/1": "article",
        "https://a.example/0#urn:uuid:0": "article",
        "https://a.example/1#urn:uuid:1": "html",
        "i.wet": "article",
        "torn.tar!/one.txt": "article",
        "torn.tar": "torn_archive",
        "torn.zip!/one.txt": "article",
        "torn.zip": "torn_archive",
    }


def outcomes(output: Path) -> list[tuple[str, str]]:
    """Return the uri of each document and what became of it."""
    return [
        *((row.source_uri, "article") for row in rows(output, Article)),
        *((row.source_uri, "duplicate") for row in rows(output, Duplicate)),
        *((row.source_uri, row.code) for row in rows(output, DeadLetter)),
    ]


def contents(output: Path) -> dict[str, bytes]:
    """Return every file of an output by its name."""
    files = (path for path in output.rglob("*") if path.is_file())
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def command(tmp_path: Path, output: str, *more: str) -> list[str]:
    common = ["ingest", "--input", str(tmp_path / "in"), "--output", str(tmp_path / output)]
    options = ["--ingest-date=2024-05-31", "--max-dead-letters=100", "--shard-bytes=1500"]
    return [*common, *options, "--quiet", *more]


def test_every_document_in_a_container_becomes_what_it_must(tmp_path: Path) -> None:
    wanted = write_containers(tmp_path / "in")
    wanted["https://a.example/0#urn:uuid:0 "] = wanted.pop("i.wet")
    assert main(command(tmp_path, "out")) == 0
    root = (tmp_path / "in").as_uri()
    found = Counter(outcomes(tmp_path / "out"))
    assert found == Counter(
        (uri.strip() if uri.startswith("https:") else f"{root}/{uri}", outcome)
        for uri, outcome in wanted.items()
    )
    (manifest,) = (tmp_path / "out" / "manifests").iterdir()
    counts = json.loads(manifest.read_text("utf-8"))["counts"]
    assert counts == {
        "documents": len(wanted),
        "articles": 14,
        "other_languages": 0,
        "duplicates": 1,
        "dead_letters": 5,
    }


def test_same_bits_again_and_with_two_processes(tmp_path: Path) -> None:
    write_containers(tmp_path / "in")
    assert main(command(tmp_path, "one")) == 0
    assert main(command(tmp_path, "again")) == 0
    arguments = command(tmp_path, "two", *WORKERS)[1:]
    run = subprocess.run(
        [sys.executable, "-m", "pipelines.ingest", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert contents(tmp_path / "one") == contents(tmp_path / "again") == contents(tmp_path / "two")


def test_neighbours_of_broken_containers_are_as_they_would_be_alone(tmp_path: Path) -> None:
    write_containers(tmp_path / "in")
    assert main(command(tmp_path, "all")) == 0
    for name in ("torn.tar", "torn.zip"):
        (tmp_path / "in" / name).unlink()
    assert main(command(tmp_path, "whole")) == 0
    broken = f"{(tmp_path / 'in').as_uri()}/torn"
    found = rows(tmp_path / "all", Article)
    others = [row for row in found if not row.source_uri.startswith(broken)]
    assert others == rows(tmp_path / "whole", Article)


def test_one_uri_for_two_records_is_one_article_of_each_content(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    pages = [page("Алматы"), page("Алматы"), page("Астана")]
    (tmp_path / "in" / "a.jsonl").write_bytes(lines_of(*pages, url="https://a.example/1"))
    (tmp_path / "in" / "b.jsonl").write_bytes(lines_of(pages[0], url="https://a.example/1"))
    assert main(command(tmp_path, "out", "--uri-field=url")) == 0
    found = [outcome for _, outcome in outcomes(tmp_path / "out")]
    assert found == ["article", "article", "duplicate", "duplicate"]


def test_stated_uri_of_a_record_that_fails_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    record = {"url": secret.as_uri()}
    (tmp_path / "in" / "a.jsonl").write_text(json.dumps(record))
    assert main(command(tmp_path, "out", "--uri-field=url")) == 0
    (letter,) = rows(tmp_path / "out", DeadLetter)
    assert (letter.source_uri, letter.code) == (secret.as_uri(), "no_text_field")
    assert json.loads(letter.content) == record


def test_container_that_changes_between_the_passes_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_bytes(lines_of(page("Алматы")))
    seen: list[str] = []

    def lose_the_second_time(uri: str, *more: object) -> list[Reading]:
        seen.append(uri)
        return list(read_container(uri, *more))[: 2 - len(seen)]  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr("transforms.sources.read_container", lose_the_second_time)
    assert main(command(tmp_path, "out")) == 6
    assert "1 containers changed during the run, first file:///" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
