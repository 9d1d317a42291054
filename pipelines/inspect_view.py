"""Print an inspected page: fields on top, then each line with its verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.inspect_lines import InspectedLine, Inspection
from pipelines.printable import printable
from schemas.rows import Repair

REMOVED_STYLE = "dim"
REASON_STYLE = "red"
REPAIR_STYLE = "black on yellow"
NUMBER_STYLE = "dim"
FIELD_STYLES = {
    "title": "bold green",
    "author": "magenta",
    "published": "cyan",
    "updated": "cyan",
    "dateline": "blue",
    "source": "magenta",
}
OTHER_FIELD_STYLE = "cyan"
PLAIN_PARTS = {"paragraph": "", "removed": REMOVED_STYLE}
ROLE_STYLES = {"paragraph": "green", "removed": REASON_STYLE}
ROLE_WIDTH = 19
NUMBER_WIDTH = 5


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print one page; on a terminal long lines are indented, elsewhere they stay whole."""
    rows = [*_field_rows(inspection.fields), *_line_rows(inspection)]
    if not rows:
        return
    console.print(Text(printable(inspection.uri), style="bold underline"), soft_wrap=True)
    if console.is_terminal:
        _print_grid(rows, console)
    else:
        for row in rows:
            console.print(_join_cells(row), soft_wrap=True)
    console.print()


Row = tuple[Text, Text, Text]


def _print_grid(rows: Sequence[Row], console: Console) -> None:
    """Print rows in columns, the text wrapped within its own."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold", ratio=1)
    for row in rows:
        grid.add_row(*row)
    console.print(grid)


def _join_cells(row: Row) -> Text:
    """Return a row as one line."""
    number, role, text = row
    number.align("right", NUMBER_WIDTH)
    role.pad_right(max(0, ROLE_WIDTH - role.cell_len))
    return Text(" ").join(row) if text else Text("")


def _field_rows(fields: Mapping[str, object]) -> list[Row]:
    """Return a row for each field that has a value, and a blank one after them."""
    rows = [
        (Text(), Text(name, style="bold"), Text(printable(shown)))
        for name, value in fields.items()
        if (shown := _show_value(value))
    ]
    return [*rows, (Text(), Text(), Text())] if rows else []


def _show_value(value: object) -> str:
    """Return a field's value for the eye; nothing for a field that the page does not state."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        parts = ((name, _show_value(inner)) for name, inner in value.items())
        return " · ".join(f"{name} {shown}" for name, shown in parts if shown)
    if isinstance(value, list | tuple):
        return ", ".join(_show_value(inner) for inner in value)
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _line_rows(inspection: Inspection) -> list[Row]:
    """Return a row for each line, and one for what was repaired in it."""
    rows = []
    repairs: dict[int, list[Repair]] = {}
    for repair in inspection.repairs:
        repairs.setdefault(repair.line, []).append(repair)
    for line in inspection.lines:
        done = repairs.get(line.line, [])
        rows.append(_line_row(line, done))
        if done:
            rows.append((Text(), Text("  repaired", style="yellow"), _show_repairs(done)))
    return rows


def _line_row(line: InspectedLine, repairs: Sequence[Repair]) -> Row:
    """Return the row of a line."""
    role = "removed" if line.family else line.role
    style = ROLE_STYLES.get(role, OTHER_FIELD_STYLE)
    text = _show_text(line, repairs)
    if line.family:
        reason = f"  ‹{line.family} · {line.layer} · {line.evidence}›"
        text.append(printable(reason), style=REASON_STYLE)
    return Text(str(line.line), style=NUMBER_STYLE), Text(role, style=style), text


def _show_text(line: InspectedLine, repairs: Sequence[Repair]) -> Text:
    """Return a line's text, its parts coloured and its repaired words marked."""
    text = Text(printable(line.text, keep_length=True))
    for part in line.parts:
        style = PLAIN_PARTS.get(part.field, FIELD_STYLES.get(part.field, OTHER_FIELD_STYLE))
        text.stylize(style, part.start, part.start + len(part.text))
    for start, end in repaired_spans(line.text, repairs):
        text.stylize(REPAIR_STYLE, start, end)
    return text


def repaired_spans(text: str, repairs: Sequence[Repair]) -> list[tuple[int, int]]:
    """Return where the repaired words are; a repair that left nothing behind has no place."""
    spans = []
    for repair in repairs:
        start, end = repair.start, repair.start + len(repair.after)
        if not repair.after or text[start:end] != repair.after:
            continue  # gone, or moved by a later repair
        while start > 0 and text[start - 1].isalnum():
            start -= 1
        while end < len(text) and text[end].isalnum():
            end += 1
        spans.append((start, end))
    return sorted(set(spans))


def _show_repairs(repairs: Sequence[Repair]) -> Text:
    """Return each kind of change once: before, after, and how often."""
    counted = Counter((repair.kind, repair.before, repair.after) for repair in repairs)
    shown = [
        f"{kind} {_quote(before)} → {_quote(after)}" + (f" ×{count}" if count > 1 else "")
        for (kind, before, after), count in counted.items()
    ]
    return Text("; ".join(shown), style="yellow")


def _quote(text: str) -> str:
    """Return text in quotes; what cannot be seen as its code."""
    return f"“{printable(text)}”" if text.strip() else f"“{ascii(text)[1:-1]}”"
