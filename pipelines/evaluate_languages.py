"""Evaluate language identification on a file of labelled texts."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.label_files import read_lines
from transforms.text.language import load_models
from transforms.text.language.answers import LanguageAnswer
from transforms.text.language.choice import ROUTED, page_identifier, text_identifier
from transforms.text.language.evaluation.labels import LanguageSample, parse_sample
from transforms.text.language.evaluation.page_agreement import (
    AgreementScores,
    mixed_pages,
    pure_pages,
    score_agreement,
)
from transforms.text.language.evaluation.scores import (
    JudgedText,
    LanguageScores,
    judge_answers,
    score_languages,
    wrong_answers,
)
from transforms.text.language.evaluation.segmentation import (
    ON_LINES,
    TOGETHER,
    SegmentScores,
    mix_texts,
    score_segments,
)

LANGUAGE_SUFFIXES = (".tsv", ".tsv.gz")
LONG_TEXT_CHARS = 200
"""Median length from which the texts of a file are paragraphs, of which pages can be built."""


@dataclass(frozen=True, slots=True)
class Speed:
    """The CPU time that identification took, models loaded before; information, no score."""

    texts: int
    utf8_bytes: int
    cpu_seconds: float

    def figures(self) -> dict[str, float | None]:
        """Return texts and megabytes a second and microseconds a text; None where too short."""
        if not self.cpu_seconds:
            return dict.fromkeys(("texts_per_second", "megabytes_per_second", "us_per_text"))
        return {
            "texts_per_second": self.texts / self.cpu_seconds,
            "megabytes_per_second": self.utf8_bytes / self.cpu_seconds / 1e6,
            "us_per_text": self.cpu_seconds / self.texts * 1e6,
        }


@dataclass(frozen=True, slots=True)
class LanguageReport:
    """All that is found out about one file; `segments` and `pages` may be empty."""

    file: str
    detector: str
    scores: LanguageScores
    wrong: Sequence[JudgedText]
    speed: Speed
    segments: Mapping[str, SegmentScores]
    pages: Mapping[str, AgreementScores]


def is_language_file(path: Path) -> bool:
    """Return whether a file is one of labelled texts, by its name."""
    return path.name.lower().endswith(LANGUAGE_SUFFIXES)


def read_samples(path: Path) -> list[LanguageSample]:
    """Return the labelled texts of a file; raise CommandError where it has none or is torn."""
    samples = list(read_lines(path, parse_sample))
    if not samples:
        raise CommandError(ExitCode.NO_INPUT, f"{path}: has no labelled texts")
    return samples


def evaluate_languages(path: Path, detector: str) -> LanguageReport:
    """Return what a detector makes of the labelled texts of a file."""
    samples = read_samples(path)
    answers, speed = _identify(samples, detector)
    judged = judge_answers(samples, answers)
    return LanguageReport(
        file=str(path),
        detector=detector,
        scores=score_languages(judged),
        wrong=wrong_answers(judged),
        speed=speed,
        segments=_segments(samples) if detector == ROUTED else {},
        pages=_pages(samples, detector),
    )


def _identify(
    samples: Sequence[LanguageSample], detector: str
) -> tuple[list[LanguageAnswer], Speed]:
    """Return the answers to all texts and how fast they came."""
    identify = text_identifier(detector)
    load_models()
    identify(samples[0].text)  # loads what this detector loads with its first text
    begin = time.process_time()
    answers = [identify(sample.text) for sample in samples]
    seconds = time.process_time() - begin
    size = sum(len(sample.text.encode("utf-8", "replace")) for sample in samples)
    return answers, Speed(len(samples), size, seconds)


def _segments(samples: Sequence[LanguageSample]) -> dict[str, SegmentScores]:
    """Return how Kazakh and Russian are told apart; nothing where a file lacks one of them."""
    shapes = {"on lines": ON_LINES, "together": TOGETHER}
    mixed = {name: mix_texts(samples, separator) for name, separator in shapes.items()}
    return {name: score_segments(texts) for name, texts in mixed.items() if texts}


def _pages(samples: Sequence[LanguageSample], detector: str) -> dict[str, AgreementScores]:
    """Return how pages agree with their paragraphs; nothing where the texts are too short."""
    if median(len(sample.text) for sample in samples) < LONG_TEXT_CHARS:
        return {}
    of_page, of_text = page_identifier(detector), text_identifier(detector)
    built = {"pure": pure_pages(samples), "mixed": mixed_pages(samples)}
    return {
        name: score_agreement(pages, of_page, of_text) for name, pages in built.items() if pages
    }


def report_to_json(report: LanguageReport, keys: Sequence[str], errors: int) -> dict[str, object]:
    """Return the machine form of a report."""
    scores = asdict(report.scores)
    labels, sources = scores.pop("labels"), scores.pop("sources")
    groups = {"language": labels, "source": sources}
    return {
        "file": report.file,
        "detector": report.detector,
        **scores,
        "by": {key: groups[key] for key in keys},
        "speed": report.speed.figures(),
        "segments": {
            name: _without_list(one, "misses", errors) | {"accuracy": one.accuracy}
            for name, one in report.segments.items()
        },
        "pages": {
            name: _without_list(one, "disagreements", errors) for name, one in report.pages.items()
        },
        "wrong": [asdict(one) for one in report.wrong[:errors]],
    }


def _without_list(scores: SegmentScores | AgreementScores, name: str, keep: int) -> dict[str, Any]:
    """Return scores as a plain object, its list of mistakes cut to the first ones."""
    plain = asdict(scores)
    plain[name] = plain[name][:keep]
    return plain
