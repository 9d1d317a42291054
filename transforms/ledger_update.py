"""Bring the ledger of a watch up to what its output has committed, or make it anew from that."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence

from transforms.commit_points import reach
from transforms.ledger import (
    Ledger,
    LedgerDamagedError,
    WindowRow,
    open_ledger,
    remove_ledger,
)
from transforms.listing import InputError
from transforms.manifest import Manifest, parse_manifest
from transforms.output_files import LEDGER, LEDGER_FILE
from transforms.parts import (
    ARTICLES,
    MANIFESTS,
    OTHER_LANGUAGES,
    OutputError,
    PartFile,
    join_output,
    read_whole,
)
from transforms.row_files import SCHEMAS, RowFile
from transforms.text.extract import article_id
from transforms.windows import recorded_window

KINDS_OF_ARTICLES = (ARTICLES, OTHER_LANGUAGES)


def ledger_path(output: str) -> str:
    """Return where the ledger of an output is."""
    return join_output(output, f"{LEDGER}/{LEDGER_FILE}")


def current_ledger(output: str) -> Ledger:
    """Return the ledger of an output, up to its last window.

    Raises OutputError where the output has other runs than windows, or lacks a window.
    """
    path = ledger_path(output)
    with contextlib.suppress(LedgerDamagedError, sqlite3.DatabaseError):
        return _open_current(path, output)
    remove_ledger(path)
    try:
        return _open_current(path, output)
    except LedgerDamagedError as error:
        raise OutputError(f"cannot make {error}") from error


def _open_current(path: str, output: str) -> Ledger:
    """Return the ledger of a path up to the last window of the output.

    Raises LedgerDamagedError where it knows what is not there, or no more.
    """
    ledger = open_ledger(path)
    try:
        if not ledger.runs() <= set(_runs(output)):
            raise LedgerDamagedError(f"{path}: of another output")
        update_ledger(ledger, output)
    except BaseException:
        ledger.close()
        raise
    return ledger


def update_ledger(ledger: Ledger, output: str) -> None:
    """Add to the ledger the windows that it does not know, in order.

    Raises OutputError where one of the manifests is none, or not of the window that comes next.
    """
    known = ledger.runs()
    unknown = ((_number(output, run), run) for run in _runs(output) if run not in known)
    for _, run in sorted(unknown):
        add_window(ledger, output, run)


def add_window(ledger: Ledger, output: str, run: str) -> Manifest:
    """Add the window that a run is to the ledger; return its manifest.

    Raises OutputError where that is none, or not of the window that comes next.
    """
    manifest, number = _manifest(output, run), _number(output, run)
    if number != ledger.last_window + 1:
        raise OutputError(
            f"{output}: window {ledger.last_window + 1} is missing, {number} is there"
        )
    record = recorded_window(output, number)
    ledger.add(manifest, record.files if record else (), window_rows(output, manifest.files))
    reach("ledger.settled")
    return manifest


def window_rows(output: str, parts: Sequence[PartFile]) -> Iterator[WindowRow]:
    """Yield what the ledger keeps of the rows of a window.

    Raises OutputError, at the latest after the last row of a file, where one is damaged.
    """
    for part in parts:
        kind = part.name.partition("/")[0]
        file = RowFile(join_output(output, part.name), part.bytes, part.sha256)
        try:
            for record in file.records(SCHEMAS[kind], ("source_uri", "content_sha256")):
                uri, sha256 = record["source_uri"], record["content_sha256"]
                article_sha256 = sha256 if kind in KINDS_OF_ARTICLES else None
                yield WindowRow(uri, article_id(uri, sha256), article_sha256)
        except InputError as error:
            raise OutputError(f"{error}. 'suzgi verify {output}' tells more") from error


def _runs(output: str) -> Iterator[str]:
    """Yield the names of all runs that have committed."""
    with os.scandir(join_output(output, MANIFESTS)) as entries:
        for entry in entries:
            if entry.name.endswith(".json") and not entry.name.startswith("."):
                yield entry.name.removesuffix(".json")


def _number(output: str, run: str) -> int:
    """Return the number of the window that a run is; raise OutputError where it is none."""
    window = _manifest(output, run).window
    if window is None:
        raise OutputError(f"{output} has the run {run}, which is no window of a watch")
    return window.number


def _manifest(output: str, run: str) -> Manifest:
    """Return the manifest of a run; raise OutputError where it is none."""
    path = join_output(output, f"{MANIFESTS}/{run}.json")
    try:
        return parse_manifest((read_whole(path) or b"").decode("utf-8"))
    except ValueError as error:
        raise OutputError(f"{path}: {error}") from error
