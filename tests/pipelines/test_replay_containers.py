"""`suzgi replay` of containers: what only they can give comes from them, and nothing twice."""

import bz2
import gzip
import io
import json
import shutil
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from transforms.manifest import Manifest, parse_manifest

PAGE = """{0} кітапханасы

{0}: қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.
"""
OPTIONS = ("--ingest-date", "2024-05-31", "--max-dead-letters", "100", "--quiet")
SMALL = 20_000
LOW, HIGH = ("--max-document-bytes", str(SMALL)), ("--max-document-bytes", str(8 * 2**20))


def page(title: str, size: int = 0) -> bytes:
    """Return a page of at least so many bytes: varied, or it would pack like a bomb."""
    content = PAGE.format(title).encode()
    number = 0
    while len(content) < size:
        number += 1
        content += f"{title} {number}: екінші күні залға {number * 7919} оқырман келді.\n".encode()
    return content


def run(command: str, source: Path, output: Path, *more: str) -> Manifest:
    """Return the manifest of a command, whose output must be without fault."""
    given = ["--input", str(source)] if command == "ingest" else [str(source)]
    assert main([command, *given, "--output", str(output), *OPTIONS, *more]) == 0
    assert main(["verify", str(output), "--quiet"]) == 0
    (path,) = (output / "manifests").iterdir()
    return parse_manifest(path.read_text(encoding="utf-8"))


def outcomes(output: Path) -> dict[str, str]:
    """Return what became of each document, by what follows the last slash of its uri."""
    found = [
        *((row.source_uri, "article") for row in rows(output, Article)),
        *((row.source_uri, "duplicate") for row in rows(output, Duplicate)),
        *((row.source_uri, f"{row.code} {row.attempt}") for row in rows(output, DeadLetter)),
    ]
    assert len(dict(found)) == len(found)
    return {uri.rpartition("/")[2]: outcome for uri, outcome in found}


def settled(manifest: Manifest) -> tuple[int, int, int]:
    """Return how the dead letters of a replay add up: documents, settled and recovered ones."""
    replay = manifest.replay
    assert replay is not None
    assert replay.documents == manifest.tally.documents
    return manifest.tally.documents, replay.settled, replay.recovered


