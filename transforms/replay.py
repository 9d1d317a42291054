"""Take the dead letters of finished runs as documents: from their bytes, or from their source.

A shard of a replay names rows of dead-letter files; the step that needs the letters reads them
there, so that no document moves between workers.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from io import BytesIO

from schemas.avro import read_rows
from schemas.rows import DeadLetter
from transforms.container_names import container_of
from transforms.containers.members import SEPARATOR
from transforms.containers.members import STAGE as UNPACK_STAGE
from transforms.document_list import UNASKED, ListedDocument
from transforms.documents import STAGE as READ_STAGE
from transforms.documents import (
    Reading,
    StoredDocument,
    describe_stored,
    read_document,
    read_stored,
    too_large,
    unpack,
)
from transforms.listing import (
    InputError,
    is_remote,
    listed,
    listing_sha256,
    path_to_uri,
    uri_to_path,
)
from transforms.manifest import Manifest, Replay
from transforms.parts import DEAD_LETTERS, join_output
from transforms.shards import Shard, cut_runs
from transforms.text.document import DocumentError

STAGES_BEFORE_UNPACKING = ("read", "decompress")
"""The content of their dead letters is as stored, perhaps compressed."""

Run = tuple[str, Manifest]
"""A finished run: the place of its output, and its manifest."""


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A file of dead letters, with the hash that its manifest tells."""

    path: str
    bytes: int
    sha256: str

    def read(self) -> Iterator[DeadLetter]:
        """Yield the letters; raise InputError unless the file is as its manifest says."""
        try:
            uri = self.path if is_remote(self.path) else path_to_uri(self.path)
            content = read_stored(uri, self.bytes + 1)
        except DocumentError as error:
            raise InputError(f"cannot read {self.path}: {error.message}") from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise InputError(f"{self.path} is not as its manifest says: it was changed or damaged")
        yield from read_rows(BytesIO(content), DeadLetter)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which dead letters to replay; empty: those of every code, of every stage."""

    codes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()

    def takes(self, letter: DeadLetter) -> bool:
        """Tell whether a letter is one of those chosen."""
        return (not self.codes or letter.code in self.codes) and (
            not self.stages or letter.stage in self.stages
        )


@dataclass(frozen=True, slots=True)
class ListedLetter:
    """A dead letter to replay: where it lies, and the size of its document.

    `source` is what its document is read from, as that is now; None: the letter has its bytes.
    """

    uri: str
    id: str
    file: LetterFile
    row: int
    size: int
    source: ListedDocument | None = None


@dataclass(frozen=True, slots=True)
class LettersFound:
    """What to replay, sorted by uri, and how it adds up to the dead letters of the runs."""

    letters: Sequence[ListedLetter]
    replay: Replay


def list_letters(runs: Sequence[Run], choice: Choice) -> LettersFound:
    """Return the chosen dead letters of the runs, each id once: the one tried most often.

    Raises InputError where a file is not as its manifest says, where a code or a stage was
    chosen that no letter has, and where nothing is left.
    """
    chosen: dict[str, tuple[int, ListedLetter]] = {}
    codes, stages = set[str](), set[str]()
    total = taken = 0
    for file, row, letter in _all_letters(runs):
        codes.add(letter.code)
        stages.add(letter.stage)
        total += 1
        if choice.takes(letter):
            taken += 1
            if letter.id not in chosen or chosen[letter.id][0] < letter.attempt:
                chosen[letter.id] = letter.attempt, _listed_letter(letter, file, row)
    _refuse_absent("code", choice.codes, codes)
    _refuse_absent("stage", choice.stages, stages)
    if not chosen:
        raise InputError("no dead letter to replay" + (" is of that choice" if total else ""))
    letters = sorted((each for _, each in chosen.values()), key=lambda each: (each.uri, each.id))
    names = tuple(sorted(manifest.run for _, manifest in runs))
    return LettersFound(letters, Replay(names, total, total - taken, taken - len(letters)))


def plan_replay(letters: Sequence[ListedLetter], shard_bytes: int) -> Iterator[Shard]:
    """Yield the shards of a sorted list of dead letters."""
    for number, run in enumerate(cut_runs(letters, shard_bytes)):
        packed = _pack(run)
        sources = [letter.source for letter in run if letter.source]
        shard = Shard.pack(
            number, [letter.uri for letter in run], listing=_listing_sha256(packed, sources)
        )
        yield replace(shard, packed_letters=packed)


def read_letters(shard: Shard) -> Mapping[int, DeadLetter]:
    """Return the dead letters of a shard's documents by index; none where it is no replay."""
    if not shard.packed_letters:
        return {}
    held = json.loads(zlib.decompress(shard.packed_letters))
    letters: dict[int, DeadLetter] = {}
    for file, indexes in held:
        for row, letter in enumerate(LetterFile(*file).read()):
            if (index := indexes.get(str(row))) is not None:
                letters[index] = letter
    return letters


def read_letter(letter: DeadLetter, max_bytes: int) -> Reading:
    """Return the document of a dead letter, or why it cannot be read: `source_changed`, too."""
    uri = letter.source_uri
    try:
        return Reading(uri, _read_waiting(uri, letter, max_bytes), replayed=letter)
    except DocumentError as error:
        failure = error
    except Exception as error:  # any fault of the code stays with this document
        message = f"{type(error).__name__}: {error}"
        failure = DocumentError(READ_STAGE, "internal_error", message)
    kept = StoredDocument(letter.content, letter.content_sha256, letter.content_bytes)
    stored = None if _is_read_as_it_is(letter) else kept  # what it has stays
    return Reading(uri, failure=failure, stored=stored, replayed=letter)


