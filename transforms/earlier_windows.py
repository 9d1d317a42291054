"""Look a document up among those of the earlier windows of a watch."""

import contextlib
import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from transforms.documents import Reading, content_sha256
from transforms.parts import OutputError
from transforms.text.extract import article_id

Key = tuple[int, int]
"""The first 128 bits of a hash, as SQLite compares and adds them fastest."""

KEY = struct.Struct(">qq")

IS_KNOWN = "SELECT 1 FROM documents WHERE high = ? AND low = ?"
LATEST = "SELECT high, low FROM files WHERE uri = ? AND high IS NOT NULL"
ARTICLE = "SELECT article_high, article_low FROM contents WHERE high = ? AND low = ?"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier windows have of a document: it itself, or only its content."""

    is_unchanged: bool  # the uri had this content when it was read last
    article_id: str | None  # of the article with this content; None: there is none


@dataclass(frozen=True, slots=True)
class EarlierDocuments:
    """The documents of all windows before the one at work."""

    connection: sqlite3.Connection | None  # None: there are none

    def find(self, reading: Reading) -> Earlier | None:
        """Return what earlier windows have of a document; None: it is to be processed.

        A file that has gone back to an older content is not unchanged. Of a document in a
        container nobody knows the latest content: there, all that it ever had is unchanged.
        """
        if self.connection is None:
            return None
        sha256 = content_sha256(reading)
        document = key_of(article_id(reading.uri, sha256))
        article = _one(self.connection, ARTICLE, key_of(sha256))
        is_known = _one(self.connection, IS_KNOWN, document) is not None
        latest = _one(self.connection, LATEST, (reading.uri,)) if is_known else None
        is_unchanged = is_known and latest in (None, document)
        if not article and not is_unchanged:
            return None
        return Earlier(is_unchanged, KEY.pack(*article).hex() if article else None)


def _one(
    connection: sqlite3.Connection, query: str, values: tuple[int, int] | tuple[str]
) -> Key | None:
    """Return the one row that a query finds; None where it finds none."""
    row: Key | None = connection.execute(query, values).fetchone()
    return row


def key_of(digits: str) -> Key:
    """Return the key of a hash in hexadecimal digits."""
    high, low = KEY.unpack(bytes.fromhex(digits)[: KEY.size])
    return high, low


@contextlib.contextmanager
def open_earlier(path: str | None) -> Iterator[EarlierDocuments]:
    """Return a context with the documents of a ledger; with none where there is no ledger.

    Raises OutputError where the ledger cannot be read.
    """
    if path is None:
        yield EarlierDocuments(None)
        return
    try:
        place = f"file:{quote(path)}?mode=ro"
        with contextlib.closing(sqlite3.connect(place, uri=True)) as connection:
            yield EarlierDocuments(connection)
    except sqlite3.Error as error:
        raise OutputError(
            f"cannot read {path}: {error}. It is made anew from the output when suzgi watch starts"
        ) from error
