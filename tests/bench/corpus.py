"""Generate the benchmark's corpus: invented pages of about 5.6 KB, the same for the same seed.

`python tests/bench/corpus.py DIRECTORY --documents N` writes them, 1,000 files a folder. Page `i`
depends on the seed and `i` alone, so a small corpus is the beginning of a large one.
"""

import argparse
import functools
import random
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = 20_240_229
PAGE_BYTES = 5_600
"""Mean size of a page in UTF-8, as measured on real Kazakh pages (about 3,000 characters)."""
PAGE_BYTES_SPREAD = 900
SMALLEST_PAGE = 2_500
LARGEST_PAGE = 9_000
SHORTEST_PARAGRAPH = 300
FILES_PER_FOLDER = 1_000

LANGUAGES = {"kk": 62, "ru": 20, "en": 10, "kk-Latn": 8}
RESIDUE = {"none": 40, "light": 36, "medium": 14, "heavy": 10}
"""How much boilerplate real raw pages keep, in percent: most are nearly clean."""

LATIN_KAZAKH = dict(
    zip(
        "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщыіэ",
        "aäbvgğdeejziikqlmnñoöprstuūüfhhcçşşyıe",
        strict=True,
    )
) | {"ю": "iu", "я": "ia", "ъ": "", "ь": ""}

Vocabulary = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """How an invented site prints its pages."""

    site: str
    blank_lines: bool
    repeats_title: bool
    prints_section: bool
    prints_date: bool
    joins_date_and_views: bool
    signs: bool
    dateline: bool


LAYOUTS = (
    Layout("aqjol.example", True, False, False, True, True, False, True),
    Layout("kopir.example", False, False, False, False, False, True, False),
    Layout("jarmenke.example", False, True, False, False, True, True, False),
    Layout("dala-uni.example", True, False, True, False, False, False, False),
    Layout("ozen.example", False, False, False, False, False, False, False),
    Layout("bulaq.example", True, False, True, True, False, True, False),
)


@functools.cache
def load_words() -> dict[str, Vocabulary]:
    """Return the vocabulary of each language."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def make_page(index: int, seed: int = SEED) -> str:
    """Return the text of one page."""
    rng = random.Random(f"{seed}/{index}")  # noqa: S311 - reproducible pages, not secrets
    language = _draw(rng, LANGUAGES)
    layout = rng.choice(LAYOUTS)
    words = load_words()["kk" if language == "kk-Latn" else language]
    size = max(SMALLEST_PAGE, min(LARGEST_PAGE, rng.gauss(PAGE_BYTES, PAGE_BYTES_SPREAD)))
    script: Callable[[str], str] = to_latin if language == "kk-Latn" else str
    head, tail = surroundings(rng, words, layout)
    head, tail = [script(line) for line in head], [script(line) for line in tail]
    body: list[str] = []
    missing = size - sum(_bytes(line, layout) for line in (*head, *tail))
    while missing > SHORTEST_PARAGRAPH / 2:
        body.append(script(_paragraph(rng, words, missing)))
        missing -= _bytes(body[-1], layout)
    if layout.dateline:
        body[0] = script(_dateline(rng, words)) + body[0]
    separator = "\n\n" if layout.blank_lines else "\n"
    return _damage(rng, language, separator.join((*head, *body, *tail)) + "\n")


def write_corpus(directory: Path, documents: int, seed: int = SEED) -> int:
    """Write the first `documents` pages under a new directory; return their bytes."""
    written = 0
    for index, page in enumerate(make_pages(documents, seed)):
        folder = directory / f"{index // FILES_PER_FOLDER:04d}"
        if index % FILES_PER_FOLDER == 0:
            folder.mkdir(parents=True)
        content = page.encode()
        (folder / f"page_{index:07d}.txt").write_bytes(content)
        written += len(content)
    return written


def make_pages(documents: int, seed: int = SEED) -> Iterator[str]:
    """Yield the first pages of the corpus."""
    return (make_page(index, seed) for index in range(documents))


def to_latin(text: str) -> str:
    """Return Kazakh in Latin letters."""
    return text.translate(_latin_table())


@functools.cache
def _latin_table() -> dict[int, str]:
    """Return the table of transliteration, in both cases."""
    capitals = {cyrillic.upper(): latin.capitalize() for cyrillic, latin in LATIN_KAZAKH.items()}
    return {ord(cyrillic): latin for cyrillic, latin in (LATIN_KAZAKH | capitals).items()}


def _draw(rng: random.Random, weights: dict[str, int]) -> str:
    """Return a key, as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def _bytes(line: str, layout: Layout) -> int:
    """Return the size of a line with its line ends."""
    return len(line.encode()) + 1 + layout.blank_lines


