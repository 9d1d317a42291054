"""Measure each stage of a page's way, in microseconds of CPU a page, on the generated corpus.

`python tests/bench/stages.py` prints a table; `--profile` shows where the time goes.
"""

import argparse
import cProfile
import json
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from itertools import islice
from statistics import median
from typing import TypeVar

import corpus
from rich.console import Console
from rich.table import Table

from schemas.avro import encode_row
from schemas.rows import Article
from transforms.text.boilerplate.blocks import mark_blocks, mark_phrases
from transforms.text.boilerplate.guards import restore_body
from transforms.text.decode import decode
from transforms.text.document import Document, ExtractOptions
from transforms.text.draft import DraftLine, draft_lines
from transforms.text.extract import extract_article
from transforms.text.fields.finder import find_fields
from transforms.text.language import identify_page
from transforms.text.lines import split_lines
from transforms.text.page import read_page
from transforms.text.repair import repair_lines

OPTIONS = ExtractOptions(date(2024, 1, 1), "Asia/Almaty")
PROFILE_ROWS = 45

Given = TypeVar("Given")
Made = TypeVar("Made")


class Stopwatch:
    """Runs stages and keeps the CPU microseconds that each took for one input."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}

    def run(self, stage: str, work: Callable[[Given], Made], inputs: Sequence[Given]) -> list[Made]:
        """Return what a stage makes of its inputs, timed."""
        started = time.process_time()
        made = [work(each) for each in inputs]
        self.times[stage] = 1e6 * (time.process_time() - started) / len(inputs)
        return made


def judge_boilerplate(lines: Sequence[DraftLine]) -> None:
    """Let the phrase rules, the block rule and the guards judge lines whose fields are known."""
    mark_phrases(lines)
    mark_blocks(lines)
    restore_body(lines)


def find_page_fields(lines: Sequence[DraftLine]) -> None:
    """Find the fields of a page's lines."""
    find_fields(lines, OPTIONS.timezone)


def read_paragraphs(lines: Sequence[str]) -> list[str]:
    """Return the prose of a page."""
    return [paragraph.text for paragraph in read_page(lines, OPTIONS.timezone).paragraphs]


def extract(document: Document) -> Article:
    """Return the article of a document."""
    return extract_article(document, OPTIONS)


def time_stages(pages: Sequence[bytes], others: Sequence[Document]) -> dict[str, float]:
    """Return the CPU microseconds of each stage for one of the pages.

    Each stage gets what the stage before it made, and sees it for the first time: caches of
    lines are as warm as in a run. The whole way is timed on pages that no stage has seen.
    """
    watch = Stopwatch()
    texts = watch.run("decode", decode, pages)
    lines = watch.run("split", split_lines, [decoded.text for decoded in texts])
    repaired = watch.run("repair", repair_lines, lines)
    drafts = watch.run("draft and phrases", draft_lines, [page for page, _ in repaired])
    watch.run("fields", find_page_fields, drafts)
    watch.run("boilerplate", judge_boilerplate, drafts)
    watch.run("language", identify_page, [read_paragraphs(page) for page in lines])
    articles = watch.run("extract_article, whole", extract, others)
    watch.run("encode", encode_row, articles)
    return watch.times


def measure_stages(documents: int, repeats: int) -> dict[str, float]:
    """Return the median microseconds of each stage; every repeat gets pages of its own."""
    pages = (page.encode() for page in corpus.make_pages(2 * documents * (repeats + 1)))
    times: dict[str, list[float]] = {}
    for repeat in range(repeats + 1):
        seen = list(islice(pages, documents))
        others = [
            Document(f"page_{index}.txt", page)
            for index, page in enumerate(islice(pages, documents))
        ]
        for stage, microseconds in time_stages(seen, others).items():
            if repeat > 0:  # the first time loads the knowledge
                times.setdefault(stage, []).append(microseconds)
    return {stage: median(measured) for stage, measured in times.items()}


def profile(pages: Sequence[bytes]) -> None:
    """Print the functions in which extraction spends its time."""
    documents = [Document(f"page_{index}.txt", page) for index, page in enumerate(pages)]
    middle = len(documents) // 2
    for document in documents[:middle]:  # loads the knowledge
        extract(document)
    profiler = cProfile.Profile()
    profiler.enable()
    for document in documents[middle:]:
        extract(document)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(PROFILE_ROWS)


def print_table(times: dict[str, float], documents: int) -> None:
    """Print the microseconds of each stage."""
    table = Table(title=f"CPU µs a page ({documents:,} pages of 5.6 KB)", title_justify="left")
    table.add_column("stage")
    table.add_column("µs", justify="right")
    for name, microseconds in times.items():
        table.add_row(name, f"{microseconds:.1f}", style="bold" if "whole" in name else None)
    Console().print(table)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the stage benchmark as the command line says."""
    parser = argparse.ArgumentParser(description="CPU microseconds of each stage of a page's way.")
    parser.add_argument("--documents", type=int, default=1_000, help="default 1,000")
    parser.add_argument("--repeat", type=int, default=3, help="the median counts (default 3)")
    parser.add_argument("--profile", action="store_true", help="profile extraction instead")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args(arguments)
    if options.profile:
        profile([page.encode() for page in corpus.make_pages(2 * options.documents)])
        return
    times = measure_stages(options.documents, options.repeat)
    if options.json:
        sys.stdout.write(json.dumps(times, ensure_ascii=False, indent=2) + "\n")
    else:
        print_table(times, options.documents)


if __name__ == "__main__":
    main()