def _read_waiting(uri: str, letter: DeadLetter, max_bytes: int) -> bytes:
    """Return the bytes of a document: those of its dead letter, or those at its uri.

    Raises DocumentError as `read_document` does, `source_changed`, and `in_container`.
    """
    if letter.code == "outside_root":  # refused for good, whatever lies there
        raise DocumentError(letter.stage, letter.code, letter.message)
    if _waits_in_container(letter):
        message = "a replay does not open containers: ingest that of this document again"
        raise DocumentError(UNPACK_STAGE, "in_container", message)
    if _is_read_as_it_is(letter):
        return read_document(uri, max_bytes)
    if letter.truncated:
        return _read_source(letter, max_bytes)
    is_stored = letter.stage in STAGES_BEFORE_UNPACKING
    if len(letter.content) > max_bytes:
        # Not "read" for unpacked bytes: the next replay would try to unpack them.
        raise too_large(max_bytes) if is_stored else _too_large_to_replay(max_bytes)
    return unpack(uri, letter.content, max_bytes) if is_stored else letter.content


def with_failure(letter: DeadLetter, failure: DocumentError, ingest_date: date) -> DeadLetter:
    """Return a dead letter, its id and its bytes, with the reason for which it failed again."""
    return replace(
        letter,
        stage=failure.stage,
        code=failure.code,
        message=failure.message,
        ingest_date=ingest_date,
    )


def _all_letters(runs: Sequence[Run]) -> Iterator[tuple[LetterFile, int, DeadLetter]]:
    """Yield every dead letter that the manifests list, with its file and row."""
    for place, manifest in runs:
        for part in manifest.files:
            if part.name.startswith(f"{DEAD_LETTERS}/"):
                file = LetterFile(join_output(place, part.name), part.bytes, part.sha256)
                for row, letter in enumerate(file.read()):
                    yield file, row, letter


def _refuse_absent(what: str, wanted: Sequence[str], there: set[str]) -> None:
    """Raise InputError where a code or a stage was chosen that no dead letter has."""
    for name in wanted:
        if name not in there:
            known = f"there are {', '.join(sorted(there))}" if there else "there are none at all"
            raise InputError(f"no dead letter with {what} {name}; {known}")


def _pack(letters: Sequence[ListedLetter]) -> bytes:
    """Return where the letters of a shard lie: per file the index in the shard of each row."""
    files: dict[LetterFile, dict[int, int]] = {}
    for index, letter in enumerate(letters):
        files.setdefault(letter.file, {})[letter.row] = index
    held = [(astuple(file), rows) for file, rows in files.items()]
    return zlib.compress(json.dumps(held).encode("ascii"), 1)


def _listing_sha256(packed_letters: bytes, sources: Sequence[ListedDocument]) -> str:
    """Return a fingerprint of a shard's letters, which never change, and of its sources.

    Nothing where nobody can tell whether a source has changed.
    """
    of_sources = listing_sha256(sources)
    content = packed_letters + of_sources.encode("ascii")
    return hashlib.sha256(content).hexdigest() if of_sources else ""


def _listed_letter(letter: DeadLetter, file: LetterFile, row: int) -> ListedLetter:
    """Return a letter as it is listed."""
    return ListedLetter(
        letter.source_uri, letter.id, file, row, letter.content_bytes, _source_of(letter)
    )


def _source_of(letter: DeadLetter) -> ListedDocument | None:
    """Return what a document is read from; None where its letter has the bytes, or it is not."""
    if not (_is_read_as_it_is(letter) or letter.truncated) or _waits_in_container(letter):
        return None
    path = uri_to_path(letter.source_uri)
    return ListedDocument(letter.source_uri, 0, changed=UNASKED) if path is None else listed(path)


def _is_read_as_it_is(letter: DeadLetter) -> bool:
    """Tell whether a document comes from its source, whatever that holds now."""
    is_refused = letter.code == "outside_root" or _waits_in_container(letter)
    return not is_refused and _was_never_read(letter)


def _waits_in_container(letter: DeadLetter) -> bool:
    """Tell whether only the container of a document can give it, or it is a container itself."""
    uri = letter.source_uri
    if letter.stage == UNPACK_STAGE or container_of(uri):
        return True
    is_member = container_of(uri.partition(SEPARATOR)[0]) is not None
    return is_member and (letter.truncated or _was_never_read(letter))


def _was_never_read(letter: DeadLetter) -> bool:
    """Tell whether the source gave no byte, so that nobody knows what it held."""
    return letter.stage == "read" and not letter.content_bytes


def _read_source(letter: DeadLetter, max_bytes: int) -> bytes:
    """Return the bytes of a document whose dead letter holds only the first of them.

    The letter has the hash of what was stored or of what that unpacks to, depending on how far
    the document came: either will do.
    """
    uri = letter.source_uri
    stored = read_stored(uri, max_bytes + 1)
    if len(stored) > max_bytes:
        if describe_stored(uri, 0).sha256 != letter.content_sha256:
            raise _source_changed(letter)
        raise too_large(max_bytes)
    is_stored = hashlib.sha256(stored).hexdigest() == letter.content_sha256
    try:
        content = unpack(uri, stored, max_bytes)
    except DocumentError as error:
        raise error if is_stored else _source_changed(letter) from error
    if is_stored or hashlib.sha256(content).hexdigest() == letter.content_sha256:
        return content
    raise _source_changed(letter)


def _too_large_to_replay(max_bytes: int) -> DocumentError:
    """Return the error of unpacked bytes over a cap that was lowered since."""
    return DocumentError("process", "too_large", f"more than {max_bytes} bytes")


def _source_changed(letter: DeadLetter) -> DocumentError:
    """Return the error of a source that no longer holds what failed."""
    return DocumentError(
        "read",
        "source_changed",
        f"the source no longer has SHA-256 {letter.content_sha256}: ingest it as it is now",
    )
