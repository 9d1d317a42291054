"""Measure language identification beside other detectors: speed, start-up and memory.

`python tests/bench/languages.py` reads generated pages; `--texts FILE.tsv.gz…` labelled texts
instead (as `suzgi evaluate` takes them). CPU time; the detectors take turns, and medians count.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

import corpus
from rich.console import Console
from rich.table import Table

from pipelines.evaluate_languages import read_samples
from transforms.text.language import identify_language, identify_page, load_models
from transforms.text.language.detectors import cld2_detector
from transforms.text.language.seeded import FASTER, LANGDETECT, load_ranking
from transforms.text.lines import split_lines
from transforms.text.page import read_page

LINE = 100
"""Characters of a line."""
DOCUMENT = 2_900
"""Characters of a document of 5 KB in Cyrillic."""
PLAIN_PYTHON_PART = 20
"""Of the texts, langdetect in plain Python gets every so manieth: it takes 100 times longer."""
LOADING = r"""
import re, time
def peak(): return int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024
import numpy
before, started = peak(), time.process_time()
from transforms.text.language import identify_language, load_models
load_models()
identify_language("Бүгін елордада жаңа мектеп ашылды")
print(time.process_time() - started, peak() - before)
"""


Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Texts:
    """What is identified: the prose of pages, and the same as documents and as lines."""

    pages: Sequence[Sequence[str]]
    documents: Sequence[str]
    lines: Sequence[str]


def generated_texts(count: int) -> Texts:
    """Return the prose of generated pages."""
    pages = [
        [text for _, text in read_page(split_lines(page), "Asia/Almaty").prose]
        for page in corpus.make_pages(count)
    ]
    return _texts_of([page for page in pages if page])


def labelled_texts(files: Sequence[Path], count: int) -> Texts:
    """Return labelled texts, of all labels: the lines of each as the paragraphs of a page."""
    samples = [sample for path in files for sample in read_samples(path)]
    return _texts_of([each.text.split("\n") for each in samples[:: -(-len(samples) // count)]])


def _texts_of(pages: Sequence[Sequence[str]]) -> Texts:
    """Return pages with the documents and lines made of them; short ones are repeated."""
    wholes = [" ".join(page) for page in pages]
    return Texts(
        pages=pages,
        documents=[(f"{whole} " * (DOCUMENT // len(whole) + 1))[:DOCUMENT] for whole in wholes],
        lines=[whole[:LINE] for whole in wholes],
    )


def detectors() -> dict[str, Callable[[str], object]]:
    """Return what is compared, each as a function of a text."""
    return {
        "suzgi": identify_language,
        "pycld2 alone": cld2_detector(),
        "langdetect-rs": load_ranking(FASTER),
        "langdetect": load_ranking(LANGDETECT),
    }


def measure(texts: Texts, repeats: int) -> dict[str, dict[str, float]]:
    """Return the CPU microseconds of a document and a line by detector, medians of the repeats."""
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for repeat in range(repeats + 1):
        for kind, given in (("document", texts.documents), ("line", texts.lines)):
            for name, identify in detectors().items():
                part = given[::PLAIN_PYTHON_PART] if name == "langdetect" else given
                times[name][kind].append(_microseconds(identify, part))
        times["suzgi, page"]["document"].append(_microseconds(identify_page, texts.pages))
        if repeat == 0:  # the first time loads everything
            times.clear()
    return {
        name: {kind: median(values) for kind, values in kinds.items()}
        for name, kinds in times.items()
    }


def _microseconds(work: Callable[[Given], object], given: Sequence[Given]) -> float:
    """Return the CPU microseconds that the work takes for one text."""
    started = time.process_time()
    for each in given:
        work(each)
    return 1e6 * (time.process_time() - started) / len(given)


def page_microseconds(pages: Sequence[Sequence[str]], repeats: int) -> dict[str, float]:
    """Return the CPU microseconds of a page by its language and script, medians of the repeats."""
    by_language: dict[str, list[Sequence[str]]] = defaultdict(list)
    for page in pages:
        found = identify_page(page)
        by_language[f"{found.language}-{found.script}"].append(page)
    return {
        name: median(_microseconds(identify_page, given) for _ in range(repeats))
        for name, given in sorted(by_language.items(), key=lambda entry: -len(entry[1]))
    }


def measure_loading() -> tuple[float, float]:
    """Return CPU seconds and peak MB that loading takes in a process of its own, without numpy.

    Reads /proc: on Linux only (getrusage would tell the peak of the process that started it).
    """
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", LOADING], cwd=root, capture_output=True, text=True, check=True
    )
    seconds, megabytes = map(float, run.stdout.split())
    return seconds, megabytes


def print_tables(
    times: dict[str, dict[str, float]], pages: dict[str, float], loading: tuple[float, float]
) -> None:
    """Print speeds and how they compare with ours."""
    ours = times["suzgi"]
    table = Table("detector", title="CPU µs a text, and how many times ours", title_justify="left")
    for column in ("document", "×", "line", "×"):
        table.add_column(column, justify="right")
    for name, kinds in times.items():
        row = [name]
        for kind in ("document", "line"):
            cost = kinds.get(kind)
            row += [f"{cost:,.0f}", f"{cost / ours[kind]:.2f}"] if cost else ["–", "–"]
        table.add_row(*row)
    console = Console()
    console.print(table)
    for name, cost in pages.items():
        console.print(f"pages in {name}: {cost:.0f} µs")
    console.print(f"loading: {loading[0]:.1f} s, {loading[1]:.0f} MB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description="Speed of language identification.")
    parser.add_argument("--texts", nargs="+", type=Path, metavar="FILE", help="labelled texts")
    parser.add_argument("--count", type=int, default=1_000, help="texts (default 1,000)")
    parser.add_argument("--repeat", type=int, default=3, help="the median counts (default 3)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args(arguments)
    load_models()
    given = options.texts
    texts = labelled_texts(given, options.count) if given else generated_texts(options.count)
    times, loading = measure(texts, options.repeat), measure_loading()
    pages = {} if given else page_microseconds(texts.pages, options.repeat)
    if options.json:
        report = {"microseconds": times, "pages": pages, "loading": loading}
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    else:
        print_tables(times, pages, loading)


if __name__ == "__main__":
    main()
