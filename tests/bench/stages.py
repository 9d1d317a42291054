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
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

import corpus
from rich.console import Console
from rich.table import Table

from schemas.avro import encode_row
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


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: what it does to one input, and how its inputs come from those of another."""

    name: str
    work: Callable[[Any], Any]
    inputs: Sequence[Any]


def judge_boilerplate(lines: Sequence[DraftLine]) -> None:
    """Let the phrase rules, the block rule and the guards judge lines whose fields are known."""
    mark_phrases(lines)
    mark_blocks(lines)
    restore_body(lines)


def find_page_fields(lines: Sequence[DraftLine]) -> None:
    """Find the fields of a page's lines."""
    find_fields(lines, OPTIONS.timezone)


def prepare_stages(pages: Sequence[bytes]) -> list[Stage]:
    """Return the stages, each with the inputs that the stages before it make.

    `find_fields` and the rules mark the lines that they are given, so they get lines of their own.
    """
    documents = [Document(f"page_{index}.txt", page) for index, page in enumerate(pages)]
    texts = [decode(page).text for page in pages]
    lines = [split_lines(text) for text in texts]
    repaired = [repair_lines(page)[0] for page in lines]
    unmarked = [draft_lines(page) for page in repaired]
    with_fields = [draft_lines(page) for page in repaired]
    for page in with_fields:
        find_page_fields(page)
    paragraphs = [[p.text for p in read_page(page, OPTIONS.timezone).paragraphs] for page in lines]
    articles = [extract_article(document, OPTIONS) for document in documents]
    return [
        Stage("decode", decode, pages),
        Stage("split", split_lines, texts),
        Stage("repair", repair_lines, lines),
        Stage("draft and phrases", draft_lines, repaired),
        Stage("fields", find_page_fields, unmarked),
        Stage("boilerplate", judge_boilerplate, with_fields),
        Stage("language", identify_page, paragraphs),
        Stage("encode", encode_row, articles),
        Stage("read_page, whole", _read_lines, lines),
        Stage("extract_article, whole", _extract, documents),
    ]


def _read_lines(lines: Sequence[str]) -> None:
    """Read a page."""
    read_page(lines, OPTIONS.timezone)


def _extract(document: Document) -> None:
    """Extract an article."""
    extract_article(document, OPTIONS)


def time_stage(stage: Stage) -> float:
    """Return the CPU microseconds that a stage takes for one input."""
    started = time.process_time()
    for each in stage.inputs:
        stage.work(each)
    return 1e6 * (time.process_time() - started) / len(stage.inputs)


def measure_stages(pages: Sequence[bytes], repeats: int) -> dict[str, float]:
    """Return the median microseconds of each stage; every repeat gets inputs of its own."""
    times: dict[str, list[float]] = {}
    for _ in range(repeats):
        for stage in prepare_stages(pages):
            times.setdefault(stage.name, []).append(time_stage(stage))
    return {name: median(measured) for name, measured in times.items()}


def profile(pages: Sequence[bytes]) -> None:
    """Print the functions in which extraction spends its time."""
    documents = [Document(f"page_{index}.txt", page) for index, page in enumerate(pages)]
    _extract(documents[0])  # loads the knowledge
    profiler = cProfile.Profile()
    profiler.enable()
    for document in documents:
        _extract(document)
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
    pages = [page.encode() for page in corpus.make_pages(options.documents)]
    if options.profile:
        profile(pages)
        return
    times = measure_stages(pages, options.repeat)
    if options.json:
        sys.stdout.write(json.dumps(times, ensure_ascii=False, indent=2) + "\n")
    else:
        print_table(times, options.documents)


if __name__ == "__main__":
    main()
