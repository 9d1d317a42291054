"""Measure how well near duplicates are found: reprints of known origin, and pages that look alike.

`python tests/bench/reprints.py` writes stories and reprints of them, each in the dress of another
site and with one change; stories that quote the same paragraphs; and pages made from one template.
It runs `suzgi ingest --near-duplicates` on all of them and says how many of the reprints name
their story, and how many pages name one that they are no reprint of.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import corpus
from rich.console import Console
from rich.table import Table

from schemas.avro import read_rows
from schemas.rows import Article

PROJECT = Path(__file__).resolve().parents[2]
SEED = 20_240_531
LANGUAGES = ("kk", "ru", "en", "kk-Latn")
SIZES = (400, 1_000, 3_000)
"""Characters of the body: a short report, a usual one, a long one."""
QUOTED_SHARE = 0.3
"""Of their text that two stories of one topic have in common."""

Paragraphs = list[str]
Change = Callable[[random.Random, str, Paragraphs], Paragraphs]

TEMPLATES = {
    "kk": (
        "Бүгін {place} қаласында ауа температурасы {n} градус болады, желдің екпіні {n} метр.",
        "Түнде {n} градусқа дейін суытады деп күтілуде, {place} маңында тұман түсуі ықтимал.",
        "Жолдарда көктайғақ бар, сондықтан жылдамдықты {n} шақырымнан асырмау ұсынылады.",
        "Ертең {place} мен {place} аралығында қар жауады, ылғалдылық {n} пайыз болады.",
        "Атмосфера қысымы {n} миллиметр, ал су қоймасының деңгейі {n} сантиметрге көтерілді.",
    ),
    "ru": (
        "Сегодня в городе {place} температура воздуха составит {n} градусов, ветер {n} метров.",
        "Ночью ожидается похолодание до {n} градусов, в районе {place} возможен туман.",
        "На дорогах гололёд, водителям советуют не превышать {n} километров в час.",
        "Завтра между {place} и {place} пройдёт снег, влажность воздуха {n} процентов.",
        "Давление {n} миллиметров, уровень воды в водохранилище поднялся на {n} сантиметров.",
    ),
    "en": (
        "In {place} the temperature will reach {n} degrees today, with winds of {n} metres.",
        "At night it will fall to {n} degrees, and there may be fog around {place}.",
        "The roads are icy, and drivers are asked not to go faster than {n} kilometres.",
        "Tomorrow there will be snow between {place} and {place}, humidity {n} per cent.",
        "The pressure is {n} millimetres, and the reservoir has risen by {n} centimetres.",
    ),
}
PLACES = ("Ақжол", "Қазына", "Теректі", "Самал", "Бұлақты", "Көкдала", "Жарқын", "Өзенді", "Сарыой")


@dataclass(frozen=True, slots=True)
class Page:
    """A page: which story it tells, and how it differs from the first page of that."""

    story: str
    change: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many pages there are of a kind, and how many name the right one, and a wrong one."""

    kind: str
    pages: int
    right: int
    wrong: int


def make_story(rng: random.Random, language: str, size: int) -> Paragraphs:
    """Return the paragraphs of a story of so many characters."""
    words, script = vocabulary(language)
    story: Paragraphs = []
    while (missing := size - sum(map(len, story))) > 0:
        sentences = rng.randint(1, 3) if missing > corpus.SHORTEST_PARAGRAPH else 1
        made = (corpus.make_sentence(rng, words) for _ in range(sentences))
        story.append(script(" ".join(made)))
    return story


def vocabulary(language: str) -> tuple[corpus.Vocabulary, Callable[[str], str]]:
    """Return the words of a language and what puts them into its script."""
    if language == "kk-Latn":
        return corpus.load_words()["kk"], corpus.to_latin
    return corpus.load_words()[language], str


def print_page(rng: random.Random, language: str, story: Paragraphs) -> str:
    """Return a story as one of the sites prints it, with its title, byline and boilerplate."""
    words, script = vocabulary(language)
    layout = rng.choice(corpus.LAYOUTS)
    head, tail = corpus.surroundings(rng, words, layout)
    separator = "\n\n" if layout.blank_lines else "\n"
    return separator.join([*map(script, head), *story, *map(script, tail)]) + "\n"


def add_sentence(rng: random.Random, language: str, story: Paragraphs) -> Paragraphs:
    """Return a story with a sentence of its own somewhere."""
    words, script = vocabulary(language)
    at = rng.randint(0, len(story))
    return [*story[:at], script(corpus.make_sentence(rng, words)), *story[at:]]


def swap_paragraphs(rng: random.Random, language: str, story: Paragraphs) -> Paragraphs:
    """Return a story with its paragraphs in another order."""
    return rng.sample(story, len(story))


def edit_words(
    rng: random.Random, language: str, story: Paragraphs, share: float = 0.02
) -> Paragraphs:
    """Return a story in which one word of fifty is another one."""
    others = " ".join(make_story(rng, language, 2_000)).split()
    return [
        " ".join(rng.choice(others) if rng.random() < share else word for word in text.split())
        for text in story
    ]


def cut_end(rng: random.Random, language: str, story: Paragraphs) -> Paragraphs:
    """Return a story without a tenth of its text."""
    missing = sum(map(len, story)) // 10
    kept = list(story)
    while len(kept[-1]) <= missing:
        missing -= len(kept.pop())
    return [*kept[:-1], kept[-1][: len(kept[-1]) - missing]]


def set_anew(rng: random.Random, language: str, story: Paragraphs) -> Paragraphs:
    """Return a story with other dashes, quotation marks and paragraphs."""
    text = "\n".join(story).replace("–", "—").replace(". ", ".\n")
    return [f"«{line}»" if rng.random() < 0.1 else line for line in text.split("\n")]


