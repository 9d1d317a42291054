"""What bounds a run: a document over a limit costs only itself, and no name leads anywhere."""

import io
import json
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter
from transforms import extraction
from transforms.output_files import list_output
from transforms.text.decode import Decoded
from transforms.text.document import Document, ExtractOptions
from transforms.text.extract import extract_decoded

PAGE = """{0} кітапханасы

{0}: қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.
"""
OPTIONS = ("--ingest-date=2024-05-31", "--max-dead-letters=100", "--quiet")
SLOW = "Баяу"


def page(title: str) -> str:
    return PAGE.format(title)


def extract_slowly(document: Document, decoded: Decoded, options: ExtractOptions) -> Article:
    """Return the article of a document; of a slow one, never."""
    while SLOW.encode() in document.content:
        pass
    return extract_decoded(document, decoded, options)


def test_each_limit_costs_the_documents_that_are_over_it_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.txt").write_text(page("Құпия"), encoding="utf-8")
    folder = tmp_path / "in"
    folder.mkdir()
    over = {
        "b-large": page("Үлкен") * 100,
        "d-long": page("Ұзын") + "ұзын жол " * 112,
        "f-many": page("Көп") + "\n" * 96,
        "h-slow": page(SLOW),
    }
    at_the_limit = {
        "j-long": page("Ұзын емес") + ("ұзын жол " * 112)[:1000],
        "k-many": page("Көп емес") + "\n" * 95,
    }
    good = {f"{letter}-good": page(f"Жақсы {letter}") for letter in "acegi"}
    for name, text in {**over, **good, **at_the_limit}.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / "l-link.txt").symlink_to("../secret.txt")
    monkeypatch.setattr(extraction, "extract_decoded", extract_slowly)
    limits = ("--max-document-bytes=10000", "--max-lines=99", "--max-line-characters=1000")
    command = ["ingest", "--input", str(folder), "--output", str(tmp_path / "out"), *OPTIONS]
    assert main([*command, *limits, "--timeout=5"]) == 0
    found = {
        row.source_uri.rpartition("/")[2]: (row.stage, row.code)
        for row in rows(tmp_path / "out", DeadLetter)
    }
    assert found == {
        "b-large.txt": ("read", "too_large"),
        "d-long.txt": ("extract", "line_too_long"),
        "f-many.txt": ("extract", "too_many_lines"),
        "h-slow.txt": ("process", "timeout"),
        "l-link.txt": ("read", "outside_root"),
    }
    names = [row.source_uri.rpartition("/")[2][:-4] for row in rows(tmp_path / "out", Article)]
    assert names == sorted([*good, *at_the_limit])


LEADING_AWAY = (
    "../../../evil",
    "/evil",
    "articles/part-00000-0123456789abcdef.avro",
    "..",
    "a/../../../evil",
    "file:///evil",
    "C:\\evil",
    "%2e%2e%2fevil",
    "x" * 300,
)


def write_containers(folder: Path) -> None:
    """Write containers whose documents have names that lead away, good pages and bad ones."""
    folder.mkdir()
    records = [
        {"text": text, "url": name}
        for number, name in enumerate(LEADING_AWAY)
        for text in (page(f"Жазба {number}"), "", None)
    ]
    lines = [json.dumps(record) for record in records]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for number, name in enumerate(LEADING_AWAY):
            archive.writestr(zipfile.ZipInfo(f"{name}.txt"), page(f"Мұрағат {number}"))
    with tarfile.open(folder / "a.tar", "w") as tar:
        for number, name in enumerate(LEADING_AWAY):
            header = tarfile.TarInfo(f"{name}.txt")
            header.size = len(content := page(f"Орама {number}").encode())
            tar.addfile(header, io.BytesIO(content))
            link = tarfile.TarInfo(f"{name}.link")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(link)


def test_no_name_of_a_document_becomes_a_path(tmp_path: Path) -> None:
    write_containers(tmp_path / "in")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    outputs = (tmp_path / "out", tmp_path / "again")
    command = ["ingest", "--input", str(tmp_path / "in"), "--output", str(outputs[0])]
    assert main([*command, *OPTIONS, "--uri-field=url"]) == 0
    replay = ["replay", str(outputs[0]), "--output", str(outputs[1]), "--uri-field=url"]
    assert main([*replay, *OPTIONS]) == 0
    assert len(rows(outputs[0], Article)) == 3 * len(LEADING_AWAY)
    count = len(LEADING_AWAY)
    assert Counter(row.code for row in rows(outputs[1], DeadLetter)) == {
        "empty": count,
        "no_text_field": count,
        "not_a_file": count,
    }
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert [path for path in made if not any(map(path.is_relative_to, outputs))] == []
    for output in outputs:
        files = list_output(str(output))
        assert files.foreign == []
        assert len([*files.manifests, *files.parts, *files.listings]) == len(
            [path for path in made if path.is_relative_to(output)]
        )
