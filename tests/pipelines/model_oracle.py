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
SOURCE_CHANGED = Failure("unpack", "source_changed")


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
    unread: str = field(default="", compare=False)  # why a replay did not read it, if it did not


Row = ArticleRow | DuplicateRow | LetterRow
Rows = Mapping[str, Row]
"""What became of each document, by its uri and the hash of its content."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its bytes, or those that its dead letter keeps, and what it would become."""

    uri: str
    outcome: Body | Failure
    content: bytes
    source: Source | None = None
    attempt: int = 1
    unread: str = ""
    line: bytes = b""  # of a record


def key_of(uri: str, sha256: str) -> str:
    """Return the key of a row."""
    return f"{uri} {sha256}"


def uri_of(folder: Path, name: str) -> str:
    """Return the uri of a file."""
    return (folder / name).as_uri()


def expect_ingest(files: Files, folder: Path, cap: int) -> Rows:
    """Return what a run over the directory must give; `cap` is --max-document-bytes."""
    uris = sorted((uri_of(folder, name), name) for name in files if name.endswith(LISTED))
    return _rows(
        document for uri, name in uris for document in _documents(uri, _target(files, name), cap)
    )


def expect_replay(origin: Rows, code: str | None, files: Files, folder: Path, cap: int) -> Rows:
    """Return what a replay must give while the directory holds these files.

    `origin` are the rows of the run that is replayed; `code` is that of the letters to take.
    """
    names = {uri_of(folder, name): name for name in files}
    alone: list[Document] = []
    waiting: dict[str, list[tuple[str, LetterRow]]] = {}
    for key, letter in sorted(chosen_letters(origin, code).items()):
        uri = key.partition(" ")[0]
        container = uri.partition("!/")[0]
        if container.endswith(CONTAINERS) and _waits(uri, letter):
            waiting.setdefault(container, []).append((uri, letter))
        else:
            alone.append(_replayed(uri, letter, _target(files, names.get(uri, "")), cap))
    documents = alone + [
        document
        for uri, letters in sorted(waiting.items())
        for document in _read_again(uri, letters, origin, _target(files, names.get(uri, "")), cap)
    ]
    return _rows(documents)


def chosen_letters(origin: Rows, code: str | None) -> dict[str, LetterRow]:
    """Return the dead letters of a run that have a code; None: all."""
    return {
        key: row
        for key, row in origin.items()
        if isinstance(row, LetterRow) and code in (None, row.code)
    }


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
        sha256 = _sha256(document.content)
        key = key_of(document.uri, sha256)
        assert key not in rows
        identity = _sha256(f"{document.uri}\n{sha256}".encode())[:32]
        outcome = document.outcome
        if isinstance(outcome, Failure):
            rows[key] = LetterRow(
                identity,
                sha256,
                outcome.stage,
                outcome.code,
                document.content,
                document.attempt,
                document.source,
                document.unread,
            )
        elif winner := winners.get(sha256):
            rows[key] = DuplicateRow(sha256, winner)
        else:
            winners[sha256] = identity
            rows[key] = ArticleRow(
                identity, sha256, outcome.title, outcome.paragraphs, outcome.language
            )
    return rows


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
            yield replace(_page(record_uri, page, page.text().encode()), line=line)
        else:
            yield Document(record_uri, Failure("unpack", "bad_json"), line)
    if not lines:
        yield Document(uri, Failure("unpack", "empty"), b"")


def _waits(uri: str, letter: LetterRow) -> bool:
    """Tell whether only a container can give the document of a letter, or letters are its own.

    One that a replay has read before stays as it is.
    """
    if letter.code == OUTSIDE.code:
        return False
    return letter.attempt == 1 if uri.endswith(CONTAINERS) else letter.stage == "unpack"


def _read_again(
    container: str,
    letters: Iterable[tuple[str, LetterRow]],
    origin: Rows,
    file: File | Failure,
    cap: int,
) -> Iterator[Document]:
    """Yield what a container gives for the letters that wait for it."""
    waiting = {key_of(uri, letter.sha256): letter for uri, letter in letters}
    own = next((letter for uri, letter in letters if uri == container), None)
    ended = None
    for document in _documents(container, file, cap):
        if document.uri == container:
            ended = document
            continue
        parts = (document.content, document.line, b"")
        keys = [key_of(document.uri, _sha256(part)) for part in parts]
        wanted = next((waiting.pop(key) for key in keys if key in waiting), None)
        if wanted:
            yield replace(document, attempt=wanted.attempt + 1)
        elif own and not any(key in origin for key in keys):
            yield document
    failure = IN_CONTAINER if ended else SOURCE_CHANGED
    for key, letter in waiting.items():
        if letter is not own:
            uri = key.partition(" ")[0]
            yield _kept(uri, letter, failure, letter.content)
    if own and ended and isinstance(ended.outcome, Failure):
        yield _kept(container, own, ended.outcome, own.content or ended.content)


def _kept(uri: str, letter: LetterRow, failure: Failure, content: bytes) -> Document:
    """Return what a letter becomes whose document was not read."""
    return Document(uri, failure, content, letter.source, letter.attempt + 1, failure.code)


def _replayed(uri: str, letter: LetterRow, file: File | Failure, cap: int) -> Document:
    """Return the document of a dead letter: from its bytes, or from the file as it is now."""
    if letter.code == OUTSIDE.code:
        document = Document(uri, OUTSIDE, b"")
    elif uri.endswith(CONTAINERS):
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
    failed = document.outcome if isinstance(document.outcome, Failure) else None
    unread = failed.code if failed and failed.stage not in ("decode", "extract") else ""
    return replace(document, attempt=letter.attempt + 1, unread=unread)
