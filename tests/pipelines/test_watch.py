"""`suzgi watch` takes what comes and changes, each once, and says what became of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from transforms.listing import path_to_uri
from transforms.manifest import Manifest, parse_manifest

ROOT = Path(__file__).parents[2]
TEXT = (
    "Қаладағы {name} кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры толық.\n"
    "Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады.\n"
)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Return an empty input directory."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def write(pages: Path, name: str, text: str | None = None) -> str:
    """Write a page and return its uri."""
    path = pages / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(TEXT.format(name=name) if text is None else text, encoding="utf-8")
    return path_to_uri(str(path))


def command(pages: Path, *more: str) -> list[str]:
    """Return the command of a watch over the pages."""
    given = ["watch", "--input", str(pages), "--output", str(pages.parent / "out")]
    return [*given, "--settle-seconds=0", "--ingest-date=2024-05-31", *more]


def look(pages: Path, *more: str) -> Path:
    """Watch until nothing waits; return the output, which has no fault."""
    output = pages.parent / "out"
    assert main(command(pages, "--once", "--quiet", "--max-dead-letters=100", *more)) == 0
    assert main(["verify", "--quiet", "--sample=1", str(output)]) == 0
    return output


def manifests(output: Path) -> list[Manifest]:
    """Return the manifests of all windows in order."""
    found = [parse_manifest(path.read_text("utf-8")) for path in output.glob("manifests/*.json")]
    return sorted(found, key=lambda manifest: manifest.window.number if manifest.window else 0)


def kinds(output: Path) -> dict[str, list[str]]:
    """Return the names of the pages by what became of them; a page may be in it more than once."""
    types: dict[str, Any] = {"article": Article, "copy": Duplicate, "failed": DeadLetter}
    return {
        kind: sorted(row.source_uri.rpartition("/")[2] for row in rows(output, row_type))
        for kind, row_type in types.items()
    }


def test_new_files_become_articles_once(pages: Path) -> None:
    write(pages, "a.txt")
    write(pages, "deep/b.txt")
    write(pages, "notes.md")
    look(pages)
    write(pages, "later/c.txt")
    for _ in range(2):
        output = look(pages)
        assert kinds(output) == {"article": ["a.txt", "b.txt", "c.txt"], "copy": [], "failed": []}
        assert [each.window.files for each in manifests(output) if each.window] == [2, 1]


def test_a_touched_file_is_nothing_new(pages: Path) -> None:
    write(pages, "a.txt")
    look(pages)
    os.utime(pages / "a.txt")
    output = look(pages)
    assert kinds(output) == {"article": ["a.txt"], "copy": [], "failed": []}
    last = manifests(output)[-1]
    assert (last.window and last.window.unchanged, last.tally.documents, last.files) == (1, 0, ())


def test_a_changed_file_is_a_new_document_and_the_old_article_stays(pages: Path) -> None:
    uri = write(pages, "a.txt")
    look(pages)
    write(pages, "a.txt", TEXT.format(name="басқа"))
    found = rows(look(pages), Article)
    assert [article.source_uri for article in found] == [uri, uri]
    assert len({article.id for article in found}) == 2


def test_a_file_that_goes_back_to_an_older_text_is_a_duplicate_of_its_article(pages: Path) -> None:
    write(pages, "a.txt")
    (article,) = rows(look(pages), Article)
    write(pages, "a.txt", TEXT.format(name="басқа"))
    look(pages)
    for _ in range(2):  # the same once more is nothing new
        write(pages, "a.txt")
        output = look(pages)
        (duplicate,) = rows(output, Duplicate)
        assert (duplicate.source_uri, duplicate.duplicate_of) == (article.source_uri, article.id)
        assert len(rows(output, Article)) == 2


def test_a_copy_of_an_article_of_an_earlier_window_names_it(pages: Path) -> None:
    write(pages, "a.txt", TEXT)
    (article,) = rows(look(pages), Article)
    uris = [write(pages, name, TEXT) for name in ("0.txt", "b.txt")]
    output = look(pages)
    assert kinds(output) == {"article": ["a.txt"], "copy": ["0.txt", "b.txt"], "failed": []}
    named = [(row.source_uri, row.duplicate_of) for row in rows(output, Duplicate)]
    assert named == [(uri, article.id) for uri in uris]


def test_a_copy_of_an_article_in_another_language_names_it(pages: Path) -> None:
    write(pages, "a.txt", TEXT)
    write(pages, "b.txt", TEXT.format(name="екінші"))
    look(pages, "--languages=ru")
    uri = write(pages, "c.txt", TEXT)
    output = look(pages)
    (duplicate,) = rows(output, Duplicate)
    first, _ = rows(output, Article, "other_languages")
    assert (duplicate.source_uri, duplicate.duplicate_of) == (uri, first.id)


def test_what_failed_is_done_until_its_content_changes(pages: Path) -> None:
    write(pages, "a.txt", "")
    look(pages)
    os.utime(pages / "a.txt")
    assert kinds(look(pages))["failed"] == ["a.txt"]
    write(pages, "a.txt")
    assert kinds(look(pages)) == {"article": ["a.txt"], "copy": [], "failed": ["a.txt"]}


def test_a_copy_of_what_failed_does_not_lean_on_it(pages: Path) -> None:
    """Touched beside its copy it stays what it was, and the copy is a document of its own."""
    write(pages, "a.txt", "")
    look(pages)
    os.utime(pages / "a.txt")
    write(pages, "b.txt", "")
    output = look(pages)
    assert kinds(output)["failed"] == ["a.txt", "b.txt"]
    last = manifests(output)[-1]
    assert last.window
    assert (last.window.unchanged, last.tally.documents) == (1, 1)


def test_near_duplicates_and_copies_are_counted_within_a_window(pages: Path) -> None:
    """Neither a touched page nor a copy of an old one stands for a new page."""
    story = "".join(TEXT.format(name=f"{number}-нші") for number in range(9))
    write(pages, "a.txt", story)
    look(pages, "--near-duplicates")
    os.utime(pages / "a.txt")
    write(pages, "b.txt", story)
    write(pages, "c.txt", story.replace("елу", "алпыс", 1))
    write(pages, "d.txt", story.replace("елу", "жетпіс", 1))
    output = look(pages, "--near-duplicates")
    found = {row.source_uri[-5:]: row for row in rows(output, Article)}
    assert sorted(found) == ["a.txt", "c.txt", "d.txt"]
    assert found["d.txt"].near_duplicate_of == found["c.txt"].id
    assert found["c.txt"].near_duplicate_of is None
    assert kinds(output)["copy"] == ["b.txt"]
    assert {row.source_uri_count for row in found.values()} == {1}


def test_deleted_files_change_nothing(pages: Path) -> None:
    write(pages, "a.txt")
    look(pages)
    (pages / "a.txt").unlink()
    assert kinds(look(pages))["article"] == ["a.txt"]
    write(pages, "a.txt")
    output = look(pages)
    assert kinds(output) == {"article": ["a.txt"], "copy": [], "failed": []}


def test_a_container_that_grew_gives_only_its_new_documents(pages: Path) -> None:
    records = [json.dumps({"text": TEXT.format(name=name)}) for name in ("бір", "екі", "үш")]
    write(pages, "pages.jsonl", f"{records[0]}\nno json\n")
    look(pages)
    write(pages, "pages.jsonl", f"{records[0]}\nno json\n{records[1]}\n{records[2]}\n")
    output = look(pages)
    assert kinds(output) == {
        "article": ["1", "3", "4"],
        "copy": [],
        "failed": ["2"],
    }
    last = manifests(output)[-1]
    assert last.window
    assert (last.window.files, last.window.unchanged, last.tally.documents) == (1, 2, 2)


def test_a_link_that_two_patterns_see_differently_is_read_once(pages: Path) -> None:
    outside = pages.parent / "outside.txt"
    outside.write_text(TEXT, encoding="utf-8")
    (pages / "link.txt").symlink_to(outside)
    (pages / "refused.txt").symlink_to(outside)
    for _ in range(2):
        output = look(pages, "--input", str(pages / "link.txt"))
        assert kinds(output) == {"article": ["link.txt"], "copy": [], "failed": ["refused.txt"]}
    assert len(manifests(output)) == 1


@pytest.mark.parametrize("lost", ["_ledger", "_listings"])
def test_what_is_lost_beside_the_output_costs_only_reading(lost: str, pages: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        write(pages, name, "" if name == "c.txt" else None)
    output = look(pages, "--window-files=2")
    for directory in ("_ledger", lost):
        for path in (output / directory).iterdir():
            path.unlink()
    assert main(command(pages, "--once", "--quiet")) == 0
    assert kinds(output) == {"article": ["a.txt", "b.txt"], "copy": [], "failed": ["c.txt"]}
    sizes = [
        (each.window.files, each.window.unchanged) for each in manifests(output) if each.window
    ]
    assert sizes == [(2, 0), (1, 0), *([(3, 3)] if lost == "_listings" else [])]


def test_limits_cut_what_waits_into_windows(pages: Path) -> None:
    for number in range(7):
        write(pages, f"{number}.txt")
    (pages / "5.txt").write_text(TEXT * 30, encoding="utf-8")
    look(pages, "--window-files=3", "--window-bytes=2000", "--max-windows=1")
    output = look(pages, "--window-files=3", "--window-bytes=2000")
    sizes = [each.window.files for each in manifests(output) if each.window]
    assert sizes == [3, 2, 1, 1]


def test_nothing_to_watch_yet_is_no_error(pages: Path) -> None:
    assert main(command(pages / "not" / "yet", "--once", "--quiet")) == 0


def test_each_window_has_its_options_and_keeps_to_the_schema(
    pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(pages, "a.txt")
    look(pages)
    write(pages, "b.txt")
    capsys.readouterr()
    assert main(command(pages, "--once", "--quiet", "--json", "--codec=null")) == 0
    held = json.loads(capsys.readouterr().out)
    assert (held["window"]["number"], held["options"]["codec"]) == (2, "null")
    schema = json.loads((ROOT / "schemas" / "manifest.schema.json").read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(held)) == []


def test_a_log_has_a_line_for_each_window_and_a_warning(
    pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(pages, "a.txt")
    write(pages, "b.txt", "")
    assert main(command(pages, "--once")) == 0
    begun, window, warning, ended = capsys.readouterr().err.splitlines()
    assert begun == "suzgi: watching; 0 windows with 0 files are committed"
    assert window.startswith("suzgi: window 1: 2 documents = 1 articles + 1 dead letters; ")
    assert "0 files waiting; lag " in window
    assert warning == (
        "suzgi: warning: 1 of 2 documents of window 1 failed, more than --max-dead-letters 5 "
        "(percent)"
    )
    assert ended == "suzgi: ended; 1 windows are committed"


def test_dead_letters_of_all_windows_are_replayed(pages: Path) -> None:
    for number in range(3):
        write(pages, f"{number}.txt", "")
    output = look(pages, "--window-files=1")
    again = pages.parent / "again"
    assert main(["replay", str(output), "--output", str(again), "--quiet"]) == 0
    assert kinds(again)["failed"] == ["0.txt", "1.txt", "2.txt"]


@contextmanager
def at_work(pages: Path, *more: str) -> Iterator["subprocess.Popen[str]"]:
    """Return a context with a watch that waits for files."""
    given = command(pages, "--poll-seconds=0.05", *more)
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.main", *given],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_windows(process: "subprocess.Popen[str]", output: Path, count: int) -> None:
    """Wait until a watch has committed so many windows."""
    while len(list(output.glob("manifests/*.json"))) < count:
        assert process.poll() is None
        time.sleep(0.01)


def test_it_takes_what_comes_until_it_is_told_to_end(pages: Path) -> None:
    output = pages.parent / "out"
    with at_work(pages, "--quiet") as process:
        for number in range(3):
            write(pages, f"{number}.txt")
            wait_for_windows(process, output, number + 1)
        assert main(command(pages, "--once")) == 4  # one at a time
        assert main(["verify", "--quiet", str(output)]) == 0
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate()
    assert (process.returncode, error) == (0, "")
    assert kinds(output)["article"] == ["0.txt", "1.txt", "2.txt"]
    assert main(["verify", "--quiet", str(output)]) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_its_processes_lets_the_window_be_finished(
    number: signal.Signals, pages: Path
) -> None:
    """As Ctrl-C sends it, or systemd: the worker processes hear it, too."""
    for count in range(60):
        write(pages, f"{count}.txt")
    output = pages.parent / "out"
    more = ("--workers=2", "--shard-bytes=600", "--quiet")
    with at_work(pages, *more) as process:
        while not list(output.glob("articles/*.avro")):
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, number)
        _, error = process.communicate()
    assert (process.returncode, error) == (0, "")
    assert len(kinds(output)["article"]) == 60
    assert main(["verify", "--quiet", str(output)]) == 0
