"""What must become of files: the oracle of the model-based test.

By another hand than the pipeline, and simple: it knows what each page is, since the test made it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.pipelines.model_files import Body, Failure, File, Link, Page

Files = Mapping[str, File | Link]
"""The input directory: files by name."""

Source = File | Page | Failure
"""What the bytes of a dead letter are: a file as stored, a page as read, or what fails always."""

LISTED = (".txt", ".txt.gz", ".zip", ".jsonl")
CONTAINERS = (".zip", ".jsonl")

NOT_FOUND, LOOP = Failure("read", "not_found"), Failure("read", "unreadable")
OUTSIDE, TOO_LARGE = Failure("read", "outside_root"), Failure("read", "too_large")
IN_CONTAINER = Failure("unpack", "in_container")


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """What of an article is checked."""

    id: str
    sha256: str
    title: str | None
    paragraphs: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class DuplicateRow:
    """What of a duplicate is checked."""

    sha256: str
    duplicate_of: str


@dataclass(frozen=True, slots=True)
class LetterRow:
    """What of a dead letter is checked."""

    id: str
    sha256: str
    stage: str
    code: str
    content: bytes
    attempt: int = 1
    source: "Source | None" = field(default=None, compare=False)  # what a replay has


Row = ArticleRow | DuplicateRow | LetterRow
Rows = Mapping[str, Row]
"""What became of each document, by its uri."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its bytes, or those that its dead letter keeps, and what it would become."""

    uri: str
    outcome: Body | Failure
    content: bytes
    source: Source | None = None
    attempt: int = 1


def uri_of(folder: Path, name: str) -> str:
    """Return the uri of a file."""
    return (folder / name).as_uri()


def expect_ingest(files: Files, folder: Path, cap: int) -> Rows:
    """Return what a run over the directory must give; `cap` is --max-document-bytes."""
    uris = sorted((uri_of(folder, name), name) for name in files if name.endswith(LISTED))
    return _rows(
        document for uri, name in uris for document in _documents(uri, _target(files, name), cap)
    )


def expect_replay(letters: Rows, files: Files, folder: Path, cap: int) -> Rows:
    """Return what a replay of dead letters must give while the directory holds these files."""
    names = {uri_of(folder, name): name for name in files}
    return _rows(
        _replayed(uri, letter, _target(files, names.get(uri, "")), cap)
        for uri, letter in sorted(letters.items())
        if isinstance(letter, LetterRow)
    )


def counts(rows: Rows) -> dict[str, int]:
    """Return the counts that the manifest must have."""
    kinds = Counter(type(row) for row in rows.values())
    return {
        "documents": len(rows),
        "articles": kinds[ArticleRow],
        "other_languages": 0,
        "duplicates": kinds[DuplicateRow],
        "dead_letters": kinds[LetterRow],
    }


def codes(rows: Rows) -> Counter[str]:
    """Return how many dead letters there must be of each code."""
    return Counter(row.code for row in rows.values() if isinstance(row, LetterRow))


def _rows(documents: Iterable[Document]) -> Rows:
    """Return the row of each document; of equal ones the first stands for all."""
    winners: dict[str, str] = {}
    rows: dict[str, Row] = {}
    for document in documents:
        sha256 = hashlib.sha256(document.content).hexdigest()
        identity = hashlib.sha256(f"{document.uri}\n{sha256}".encode()).hexdigest()[:32]
        outcome = document.outcome
        if isinstance(outcome, Failure):
            rows[document.uri] = LetterRow(
                identity,
                sha256,
                outcome.stage,
                outcome.code,
                document.content,
                document.attempt,
                document.source,
            )
        elif winner := winners.get(sha256):
            rows[document.uri] = DuplicateRow(sha256, winner)
        else:
            winners[sha256] = identity
            rows[document.uri] = ArticleRow(
                identity, sha256, outcome.title, outcome.paragraphs, outcome.language
            )
    return rows


