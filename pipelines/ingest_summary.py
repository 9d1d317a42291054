"""Print what became of the documents of a run."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.ingest_options import IngestOptions
from transforms.manifest import Manifest
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, MANIFESTS, join_output
from transforms.reports import Example


def print_summary(manifest: Manifest, output: str, options: IngestOptions) -> None:
    """Print the summary that the options ask for: tables, the manifest, or nothing."""
    if options.json:
        sys.stdout.write(manifest.to_text())
    elif not options.quiet:
        _print_tables(manifest, output, Console(highlight=False))


def _print_tables(manifest: Manifest, output: str, console: Console) -> None:
    """Print the balance, the tables, and where the files are."""
    tally = manifest.tally
    console.print(
        f"{tally.documents:,} documents = {tally.articles:,} articles + "
        f"{tally.duplicates:,} duplicates + {tally.dead_letters.total():,} dead letters",
        style="bold",
    )
    for table in _tables(manifest):
        if table.row_count:
            console.print(table)
    console.print(_files_text(manifest, output), soft_wrap=True)


def _tables(manifest: Manifest) -> Iterable[Table]:
    """Yield the tables of a run; one without rows has nothing to say."""
    tally = manifest.tally
    yield _count_table("articles by language", tally.languages.most_common())
    lines = [("kept as paragraphs", tally.kept_lines)]
    lines += [(f"field: {name}", count) for name, count in tally.field_lines.most_common()]
    lines += [(f"removed: {name}", count) for name, count in tally.removed_lines.most_common()]
    yield _count_table("lines of articles", lines if tally.articles else [])
    failures = _count_table("dead letters by code", ())
    failures.add_column()
    for code, count in tally.dead_letters.most_common():
        failures.add_row(code, f"{count:,}", _examples_text(tally.examples[code]))
    yield failures


def _count_table(title: str, rows: Iterable[tuple[str, int]]) -> Table:
    """Return a table of names and counts."""
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in rows:
        table.add_row(Text(name), f"{count:,}")
    return table


def _examples_text(examples: Sequence[Example]) -> Text:
    """Return the reason of the first failure and the names of the first few."""
    text = Text(examples[0].message + "\n")
    return text.append("\n".join(example.source_uri for example in examples), style="dim")


def _files_text(manifest: Manifest, output: str) -> Text:
    """Return where the files are, and which run made them."""
    lines = []
    for kind in (ARTICLES, DUPLICATES, DEAD_LETTERS):
        parts = [part for part in manifest.files if part.name.startswith(f"{kind}/")]
        if parts:
            size = sum(part.bytes for part in parts) / 2**20
            lines.append(f"{join_output(output, kind)}: {len(parts)} files, {size:.1f} MiB")
    lines.append(join_output(output, f"{MANIFESTS}/{manifest.run}.json"))
    return Text("\n".join(lines))