def write_zip(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def write_lines(path: Path, *records: object) -> None:
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_members_of_an_archive_come_from_it_where_too_little_is_kept(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    members = {
        "good.txt": page("Жақсы"),
        "held.txt": page("Орташа", SMALL + 1),
        "cut.txt": page("Үлкен", 2**20 + 1000),
        "packed.txt.gz": gzip.compress(page("Буылған", 2**20 + 1000), mtime=0),
        "nested.zip": b"PK",
        "empty.txt": b"",
    }
    write_zip(source / "a.zip", **members)
    run("ingest", source, tmp_path / "1", *LOW)
    assert outcomes(tmp_path / "1") == {
        "good.txt": "article",
        "held.txt": "too_large 1",
        "cut.txt": "too_large 1",
        "packed.txt.gz": "too_large 1",
        "nested.zip": "nested_archive 1",
        "empty.txt": "empty 1",
    }
    second = run("replay", tmp_path / "1", tmp_path / "2", *HIGH)
    assert outcomes(tmp_path / "2") == {
        "held.txt": "article",
        "cut.txt": "article",
        "packed.txt.gz": "article",
        "nested.zip": "nested_archive 2",
        "empty.txt": "empty 2",
    }
    assert settled(second) == (5, 0, 0)
    whole = run("ingest", source, tmp_path / "whole", *HIGH)
    both = [*rows(tmp_path / "1", Article), *rows(tmp_path / "2", Article)]
    assert sorted(both, key=lambda row: row.id) == sorted(
        rows(tmp_path / "whole", Article), key=lambda row: row.id
    )
    assert whole.tally.articles == 4
    assert [row.container_uri for row in rows(tmp_path / "2", DeadLetter)] == [
        (source / "a.zip").as_uri()
    ] * 2


def test_container_that_is_gone_or_changed_leaves_the_dead_letters_as_they_are(
    tmp_path: Path,
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    members = {"a.txt": page("Үлкен", 2**20 + 1000), "b.txt": page("Зор", 2**20 + 1000)}
    write_zip(source / "a.zip", **members)
    run("ingest", source, tmp_path / "1", *LOW)
    first = rows(tmp_path / "1", DeadLetter)

    (source / "a.zip").rename(tmp_path / "away")
    gone = run("replay", tmp_path / "1", tmp_path / "gone", *HIGH)
    assert settled(gone) == (2, 0, 0)
    assert outcomes(tmp_path / "gone") == {"a.txt": "in_container 2", "b.txt": "in_container 2"}
    kept = [(row.id, row.content, row.content_sha256, row.truncated) for row in first]
    found = rows(tmp_path / "gone", DeadLetter)
    assert [(row.id, row.content, row.content_sha256, row.truncated) for row in found] == kept

    write_zip(source / "a.zip", **{**members, "b.txt": page("Басқа", 2**20 + 1000)})
    changed = run("replay", tmp_path / "gone", tmp_path / "changed", *HIGH)
    assert settled(changed) == (2, 0, 0)
    assert outcomes(tmp_path / "changed") == {"a.txt": "article", "b.txt": "source_changed 3"}

    (tmp_path / "away").rename(source / "a.zip")
    back = run("replay", tmp_path / "changed", tmp_path / "back", *HIGH)
    assert settled(back) == (1, 0, 0)
    assert outcomes(tmp_path / "back") == {"b.txt": "article"}


RECORD_FIELDS = ("--uri-field", "url", "--date-field", "when")


def test_container_that_came_back_is_no_part_of_a_finished_replay(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    write_zip(source / "a.zip", **{"1.txt": page("Бір"), "2.tar": b"x"})
    run("ingest", source, tmp_path / "1")
    whole = (source / "a.zip").read_bytes()
    (source / "a.zip").unlink()
    gone = run("replay", tmp_path / "1", tmp_path / "2")
    assert outcomes(tmp_path / "2") == {"2.tar": "in_container 2"}
    assert run("replay", tmp_path / "1", tmp_path / "2") == gone
    (source / "a.zip").write_bytes(whole)  # the member is what it was: only the reason differs
    assert main(["replay", str(tmp_path / "1"), "--output", str(tmp_path / "2"), *OPTIONS]) == 4


def test_records_are_read_as_records_again_and_keep_uri_and_date(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    pages = [page("Алматы"), page("Астана", 30_000), page("Ақтау", 2**20 + 9), page("Орал", 15_000)]
    write_lines(
        path,
        {"text": pages[0].decode(), "url": "https://a.example/1", "when": "2024-05-01"},
        {"text": pages[1].decode(), "url": "https://a.example/2", "when": 1715712000},
        {"text": pages[2].decode(), "url": "https://a.example/3.zip", "when": "кеше"},
        {"body": pages[3].decode(), "url": "https://a.example/4"},
        "{",
    )
    run("ingest", path, tmp_path / "1", *LOW, *RECORD_FIELDS, "--text-field", "body")
    assert outcomes(tmp_path / "1") == {
        "1": "no_text_field 1",
        "2": "too_large 1",  # lines that were not read: their uris are those of the file
        "3": "too_large 1",
        "4": "article",
        "5": "bad_json 1",
    }
    second = run("replay", tmp_path / "1", tmp_path / "2", *HIGH, *RECORD_FIELDS)
    assert settled(second) == (4, 0, 0)
    found = rows(tmp_path / "2", Article)
    assert [(row.source_uri, row.content_bytes, row.record_date_text) for row in found] == [
        ("https://a.example/1", len(pages[0]), "2024-05-01"),
        ("https://a.example/2", len(pages[1]), "1715712000"),
        ("https://a.example/3.zip", len(pages[2]), "кеше"),
    ]
    assert [(row.code, row.attempt) for row in rows(tmp_path / "2", DeadLetter)] == [
        ("bad_json", 2)
    ]


def test_records_that_share_a_uri_and_fail_are_told_by_their_content(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    shared = [
        {"body": page(name).decode(), "url": "https://a.example/"} for name in ("Тараз", "Семей")
    ]
    write_lines(path, *shared, shared[0])
    first = run("ingest", path, tmp_path / "1", "--uri-field", "url")
    assert first.tally.dead_letters == {"no_text_field": 3}
    again = run(
        "replay", tmp_path / "1", tmp_path / "2", "--uri-field", "url", "--text-field", "body"
    )
    assert again.replay is not None
    assert (settled(again), again.replay.repeated) == ((2, 0, 0), 1)
    titles = {row.title for row in rows(tmp_path / "2", Article)}
    assert titles == {"Тараз кітапханасы", "Семей кітапханасы"}


@pytest.mark.parametrize(
    ("tear", "given", "message"),
    [
        (0, (), "the replay reads records again: give --uri-field url as for the run"),
        (0, ("--uri-field", "url"), ""),
        (9, ("--uri-field", "url"), "give --text-field body as for the run"),
        (9, ("--uri-field", "url", "--text-field", "body"), ""),
    ],
)
def test_records_that_are_read_again_are_told_as_before(
    tear: int,
    given: tuple[str, ...],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "a.jsonl.gz"
    packed = gzip.compress(b'{"body": "", "url": "b"}\n{}\n', mtime=0)
    path.write_bytes(packed[: len(packed) - tear])
    fields = ("--uri-field", "url", "--text-field", "body")
    command = ["ingest", "--input", str(path), "--output", str(tmp_path / "1"), *OPTIONS]
    assert main([*command, *fields]) == 0
    code = main(["replay", str(tmp_path / "1"), "--output", str(tmp_path / "2"), *OPTIONS, *given])
    assert (code, message in capsys.readouterr().err) == (2 if message else 0, True)


def warc_of(*pages: bytes) -> bytes:
    """Return a web archive of answers in plain text, the last of them in HTML."""
    records = b""
    for number, content in enumerate(pages):
        kind = "html" if number == len(pages) - 1 else "plain"
        http = f"HTTP/1.1 200 OK\r\nContent-Type: text/{kind}\r\n\r\n".encode() + content
        records += (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/{number}\r\n"
            f"WARC-Record-ID: <urn:uuid:{number}>\r\nContent-Type: application/http\r\n"
            f"Content-Length: {len(http)}\r\n\r\n"
        ).encode() + http + b"\r\n\r\n"  # fmt: skip
    return records


def test_answers_in_a_web_archive_are_read_as_answers_again(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    pages = [page("Алматы"), page("Астана", 30_000), page("Ақтау", 2**20 + 9), b"<p>"]
    path.write_bytes(gzip.compress(warc_of(*pages)))
    run("ingest", path, tmp_path / "1", *LOW)
    second = run("replay", tmp_path / "1", tmp_path / "2", *HIGH)
    assert settled(second) == (3, 0, 0)
    assert outcomes(tmp_path / "2") == {
        "1#urn:uuid:1": "article",
        "2#urn:uuid:2": "article",
        "3#urn:uuid:3": "html 2",
    }
    assert [row.content_bytes for row in rows(tmp_path / "2", Article)] == [
        len(pages[1]), len(pages[2])
    ]  # fmt: skip


def tar_of(pages: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in pages.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    used = -len(target.getvalue().rstrip(b"\0")) // 512 * -512
    return target.getvalue()[: used + 1024]  # the end mark alone


def zip_of(pages: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pages.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def lines_of(pages: dict[str, bytes]) -> bytes:
    records = [
        {"text": text.decode(), "url": f"https://a.example/{len(name) % 2}"}
        for name, text in pages.items()
    ]
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "a.tar": tar_of,
    "a.tar.bz2": lambda pages: bz2.compress(tar_of(pages)),
    "a.zip": zip_of,
    "a.jsonl.gz": lambda pages: gzip.compress(lines_of(pages), mtime=0),
    "a.warc": lambda pages: warc_of(*pages.values()),
}


def row_counts(*outputs: Path) -> Counter[tuple[str, str]]:
    """Return uri and content of all articles and duplicates."""
    kinds: tuple[type[Article | Duplicate], ...] = (Article, Duplicate)
    found = [row for output in outputs for kind in kinds for row in rows(output, kind)]
    return Counter((row.source_uri, row.content_sha256) for row in found)


@pytest.mark.parametrize("share", [0.0, 0.4, 0.8])
@pytest.mark.parametrize("name", PACKERS)
def test_a_torn_container_that_is_whole_again_gives_what_the_run_did_not_have(
    name: str, share: float, tmp_path: Path
) -> None:
    pages = {f"{number}.txt" + "." * number: page(f"Кітап {number}") for number in range(6)}
    pages |= {"copy": pages["0.txt"], "none": b"", "none too": b" \n", "last": page("Соңғы")}
    whole = PACKERS[name](pages)
    source = tmp_path / "in"
    source.mkdir()
    (source / "b.txt").write_bytes(page("Көрші"))
    (source / name).write_bytes(whole[: int(len(whole) * share)])
    fields = ("--uri-field", "url")
    first = run("ingest", source, tmp_path / "1", *fields)
    assert f"{name}" in {
        letter.source_uri.rpartition("/")[2] for letter in rows(tmp_path / "1", DeadLetter)
    }
    (source / name).write_bytes(whole)
    second = run("replay", tmp_path / "1", tmp_path / "2", *fields)
    documents, of_containers, recovered = settled(second)
    assert of_containers == 1
    assert first.tally.dead_letters.total() == documents - recovered + of_containers
    run("ingest", source, tmp_path / "whole", *fields)
    assert row_counts(tmp_path / "1", tmp_path / "2") == row_counts(tmp_path / "whole")
    fresh = {row.id for row in rows(tmp_path / "whole", DeadLetter)}
    known = {row.id for at in ("1", "2") for row in rows(tmp_path / at, DeadLetter)}
    assert fresh <= known
    assert run("replay", tmp_path / "1", tmp_path / "2", *fields) == second  # it ends at once
    shutil.rmtree(tmp_path / "2")
    assert run("replay", tmp_path / "1", tmp_path / "2", *fields) == second


def test_container_that_was_not_there_gives_all_its_documents(tmp_path: Path) -> None:
    (tmp_path / "a.zip").symlink_to("later.zip")
    first = run("ingest", tmp_path / "a.zip", tmp_path / "1")
    assert first.tally.dead_letters == {"not_found": 1}
    write_zip(tmp_path / "later.zip", **{"1.txt": page("Бір"), "2.txt": b"", "3.txt": page("Бір")})
    second = run("replay", tmp_path / "1", tmp_path / "2")
    assert settled(second) == (3, 1, 3)
    assert outcomes(tmp_path / "2") == {
        "1.txt": "article",
        "2.txt": "empty 1",
        "3.txt": "duplicate",
    }


def test_counts_of_a_replay_that_do_not_add_up_are_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.zip").symlink_to("later.zip")
    run("ingest", tmp_path / "a.zip", tmp_path / "1")
    write_zip(tmp_path / "later.zip", **{"1.txt": page("Бір")})
    run("replay", tmp_path / "1", tmp_path / "2")
    (path,) = (tmp_path / "2" / "manifests").iterdir()
    text = path.read_text("utf-8")
    path.write_text(text.replace('"recovered": 1', '"recovered": 2'), "utf-8")
    assert main(["verify", str(tmp_path / "2"), "--quiet"]) == 7
    assert "1 documents, 2 of the dead letters" in capsys.readouterr().out


def test_container_without_a_new_document_leaves_a_replay_without_one(tmp_path: Path) -> None:
    whole = zip_of({"1.txt": page("Бір")})
    (tmp_path / "a.zip").write_bytes(whole[:-40])
    run("ingest", tmp_path / "a.zip", tmp_path / "1")
    (tmp_path / "a.zip").write_bytes(whole)
    second = run("replay", tmp_path / "1", tmp_path / "2")
    assert settled(second) == (0, 1, 0)
    assert run("replay", tmp_path / "1", tmp_path / "2") == second


def test_container_that_is_still_torn_keeps_its_dead_letter_and_gives_what_is_new(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.tar"
    whole = tar_of({f"{number}.txt": page(f"Кітап {number}") for number in range(6)})
    path.write_bytes(whole[: len(whole) // 4])
    run("ingest", path, tmp_path / "1")
    had = len(rows(tmp_path / "1", Article))
    (letter,) = rows(tmp_path / "1", DeadLetter)
    path.write_bytes(whole[: len(whole) // 2])
    second = run("replay", tmp_path / "1", tmp_path / "2")
    got = len(rows(tmp_path / "2", Article))
    assert settled(second) == (got + 1, 0, got)
    assert got > 0
    (again,) = rows(tmp_path / "2", DeadLetter)
    assert (again.id, again.content, again.code) == (letter.id, letter.content, "torn_archive")
    assert again.attempt == 2

    # What the first run has is not known here: from there the container can be replayed.
    path.write_bytes(whole)
    third = run("replay", tmp_path / "2", tmp_path / "3")
    assert settled(third) == (1, 0, 0)
    assert outcomes(tmp_path / "3") == {"a.tar": "in_container 3"}
    from_first = run("replay", tmp_path / "1", tmp_path / "4")
    assert settled(from_first) == (6 - had, 1, 6 - had)


def test_dead_letters_of_a_container_and_its_documents_are_chosen_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    pages = {"1.txt": page("Бір"), "2.txt": b"", "3.tar": b"x", "4.txt": page("Төрт")}
    whole = tar_of(pages)
    path.write_bytes(whole[:-1800])
    first = run("ingest", path, tmp_path / "1")
    assert first.tally.dead_letters == {"empty": 1, "nested_archive": 1, "torn_archive": 1}
    path.write_bytes(whole)
    own = run("replay", tmp_path / "1", tmp_path / "own", "--code", "torn_archive")
    assert settled(own) == (1, 1, 1)
    assert own.replay is not None
    assert own.replay.not_chosen == 2
    assert outcomes(tmp_path / "own") == {"4.txt": "article"}
    other = run("replay", tmp_path / "1", tmp_path / "other", "--code", "nested_archive")
    assert (settled(other), outcomes(tmp_path / "other")) == (
        (1, 0, 0),
        {"3.tar": "nested_archive 2"},
    )


def test_rows_that_are_gone_leave_the_container_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    whole = tar_of({"1.txt": page("Бір"), "2.tar": b"x", "3.txt": page("Үш")})
    path.write_bytes(whole[:-1800])
    run("ingest", path, tmp_path / "1")
    path.write_bytes(whole)
    for file in (tmp_path / "1" / "articles").iterdir():
        file.unlink()  # loaded elsewhere
    assert main(["replay", str(tmp_path / "1"), "--output", str(tmp_path / "2"), *OPTIONS]) == 0
    assert outcomes(tmp_path / "2") == {"a.tar": "in_container 2", "2.tar": "nested_archive 2"}


def test_several_worker_processes_give_the_same_rows(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for name, pack in PACKERS.items():
        whole = pack(
            {
                f"{number}.txt": page(f"{name} {number}", 15_000 + number * 2_000)
                for number in range(6)
            }
        )
        (source / name).write_bytes(whole[: len(whole) * 2 // 3])
        (source / f"whole-{name}").write_bytes(whole)
    run("ingest", source, tmp_path / "1", *LOW)
    for name in PACKERS:
        shutil.copy(source / f"whole-{name}", source / name)
    shards = ("--shard-bytes", "40000")
    one = run("replay", tmp_path / "1", tmp_path / "one", *HIGH, *shards)
    flags = ("--direct_num_workers=2", "--direct_running_mode=multi_processing")
    assert run("replay", tmp_path / "1", tmp_path / "two", *HIGH, *shards, *flags) == one
    assert one.replay is not None
    assert one.replay.settled == len(PACKERS)
    assert len({part.name[-28:-21] for part in one.files}) > 2
