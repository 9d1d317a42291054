"""Read a container again for the dead letters that only it can settle.

They are those of documents in it, of which too little is kept, and perhaps its own: then all
documents come that the run did not have. Documents are told by their ids, uri and content together.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.rows import DeadLetter
from transforms.census import Census
from transforms.container_names import container_of
from transforms.containers import read_container
from transforms.containers.members import STAGE
from transforms.document_ids import DocumentIds
from transforms.documents import Reading, ReadSettings, StoredDocument
from transforms.listing import InputError
from transforms.progress import PROGRESS
from transforms.replay_plan import is_container
from transforms.row_files import SCHEMAS, RowBlock, RowFile
from transforms.text.document import DocumentError
from transforms.text.extract import article_id

NOTHING = hashlib.sha256().hexdigest()
"""Stands in the id of a dead letter of which no byte was read."""

KEYS = ("id", "source_uri", "content_sha256")
"""What tells the id of a document; the row of a duplicate has none itself."""


@dataclass(slots=True)
class Waiting:
    """The dead letters that wait for a container, and what the run has of it already."""

    container: str
    places: Sequence[tuple[RowBlock, frozenset[int]]]  # blocks, and the rows in each
    own_count: int = 0  # of the container itself, which may have failed in several states
    _ids: dict[int, DocumentIds] = field(default_factory=dict)  # of documents, by attempt
    _known: DocumentIds | None = None
    _is_watched: bool = False  # windows have a document once, however often it comes

    @classmethod
    def of(cls, container: str, held: Iterable[tuple[Sequence[Any], Sequence[int]]]) -> "Waiting":
        """Return the letters that a shard holds; raise InputError where a file has changed."""
        waiting = cls(container, [(RowBlock(*block), frozenset(rows)) for block, rows in held])
        packed: defaultdict[int, bytearray] = defaultdict(bytearray)
        for letter in waiting.letters():
            if waiting.is_own(letter):
                waiting.own_count += 1
            else:
                packed[letter.attempt] += bytes.fromhex(letter.id)
        waiting._ids = {attempt: DocumentIds(ids) for attempt, ids in packed.items()}
        return waiting

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more that the container has is waited for."""
        return not self.own_count and not any(ids.left for ids in self._ids.values())

    def is_own(self, letter: DeadLetter) -> bool:
        """Tell whether a letter is that of the container itself."""
        return is_container(letter) and letter.source_uri == self.container

    def own_letters(self) -> Iterator[DeadLetter]:
        """Yield the letters of the container itself."""
        return filter(self.is_own, self.letters())

    def know(self, files: Iterable[tuple[str, Sequence[Any]]], *, is_watched: bool) -> None:
        """Note which documents the run has; raise InputError where its files have changed."""
        packed = bytearray()
        self._is_watched = is_watched
        for kind, file in files:
            for row in RowFile(*file).records(SCHEMAS[kind], KEYS):
                identity = row.get("id") or article_id(row["source_uri"], row["content_sha256"])
                packed += bytes.fromhex(identity)
        self._known = DocumentIds(packed)

    def take(self, reading: Reading) -> Reading | None:
        """Return a document that was waited for, or that the run does not have; None: neither."""
        identities = _identities(reading)
        for attempt, ids in self._ids.items():
            if _take(identities, ids):
                return replace(reading, attempts=attempt)
        return None if self._is_known(identities) else reading

    def _is_known(self, identities: Sequence[bytes]) -> bool:
        """Tell whether the run has a document that came, or nobody asks what it does not have."""
        if self._known is None:
            return True
        if self._is_watched:
            return any(identity in self._known for identity in identities)
        return _take(identities, self._known)

    def left(self) -> Iterator[DeadLetter]:
        """Yield the letters of documents that did not come."""
        if any(ids.left for ids in self._ids.values()):
            for letter in self.letters():
                ids = self._ids.get(letter.attempt)
                if ids is not None and ids.take(bytes.fromhex(letter.id)):
                    yield letter

    def letters(self) -> Iterator[DeadLetter]:
        """Yield all letters, one after another: each may have a megabyte."""
        for block, rows in self.places:
            for row, letter in enumerate(block.dead_letters()):
                if row in rows:
                    yield letter


def read_again(
    uri: str, held: Mapping[str, Any], settings: ReadSettings, census: Census
) -> Iterator[Reading]:
    """Yield a document for each dead letter that waits for a container, and those recovered.

    One that does not come keeps its dead letter: `in_container` where the container cannot be
    read to its end, `source_changed` where it no longer holds what failed.
    """
    waiting = Waiting.of(uri, held["letters"])
    if waiting.own_count and (failure := _cannot_know(waiting, held)):
        yield from (_failed(own, failure) for own in waiting.own_letters())
        waiting.own_count = 0
    ended: DocumentError | None = None
    for reading in _documents(uri, settings):
        if reading.container is None:
            ended = reading.failure
        elif document := waiting.take(reading):
            census.recovered += not document.attempts
            yield document
        if waiting.is_over:
            break
    for letter in waiting.left():
        yield _failed(letter, _why_missing(ended))
    if ended and waiting.own_count:
        yield from (_failed(own, ended) for own in waiting.own_letters())
    else:
        census.settled += waiting.own_count


def _documents(uri: str, settings: ReadSettings) -> Iterator[Reading]:
    """Yield the documents of a container, each with a hash of what is stored of it."""
    container = container_of(uri)
    if container is not None:
        for reading in read_container(uri, container, replace(settings, describes_stored=True)):
            PROGRESS.stop_if_cancelled()
            yield reading


def _identities(reading: Reading) -> list[bytes]:
    """Return the ids that a document may have had: of its content, as stored, of nothing.

    A line that was too long to be read had no uri but its own.
    """
    hashes = [] if reading.content is None else [hashlib.sha256(reading.content).hexdigest()]
    hashes += [reading.stored.sha256] if reading.stored else []
    uris = dict.fromkeys((reading.uri, reading.line_uri or reading.uri))
    return [bytes.fromhex(article_id(uri, sha256)) for uri in uris for sha256 in (*hashes, NOTHING)]


def _take(identities: Sequence[bytes], ids: DocumentIds) -> bool:
    """Take the first of the identities that is there; tell whether one was."""
    return any(ids.take(identity) for identity in identities)


def _cannot_know(waiting: Waiting, held: Mapping[str, Any]) -> DocumentError | None:
    """Return why nobody can tell what the run has of a container; None where that is known now."""
    try:
        waiting.know(held["known"], is_watched=held["is_watched"])
    except InputError as error:
        message = f"nobody can tell which of its documents the run has: {error}"
        return DocumentError(STAGE, "in_container", message)
    return None


def _failed(letter: DeadLetter, failure: DocumentError) -> Reading:
    """Return what a dead letter becomes whose document did not come: what it has stays.

    Nothing is looked for at the uri of a document in a container: a record may state any.
    """
    kept = StoredDocument(letter.content, letter.content_sha256, letter.content_bytes)
    return Reading(
        letter.source_uri,
        failure=failure,
        stored=kept if letter.container_uri or letter.content_bytes else None,
        replayed=letter,
        attempts=letter.attempt,
        container=letter.container_uri,
        record_date_text=letter.record_date_text,
    )


def _why_missing(ended: DocumentError | None) -> DocumentError:
    """Return the reason for which a document did not come from its container."""
    if ended:
        message = f"its container cannot be read to its end: {ended.code}: {ended.message}"
        return DocumentError(STAGE, "in_container", message)
    message = "its container no longer holds what failed: ingest it as it is now"
    return DocumentError(STAGE, "source_changed", message)
