"""The ledger of a watch: which files and documents its windows have, in a SQLite file.

It is an index and no truth: all that it holds follows from the committed output, from which
`transforms.ledger_update` makes it anew where it is lost, damaged, or of another output.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from transforms.commit_points import reach
from transforms.document_list import ListedDocument
from transforms.earlier_windows import key_of
from transforms.manifest import Manifest

FORMAT = 1
"""Version of the tables; a ledger of another one is made anew."""

CACHE_KIB = 65536
"""Of pages in memory, whatever the size of the file."""

SCHEMA = """
CREATE TABLE windows (number INTEGER PRIMARY KEY, run TEXT NOT NULL, parts INTEGER NOT NULL);
CREATE TABLE files (
  uri TEXT PRIMARY KEY, state TEXT NOT NULL, high INTEGER, low INTEGER
) WITHOUT ROWID;
CREATE TABLE documents (high INTEGER, low INTEGER, PRIMARY KEY (high, low)) WITHOUT ROWID;
CREATE TABLE contents (
  high INTEGER, low INTEGER, article_high INTEGER NOT NULL, article_low INTEGER NOT NULL,
  PRIMARY KEY (high, low)
) WITHOUT ROWID;
CREATE TABLE sums (name TEXT PRIMARY KEY, total INTEGER NOT NULL) WITHOUT ROWID;
"""
"""`files`: the state in which a file was read last, and the key of the document that it was then.
`documents`: the keys of the ids of all rows. `contents`: keys of hashes, and the articles that
have these contents."""

KEYS = {
    "windows": ("number", "parts"),
    "files": ("high", "low"),
    "documents": ("high", "low"),
    "contents": ("high", "low", "article_high", "article_low"),
}
"""The numbers of each table. SQLite finds broken pages, but no flipped bit of a value: their sums
are kept beside them."""


BROKEN = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; its messages quote what they find there."""


class LedgerDamagedError(Exception):
    """The ledger is not as it was written, or is none."""


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A row of a window: its uri and id, and of an article the hash of its content."""

    uri: str
    id: str
    article_sha256: str | None


@dataclass(slots=True)
class Ledger:
    """An open ledger. One process has it; readers may look into it while it is not changed."""

    path: str
    connection: sqlite3.Connection

    @property
    def last_window(self) -> int:
        """Return the number of the last window; 0: there is none."""
        return self._number("SELECT coalesce(max(number), 0) FROM windows")

    @property
    def part_count(self) -> int:
        """Return the number of the files of all windows."""
        return self._number("SELECT coalesce(sum(parts), 0) FROM windows")

    @property
    def file_count(self) -> int:
        """Return the number of input files that windows have."""
        return self._number("SELECT count(*) FROM files")

    def runs(self) -> set[str]:
        """Return the names of all windows' runs."""
        return {run for (run,) in self.connection.execute("SELECT run FROM windows")}

    def add(
        self, manifest: Manifest, files: Iterable[ListedDocument], rows: Iterable[WindowRow]
    ) -> None:
        """Add a window: all of it, or nothing where anything is raised."""
        if manifest.window is None:
            raise ValueError(f"run {manifest.run} is no window")
        with transaction(self.connection) as connection:
            connection.execute(
                "INSERT INTO windows VALUES (?, ?, ?)",
                (manifest.window.number, manifest.run, len(manifest.files)),
            )
            connection.executemany(
                "INSERT INTO files (uri, state) VALUES (?, ?) "
                "ON CONFLICT (uri) DO UPDATE SET state = excluded.state",
                ((document.uri, document.state) for document in files),
            )
            for row in rows:
                self._add_row(row)
            reach("ledger.written")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def _add_row(self, row: WindowRow) -> None:
        """Add a document, its content if an article has it, and that it is the last of its file."""
        key, execute = key_of(row.id), self.connection.execute
        execute("INSERT OR IGNORE INTO documents VALUES (?, ?)", key)
        execute("UPDATE files SET high = ?, low = ? WHERE uri = ?", (*key, row.uri))
        if row.article_sha256 is not None:
            values = (*key_of(row.article_sha256), *key)
            execute("INSERT OR IGNORE INTO contents VALUES (?, ?, ?, ?)", values)

    def _number(self, query: str) -> int:
        """Return the one number that a query finds."""
        (number,) = self.connection.execute(query).fetchone()
        return int(number)


