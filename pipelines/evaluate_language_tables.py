"""Print the figures of language identification as tables."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.evaluate_languages import LanguageReport
from pipelines.evaluate_tables import MAX_TEXT_CHARS, empty_table, percent
from pipelines.printable import printable
from transforms.text.evaluation.summary import ratio
from transforms.text.language.evaluation.page_agreement import AgreementScores
from transforms.text.language.evaluation.scores import (
    SURE,
    CalibrationBand,
    LabelScore,
    LanguageScores,
    Tally,
)

MAX_CONFUSIONS = 12
MAX_FALSE_KAZAKH = 8
MAX_KINDS = 6


def print_language_report(
    report: LanguageReport, keys: Sequence[str], errors: int, console: Console
) -> None:
    """Print all figures of a file, then its first wrong answers."""
    scores = report.scores
    console.print(Text(printable(report.file), style="bold"))
    for line in _summary_lines(report):
        console.print(line, soft_wrap=True)
    if "language" in keys:
        console.print(_label_table(scores.labels))
    if "source" in keys:
        console.print(_tally_table("texts by source", "source", scores.sources))
    if scores.confusions:
        console.print(_confusion_table(scores.confusions[:MAX_CONFUSIONS]))
    console.print(_calibration_table(scores.calibration))
    console.print(_tally_table("answers by the route that decided", "route", scores.routes))
    for error in _error_lines(report, errors):
        console.print(error, soft_wrap=True)
    console.print()


def _summary_lines(report: LanguageReport) -> Iterable[str]:
    """Yield the figures that stand above the tables."""
    scores = report.scores
    yield (
        f"{scores.texts:,} texts in {len(scores.labels)} labels, "
        f"{percent(ratio(scores.right, scores.texts))} % right; detector {report.detector}"
    )
    yield (
        f"macro-F1 {percent(scores.macro_f1, 2)}; "
        f"cluster {percent(scores.cluster_f1, 2)}, its scripts counted as one "
        f"{percent(scores.cluster_languages_f1, 2)}; Kazakh {percent(scores.kazakh_f1, 2)}"
    )
    yield f"other languages called Kazakh: {_false_kazakh(scores)}"
    yield f"of the answers with confidence ≥ {SURE}: {scores.sure.texts:,}, {_right(scores.sure)}"
    for name, found in report.segments.items():
        yield f"letters right, Kazakh and Russian {name}: {percent(found.accuracy, 2)} %"
    for name, pages in report.pages.items():
        yield from _page_lines(name, pages)
    yield _speed_line(report)


def _page_lines(name: str, pages: AgreementScores) -> Iterable[str]:
    """Yield how the paragraphs of pages fared, and on which kind of page they did worst."""
    count = pages.paragraphs
    agreeing = percent(ratio(pages.agreeing, count), 2)
    on_page = percent(ratio(pages.right_on_page, count), 2)
    alone = percent(ratio(pages.right_alone, count), 2)
    yield (
        f"paragraphs of {pages.pages:,} {name} pages: {agreeing} % as on their own; "
        f"right {on_page} % on the page, {alone} % on their own"
    )
    if pages.guests:
        found = percent(ratio(pages.guests_right, pages.guests), 2)
        yield f"  {pages.guests:,} of them in another language than their page: {found} % right"
    worst = [kind for kind in pages.kinds[:MAX_KINDS] if kind.right < kind.texts]
    if worst:
        named = (f"{kind.name} {percent(ratio(kind.right, kind.texts))} %" for kind in worst)
        yield f"  right least on pages of {printable(', '.join(named))}"


def _false_kazakh(scores: LanguageScores) -> str:
    """Return how much of which language was called Kazakh, the most first."""
    shares = list(scores.false_kazakh.items())
    named = [f"{label} {percent(share)} %" for label, share in shares[:MAX_FALSE_KAZAKH]]
    more = len(shares) - len(named)
    return printable(", ".join(named) + (f" and {more} more" if more else "")) or "none"


def _speed_line(report: LanguageReport) -> str:
    """Return the speed as a line; it is no score."""
    figures = report.speed.figures()
    if figures["us_per_text"] is None:
        return "speed: too few texts to tell"
    return (
        f"speed, for information: {figures['texts_per_second']:,.0f} texts/s, "
        f"{figures['us_per_text']:,.0f} µs a text, {figures['megabytes_per_second']:.1f} MB/s (CPU)"
    )


def _right(tally: Tally) -> str:
    """Return how much of a group is right."""
    return f"{percent(ratio(tally.right, tally.texts), 2)} % right"


def _label_table(labels: Sequence[LabelScore]) -> Table:
    """Return how each label fared, the worst first."""
    found = empty_table("labels, the worst first", ("label", "texts", "precision", "recall", "F1"))
    for one in labels:
        shares = map(percent, (one.precision, one.recall, one.f1))
        found.add_row(printable(one.label), f"{one.support:,}", *shares)
    return found


def _tally_table(title: str, name: str, tallies: Sequence[Tally]) -> Table:
    """Return how many texts each group has and how many are right."""
    found = empty_table(title, (name, "texts", "right", "right %"))
    for one in tallies:
        share = percent(ratio(one.right, one.texts))
        found.add_row(printable(one.name), f"{one.texts:,}", f"{one.right:,}", share)
    return found


def _confusion_table(confusions: Sequence[tuple[str, str, int]]) -> Table:
    """Return which labels were called what."""
    found = empty_table("most frequent confusions", ("label", "called", "texts"))
    for label, said, count in confusions:
        found.add_row(printable(label), printable(said), f"{count:,}")
    return found


def _calibration_table(bands: Sequence[CalibrationBand]) -> Table:
    """Return how many answers of each confidence were right."""
    found = empty_table("reliability", ("confidence", "answers", "right", "right %"))
    for band in bands:
        share = percent(ratio(band.right, band.answers))
        found.add_row(f"from {band.least}", f"{band.answers:,}", f"{band.right:,}", share)
    return found


def _error_lines(report: LanguageReport, errors: int) -> Iterable[Text]:
    """Yield the first wrong answers, segments and paragraphs of pages."""
    for one in report.wrong[:errors]:
        answer = one.answer
        why = f"{answer.confidence:.2f} {answer.route}"
        yield _error_line("text", why, one.said, one.sample.label, one.sample.text)
    for name, found in report.segments.items():
        for miss in found.misses[:errors]:
            yield _error_line(name, f"{miss.letters} letters", miss.said, miss.language, miss.text)
    for name, pages in report.pages.items():
        for labels, asked in pages.disagreements[:errors]:
            why = f"page of {'+'.join(labels)}; alone {asked.alone.language} {asked.alone.route}"
            yield _error_line(name, why, asked.on_page or "-", asked.label, asked.text)


def _error_line(kind: str, why: str, said: str, gold: str, text: str) -> Text:
    """Return one wrong answer as a line."""
    shown = text if len(text) <= MAX_TEXT_CHARS else f"{text[:MAX_TEXT_CHARS]}…"
    return Text.assemble(
        (f"{kind:>8} ", "yellow"),
        printable(f"{said}, gold {gold} ({why}): "),
        (printable(shown), "dim"),
    )
