"""`suzgi ingest --near-duplicates`: clusters told or dropped, the same bits however it runs."""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from tests.pipelines.conftest import Crashes, contents

WORDS = """
кітапхана оқырман көпір өзен балалар мектеп ұстаз қала ауыл жол көлік дәрігер аурухана театр
әртіс сурет көрме бағбан гүл ағаш тау дала жел жаңбыр күн түн таң кеш базар дүкен нан сүт
шай ас той қонақ көрші жас қария әже ата ана әке іні апа дос жолдас еңбек өнер білім
"""
COMMON = ("--ingest-date=2024-05-31", "--max-dead-letters=100", "--shard-bytes=4000", "--quiet")


def make_story(number: int, paragraphs: int = 6) -> list[str]:
    """Return the paragraphs of a story of its own."""
    chance = random.Random(f"story {number}")  # noqa: S311 (no secret)
    return [
        f"{' '.join(chance.choices(WORDS.split(), k=14)).capitalize()} туралы айтылды."
        for _ in range(paragraphs)
    ]


def print_page(paragraphs: Sequence[str], title: str, tail: str = "Бөлісу") -> str:
    """Return the page of a story."""
    return "\n\n".join([title, *paragraphs, tail]) + "\n"


def reprint(paragraphs: Sequence[str]) -> list[str]:
    """Return a story with a sentence added and two paragraphs swapped."""
    second, first, *rest = paragraphs
    return [first, second, *rest, "Бұл туралы бізге жергілікті тілші таңертең хабарлады."]


