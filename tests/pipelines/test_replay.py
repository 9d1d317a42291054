"""`suzgi replay`: what failed comes back after a fix, and both manifests add up."""

import gzip
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from transforms.manifest import Manifest, parse_manifest

PAGE = """{title}

{title}: қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.
"""
OPTIONS = ("--ingest-date", "2024-05-31", "--shard-bytes", "20000", "--quiet")
SMALL, LARGE = 10_000, 3 * 2**20


def page(title: str, size: int = 0) -> bytes:
    """Return a page of at least so many bytes: varied, or it would pack like a bomb."""
    content = PAGE.format(title=title).encode()
    number = 0
    while len(content) < size:
        number += 1
        content += f"{title} {number}: екінші күні залға {number * 7919} оқырман келді.\n".encode()
    return content


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Return a folder of pages, most of which fail under a cap of SMALL bytes."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a-good.txt").write_bytes(page("Жақсы"))
    (folder / "b-middling.txt").write_bytes(page("Орташа", 20_000))
    (folder / "c-copy.txt").write_bytes(page("Орташа", 20_000))
    (folder / "d-large.txt").write_bytes(page("Үлкен", 2**20 + 1000))
    (folder / "e-packed.txt.gz").write_bytes(gzip.compress(page("Буылған", 40_000), mtime=0))
    (folder / "f-missing.txt").symlink_to("later")
    (folder / "g-empty.txt").touch()
    (folder / "h-changes.txt").write_bytes(page("Бұрынғы", 2**20 + 1000))
    (folder / "i-russian.txt").write_text(
        "Читальный зал\n\nГородская библиотека открыла новый читальный зал. Книг в нём много.\n"
        + "".join(f"В день номер {day} в зал пришли {day * 31} читателей.\n" for day in range(300)),
        encoding="utf-8",
    )
    return folder


def run(*arguments: str | Path) -> Manifest:
    """Return the manifest of a command; the last argument is its output."""
    assert main([*map(str, arguments[:-1]), "--output", str(arguments[-1]), *OPTIONS]) == 0
    return manifest_of(Path(arguments[-1]))


def manifest_of(output: Path) -> Manifest:
    (path,) = (output / "manifests").iterdir()
    return parse_manifest(path.read_text(encoding="utf-8"))


def first_run(pages: Path, output: Path) -> Manifest:
    cap = ("--max-document-bytes", str(SMALL), "--max-dead-letters", "100")
    return run("ingest", "--input", pages, *cap, output)


def outcomes(output: Path) -> dict[str, str]:
    """Return what became of each document, by the first letter of its name."""
    found = {
        **{row.source_uri: "article" for row in rows(output, Article)},
        **{row.source_uri: "other" for row in rows(output, Article, "other_languages")},
        **{row.source_uri: "duplicate" for row in rows(output, Duplicate)},
        **{row.source_uri: f"{row.code} {row.attempt}" for row in rows(output, DeadLetter)},
    }
    return {uri.rpartition("/")[2][0]: outcome for uri, outcome in found.items()}


def contents(output: Path) -> dict[str, bytes]:
    files = (path for path in output.rglob("*") if path.is_file())
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def ids(output: Path) -> dict[str, str]:
    return {row.source_uri: row.id for row in rows(output, Article)}


def balanced(old: Manifest, new: Manifest) -> bool:
    """Tell whether every dead letter of a run is found again in its replay."""
    tally, replay = new.tally, new.replay
    assert replay is not None
    assert replay.runs == (old.run,)
    became = tally.articles + tally.other_languages.total() + tally.duplicates
    failed = tally.dead_letters.total()
    return old.tally.dead_letters.total() == became + failed + replay.not_chosen


