"""The files that a watch has seen and no window has yet, on disk and beside the ledger.

A file waits from the moment when it was first seen in its present state. Who is seen again in
another one begins anew, so that a file still growing is not taken.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from transforms.document_list import ListedDocument
from transforms.ledger import transaction
from transforms.limits import WindowLimits
from transforms.listing import is_remote, listed, uri_to_path

TABLE = """
CREATE TEMP TABLE waiting (
  uri TEXT PRIMARY KEY, state TEXT NOT NULL, since REAL NOT NULL
) WITHOUT ROWID
"""
INDEX = "CREATE INDEX temp.waiting_by_age ON waiting (since, uri)"

SEE = """
INSERT INTO waiting SELECT ?1, ?2, ?3
WHERE NOT EXISTS (SELECT 1 FROM files WHERE uri = ?1 AND ?2 IN (state, 'refused')){or_waits}
ON CONFLICT (uri) DO UPDATE SET state = excluded.state, since = excluded.since
WHERE excluded.state NOT IN (state, 'refused')
"""
"""One statement for each file listed: nothing is written for those that a window has as they are.
No file is an object in memory for longer than that takes. A refused link counts only where
nothing else is known of its uri: another pattern may name it, too."""

OR_WAITS = " OR EXISTS (SELECT 1 FROM waiting WHERE uri = ?1)"
"""Asked only where a file waits: it makes a look at a million known files half as long again."""

WENT_BACK = """
DELETE FROM waiting WHERE since >= ?
AND EXISTS (SELECT 1 FROM files WHERE uri = waiting.uri AND state = waiting.state)
"""
"""An object of a store that has its earlier content again has its earlier state again."""


@dataclass(slots=True)
class Waiting:
    """The files that wait; times are those of a clock that never goes back, in seconds."""

    connection: sqlite3.Connection  # of the ledger
    settle_seconds: float

    def __post_init__(self) -> None:
        """Begin with none."""
        self.connection.execute(TABLE)
        self.connection.execute(INDEX)

    def see(self, documents: Iterable[ListedDocument], clock: Callable[[], float]) -> None:
        """Note what is there now, even if the documents end with an error.

        All that was not seen before in its state waits from the end of this look.
        """
        begun = clock()
        statement = SEE.format(or_waits=OR_WAITS if self.oldest() is not None else "")
        seen = (
            (document.uri, document.state, self._since(document, begun)) for document in documents
        )
        self.connection.execute("BEGIN")
        try:
            self.connection.executemany(statement, seen)
        finally:
            self.connection.execute(WENT_BACK, (begun - self.settle_seconds,))
            ended = "UPDATE waiting SET since = ? WHERE since = ?"
            self.connection.execute(ended, (clock(), begun))
            self.connection.execute("COMMIT")

    def take(self, limits: WindowLimits, now: float) -> list[ListedDocument]:
        """Return files that rest, those that wait longest, sorted by uri.

        Each is looked at again: of one that has changed or is gone, the next listing says more.
        So fewer than the limits allow is no sign that no more rest: `has_rested` tells.
        """
        query = "SELECT uri, state FROM waiting WHERE since <= ? ORDER BY since, uri LIMIT ?"
        values = (now - self.settle_seconds, limits.files)
        found = [
            ListedDocument.in_state(uri, state)
            for uri, state in self.connection.execute(query, values)
        ]
        taken: list[ListedDocument] = []
        size = 0
        for document in found:
            if look_again(document) != document:
                self.forget([document])
            elif taken and size + document.size > limits.bytes:
                break
            else:
                taken.append(document)
                size += document.size
        return sorted(taken, key=lambda document: document.uri)

    def forget(self, documents: Iterable[ListedDocument]) -> None:
        """Let files wait no longer, unless they were seen in another state since."""
        with transaction(self.connection) as connection:
            connection.executemany(
                "DELETE FROM waiting WHERE uri = ? AND state = ?",
                ((document.uri, document.state) for document in documents),
            )

    def has_rested(self, now: float) -> bool:
        """Tell whether a file has been as it is for long enough."""
        oldest = self.oldest()
        return oldest is not None and oldest <= now - self.settle_seconds

    def count(self) -> int:
        """Return the number of files that wait."""
        (count,) = self.connection.execute("SELECT count(*) FROM waiting").fetchone()
        return int(count)

    def oldest(self) -> float | None:
        """Return since when the file waits that waits longest; None: none does."""
        since: float | None
        (since,) = self.connection.execute("SELECT min(since) FROM waiting").fetchone()
        return since

    def _since(self, document: ListedDocument, now: float) -> float:
        """Return since when a file waits: objects of a store appear whole, and rest."""
        return now - self.settle_seconds if is_remote(document.uri) else now


def look_again(document: ListedDocument) -> ListedDocument | None:
    """Return a local file as it is now; None where it is gone. What must not be read is as before.

    An object of a store is never half written: it is not asked for again.
    """
    path = uri_to_path(document.uri)
    if path is None or document.is_refused:
        return document
    return listed(path) if os.path.lexists(path) else None