def open_ledger(path: str) -> Ledger:
    """Return the ledger of a path, an empty one where there is none.

    Raises LedgerDamagedError where a file is there that is no sound ledger, OSError where none
    can be made.
    """
    is_new = not os.path.exists(path)  # noqa: PTH110 (paths of the output are strings)
    try:
        connection = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error as error:
        raise OSError(0, f"{path}: {error}") from error
    try:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if is_new:
            _make_tables(connection)
        _check(connection)
    except (*BROKEN, LedgerDamagedError) as error:
        connection.close()
        raise LedgerDamagedError(f"{path}: {error}") from error
    return Ledger(path, connection)


def remove_ledger(path: str) -> None:
    """Remove the file of a ledger and that of its unfinished transaction."""
    for each in (path, f"{path}-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(each)  # noqa: PTH108 (paths of the output are strings)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Return a context whose changes are kept together, or not at all where it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables, with triggers that keep the sums."""
    statements = SCHEMA.split(";")[:-1]
    for table, columns in KEYS.items():
        statements += _triggers(table, columns)
    with transaction(connection):
        for statement in statements:
            connection.execute(statement)
        connection.executemany("INSERT INTO sums VALUES (?, 0)", [(table,) for table in KEYS])
        connection.execute(f"PRAGMA user_version = {FORMAT}")


def _triggers(table: str, columns: tuple[str, ...]) -> Iterator[str]:
    """Yield the statements that make the triggers of a table."""
    new, old = (_fold([f"{row}.{column}" for column in columns]) for row in ("NEW", "OLD"))
    for event, change in (("INSERT", new), ("UPDATE", f"{new} - ({old})")):
        update = f"UPDATE sums SET total = total + ({change}) WHERE name = '{table}'"  # noqa: S608
        yield f"CREATE TRIGGER {table}_{event} AFTER {event} ON {table} BEGIN {update}; END"


def _fold(columns: Iterable[str]) -> str:
    """Return the expression of a row's share of the sum: of both halves of each number.

    In halves, the sums of a hundred million rows stay below 2^63.
    """
    halves = (f"coalesce(({each} & 4294967295) + ({each} >> 32), 0)" for each in columns)
    return " + ".join(halves)


def _check(connection: sqlite3.Connection) -> None:
    """Raise LedgerDamagedError unless the file is a ledger and sound, sqlite3.Error as it may."""
    _expect("tables of another version", connection, "PRAGMA user_version", FORMAT)
    if _statements(connection) != _statements_of_new():
        raise LedgerDamagedError("changed tables")
    _expect("broken pages", connection, "PRAGMA quick_check(1)", "ok")
    for table, columns in KEYS.items():
        kept = f"SELECT total FROM sums WHERE name = '{table}'"  # noqa: S608 (all names are ours)
        (total,) = connection.execute(kept).fetchone() or (None,)
        found = f"SELECT coalesce(sum({_fold(columns)}), 0) FROM {table}"  # noqa: S608
        _expect(f"changed values in {table}", connection, found, total)


def _statements_of_new() -> list[Any]:
    """Return the statements that an empty ledger was made with."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _make_tables(connection)
        return _statements(connection)


def _statements(connection: sqlite3.Connection) -> list[Any]:
    """Return the statements that a ledger was made with, as it has them."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
    return connection.execute(query).fetchall()


def _expect(fault: str, connection: sqlite3.Connection, query: str, wanted: Any) -> None:
    """Raise LedgerDamagedError unless a query finds what is wanted."""
    if connection.execute(query).fetchone() != (wanted,):
        raise LedgerDamagedError(fault)