def _target(files: Files, name: str) -> File | Failure:
    """Return the file of a name, behind all links, or why it cannot be read."""
    passed = set[str]()
    while isinstance(entry := files.get(name), Link):
        if name in passed:
            return LOOP
        passed.add(name)
        name = entry.target
        if name.startswith("../"):
            return OUTSIDE
    return entry or NOT_FOUND


def _documents(uri: str, file: File | Failure, cap: int) -> Iterator[Document]:
    """Yield the documents that lie at the uri of a file, in order."""
    if isinstance(file, Failure):
        yield Document(uri, file, b"")
    elif uri.endswith(".zip"):
        yield from _members(uri, file, cap)
    elif uri.endswith(".jsonl"):
        yield from _records(uri, file, cap)
    else:
        yield _single(uri, file, cap)


def _single(uri: str, file: File, cap: int) -> Document:
    """Return the document that a plain or compressed file is, whatever its name says."""
    stored, page = file.stored(), file.pages[0]
    if len(stored) > cap:
        failure = TOO_LARGE
    elif not uri.endswith(".gz"):
        source = (
            page if file.form == "plain" else Failure("decode", "binary" if stored else "empty")
        )
        return _page(uri, source, stored)
    elif not stored:
        failure = Failure("decompress", "torn_archive")
    elif file.form == "plain":
        failure = Failure("decompress", "not_compressed")
    elif len(page.content()) > cap:
        failure = Failure("decompress", "too_large")
    elif file.damage:
        code = "torn_archive" if file.damage == "cut" else "trailing_garbage"
        failure = Failure("decompress", code)
    else:
        return _page(uri, page, page.content())
    return Document(uri, failure, stored, file)


def _page(uri: str, source: Page | Failure, content: bytes) -> Document:
    """Return the document whose bytes could be read."""
    outcome = source.outcome() if isinstance(source, Page) else source
    return Document(uri, outcome, content, source)


def _members(uri: str, file: File, cap: int) -> Iterator[Document]:
    """Yield the members of an archive; of a torn one those before its end, and itself."""
    is_torn = file.damage == "cut"
    held = () if file.damage == "emptied" else file.pages[:-1] if is_torn else file.pages
    for place, page in enumerate(held):
        yield _single(f"{uri}!/{place}.txt", File("plain", (page,)), cap)
    if is_torn or not held:
        codes = {"": "empty", "cut": "torn_archive", "emptied": "corrupt_archive"}
        yield Document(uri, Failure("unpack", codes[file.damage]), file.stored())


def _records(uri: str, file: File, cap: int) -> Iterator[Document]:
    """Yield the records of a file of JSON lines; of a torn one the last is none."""
    lines = file.stored().splitlines(keepends=True)
    for number, (line, page) in enumerate(zip(lines, file.pages, strict=False), 1):
        record_uri = f"{uri}!/{number}"
        if len(line) > cap:
            yield Document(record_uri, Failure("unpack", "too_large"), line)
        elif line.endswith(b"\n"):
            yield _page(record_uri, page, page.text().encode())
        else:
            yield Document(record_uri, Failure("unpack", "bad_json"), line)
    if not lines:
        yield Document(uri, Failure("unpack", "empty"), b"")


def _replayed(uri: str, letter: LetterRow, file: File | Failure, cap: int) -> Document:
    """Return the document of a dead letter: from its bytes, or from the file as it is now."""
    if letter.code == OUTSIDE.code:
        document = Document(uri, OUTSIDE, b"")
    elif letter.stage == "unpack" or uri.endswith(CONTAINERS):
        document = Document(uri, IN_CONTAINER, letter.content)
    elif letter.stage == "read" and not letter.content:
        (document,) = _documents(uri, file, cap)
    elif isinstance(letter.source, File):
        document = _single(uri, letter.source, cap)
    elif len(letter.content) > cap:
        failure = Failure("process", "too_large")
        document = Document(uri, failure, letter.content, letter.source)
    else:
        assert letter.source
        document = _page(uri, letter.source, letter.content)
    return replace(document, attempt=letter.attempt + 1)