def test_the_whole_cycle(pages: Path, tmp_path: Path) -> None:
    first = first_run(pages, tmp_path / "first")
    assert outcomes(tmp_path / "first") == {
        "a": "article",
        "b": "too_large 1",
        "c": "too_large 1",
        "d": "too_large 1",
        "e": "too_large 1",
        "f": "not_found 1",
        "g": "empty 1",
        "h": "too_large 1",
        "i": "too_large 1",
    }

    (pages / "later").write_bytes(page("Кейін келген"))
    (pages / "b-middling.txt").unlink()  # its bytes are in the dead letter
    (pages / "h-changes.txt").write_bytes(page("Жаңа", 2**20 + 1000))
    cap = ("--max-document-bytes", str(LARGE), "--languages", "kk")
    second = run("replay", tmp_path / "first", *cap, tmp_path / "second")
    assert outcomes(tmp_path / "second") == {
        "b": "article",
        "c": "duplicate",
        "d": "article",
        "e": "article",
        "f": "article",
        "g": "empty 2",
        "h": "source_changed 2",
        "i": "other",
    }
    assert balanced(first, second)

    # What a first run without a fault would have made is what the replay made.
    (pages / "b-middling.txt").write_bytes(page("Орташа", 20_000))
    whole = ("--max-document-bytes", str(LARGE), "--max-dead-letters", "100", "--languages", "kk")
    run("ingest", "--input", pages, *whole, tmp_path / "whole")
    both = [*rows(tmp_path / "first", Article), *rows(tmp_path / "second", Article)]
    expected = [row for row in rows(tmp_path / "whole", Article) if "h-ch" not in row.source_uri]
    assert sorted(both, key=lambda row: row.source_uri) == expected
    assert rows(tmp_path / "second", Duplicate) == rows(tmp_path / "whole", Duplicate)

    # The source is as it was again; the empty page stays empty.
    (pages / "h-changes.txt").write_bytes(page("Бұрынғы", 2**20 + 1000))
    third = run("replay", tmp_path / "second", *cap, tmp_path / "third")
    assert outcomes(tmp_path / "third") == {"g": "empty 3", "h": "article"}
    assert balanced(second, third)


def test_a_replay_gives_the_same_bits_again(pages: Path, tmp_path: Path) -> None:
    first_run(pages, tmp_path / "first")
    cap = ("--max-document-bytes", str(LARGE))
    one = run("replay", tmp_path / "first", *cap, tmp_path / "one")
    two = run("replay", tmp_path / "first", *cap, tmp_path / "two")
    assert one == two
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert len(one.files) > 4  # several shards


def test_a_replay_without_a_fix_keeps_the_letters_but_counts_up(
    pages: Path, tmp_path: Path
) -> None:
    first = first_run(pages, tmp_path / "first")
    again = run(
        "replay", tmp_path / "first", "--max-document-bytes", str(SMALL), tmp_path / "again"
    )
    assert balanced(first, again)
    old, new = (rows(tmp_path / name, DeadLetter) for name in ("first", "again"))
    same = ("id", "source_uri", "stage", "code", "message", "content", "content_sha256",
            "content_bytes", "truncated")  # fmt: skip
    assert [[getattr(row, name) for name in same] for row in old] == [
        [getattr(row, name) for name in same] for row in new
    ]
    assert {row.attempt for row in new} == {2}


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (("--code", "empty"), "g"),
        (("--code", "empty", "--code", "not_found"), "fg"),
        (("--stage", "read"), "bcdfhi"),
        (("--stage", "decompress", "--stage", "decode"), "eg"),
        (("--stage", "decompress", "--code", "too_large"), "e"),
    ],
)
def test_codes_and_stages_choose(
    choice: tuple[str, ...], chosen: str, pages: Path, tmp_path: Path
) -> None:
    first = first_run(pages, tmp_path / "first")
    new = run("replay", tmp_path / "first", *choice, tmp_path / "new")
    assert "".join(sorted(outcomes(tmp_path / "new"))) == chosen
    assert new.replay is not None
    assert new.replay.not_chosen == 8 - len(chosen)
    assert balanced(first, new)