def surroundings(
    rng: random.Random, words: Vocabulary, layout: Layout
) -> tuple[list[str], list[str]]:
    """Return the lines before and after the body."""
    residue = _draw(rng, RESIDUE)
    title = _headline(rng, words)
    head = [title, title] if layout.repeats_title else [title]
    if layout.prints_section:
        head.insert(0, rng.choice(words["sections"]))
    if layout.prints_date:
        head += _date_and_views(rng, words, layout)
    tail = [_name(rng, words)] if layout.signs else []
    if residue == "heavy":
        head = [*words["menu"], *head]
    if residue in ("medium", "heavy"):
        tail += rng.sample(words["medium"], rng.randint(2, 4))
        tail += [rng.choice(words["related"]), *(_headline(rng, words) for _ in range(4))]
    if residue != "none":
        tail += rng.sample(words["light"], rng.randint(1, 2))
    return head, [line if "{" not in line else _fill(rng, words, layout, line) for line in tail]


def _headline(rng: random.Random, words: Vocabulary) -> str:
    """Return a headline."""
    tail = rng.choice(words["headline_tail"]).replace("{n}", str(rng.randint(20, 900)))
    return f"{rng.choice(words['headline'])}: {tail}"


def _date_and_views(rng: random.Random, words: Vocabulary, layout: Layout) -> list[str]:
    """Return the date and the views of a page, in one line or two."""
    month = rng.randint(1, 12)
    date = rng.choice(words["dates"]).format(
        day=f"{rng.randint(1, 28):02d}",
        mm=f"{month:02d}",
        month=words["months"][month - 1],
        year=rng.randint(2012, 2025),
        hour=f"{rng.randint(8, 21):02d}",
        minute=f"{rng.randint(0, 59):02d}",
    )
    views = rng.randint(40, 9_000)
    if layout.joins_date_and_views:
        return [f"{date} {views}"]
    return [date, rng.choice(words["views"]).replace("{n}", str(views))]


def _name(rng: random.Random, words: Vocabulary) -> str:
    """Return a person's name."""
    return f"{rng.choice(words['first_names'])} {rng.choice(words['surnames'])}"


def _dateline(rng: random.Random, words: Vocabulary) -> str:
    """Return where and when a report was filed, as it stands before the first words."""
    dateline: str = words["dateline"]
    return dateline.format(day=rng.randint(1, 28), month=rng.choice(words["months"]))


def _fill(rng: random.Random, words: Vocabulary, layout: Layout, line: str) -> str:
    """Return a boilerplate line with its gaps filled."""
    return (
        line.replace("{n}", str(rng.randint(0, 40)))
        .replace("{name}", _name(rng, words))
        .replace("{site}", layout.site)
    )


def _paragraph(rng: random.Random, words: Vocabulary, room: float) -> str:
    """Return one to three sentences, fewer where the page is nearly full."""
    sentences = rng.randint(1, 3) if room > 3 * SHORTEST_PARAGRAPH else 1
    return " ".join(make_sentence(rng, words) for _ in range(sentences))


def make_sentence(rng: random.Random, words: Vocabulary) -> str:
    """Return a sentence, as a quotation now and then."""
    chosen: dict[str, str] = {
        part: rng.choice(words[part]) for part in ("when", "place", "who", "what", "did", "so")
    }
    sentence: str = words["frame"].format_map(chosen).replace("{n}", str(rng.randint(3, 990)))
    return f"– {sentence[:-1]}, – {_name(rng, words)}." if rng.random() < 0.08 else sentence


def _damage(rng: random.Random, language: str, page: str) -> str:
    """Return the page as a bad converter leaves it, for one Kazakh page in fifteen."""
    if language != "kk":
        return page
    chance = rng.random()
    if chance < 0.04:
        return page.replace("ң", "ӊ")
    return page.replace("і", "i", 12) if chance < 0.07 else page


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a corpus as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("directory", type=Path, help="a directory that does not exist yet")
    parser.add_argument("--documents", type=int, default=20_000, help="how many (default 20,000)")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    write_corpus(options.directory, options.documents, options.seed)


if __name__ == "__main__":
    main()
