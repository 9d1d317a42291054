"""Read files of rows as streams, checked against the hash that their manifest tells.

A file of dead letters may hold a million, and a step needs a few of them: it is read once block by
block, and from then on only those blocks are that hold one that is needed.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO

import fastavro

from schemas.avro import SchemaName, read_rows, schema_text
from schemas.rows import DeadLetter
from transforms.documents import open_stored
from transforms.listing import InputError, is_remote, path_to_uri
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES
from transforms.stores import StoreUnavailableError
from transforms.text.document import DocumentError

SCHEMAS: dict[str, SchemaName] = {
    ARTICLES: "article",
    OTHER_LANGUAGES: "article",
    DUPLICATES: "duplicate",
    DEAD_LETTERS: "dead_letter",
}
"""The rows in files of each kind."""

DIGEST_BYTES = 16

Record = dict[str, Any]


@dataclass(slots=True)
class _HashedStream:
    """A stream that hashes what is read: all of it, and the part since somebody changed that.

    Damage may let a library ask for terabytes: no more than one byte over the limit is read.
    """

    stream: BinaryIO
    limit: int
    size: int = 0
    whole: Any = field(default_factory=hashlib.sha256)
    part: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=DIGEST_BYTES))

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        content = self.stream.read(max(0, min(size, self.limit + 1 - self.size)))
        self.size += len(content)
        self.whole.update(content)
        self.part.update(content)
        return content

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self.size


@dataclass(frozen=True, slots=True)
class RowBlock:
    """A block of a file of rows: where it lies, and a hash of the file's header and of it."""

    path: str
    header: int  # bytes
    offset: int
    size: int
    digest: str

    def dead_letters(self) -> Iterator[DeadLetter]:
        """Yield the rows of a block of dead letters; raise InputError where it has changed."""
        with _open(self.path) as stream:
            header = stream.read(self.header)
            stream.seek(self.offset)
            content = header + stream.read(self.size)
        if hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest() != self.digest:
            raise _changed(self.path)
        yield from read_rows(BytesIO(content), DeadLetter)


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file of rows, with the size and the hash that its manifest tells."""

    path: str
    bytes: int
    sha256: str

    def records(self, name: SchemaName, fields: Sequence[str]) -> Iterator[Record]:
        """Yield some fields of each row; raise InputError unless the file is as it should be."""
        for _, records in self.blocks(name, fields):
            yield from records

    def blocks(
        self, name: SchemaName, fields: Sequence[str]
    ) -> Iterator[tuple[RowBlock, list[Record]]]:
        """Yield each block, and some fields of its rows.

        Raises InputError where the file is not there or, at the latest after the last block,
        where it is not as its manifest says.
        """
        with _open(self.path) as stream:
            hashed = _HashedStream(stream, self.bytes)
            try:
                yield from self._blocks(hashed, _projection(name, fields))
                while hashed.read(2**20):
                    pass
            except StoreUnavailableError as error:
                raise InputError(str(error)) from error
            except OSError as error:
                raise InputError(f"cannot read {self.path}: {error.strerror or error}") from error
            except Exception as error:  # Avro libraries raise whatever the bytes lead to
                raise _changed(self.path) from error
        if (hashed.size, hashed.whole.hexdigest()) != (self.bytes, self.sha256):
            raise _changed(self.path)

    def _blocks(
        self, hashed: _HashedStream, projection: Record
    ) -> Iterator[tuple[RowBlock, list[Record]]]:
        """Yield each block as it is read."""
        reader: Any = fastavro.block_reader(hashed, projection)  # type: ignore[arg-type]  # reads
        header, begun = hashed.size, hashed.part.copy()
        for block in reader:
            place = RowBlock(self.path, header, block.offset, block.size, hashed.part.hexdigest())
            yield place, list(block)
            hashed.part = begun.copy()


def _open(path: str) -> BinaryIO:
    """Return a stream over a file of rows; raise InputError where it cannot be opened."""
    try:
        return open_stored(path if is_remote(path) else path_to_uri(path))
    except StoreUnavailableError as error:
        raise InputError(str(error)) from error
    except DocumentError as error:
        raise InputError(f"cannot read {path}: {error.message}") from error


def _projection(name: SchemaName, fields: Sequence[str]) -> Record:
    """Return the schema of rows of which only some fields are read."""
    schema: Record = json.loads(schema_text(name))
    schema["fields"] = [each for each in schema["fields"] if each["name"] in fields]
    return schema


def _changed(path: str) -> InputError:
    """Return the error of a file that has changed since its run."""
    return InputError(f"{path} is not as its manifest says: it was changed or damaged")
