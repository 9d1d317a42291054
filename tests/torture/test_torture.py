"""The worst documents: none is lost, none stops the run, none harms its neighbours."""

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

import pytest
import torture_cases as cases
from output_rows import rows

from pipelines.main import main
from schemas import rows as published
from transforms.listing import path_to_uri
from transforms.manifest import Manifest, parse_manifest
from transforms.parts import DIRECTORIES
from transforms.process import process_shard
from transforms.shard_settings import ShardSettings
from transforms.shards import Shard
from transforms.text.document import Document, ExtractOptions
from transforms.text.extract import extract_article, warm_up

OPTIONS = ("--ingest-date", "2024-05-31", "--max-dead-letters", "100", "--shard-bytes", "100000")
Outcome: TypeAlias = cases.Article | cases.Failed | cases.Copied


def guard(number: int, place: str) -> bytes:
    """Return a good page to stand beside a bad one; no two are equal."""
    line = f"Бұл {number} құжатпен көрші тұрған {place} бет, оған ештеңе болмауы керек."
    return f"{cases.TEXT}{line}\n".encode()


def write_all(folder: Path) -> dict[str, cases.Case]:
    """Write every case between two good pages; return the cases by uri."""
    written: dict[str, cases.Case] = {}
    for number, case in enumerate(cases.cases()):
        prefix = f"{number:03d}"
        path = case.write(os.fsencode(folder), prefix)
        written[path_to_uri(os.fsdecode(path))] = case
        (folder / f"{prefix}-a.txt").write_bytes(guard(number, "бірінші"))
        (folder / f"{prefix}-c.txt").write_bytes(guard(number, "екінші"))
    return written


def remove(uri: str, folder: Path) -> None:
    """Remove the document of a case."""
    path = folder / os.fsdecode(_unquoted(uri))
    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def _unquoted(uri: str) -> bytes:
    return unquote_to_bytes(uri.rpartition("/")[2])


def run(folder: Path, output: Path) -> tuple[Manifest, dict[str, Any]]:
    """Ingest a folder, named twice; return the manifest and the row of each uri."""
    return run_on([f"{folder}/*", str(folder)], output)


def run_on(inputs: list[str], output: Path) -> tuple[Manifest, dict[str, Any]]:
    """Ingest what is named; return the manifest and the row of each uri."""
    command = ["ingest", "--input", *inputs, "--output", str(output), "--quiet", *OPTIONS]
    assert main(command) == 0
    (path,) = (output / "manifests").iterdir()
    found: list[published.Article | published.Duplicate | published.DeadLetter] = [
        *rows(output, published.Article),
        *rows(output, published.Duplicate),
        *rows(output, published.DeadLetter),
    ]
    by_uri = {row.source_uri: row for row in found}
    assert len(by_uri) == len(found), Counter(row.source_uri for row in found).most_common(3)
    return parse_manifest(path.read_text(encoding="utf-8")), by_uri


def outcome(row: Any) -> Outcome:
    """Return what became of a document."""
    if isinstance(row, published.DeadLetter):
        return cases.Failed(row.stage, row.code)
    if isinstance(row, published.Duplicate):
        return cases.Copied()
    return cases.Article(row.title, tuple(paragraph.text for paragraph in row.paragraphs))


def content_of(uri: str, case: cases.Case, folder: Path) -> bytes:
    """Return the bytes that the row of a case must have hashed."""
    if not isinstance(case.make, bytes):
        return b""
    if case.content is not None:
        return case.content
    return (folder / os.fsdecode(_unquoted(uri))).read_bytes()