def failure(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main(["replay", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("suzgi: error: ")
    assert err.count("\n") == 1
    return code, err


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [cut, os.unlink])
def test_letters_that_are_not_as_their_manifest_says_are_refused(
    damage: Callable[[Path], None], pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first_run(pages, tmp_path / "first")
    damage(min((tmp_path / "first/dead_letters").iterdir()))
    code, message = failure(capsys, tmp_path / "first", "--output", tmp_path / "new")
    assert code == 3
    assert "/first/dead_letters/part-00" in message
    assert not (tmp_path / "new").exists()


def test_letters_that_no_manifest_lists_are_not_replayed(pages: Path, tmp_path: Path) -> None:
    first_run(pages, tmp_path / "first")
    folder = tmp_path / "first/dead_letters"
    letters = sorted(folder.iterdir())
    (folder / f"part-99999-{'0' * 16}.avro").write_bytes(letters[0].read_bytes())
    manifest = run("replay", tmp_path / "first", tmp_path / "new")
    assert manifest.tally.documents == 8


def test_what_cannot_be_replayed_is_code_3(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = ("--output", tmp_path / "new")
    assert failure(capsys, tmp_path / "nowhere", *new)[0] == 3
    first_run(pages, tmp_path / "first")
    code, message = failure(capsys, tmp_path / "first", "--code", "bomb", *new)
    assert (code, "with code bomb; there are empty, not_found, too_large" in message) == (3, True)
    code, message = failure(capsys, tmp_path / "first", "--stage", "write", *new)
    assert (code, "with stage write; there are decode, decompress, read" in message) == (3, True)
    choice = ("--code", "empty", "--stage", "read")
    assert failure(capsys, tmp_path / "first", *choice, *new)[0] == 3
    (pages / "good").mkdir()
    (pages / "good/page.txt").write_bytes(page("Жақсы"))
    run("ingest", "--input", pages / "good", tmp_path / "clean")
    code, message = failure(capsys, tmp_path / "clean", *new)
    assert (code, "no dead letter to replay" in message) == (3, True)
    next((tmp_path / "clean/manifests").iterdir()).write_text("{}")
    assert failure(capsys, tmp_path / "clean", *new)[0] == 3
    assert not (tmp_path / "new").exists()


def test_wrong_usage_and_a_used_output_have_their_codes(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first_run(pages, tmp_path / "first")
    assert failure(capsys, "--output", "x")[0] == 2
    code, message = failure(capsys, tmp_path / "first")
    assert (code, "--output is needed; see 'suzgi replay --help'" in message) == (2, True)
    assert failure(capsys, tmp_path / "first", "--input", "x", "--output", "y")[0] == 2
    assert failure(capsys, tmp_path / "first", "--output", tmp_path / "first")[0] == 4
    limit = ("--max-dead-letters", "50", "--output", tmp_path / "new", "--quiet")
    assert failure(capsys, tmp_path / "first", "--code", "empty", *limit)[0] == 5


def test_the_summary_names_the_run_that_is_replayed(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = first_run(pages, tmp_path / "first")
    output = ("--output", str(tmp_path / "new"))
    assert main(["replay", str(tmp_path / "first"), "--stage", "read", *output]) == 0
    shown = capsys.readouterr().out
    assert f"replay of 8 dead letters (2 not chosen) of {first.run}" in shown
    new = manifest_of(tmp_path / "new").to_json()
    assert new["replay_of"] == [first.run]
    assert new["replay"] == {
        "dead_letters": 8,
        "not_chosen": 2,
        "repeated": 0,
        "settled": 0,
        "recovered": 0,
    }
    assert "replay_of" not in first.to_json()


def test_several_worker_processes_give_the_same_rows(pages: Path, tmp_path: Path) -> None:
    first_run(pages, tmp_path / "first")
    cap = ("--max-document-bytes", str(LARGE))
    run("replay", tmp_path / "first", *cap, tmp_path / "one")
    flags = ("--workers=2",)
    run("replay", tmp_path / "first", *cap, *flags, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert Counter(outcomes(tmp_path / "two").values())["article"] == 5


def test_a_replay_that_is_finished_ends_at_once_but_takes_no_other_dead_letters(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first_run(pages, tmp_path / "first")
    done = run("replay", tmp_path / "first", tmp_path / "second")
    assert run("replay", tmp_path / "first", tmp_path / "second") == done
    assert main(["verify", str(tmp_path / "second"), "--sample", "1", "--quiet"]) == 0
    other = ("--output", tmp_path / "second", "--code", "empty")
    assert failure(capsys, tmp_path / "first", *other)[0] == 4


def test_sources_that_came_back_are_no_part_of_a_finished_replay(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source that nobody could read, and one of which the letter has only the beginning."""
    first_run(pages, tmp_path / "1")
    whole = (pages / "h-changes.txt").read_bytes()
    (pages / "h-changes.txt").write_bytes(b"")
    cap = ("--max-document-bytes", str(LARGE), *OPTIONS)
    done = run("replay", tmp_path / "1", *cap, tmp_path / "2")
    os.utime(pages / "h-changes.txt")  # all are read, and nothing has changed
    assert run("replay", tmp_path / "1", *cap, tmp_path / "2") == done
    for name, content in (("h-changes.txt", whole), ("later", page("Кейін келген"))):
        before = (pages / name).read_bytes() if (pages / name).exists() else None
        (pages / name).write_bytes(content)
        code, message = failure(capsys, tmp_path / "1", *cap, "--output", tmp_path / "2")
        assert (code, "inputs were others, or have changed" in message) == (4, True)
        (pages / name).unlink() if before is None else (pages / name).write_bytes(before)
    assert run("replay", tmp_path / "1", *cap, tmp_path / "2") == done


def test_what_lies_behind_a_refused_link_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(page("Құпия"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link.txt").symlink_to(tmp_path / "secret.txt")
    run("ingest", "--input", tmp_path / "in", "--max-dead-letters", "100", tmp_path / "1")
    run("replay", tmp_path / "1", tmp_path / "2")
    for output in ("1", "2"):
        (kept,) = rows(tmp_path / output, DeadLetter)
        assert (kept.code, kept.content, kept.content_bytes) == ("outside_root", b"", 0)


def test_records_over_the_cap_wait_in_their_container(tmp_path: Path) -> None:
    """Their letters keep lines of JSON and answers of servers, which are no pages."""
    lines = [json.dumps({"text": page("Ұзын", size).decode()}) for size in (0, 20_000)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page("Ұзын", 20_000)
    head = "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\n"
    with (tmp_path / "b.warc").open("wb") as stream:
        stream.write(f"{head}Content-Length: {len(answer)}\r\n\r\n".encode() + answer + b"\r\n\r\n")
    cap = ("--max-document-bytes", str(SMALL), "--max-dead-letters", "100")
    first = run(
        "ingest", "--input", tmp_path / "a.jsonl", tmp_path / "b.warc", *cap, tmp_path / "1"
    )
    assert (first.tally.articles, first.tally.dead_letters) == (1, {"too_large": 2})
    again = run("replay", tmp_path / "1", "--max-document-bytes", str(LARGE), tmp_path / "2")
    assert (again.tally.articles, again.tally.dead_letters) == (1, {"html": 1})


def test_documents_that_share_a_uri_are_replayed_each(tmp_path: Path) -> None:
    records = [json.dumps({"text": text, "url": "https://a.example/"}) for text in ("1", "22")]
    (tmp_path / "a.jsonl").write_text("\n".join(records), encoding="utf-8")
    own_uris = ("--uri-field", "url", "--max-dead-letters", "100")
    first = run("ingest", "--input", tmp_path / "a.jsonl", *own_uris, tmp_path / "1")
    assert first.tally.dead_letters == {"no_text": 2}
    again = run("replay", tmp_path / "1", tmp_path / "2")
    assert again.tally.dead_letters == {"no_text": 2}
    assert main(["verify", str(tmp_path / "1"), str(tmp_path / "2"), "--quiet"]) == 0
