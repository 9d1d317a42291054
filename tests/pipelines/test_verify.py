"""`suzgi verify` passes what a run leaves and finds every fault, down to a flipped bit."""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipelines.main import main
from pipelines.output_lock import lock_output
from schemas.avro import ContainerWriter, read_rows
from schemas.rows import Article, Duplicate, Paragraph
from tests.pipelines.conftest import Crashes, contents
from transforms.manifest import Manifest, parse_manifest
from transforms.parts import PartFile, write_part
from transforms.sealed import seal
from transforms.verification import UNFINISHED, Verification
from transforms.verify_duplicates import CopyCheck
from transforms.verify_manifest import Fault
from transforms.verify_rows import lines_fault

TRUNCATIONS = int(os.environ.get("SUZGI_TORTURE_TRUNCATIONS", "40"))
FLIPS = int(os.environ.get("SUZGI_TORTURE_FLIPS", "80"))
SEED = 20240531
WORDS = """
кітапхана оқырман көпір өзен мектеп ұстаз қала ауыл жол көлік дәрігер аурухана театр әртіс сурет
көрме бағбан ағаш дала жаңбыр базар дүкен қонақ көрші қария жолдас еңбек өнер білім ғылым жұлдыз
"""


@pytest.fixture
def output(crashes: Crashes, tmp_path: Path) -> Path:
    """Return an output of a small run of its own."""
    return Path(shutil.copytree(crashes.folder / "undisturbed", tmp_path / "out"))


def faults(output: Path) -> list[Fault]:
    """Return the faults of an output, with all lines accounted for."""
    return list(Verification(str(output), sample=1).faults())


def manifest_path(output: Path) -> Path:
    (path,) = (output / "manifests").iterdir()
    return path