def test_every_case_becomes_what_it_must_and_harms_no_neighbour(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    written = write_all(folder)
    assert len(written) >= 60
    manifest, found = run(folder, tmp_path / "with")
    assert manifest.tally.documents == len(found) == 3 * len(written)
    assert manifest.tally.dead_letters == Counter(
        case.expected.code for case in written.values() if isinstance(case.expected, cases.Failed)
    )
    wrong = {
        case.name: outcome(found[uri])
        for uri, case in written.items()
        if outcome(found[uri]) != case.expected
    }
    assert wrong == {}
    for uri, case in written.items():
        content, row = content_of(uri, case, folder), found.pop(uri)
        assert row.content_sha256 == hashlib.sha256(content).hexdigest(), case.name
        assert row.content_bytes == len(content), case.name
        if isinstance(row, published.DeadLetter):
            assert row.content == content[: 2**20], case.name
        remove(uri, folder)
    _, without = run(folder, tmp_path / "without")
    assert found == without


@contextmanager
def disturbed(
    monkeypatch: pytest.MonkeyPatch, actions: dict[str, Callable[[], object]]
) -> Iterator[None]:
    """Do something to a file each time that the run has opened it and knows its size.

    An action is told by the name of the file; one whose name begins with "second" waits for the
    second pass, and is done before the file is opened.
    """
    opened: Counter[str] = Counter()
    names: dict[int, str] = {}
    real_open, real_fstat = os.open, os.fstat

    def open_disturbed(path: Any, *arguments: Any, **options: Any) -> int:
        name = os.path.basename(path) if isinstance(path, str) else ""  # noqa: PTH119
        opened[name] += name in actions
        if name.startswith("second") and opened[name] == 2:
            actions[name]()
        descriptor = real_open(path, *arguments, **options)
        names[descriptor] = name
        return descriptor

    def fstat_disturbed(descriptor: int) -> os.stat_result:
        status = real_fstat(descriptor)
        name = names.get(descriptor, "")
        if name.startswith("reading") and opened[name] == 1:
            actions[name]()
        return status

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", open_disturbed)
        patch.setattr(os, "fstat", fstat_disturbed)
        yield


def become(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return what puts something else in the place of a file."""

    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return replace


def test_files_that_change_while_the_run_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    first = "\n".join((cases.TITLE, cases.PARAGRAPHS[0])) + "\n"
    longer = "Бұл сөйлем құжатқа кейін қосылды, бірақ толық оқылуы тиіс.\n"
    short = cases.Article(cases.TITLE, cases.PARAGRAPHS[:1])
    grown = cases.Article(cases.TITLE, (*cases.PARAGRAPHS, longer.strip()))
    plan: dict[str, tuple[Callable[[Path], object], Outcome]] = {
        "reading-grows": (lambda path: path.write_text(cases.TEXT + longer, "utf-8"), grown),
        "reading-shrinks": (lambda path: os.truncate(path, len(first.encode())), short),
        "reading-empties": (lambda path: os.truncate(path, 0), cases.EMPTY),
        "reading-goes": (os.unlink, cases.NOT_FOUND),
        "second-gone": (os.unlink, cases.NOT_FOUND),
        "second-renamed": (lambda path: path.rename(folder / "elsewhere"), cases.NOT_FOUND),
        "second-grown": (lambda path: path.write_text(cases.TEXT + longer, "utf-8"), grown),
        "second-shrunk": (lambda path: path.write_text(first, "utf-8"), short),
        "second-directory": (become(Path.mkdir), cases.UNREADABLE),
        "second-pipe": (become(os.mkfifo), cases.UNREADABLE),
    }
    actions: dict[str, Callable[[], object]] = {}
    for number, (name, (change, _)) in enumerate(plan.items()):
        path = folder / f"{name}.txt"
        path.write_text(f"{cases.TEXT}{number} бет\n" if name.endswith("empties") else cases.TEXT)
        actions[path.name] = partial(change, path)
    (folder / "zz-good.txt").write_bytes(guard(0, "соңғы"))
    with disturbed(monkeypatch, actions):
        manifest, found = run(folder, tmp_path / "out")
    outcomes = {uri.rpartition("/")[2][:-4]: outcome(row) for uri, row in found.items()}
    assert outcomes.pop("zz-good") != cases.EMPTY
    assert outcomes == {name: expected for name, (_, expected) in plan.items()}
    assert manifest.tally.documents == len(plan) + 1


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="no /proc here")
def test_file_that_has_no_size_but_content_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "version.txt").symlink_to("/proc/version")  # named, so taken wherever it leads
    _, found = run_on([str(tmp_path / "version.txt")], tmp_path / "out")
    (row,) = found.values()
    content = Path("/proc/version").read_bytes()
    assert row.content_sha256 == hashlib.sha256(content).hexdigest()
    assert row.content_bytes == len(content) > 0


def test_device_that_is_named_costs_only_itself(tmp_path: Path) -> None:
    _, found = run_on(["/dev/zero"], tmp_path / "out")
    assert [(row.stage, row.code) for row in found.values()] == [("read", "unreadable")]


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be nobody for a while, where the tests are root; root may read everything."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_document_without_permission_costs_only_itself() -> None:
    warm_up()  # nobody may not be allowed to read the models
    extract_article(
        Document("file:///first.txt", guard(9, "ашық")), ExtractOptions(date(2024, 5, 31))
    )
    with tempfile.TemporaryDirectory() as name:  # not pytest's, which only its owner may enter
        folder = Path(name)
        folder.chmod(0o777)
        with unprivileged():
            for kind in DIRECTORIES:
                (folder / "out" / kind).mkdir(parents=True)
            uris = []
            for number in range(3):
                path = folder / f"{number}.txt"
                path.write_bytes(guard(number, "жабық"))
                uris.append(path.as_uri())
            (folder / "1.txt").chmod(0)
            settings = ShardSettings(str(folder / "out"), date(2024, 5, 31))
            report = process_shard(Shard.pack(0, uris), {}, settings)
            articles = rows(folder / "out", published.Article)
            (letter,) = rows(folder / "out", published.DeadLetter)
    assert [article.source_uri for article in articles] == uris[::2]
    assert outcome(letter) == cases.UNREADABLE
    assert (letter.source_uri, letter.message) == (uris[1], "Permission denied")
    assert report.tally.documents == 3
