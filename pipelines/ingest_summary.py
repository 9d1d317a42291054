"""Print what became of the documents of a run."""

import sys
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.ingest_options import IngestOptions
from transforms.manifest import Manifest, Replay
from transforms.parts import (
    ARTICLES,
    DEAD_LETTERS,
    DUPLICATES,
    MANIFESTS,
    OTHER_LANGUAGES,
    join_output,
)
from transforms.reports import Tally

KINDS = (ARTICLES, OTHER_LANGUAGES, DUPLICATES, DEAD_LETTERS)


def print_summary(manifest: Manifest, output: str, options: IngestOptions) -> None:
    """Print the summary that the options ask for: tables, the manifest, or nothing."""
    if options.json:
        sys.stdout.write(manifest.to_text())
    elif not options.quiet:
        _print_tables(manifest, output, Console(highlight=False))


def _print_tables(manifest: Manifest, output: str, console: Console) -> None:
    """Print the balance, the tables, and where the files are."""
    tally = manifest.tally
    console.print(_balance(manifest), style="bold", soft_wrap=True)
    if manifest.options.get("near_duplicates"):
        console.print(_near_duplicates(manifest), soft_wrap=True)
    if manifest.replay:
        console.print(_replayed(manifest.replay), soft_wrap=True)
    for title, table in _tables(manifest):
        if table.row_count:
            console.print(f"\n{title}", style="bold")
            console.print(table)
    if tally.dead_letters:
        console.print("\ndead letters", style="bold")
        console.print(_failures_text(tally), soft_wrap=True, end="")
    console.print()
    console.print(_files_text(manifest, output), soft_wrap=True)


def _balance(manifest: Manifest) -> str:
    """Return what became of the documents; other languages only where some were asked for."""
    tally = manifest.tally
    asked = manifest.options.get("languages")
    other = f"other languages {tally.other_languages.total():,} + " if asked else ""
    return (
        f"documents {tally.documents:,} = articles {tally.articles:,} + {other}"
        f"duplicates {tally.duplicates:,} + dead letters {tally.dead_letters.total():,}"
    )


def _near_duplicates(manifest: Manifest) -> str:
    """Return how many documents nearly equal others, and where they are."""
    is_dropped = manifest.options.get("drop_near_duplicates")
    kind, other = ("duplicates", "an article") if is_dropped else ("articles", "another")
    return (
        f"of the {kind}, {manifest.tally.near_duplicates:,} nearly equal {other} "
        f"({manifest.clusters:,} clusters)"
    )


def _replayed(replay: Replay) -> str:
    """Return which runs the documents are from, and how many dead letters stayed there."""
    rest = f"{replay.not_chosen:,} not chosen"
    if replay.repeated:
        rest += f", {replay.repeated:,} of the same documents again"
    if replay.settled or replay.recovered:
        rest += f", {replay.settled:,} containers settled, {replay.recovered:,} documents recovered"
    return f"replay of {replay.dead_letters:,} dead letters ({rest}) of {', '.join(replay.runs)}"


def _tables(manifest: Manifest) -> Iterator[tuple[str, Table]]:
    """Yield titles and tables; one without rows has nothing to say."""
    tally = manifest.tally
    yield "articles by language", _count_table(tally.languages.most_common())
    yield "other languages", _count_table(tally.other_languages.most_common())
    if tally.articles:
        yield "lines of articles", _count_table([("kept as paragraphs", tally.kept_lines)])
    yield "lines used as fields", _count_table(tally.field_lines.most_common())
    yield "lines removed", _count_table(tally.removed_lines.most_common())
    yield "dates of records", _count_table(_record_dates(manifest))


def _record_dates(manifest: Manifest) -> list[tuple[str, int]]:
    """Return how many articles have the date of their record; nothing where nobody asked."""
    tally = manifest.tally
    if not manifest.options.get("date_field"):
        return []
    none = tally.articles - tally.record_dates.total()
    return [
        ("read", tally.record_dates["read"]),
        ("could not be read", tally.record_dates["unread"]),
        ("no date stated", none),
    ]


def _count_table(rows: Iterable[tuple[str, int]]) -> Table:
    """Return a table of names and counts."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    table.add_column(min_width=20)
    table.add_column(justify="right", min_width=9)
    for name, count in rows:
        table.add_row(Text(name), f"{count:,}")
    return table


def _failures_text(tally: Tally) -> Text:
    """Return the codes of dead letters, each with a reason and the names of the first few."""
    text = Text()
    for code, count in tally.dead_letters.most_common():
        examples = tally.examples[code]
        text.append(f"  {code:<20}{count:>13,}  {examples[0].message}\n")
        text.append("".join(f"    {example.source_uri}\n" for example in examples), style="dim")
    return text


def _files_text(manifest: Manifest, output: str) -> Text:
    """Return where the files are, and which run made them."""
    lines = []
    for kind in KINDS:
        parts = [part for part in manifest.files if part.name.startswith(f"{kind}/")]
        if parts:
            size = sum(part.bytes for part in parts) / 2**20
            lines.append(f"{join_output(output, kind)}: {len(parts)} files, {size:.1f} MiB")
    lines.append(join_output(output, f"{MANIFESTS}/{manifest.run}.json"))
    return Text("\n".join(lines))
