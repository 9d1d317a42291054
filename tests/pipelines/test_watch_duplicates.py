"""Copies and near duplicates under `suzgi watch`: within a window, across windows, with workers."""

import os
from pathlib import Path

import pytest
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, Duplicate
from tests.pipelines.conftest import contents

LINE = "Қаладағы {}-кітапхана {} жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры толық.\n"


def story(number: int, seats: str = "елу") -> str:
    """Return a story of its own; with other seats, one that it nearly equals."""
    lines = (LINE.format(number * 100 + each, number) for each in range(9))
    return "".join(lines).replace("елу", seats, 1)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Return an empty input directory."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def watch(pages: Path, *more: str, output: str = "out", **texts: str) -> Path:
    """Write pages, make them a window, or several, and return the output, which has no fault."""
    for name, text in texts.items():
        (pages / f"{name}.txt").write_text(text, encoding="utf-8")
    where = ("--input", str(pages), "--output", str(pages.parent / output))
    given = ("--once", "--settle-seconds=0", "--ingest-date=2024-05-31", "--quiet", *more)
    assert main(["watch", *where, *given]) == 0
    assert main(["verify", "--quiet", "--sample=1", str(pages.parent / output)]) == 0
    return pages.parent / output


def articles(output: Path) -> dict[str, Article]:
    """Return the articles by the names of their pages."""
    return {Path(row.source_uri).stem: row for row in rows(output, Article)}


def copies(output: Path) -> dict[str, tuple[str, bool]]:
    """Return by the name of its page what each duplicate names, and whether nearly."""
    names = {row.id: name for name, row in articles(output).items()}
    return {
        Path(row.source_uri).stem: (names[row.duplicate_of], row.similarity is not None)
        for row in rows(output, Duplicate)
    }


def test_an_article_counts_the_copies_of_its_window(pages: Path) -> None:
    """All of them are the rows that name it, in whichever window."""
    watch(pages, a=story(1), b=story(1), c=story(2))
    output = watch(pages, d=story(1), e=story(2), f=story(3), g=story(3), h=story(3))
    found = articles(output)
    assert {name: row.source_uri_count for name, row in found.items()} == {"a": 2, "c": 1, "f": 3}
    named = {name: article for name, (article, _) in copies(output).items()}
    assert named == {"b": "a", "d": "a", "e": "c", "g": "f", "h": "f"}


def test_near_duplicates_are_those_of_one_window(pages: Path) -> None:
    watch(pages, "--near-duplicates", a=story(1), b=story(1, "алпыс"))
    output = watch(pages, "--near-duplicates", c=story(1, "жетпіс"), d=story(1, "сексен"))
    found = articles(output)
    near = {name: row.near_duplicate_of for name, row in found.items()}
    assert near == {"a": None, "b": found["a"].id, "c": None, "d": found["c"].id}


def test_copies_of_a_dropped_near_duplicate_are_new_in_the_next_window(pages: Path) -> None:
    """Its content has no article; within the window it stands for nothing, nor does it count."""
    drop = "--drop-near-duplicates"
    near = story(1, "алпыс")
    output = watch(pages, drop, a=story(1), b=near, c=near, d=story(1))
    assert copies(output) == {"b": ("a", True), "c": ("a", True), "d": ("a", False)}
    os.utime(pages / "b.txt")
    output = watch(pages, drop, e=near, f=story(1), g=near)
    assert sorted(articles(output)) == ["a", "e"]
    assert copies(output) == {
        "b": ("a", True),
        "c": ("a", True),
        "d": ("a", False),
        "f": ("a", False),
        "g": ("e", False),
    }
    assert [row.source_uri_count for row in articles(output).values()] == [2, 2]
    watch(pages, drop, b=story(2))
    output = watch(pages, drop, b=near)  # goes back to what has an article by now
    named = {
        row.duplicate_of for row in rows(output, Duplicate) if row.source_uri.endswith("b.txt")
    }
    assert named == {articles(output)["a"].id, articles(output)["e"].id}


def test_a_near_duplicate_of_an_earlier_copy_stands_for_itself(pages: Path) -> None:
    """The copy is a row of the earlier article, with which nothing is compared any more."""
    watch(pages, "--near-duplicates", a=story(1))
    output = watch(pages, "--near-duplicates", b=story(1), c=story(1, "алпыс"))
    assert copies(output) == {"b": ("a", False)}
    assert articles(output)["c"].near_duplicate_of is None


def test_windows_may_differ_in_whether_they_look_for_near_duplicates(pages: Path) -> None:
    watch(pages, a=story(1), b=story(1, "алпыс"))
    watch(pages, "--near-duplicates", "--near-duplicate-threshold=0.7", c=story(2), d=story(3))
    output = watch(pages, "--drop-near-duplicates", e=story(4), f=story(4, "алпыс"))
    assert sorted(articles(output)) == ["a", "b", "c", "d", "e"]
    assert copies(output) == {"f": ("e", True)}


def test_two_processes_write_the_same_windows_as_one(pages: Path) -> None:
    """Also what they count across shards and look up in the ledger."""
    texts = {f"{number:02}": story(number // 2) for number in range(12)}
    texts |= {f"{number}": story(number - 80, "алпыс") for number in range(80, 86)}
    options = ("--near-duplicates", "--shard-bytes=4000", "--window-files=10")
    one = watch(pages, *options, **texts)
    two = watch(pages, *options, "--workers=2", output="two")
    assert len(list(two.glob("manifests/*.json"))) == 2
    held = contents(one), contents(two)
    for files in held:
        files.pop("_ledger/ledger.sqlite")
    assert held[0] == held[1]
    assert copies(one)
    assert any(row.near_duplicate_of for row in articles(one).values())