def write_pages(folder: Path) -> None:
    """Write stories; of every third a reprint, of every sixth a copy of that, some that fail."""
    folder.mkdir()
    for number in range(18):
        story = make_story(number)
        page = print_page(story, f"Ауылдағы {number}-жаңалық")
        (folder / f"{number:02}-a.txt").write_text(page, encoding="utf-8")
        if number % 3 == 0:
            page = print_page(reprint(story), "Тағы бір тақырып осында", "Пікір қалдыру")
            (folder / f"{number:02}-b.txt").write_text(page, encoding="utf-8")
        if number % 6 == 0:
            (folder / f"{number:02}-c.txt").write_text(page, encoding="utf-8")
        if number % 9 == 0:
            (folder / f"{number:02}-d.txt").write_text("", encoding="utf-8")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Return a folder with pages."""
    write_pages(tmp_path / "in")
    return tmp_path / "in"


def ingest(pages: Path, output: Path, *more: str) -> dict[str, int]:
    """Run an ingest of the pages, verify it, and return the counts of its manifest."""
    assert main(["ingest", "--input", str(pages), "--output", str(output), *COMMON, *more]) == 0
    assert main(["verify", "--quiet", "--sample=1", str(output)]) == 0
    (path,) = (output / "manifests").iterdir()
    held = json.loads(path.read_text(encoding="utf-8"))
    schema = json.loads(files("schemas").joinpath("manifest.schema.json").read_text("utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(held)] == []
    counts: dict[str, int] = held["counts"]
    return counts


def name_of(uri: str) -> str:
    return uri.rpartition("/")[2].removesuffix(".txt")


def test_near_duplicates_name_the_first_of_their_cluster(pages: Path, tmp_path: Path) -> None:
    counts = ingest(pages, tmp_path / "out", "--near-duplicates")
    assert counts == {
        "documents": 29,
        "articles": 24,
        "other_languages": 0,
        "duplicates": 3,
        "dead_letters": 2,
        "near_duplicates": 6,
        "near_duplicate_clusters": 6,
    }
    articles = rows(tmp_path / "out", Article)
    names = {article.id: name_of(article.source_uri) for article in articles}
    named = {
        names[article.id]: names[article.near_duplicate_of]
        for article in articles
        if article.near_duplicate_of
    }
    assert named == {f"{number:02}-b": f"{number:02}-a" for number in range(0, 18, 3)}
    for article in articles:
        similarity = article.near_duplicate_similarity
        assert (similarity is None) == (article.near_duplicate_of is None)
        assert similarity is None or 0.8 <= similarity < 1
        name = names[article.id]
        is_copied = name.endswith("b") and int(name[:2]) % 6 == 0
        assert article.source_uri_count == 1 + is_copied
    assert [row.similarity for row in rows(tmp_path / "out", Duplicate)] == [None] * 3


def test_dropped_near_duplicates_and_their_copies_name_an_article(
    pages: Path, tmp_path: Path
) -> None:
    """A copy of what is dropped is no copy of anything that is kept."""
    counts = ingest(pages, tmp_path / "out", "--drop-near-duplicates")
    assert (counts["articles"], counts["duplicates"], counts["dead_letters"]) == (18, 9, 2)
    assert (counts["near_duplicates"], counts["near_duplicate_clusters"]) == (9, 6)
    names = {row.id: name_of(row.source_uri) for row in rows(tmp_path / "out", Article)}
    duplicates = rows(tmp_path / "out", Duplicate)
    assert {name_of(row.source_uri): names[row.duplicate_of] for row in duplicates} == {
        f"{number:02}-{letter}": f"{number:02}-a"
        for number in range(0, 18, 3)
        for letter in ("bc" if number % 6 == 0 else "b")
    }
    similarities = {name_of(row.source_uri): row.similarity or 0 for row in duplicates}
    assert min(similarities.values()) >= 0.8
    assert similarities["06-b"] == similarities["06-c"]


def test_without_the_option_nobody_looks(pages: Path, tmp_path: Path) -> None:
    counts = ingest(pages, tmp_path / "out")
    assert [name for name in counts if name.startswith("near")] == []
    assert {row.near_duplicate_of for row in rows(tmp_path / "out", Article)} == {None}


def test_a_higher_threshold_finds_fewer(pages: Path, tmp_path: Path) -> None:
    threshold = "--near-duplicate-threshold=0.97"
    assert ingest(pages, tmp_path / "out", "--near-duplicates", threshold)["near_duplicates"] == 0


def test_languages_that_nobody_asked_for_are_not_compared(pages: Path, tmp_path: Path) -> None:
    counts = ingest(pages, tmp_path / "out", "--drop-near-duplicates", "--languages=ru")
    assert (counts["articles"], counts["other_languages"]) == (0, 24)
    assert (counts["duplicates"], counts["near_duplicates"]) == (3, 0)


def test_the_same_bits_with_two_workers_and_from_a_list_in_any_order(
    pages: Path, tmp_path: Path
) -> None:
    drop = "--drop-near-duplicates"
    ingest(pages, tmp_path / "one", drop)
    one = contents(tmp_path / "one")
    listed = sorted(map(str, pages.iterdir()))
    random.Random(7).shuffle(listed)  # noqa: S311 (no secret)
    (tmp_path / "list").write_text("\n".join(listed), encoding="utf-8")
    given = ["--input-list", str(tmp_path / "list"), *COMMON, drop]
    assert main(["ingest", *given, "--output", str(tmp_path / "listed")]) == 0
    assert contents(tmp_path / "listed") == one
    command = ["ingest", "--input", str(pages), "--output", str(tmp_path / "two"), *COMMON, drop]
    run = subprocess.run(
        [sys.executable, "-m", "pipelines.main", *command, "--workers=2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert contents(tmp_path / "two") == one


def clusters(output: Path) -> list[tuple[str, str | None, float | None]]:
    """Return each article's id with what it nearly equals, and how nearly, in the order of uris."""
    articles = sorted(rows(output, Article), key=lambda article: article.source_uri)
    return [(row.id, row.near_duplicate_of, row.near_duplicate_similarity) for row in articles]


def test_clusters_depend_neither_on_the_shards_nor_on_how_documents_are_packed(
    pages: Path, tmp_path: Path
) -> None:
    near = "--near-duplicates"
    for size in ("1", "9000", "9000000"):
        ingest(pages, tmp_path / size, near, "--shard-bytes", size)
    records = [
        {"uri": path.as_uri(), "text": path.read_text(encoding="utf-8")}
        for path in sorted(pages.iterdir())
    ]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    (tmp_path / "pages.jsonl").write_text("\n".join(lines), encoding="utf-8")
    ingest(tmp_path / "pages.jsonl", tmp_path / "packed", near, "--uri-field=uri")
    found = [clusters(tmp_path / name) for name in ("1", "9000", "9000000", "packed")]
    assert len(found[0]) == 24
    assert found[0] == found[1] == found[2] == found[3]


