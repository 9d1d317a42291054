"""Print the figures of an evaluation as tables."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.printable import printable
from transforms.text.evaluation.fields import OUTCOMES
from transforms.text.evaluation.scores import Confusion, Mistake, PageScore
from transforms.text.evaluation.summary import Summary, group_scores, ratio, summarize, worst_pages

MAX_TEXT_CHARS = 160
MISTAKE_STYLES = {"lost": "red", "kept": "yellow", "role": "red", "field": "magenta"}


def print_report(scores: Sequence[PageScore], keys: Sequence[str], console: Console) -> None:
    """Print all figures: in total, by each key, and by family."""
    total = summarize(scores)
    groups = {key: group_scores(scores, key) for key in keys}
    named = [("all", total)]
    for key, pages in groups.items():
        if len(pages) == 1:
            continue  # the same figures as all
        named += [(f"{key} {name}", summarize(group)) for name, group in pages.items()]
    if total.judged_pages:
        console.print(_removal_table(named))
        console.print(_family_table(total.families))
    if total.fields:
        console.print(_field_table(named))
    if total.roles_total:
        console.print(f"roles: {total.roles_right} of {total.roles_total} lines right")
        print_worst(worst_pages(scores, len(scores), ["role", "field"]), console)


def print_worst(pages: Iterable[tuple[PageScore, Sequence[Mistake]]], console: Console) -> None:
    """Print pages with what was said of their wrong lines and fields, and what is right."""
    for score, mistakes in pages:
        groups = " · ".join(value for value in score.groups.values() if value != "-")
        console.print()
        console.print(Text(printable(f"{score.name} ({groups})"), style="bold"), soft_wrap=True)
        for mistake in mistakes:
            console.print(_mistake_line(mistake), soft_wrap=True)


def _mistake_line(mistake: Mistake) -> Text:
    """Return one mistake as a line."""
    number = "" if mistake.line is None else str(mistake.line)
    text = mistake.text
    if len(text) > MAX_TEXT_CHARS:
        text = f"{text[:MAX_TEXT_CHARS]}… ({len(mistake.text)} characters)"
    return Text.assemble(
        (f"{number:>6} ", "dim"),
        (f"{mistake.kind:<6}", MISTAKE_STYLES[mistake.kind]),
        printable(f"{mistake.said}, gold {mistake.gold}: "),
        (printable(text), "dim"),
    )


def empty_table(title: str, columns: Sequence[str]) -> Table:
    """Return an empty table; its first column is text, the others numbers."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", overflow="fold")
    return table


def _removal_table(named: Sequence[tuple[str, Summary]]) -> Table:
    """Return what became of body and boilerplate lines."""
    table = empty_table(
        "lines (per cent; a boilerplate line is removed if no part of it is a paragraph)",
        (
            "",
            "pages",
            "body",
            "boiler",
            "removal P",
            "R",
            "F1",
            "body tokens lost",
            "of it to fields",
            "pages intact",
            "perfect",
            "keep F1 line",
            "token",
            "page",
        ),
    )
    for name, summary in named:
        if summary.judged_pages:
            lines = summary.lines
            table.add_row(
                printable(name),
                f"{summary.judged_pages:,}",
                f"{lines.body_kept.lines + lines.body_lost.lines:,}",
                f"{lines.boiler_kept.lines + lines.boiler_removed.lines:,}",
                percent(summary.removal_precision),
                percent(summary.removal_recall),
                percent(summary.removal_f1),
                percent(summary.body_tokens_lost, 2),
                percent(summary.body_tokens_lost_to_fields, 2),
                percent(summary.pages_intact),
                percent(summary.pages_perfect),
                percent(summary.keep_line_f1),
                percent(summary.keep_token_f1),
                percent(summary.keep_page_f1),
            )
    return table


def _family_table(families: Mapping[str, Confusion]) -> Table:
    """Return what each family took away, and how much of it was body."""
    columns = ("family", "lines", "boiler", "body", "precision", "body tokens")
    table = empty_table("what was not kept, by reason", columns)
    for name, counts in families.items():
        boiler, body = counts.boiler_removed.lines, counts.body_lost.lines
        table.add_row(
            printable(name),
            f"{boiler + body:,}",
            f"{boiler:,}",
            f"{body:,}",
            percent(ratio(boiler, boiler + body)),
            f"{counts.body_lost.tokens:,}",
        )
    return table


def _field_table(named: Sequence[tuple[str, Summary]]) -> Table:
    """Return how often each field came out in each way."""
    columns = ("field", "", *(outcome.replace("_", " ") for outcome in OUTCOMES), "right %")
    table = empty_table("fields (right % of what is stated and shown)", columns)
    for name, summary in named:
        for field, outcomes in summary.fields.items():
            stated = sum(outcomes.get(outcome, 0) for outcome in ("right", "wrong", "missing"))
            table.add_row(
                field,
                printable(name),
                *(f"{outcomes.get(outcome, 0):,}" for outcome in OUTCOMES),
                percent(ratio(outcomes.get("right", 0), stated)),
            )
    return table


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share in per cent; a dash where there was nothing to count."""
    return "–" if share is None else f"{100 * share:.{digits}f}"