def test_output_of_a_run_has_no_fault(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(output)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{output}: 1 runs, ")
    assert shown.endswith(" articles: no fault\n")
    assert faults(output) == []


def test_manifest_of_a_run_keeps_to_the_published_schema(output: Path) -> None:
    schema = json.loads(files("schemas").joinpath("manifest.schema.json").read_text("utf-8"))
    held = json.loads(manifest_path(output).read_text(encoding="utf-8"))
    assert min(held["counts"][kind] for kind in ("articles", "duplicates", "dead_letters")) > 1
    assert [error.message for error in Draft202012Validator(schema).iter_errors(held)] == []


def damaged_files(output: Path, count: int) -> Iterator[tuple[Path, bytes, random.Random]]:
    """Yield files in turn with their content, and put each back afterwards."""
    paths = sorted(path for path in output.rglob("*") if path.is_file())
    for number in range(count):
        path = paths[number % len(paths)]
        content = path.read_bytes()
        yield path, content, random.Random(SEED + number)  # noqa: S311 (no secret)
        path.write_bytes(content)


def is_found(output: Path, damaged: Path) -> bool:
    """Tell whether a damaged file is told; of a manifest, also as one of a file that it lists."""
    names = {fault.name for fault in faults(output)}
    return str(damaged.relative_to(output)) in names or (
        damaged.parent.name == "manifests" and bool(names)
    )


def test_every_truncation_is_found(output: Path) -> None:
    for path, content, chance in damaged_files(output, TRUNCATIONS):
        path.write_bytes(content[: chance.randrange(len(content))])
        assert is_found(output, path)


def test_every_flipped_bit_is_found(output: Path) -> None:
    for path, content, chance in damaged_files(output, FLIPS):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        assert is_found(output, path)


def test_every_flipped_bit_of_a_manifest_is_found(output: Path) -> None:
    """The one file whose hash is written nowhere: each of its bytes, with one bit each."""
    path = manifest_path(output)
    content = path.read_bytes()
    step = max(1, len(content) // (4 * FLIPS))
    for index in range(0, len(content), step):
        damaged = bytearray(content)
        damaged[index] ^= 1 << index % 8
        path.write_bytes(damaged)
        assert is_found(output, path), index


def test_code_7_and_a_line_for_each_fault(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = next((output / "articles").iterdir())
    part.unlink()
    (output / "notes.txt").touch()
    temporary = ".part-00000-0123456789abcdef.avro.1.2.tmp"
    (output / "articles" / temporary).touch()
    assert main(["verify", "--quiet", str(output)]) == 7
    assert capsys.readouterr().out.splitlines() == [
        f"{part}: missing",
        f"{output}/notes.txt: no run wrote it",
        f"{output}/articles/{temporary}: {UNFINISHED}",
    ]


def test_place_without_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--quiet", str(tmp_path)]) == 7
    assert capsys.readouterr().out == f"{tmp_path}/manifests: no finished run is here\n"
    assert main(["verify", str(tmp_path / "nowhere")]) == 3
    assert "cannot verify" in capsys.readouterr().err
    assert main(["verify", "--sample", "0", str(tmp_path)]) == 2


def test_interrupted_run_is_no_run(crashes: Crashes, tmp_path: Path) -> None:
    assert crashes.run_to(tmp_path / "out", "report.settled", 2) == -9
    assert {fault.name for fault in faults(tmp_path / "out")} == {
        "manifests",
        *contents(tmp_path / "out"),
    }


def rewrite_manifest(output: Path, change: Callable[[dict[str, Any]], None]) -> list[str]:
    """Change a manifest, laid out as it should be, and return what is wrong with it then."""
    path = manifest_path(output)
    held = json.loads(path.read_text(encoding="utf-8"))
    change(held)
    text = json.dumps(held, sort_keys=True, ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")
    return [fault.message for fault in faults(output) if fault.name.startswith("manifests/")]


CHANGES: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (lambda held: held["counts"].update(articles=1), "1 rows counted in articles, "),
    (lambda held: held["counts"].update(documents=99), "99 documents became 36 rows"),
    (lambda held: held["counts"].update(dead_letters=0), "counts does not agree with the rest"),
    (lambda held: held["languages"].clear(), " articles, 0 by language"),
    (lambda held: held["lines"].update(kept=0), "the rows add up to other counts"),
    (lambda held: held["inputs"].update(bytes=1), "the rows add up to other counts"),
    (lambda held: held.update(version="9"), "version, options and inputs are those of run "),
    (lambda held: held.update(format=2), "format 2; this version reads 1"),
    (lambda held: held["files"].reverse(), "its files are not sorted, or listed twice"),
    (lambda held: held["files"].append(held["files"][0]), "not sorted, or listed twice"),
    (lambda held: held["files"][0].update(name="/etc/hosts"), "lists '/etc/hosts', which no run"),
    (lambda held: held["files"][0].update(sha256="0" * 64), "with SHA-256 0000"),
    (lambda held: held.pop("repairs"), "not a manifest of suzgi: KeyError('repairs')"),
    (lambda held: held.update(repairs="no"), "the rows add up to other counts"),
    (lambda held: held.update(mine=1), "mine does not agree"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_manifest_that_does_not_balance(
    change: Callable[[dict[str, Any]], None], message: str, output: Path
) -> None:
    assert any(message in each for each in rewrite_manifest(output, change))


def test_manifest_of_0_1_0_is_as_good(output: Path) -> None:
    def drop(held: dict[str, Any]) -> None:
        del held["other_languages"], held["counts"]["other_languages"], held["inputs"]["bytes"]

    assert rewrite_manifest(output, drop) == []


def rewrite_rows(output: Path, kind: str, change: Callable[[list[Any]], list[Any]]) -> list[str]:
    """Change the rows of the first file of a kind, with a manifest that lists the new file."""
    path = manifest_path(output)
    manifest: Manifest = parse_manifest(path.read_text(encoding="utf-8"))
    old = next(part for part in manifest.files if part.name.startswith(f"{kind}/"))
    row_type = Article if kind == "articles" else Duplicate
    with (output / old.name).open("rb") as stream:
        found = change(list(read_rows(stream, row_type)))
    writer = ContainerWriter("article" if kind == "articles" else "duplicate")
    for row in found:
        writer.write(row)
    new = write_part(str(output), kind, 0, writer.finish(), len(found))
    (output / old.name).unlink()
    return replace_part(output, manifest, old, new)


def replace_part(output: Path, manifest: Manifest, old: PartFile, new: PartFile) -> list[str]:
    """Let a manifest list another file and return what is wrong then."""
    listed = tuple(sorted(new if part == old else part for part in manifest.files))
    changed = replace(manifest, files=listed)
    manifest_path(output).write_text(changed.to_text(), encoding="utf-8")
    return [fault.message for fault in faults(output)]


def test_doubled_row_is_found(output: Path) -> None:
    messages = rewrite_rows(output, "articles", lambda rows: [*rows[:-1], rows[0]])
    assert "1 documents have more than one row" in messages
    assert "1 ids are not unique" in messages


def test_lost_row_is_found(output: Path) -> None:
    messages = rewrite_rows(output, "articles", lambda rows: rows[1:])
    assert "the rows add up to other counts than the manifest has" in messages


def test_duplicate_of_nothing_is_found(output: Path) -> None:
    def point_nowhere(rows: list[Duplicate]) -> list[Duplicate]:
        return [replace(rows[0], duplicate_of="f" * 32), *rows[1:]]

    assert rewrite_rows(output, "duplicates", point_nowhere) == [
        "1 articles that duplicates name are not there"
    ]


def test_wrong_count_of_copies_is_found(output: Path) -> None:
    def count(rows: list[Article], number: int) -> list[Article]:
        copied = next(row for row in rows if (row.source_uri_count or 0) > 1)
        return [replace(row, source_uri_count=number) if row is copied else row for row in rows]

    assert rewrite_rows(output, "articles", lambda rows: count(rows, 9)) == [
        "1 articles count duplicates that are not there"
    ]
    assert rewrite_rows(output, "articles", lambda rows: count(rows, 1)) == [
        "1 articles have more duplicates than they count"
    ]


@pytest.fixture
def near(crashes: Crashes, tmp_path: Path) -> Path:
    """Return the output of a run over three pages, of which one nearly equals another."""
    sentences = [f"{word} туралы әңгіме {word} айтқандай болып шықты." for word in WORDS.split()]
    (tmp_path / "in").mkdir()
    for number, part in enumerate((sentences[1:20], sentences[:20], sentences[20:])):
        (tmp_path / "in" / f"{number}.txt").write_text("\n".join(part), encoding="utf-8")
    made = Crashes(tmp_path, crashes.server)
    assert made.run(tmp_path / "near", "--near-duplicates", "--shard-bytes=9999999") == 0
    assert faults(tmp_path / "near") == []
    return tmp_path / "near"


def change_near(**changes: Any) -> Callable[[list[Article]], list[Article]]:
    """Return the change of the one article that nearly equals another."""
    return lambda rows: [replace(row, **changes) if row.near_duplicate_of else row for row in rows]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"near_duplicate_of": "f" * 32}, "1 articles that near duplicates name are not there"),
        ({"near_duplicate_similarity": 0.5}, "similarities from 0.5 to 0.5, 0.8 to 1"),
        ({"near_duplicate_similarity": 1.5}, "similarities from 1.0 to 1.5, 0.8 to 1"),
        ({"near_duplicate_similarity": None}, "1 rows with half of what tells a near duplicate"),
        ({"near_duplicate_of": None}, "the rows add up to other counts than the manifest has"),
    ],
)
def test_wrong_near_duplicate_is_found(change: dict[str, Any], message: str, near: Path) -> None:
    messages = rewrite_rows(near, "articles", change_near(**change))
    assert any(each.startswith(message) for each in messages)


def test_near_duplicate_of_a_near_duplicate_is_found(near: Path) -> None:
    def chain(rows: list[Article]) -> list[Article]:
        (second,) = (row.id for row in rows if row.near_duplicate_of)
        told: dict[str, Any] = {"near_duplicate_of": second, "near_duplicate_similarity": 0.9}
        return [row if row.near_duplicate_of else replace(row, **told) for row in rows]

    messages = rewrite_rows(near, "articles", chain)
    assert "2 articles that near duplicates name are near duplicates themselves" in messages
    assert "2 clusters of near duplicates, 1 counted" in messages


def test_rows_of_older_versions_count_no_copies(article: Article) -> None:
    check = CopyCheck()
    check.add(replace(article, source_uri_count=None))
    check.add(Duplicate("uri", article.content_sha256, 1, article.id, article.ingest_date, None))
    assert list(check.faults(bytearray.fromhex(article.id))) == []
    assert list(check.faults(bytearray())) == ["1 articles that duplicates name are not there"]


def test_lost_line_is_found(output: Path) -> None:
    def lose_line(rows: list[Article]) -> list[Article]:
        return [replace(rows[0], paragraphs=rows[0].paragraphs[1:]), *rows[1:]]

    messages = rewrite_rows(output, "articles", lose_line)
    assert any("its lines are not as many as its quality counts" in each for each in messages)


def test_file_of_another_schema_is_found(output: Path) -> None:
    manifest = parse_manifest(manifest_path(output).read_text(encoding="utf-8"))
    old = next(part for part in manifest.files if part.name.startswith("articles/"))
    letters = next(part for part in manifest.files if part.name.startswith("dead_letters/"))
    content = (output / letters.name).read_bytes()
    new = write_part(str(output), "articles", 0, content, old.rows)
    (output / old.name).unlink()
    assert replace_part(output, manifest, old, new) == [
        "its schema is no published one of article rows"
    ]


def test_file_that_is_no_avro_is_found(output: Path) -> None:
    manifest = parse_manifest(manifest_path(output).read_text(encoding="utf-8"))
    old = next(part for part in manifest.files if part.name.startswith("articles/"))
    new = write_part(str(output), "articles", 0, b"no Avro at all", old.rows)
    (output / old.name).unlink()
    (message,) = replace_part(output, manifest, old, new)
    assert message.startswith("cannot be read as Avro: ")


def test_what_a_process_at_work_has_not_committed_is_no_fault(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = lock_output(str(output))
    try:
        part = write_part(str(output), "articles", 99, b"rows", 1)
        assert main(["verify", str(output)]) == 0
        told = "no fault; what a process at work there has not committed is left out\n"
        assert capsys.readouterr().out.endswith(told)
        (output / "notes.txt").write_text("mine", encoding="utf-8")
        assert main(["verify", "--quiet", str(output)]) == 7
    finally:
        os.close(lock)
    (output / "notes.txt").unlink()
    assert faults(output) == [Fault(name, UNFINISHED) for name in ("_work/lock", part.name)]


def test_whole_listing_of_another_run_is_left_over(output: Path) -> None:
    (output / "_listings" / f"{'0' * 32}.json").write_bytes(seal({"run": "0" * 32}))
    assert [fault.name for fault in faults(output)] == [f"_listings/{'0' * 32}.json"]


@pytest.fixture
def article(output: Path) -> Article:
    """Return an article as a run wrote it."""
    with next((output / "articles").iterdir()).open("rb") as stream:
        return next(iter(read_rows(stream, Article)))


def test_line_accounting(article: Article) -> None:
    assert lines_fault(article) == ""
    quality = replace(article.quality, line_count=article.quality.line_count + 1)
    assert "lines, " in lines_fault(replace(article, quality=quality))
    blank = [Paragraph(each.line, " ", None) for each in article.paragraphs]
    assert "comes back empty" in lines_fault(replace(article, paragraphs=blank))
