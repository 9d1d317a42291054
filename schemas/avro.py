"""Rows to Avro and back, without Beam: schemas, records, single rows and container files."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from json import loads
from typing import IO, Any, Literal, TypeVar, cast, get_args

import fastavro
from fastavro.write import Writer

from schemas.generate import generate_encoder, generate_from_record, generate_to_record
from schemas.rows import Article, DeadLetter, Duplicate

SchemaName = Literal["article", "dead_letter", "duplicate"]
Codec = Literal["deflate", "null", "snappy", "zstandard"]
CODECS: tuple[Codec, ...] = get_args(Codec)

Row = Article | DeadLetter | Duplicate
R = TypeVar("R", bound=Row)

ROW_TYPES: dict[SchemaName, type[Row]] = {
    "article": Article,
    "dead_letter": DeadLetter,
    "duplicate": Duplicate,
}
_SCHEMA_NAMES: dict[type, SchemaName] = {cls: name for name, cls in ROW_TYPES.items()}

MAX_ROW_BYTES = 8 * 1024 * 1024
"""Largest row in Avro binary form; some warehouses refuse larger ones."""

BLOCK_BYTES = 256 * 1024
"""Size of a block before compression; blocks of 16 KB cost 15 to 20 % of the ratio."""

_LEVELS: dict[Codec, int | None] = {
    # Kazakh and Russian articles in 256 KB blocks, ratio and MB/s of one core: level 1 2.8-3.0
    # and 100; level 4 3.3-3.5 and 64; level 6 3.8 and 18, nearly as dear as the extraction.
    "deflate": 4,
    "null": None,
    "snappy": None,
    "zstandard": 3,  # ratio 3.8-3.9 at 220 MB/s; level 6 gains 7 % and takes three times as long
}


class RowTooLarge(ValueError):  # noqa: N818  it names what is wrong, as the codes of dead letters do
    """A row over MAX_ROW_BYTES."""


@cache
def schema_text(name: SchemaName) -> str:
    """Return the published schema as its file has it."""
    return files("schemas").joinpath(f"{name}.avsc").read_text(encoding="utf-8")


@cache
def schema(name: SchemaName) -> dict[str, Any]:
    """Return the published schema as fastavro parses it."""
    return cast("dict[str, Any]", fastavro.parse_schema(loads(schema_text(name))))


@cache
def known_schemas(name: SchemaName) -> tuple[dict[str, Any], ...]:
    """Return the published schema and all released before it, as their files have them."""
    folder = files("schemas").joinpath("released")
    released = [each for each in folder.iterdir() if re.fullmatch(rf"{name}-\d+\.avsc", each.name)]
    texts = [schema_text(name), *(each.read_text(encoding="utf-8") for each in released)]
    return tuple(loads(text) for text in texts)


def schema_name(row_type: type) -> SchemaName:
    """Return the name of a row type's schema; TypeError for any other type."""
    try:
        return _SCHEMA_NAMES[row_type]
    except KeyError:
        msg = f"{row_type.__name__} is not a published row"
        raise TypeError(msg) from None


def to_record(row: Row) -> dict[str, Any]:
    """Return the row as the dict that Avro libraries take."""
    return _to_record(schema_name(type(row)))(row)


def from_record(record: dict[str, Any], row_type: type[R]) -> R:
    """Return the row of a record read with the current schema; its sequences are tuples."""
    row: R = _from_record(schema_name(row_type))(record)
    return row


def encode_row(row: Row) -> bytes:
    """Return the row in Avro binary form, without schema.

    Raises RowTooLarge, and ValueError for a time without zone or text with lone surrogates.
    """
    encoded = _encode(schema_name(type(row)))(row)
    if len(encoded) > MAX_ROW_BYTES:
        msg = f"row of {row.source_uri} has {len(encoded)} bytes; {MAX_ROW_BYTES} are allowed"
        raise RowTooLarge(msg)
    return encoded


def decode_row(encoded: bytes, row_type: type[R]) -> R:
    """Return the row that `encode_row` encoded."""
    parsed = schema(schema_name(row_type))
    record: Any = fastavro.schemaless_reader(BytesIO(encoded), parsed, None)
    return from_record(record, row_type)


def read_rows(stream: IO[bytes], row_type: type[R]) -> Iterator[R]:
    """Yield the rows of a container file, also of one that an older release wrote."""
    record: Any
    for record in fastavro.reader(stream, schema(schema_name(row_type))):
        yield from_record(record, row_type)


@dataclass(slots=True)
class _Block:
    """What `Writer.write_block` reads of a block."""

    num_records: int
    bytes_: BytesIO


class ContainerWriter:
    """A container file in memory. The same rows and seed give the same bytes in every run."""

    def __init__(self, name: SchemaName, codec: Codec = "deflate", seed: str = "") -> None:
        """Begin a file; the seed, such as the file's name, makes its sync marker its own."""
        if codec not in CODECS:
            msg = f"codec {codec!r} is not one of {', '.join(CODECS)}"
            raise ValueError(msg)
        self.name = name
        self.count = 0
        self._file = BytesIO()
        self._writer = Writer(
            self._file,
            # Not schema(name): the order of a parsed schema's keys changes with the hash seed.
            loads(schema_text(name)),
            codec,
            metadata={"suzgi.schema": name},
            sync_marker=sync_marker(name, seed),
            compression_level=_LEVELS[codec],
        )
        self._block = _Block(0, BytesIO())

    @property
    def size(self) -> int:
        """Return the bytes of the blocks that are written so far."""
        return self._file.tell()

    def write(self, row: Row) -> None:
        """Add a row of this file's schema. A row that raises leaves the file as it was."""
        if schema_name(type(row)) != self.name:
            msg = f"a {type(row).__name__} does not belong into a file of {self.name} rows"
            raise TypeError(msg)
        self.write_encoded(encode_row(row))

    def write_encoded(self, encoded: bytes) -> None:
        """Add a row that `encode_row` encoded."""
        # Not Writer.write: when a record fails half way, its first half stays in the block.
        block = self._block
        block.bytes_.write(encoded)
        block.num_records += 1
        self.count += 1
        if block.bytes_.tell() >= BLOCK_BYTES:
            self._flush_block()

    def finish(self) -> bytes:
        """Return the whole file; nothing can be written after it."""
        if self._block.num_records:
            self._flush_block()
        self._writer.flush()
        content = self._file.getvalue()
        self._file.close()
        self._block.bytes_.close()
        return content

    def _flush_block(self) -> None:
        self._writer.write_block(self._block)
        self._block = _Block(0, BytesIO())


def sync_marker(name: SchemaName, seed: str) -> bytes:
    """Return the 16 bytes that end each block of a file with this schema and seed."""
    return sha256(f"{schema_text(name)}\0{seed}".encode()).digest()[:16]


@cache
def _encode(name: SchemaName) -> Callable[[Any], bytes]:
    """Return the encoder of a schema."""
    return generate_encoder(schema(name))


@cache
def _to_record(name: SchemaName) -> Callable[[Any], dict[str, Any]]:
    """Return the row-to-dict function of a schema."""
    return generate_to_record(schema(name))


@cache
def _from_record(name: SchemaName) -> Callable[[dict[str, Any]], Any]:
    """Return the dict-to-row function of a schema."""
    return generate_from_record(schema(name))
