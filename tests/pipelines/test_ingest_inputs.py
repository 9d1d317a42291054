"""`suzgi ingest` of whatever may be named: lists, links, odd names, streams of several members."""

import bz2
import gzip
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate

PAGE = """{0} кітапханасы

{0}: қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.
"""


def page(title: str) -> bytes:
    return PAGE.format(title).encode()


def ingest(output: Path, *more: str | Path) -> list[tuple[str, str]]:
    """Run an ingest; return the uri of each document and what became of it."""
    options = ["--ingest-date=2024-05-31", "--max-dead-letters=100", "--quiet"]
    assert main(["ingest", "--output", str(output), *options, *map(str, more)]) == 0
    return [
        *((row.source_uri, "article") for row in rows(output, Article)),
        *((row.source_uri, "duplicate") for row in rows(output, Duplicate)),
        *((row.source_uri, row.code) for row in rows(output, DeadLetter)),
    ]


def give_stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_lists_name_documents_beside_patterns_and_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.html").write_bytes(page(name))
    (tmp_path / "list").write_bytes(b"a.html\nb.html\r\ngone.html\n")
    give_stdin(monkeypatch, os.fsencode(tmp_path) + b"/b.html\0c.html\0")
    monkeypatch.chdir(tmp_path)
    found = ingest(tmp_path / "out", "--input", "a.*", "--input-list", "list", "--input-list", "-")
    assert found == [
        *(((tmp_path / f"{name}.html").as_uri(), "article") for name in ("a", "b", "c")),
        ((tmp_path / "gone.html").as_uri(), "not_found"),
    ]


@pytest.mark.parametrize(
    ("name", "message"), [("-", "list '-' names no document"), ("gone", "cannot read list 'gone'")]
)
def test_list_without_a_document_is_code_3(
    name: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    give_stdin(monkeypatch, b"\n\n")
    assert main(["ingest", "--input-list", name, "--output", "out"]) == 3
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_links_are_taken_or_refused_and_never_silent(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_bytes(page("Құпия"))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_bytes(page("Алматы"))
    (folder / "inside.txt").symlink_to("a.txt")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "outside.txt").symlink_to("../secret/key.txt")
    (folder / "folder").symlink_to("../secret")
    (folder / "up").symlink_to(".")
    found = ingest(tmp_path / "out", "--input", folder)
    assert found == [
        (f"{folder.as_uri()}/a.txt", "article"),
        (f"{folder.as_uri()}/inside.txt", "duplicate"),
        (f"{folder.as_uri()}/folder", "outside_root"),
        (f"{folder.as_uri()}/loop.txt", "unreadable"),
        (f"{folder.as_uri()}/outside.txt", "outside_root"),
    ]
    for letter in rows(tmp_path / "out", DeadLetter):
        assert (letter.content, letter.content_bytes) == (b"", 0)
    named = ingest(tmp_path / "named", "--input", folder / "outside.txt")
    assert named == [(f"{folder.as_uri()}/outside.txt", "article")]


ODD_NAMES = [
    b"new\nline.txt",
    b"sp ace.txt",
    b"#hash?.txt",
    b"100%25.txt",
    b"\xff\xfe.txt",
    b"n" * 251 + b".txt",
    b"a!",
    b"[a]*.txt",
]


def test_odd_names_go_all_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = os.fsencode(tmp_path / "in")
    (tmp_path / "in").mkdir()
    paths = [folder + b"/" + name for name in ODD_NAMES]
    for number, path in enumerate(paths):
        Path(os.fsdecode(path)).write_bytes(page(f"Кітапхана {number}"))
    wanted = sorted((Path(os.fsdecode(path)).as_uri(), "article") for path in paths)
    assert ingest(tmp_path / "named", "--input", *map(os.fsdecode, paths)) == wanted
    give_stdin(monkeypatch, b"\0".join(paths))
    assert ingest(tmp_path / "listed", "--input-list", "-") == wanted


@pytest.mark.parametrize(
    ("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("zst", zstd.compress)]
)
def test_streams_of_several_members_are_whole(
    suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    content = page("Алматы") + page("Астана")
    packed = b"".join(pack(content[at : at + 100]) for at in range(0, len(content), 100))
    (tmp_path / f"a.txt.{suffix}").write_bytes(packed)
    assert [outcome for _, outcome in ingest(tmp_path / "out", "--input", tmp_path)] == ["article"]
    (article,) = rows(tmp_path / "out", Article)
    assert article.content_bytes == len(content)