@pytest.fixture
def crashing(crashes: Crashes, pages: Path) -> Crashes:
    """Return runs over the pages that can be stopped."""
    return Crashes(pages.parent, crashes.server)


@pytest.mark.parametrize(
    ("point", "nth"), [("part.renamed", 3), ("report.settled", 3), ("manifest.opened", 1)]
)
def test_killed_and_gone_on(point: str, nth: int, crashing: Crashes, tmp_path: Path) -> None:
    drop = "--drop-near-duplicates"
    assert crashing.run(tmp_path / "undisturbed", drop) == 0, crashing.log
    assert len(rows(tmp_path / "undisturbed", Article)) == 18
    output = tmp_path / "out"
    assert crashing.run(output, drop, point=point, nth=nth, signal=9) == -9
    assert crashing.run(output, "--near-duplicates") == 4
    assert "--drop-near-duplicates yes" in crashing.log
    assert crashing.run(output, drop) == 0, crashing.log
    assert contents(output) == contents(tmp_path / "undisturbed")


def test_a_document_that_changed_since_costs_the_shards_of_those_that_it_stands_for(
    crashing: Crashes, tmp_path: Path
) -> None:
    """It comes before two near duplicates: these shards are done again, and no other."""
    more = ("--near-duplicates", "--shard-bytes=1")
    output = tmp_path / "out"
    assert crashing.run(output, *more, point="manifest.opened", nth=1, signal=9) == -9
    before = {path: path.stat().st_mtime_ns for path in output.glob("articles/*.avro")}
    page = print_page([*make_story(9), make_story(99)[0]], "Тағы бір рет")
    (tmp_path / "in" / "05-a.txt").write_text(page, encoding="utf-8")
    assert crashing.run(output, *more) == 0, crashing.log
    assert crashing.run(tmp_path / "undisturbed", *more) == 0
    assert contents(output) == contents(tmp_path / "undisturbed")
    after = {path: path.stat().st_mtime_ns for path in output.glob("articles/*.avro")}
    assert len(before.items() - after.items()) == len({"05-a", "09-a", "09-b"})


def test_a_replay_looks_for_near_duplicates_among_its_documents(
    pages: Path, tmp_path: Path
) -> None:
    counts = ingest(pages, tmp_path / "out", "--max-document-bytes=100")
    assert counts["dead_letters"] == counts["documents"] == 29
    replayed = tmp_path / "replayed"
    command = ["replay", str(tmp_path / "out"), "--output", str(replayed), "--quiet"]
    assert main([*command, "--code=too_large", "--drop-near-duplicates"]) == 0
    assert main(["verify", "--quiet", "--sample=1", str(replayed)]) == 0
    assert len(rows(replayed, Article)) == 18
    assert sum(row.similarity is not None for row in rows(replayed, Duplicate)) == 9
    assert rows(replayed, DeadLetter) == []


def test_summary_tells_of_clusters(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = [each for each in COMMON if each != "--quiet"]
    for option, line in (
        ("--near-duplicates", "of the articles, 6 nearly equal another (6 clusters)"),
        ("--drop-near-duplicates", "of the duplicates, 9 nearly equal an article (6 clusters)"),
    ):
        command = ["ingest", "--input", str(pages), "--output", str(tmp_path / option), option]
        assert main([*command, *common]) == 0
        assert capsys.readouterr().out.splitlines()[1] == line


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--near-duplicate-threshold=0.9"], "needs --near-duplicates or --drop-near-duplicates"),
        (["--near-duplicates", "--near-duplicate-threshold=0.4"], "is not a share from 0.5 to 1"),
        (["--near-duplicates", "--near-duplicate-threshold=all"], "'all' is not a share"),
        (["--near-duplicates", "--near-duplicate-threshold=nan"], "'nan' is not a share"),
    ],
)
def test_wrong_usage(
    arguments: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["ingest", "--input", str(tmp_path), "--output", str(tmp_path / "out")]
    assert main([*command, *arguments]) == 2
    assert complaint in capsys.readouterr().err