def do_all(rng: random.Random, language: str, story: Paragraphs) -> Paragraphs:
    """Return a story with a sentence more, in another order, and one word of a hundred changed."""
    edited = edit_words(rng, language, story, 0.01)
    return swap_paragraphs(rng, language, add_sentence(rng, language, edited))


CHANGES: dict[str, Change] = {
    "another site": lambda *given: given[-1],
    "a sentence more": add_sentence,
    "another order": swap_paragraphs,
    "2 % of words": edit_words,
    "a tenth less": cut_end,
    "set anew": set_anew,
    "several of these": do_all,
}
"""What the first reprint and those after it change."""


def make_pages(stories: int, size: int, seed: int = SEED) -> list[Page]:
    """Return stories of a size with all their reprints, and as many pages that look alike."""
    rng = random.Random(f"{seed}/{size}")  # noqa: S311 - reproducible pages, not secrets
    pages = []
    for number in range(stories):
        language = LANGUAGES[number % len(LANGUAGES)]
        story = make_story(rng, language, size)
        pages.append(Page(f"story {number}", "", print_page(rng, language, story)))
        for name, change in CHANGES.items():
            text = print_page(rng, language, change(rng, language, list(story)))
            pages.append(Page(f"story {number}", name, text))
        quoting = make_quoting(rng, language, story, size)
        pages.append(Page(f"topic {number}", "quotes", print_page(rng, language, quoting)))
        report = make_report(rng, language)
        pages.append(Page(f"report {number}", "template", print_page(rng, language, report)))
    return pages


def make_quoting(rng: random.Random, language: str, story: Paragraphs, size: int) -> Paragraphs:
    """Return another story on the topic of one, with the beginning of its text."""
    quoted = " ".join(story)[: int(QUOTED_SHARE * size)]
    own = make_story(rng, language, size - len(quoted))
    return [own[0], quoted, *own[1:]]


def make_report(rng: random.Random, language: str) -> Paragraphs:
    """Return the weather report of some day in some place."""
    _, script = vocabulary(language)
    report = []
    for sentence in TEMPLATES["kk" if language == "kk-Latn" else language]:
        parts = sentence.replace("{place}", "{n}{place}").split("{n}")
        filled = parts[0]
        for part in parts[1:]:
            is_place = part.startswith("{place}")
            filled += rng.choice(PLACES) if is_place else str(rng.randint(2, 900))
            filled += part.removeprefix("{place}")
        report.append(script(filled))
    return report


def write_pages(folder: Path, pages: Sequence[Page]) -> dict[str, Page]:
    """Write pages under names in their order and return them by these."""
    folder.mkdir(parents=True)
    named = {f"{number:06}.txt": page for number, page in enumerate(pages)}
    for name, page in named.items():
        (folder / name).write_text(page.text, encoding="utf-8")
    return named


def find(folder: Path, output: Path, threshold: float) -> dict[str, str | None]:
    """Return for each page of a folder the one that it nearly equals, by their names."""
    places = ["--input", str(folder), "--output", str(output), "--quiet"]
    near = ["--near-duplicates", f"--near-duplicate-threshold={threshold}"]
    command = [sys.executable, "-m", "pipelines.main", "ingest", *places, *near]
    subprocess.run(command, cwd=PROJECT, check=True)
    articles: list[Article] = []
    for path in sorted((output / "articles").glob("*.avro")):
        with path.open("rb") as stream:
            articles.extend(read_rows(stream, Article))
    names = {article.id: article.source_uri.rpartition("/")[2] for article in articles}
    return {names[article.id]: names.get(article.near_duplicate_of or "") for article in articles}


def score(pages: dict[str, Page], found: dict[str, str | None]) -> list[Outcome]:
    """Return what was found of each kind of page, in the order in which kinds come."""
    counts, right, wrong = Counter[str](), Counter[str](), Counter[str]()
    for name, page in pages.items():
        named = found[name]
        counts[page.change] += 1
        if named is not None:
            is_right = pages[named].story == page.story
            (right if is_right else wrong)[page.change] += 1
    return [Outcome(kind, counts[kind], right[kind], wrong[kind]) for kind in counts]


def measure(stories: int, size: int, threshold: float, scratch: Path) -> list[Outcome]:
    """Return what is found on stories of one size."""
    pages = write_pages(scratch / f"pages_{size}", make_pages(stories, size))
    return score(pages, find(scratch / f"pages_{size}", scratch / f"found_{size}", threshold))


def print_table(outcomes: dict[int, list[Outcome]], threshold: float) -> None:
    """Print the shares that name the right page, and the pages that name a wrong one."""
    table = Table(title=f"Pages that name another, threshold {threshold:g}", title_justify="left")
    table.add_column("page")
    for size in outcomes:
        table.add_column(f"{size:,} characters: right", justify="right")
        table.add_column("wrong", justify="right")
    for rows in zip(*outcomes.values(), strict=True):
        cells = [rows[0].kind or "first of its story"]
        for row in rows:
            cells += [f"{100 * row.right / row.pages:.1f} %", f"{row.wrong} of {row.pages}"]
        table.add_row(*cells)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--stories", type=int, default=200, help="of each size (default 200)")
    parser.add_argument("--threshold", type=float, default=0.8, help="default 0.8")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="suzgi-reprints-") as scratch:
        outcomes = {
            size: measure(options.stories, size, options.threshold, Path(scratch)) for size in SIZES
        }
    if options.json:
        held = {
            size: [(row.kind, row.pages, row.right, row.wrong) for row in rows]
            for size, rows in outcomes.items()
        }
        sys.stdout.write(json.dumps(held) + "\n")
    else:
        print_table(outcomes, options.threshold)


if __name__ == "__main__":
    main()
