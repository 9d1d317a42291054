"""Check the rows of a run against its manifest, in memory of at most 112 bytes a document."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import fastavro
import numpy as np

from schemas.avro import known_schemas, read_rows
from schemas.rows import Article, DeadLetter, Duplicate
from transforms.container_names import container_of
from transforms.containers.members import RECORD_MARK, SEPARATOR
from transforms.manifest import Manifest
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES, PartFile
from transforms.reports import Row, Tally
from transforms.row_files import SCHEMAS
from transforms.text.page import rebuild_lines
from transforms.verify_duplicates import KEY_BYTES, CopyCheck, Keys, NearCheck, unpack_keys

ROW_TYPES: dict[str, type[Row]] = {
    ARTICLES: Article,
    OTHER_LANGUAGES: Article,
    DUPLICATES: Duplicate,
    DEAD_LETTERS: DeadLetter,
}


@dataclass(slots=True)
class RowCheck:
    """What the rows of a run add up to."""

    sample: int  # the lines of the first article of a file and of each n-th are accounted for
    uris_repeat: bool = False  # records stated their own, or dead letters of several runs came back
    is_window: bool = False  # its duplicates may name articles of other windows
    tally: Tally = field(default_factory=Tally)
    rows: int = 0
    accounted: int = 0  # articles whose lines were
    articles: bytearray = field(default_factory=bytearray)  # packed ids
    copies: CopyCheck = field(default_factory=CopyCheck)
    _contents: bytearray = field(default_factory=bytearray)  # of the articles of a window
    _letters: bytearray = field(default_factory=bytearray)
    _uris: bytearray = field(default_factory=bytearray)
    _near: NearCheck = field(default_factory=NearCheck)

    def check_file(self, part: PartFile, content: bytes) -> Iterator[str]:
        """Yield what is wrong with a file, and add its rows up."""
        if len(content) != part.bytes:
            yield f"{len(content)} bytes; the manifest says {part.bytes}"
        elif hashlib.sha256(content).hexdigest() != part.sha256:
            yield "its SHA-256 is not that of the manifest"
        else:
            try:
                yield from self._check_rows(part, content)
            except Exception as error:  # Avro libraries raise whatever the bytes lead to
                yield f"cannot be read as Avro: {type(error).__name__}: {error}"

    def check_run(self, manifest: Manifest) -> Iterator[str]:
        """Yield what is wrong with the rows of a run as a whole, all files of which were read."""
        counted = self.tally if manifest.counts_bytes else replace(self.tally, content_bytes=0)
        if counted != manifest.tally:
            yield "the rows add up to other counts than the manifest has"
        if count := doubled(self._uris):
            yield f"{count} documents have more than one row"
        if count := doubled(self.articles + self._letters):
            yield f"{count} ids are not unique"
        yield from self.copies.faults(self.articles, is_window=self.is_window)
        yield from self._near.faults(self.articles, manifest)

    def contents(self) -> Keys:
        """Return keys of the contents of the articles of a window, each once."""
        return np.unique(unpack_keys(self._contents))

    def _check_rows(self, part: PartFile, content: bytes) -> Iterator[str]:
        """Yield what is wrong with the schema and the rows of a file."""
        kind = part.name.partition("/")[0]
        if not _has_known_schema(kind, content):
            yield f"its schema is no published one of {SCHEMAS[kind]} rows"
            return
        count = 0
        for row in read_rows(io.BytesIO(content), ROW_TYPES[kind]):
            if isinstance(row, Article) and count % self.sample == 0:
                self.accounted += 1
                if told := lines_fault(row):
                    yield f"row {count}, {row.source_uri}: {told}"
            self._add(row, kind)
            count += 1
        if count != part.rows:
            yield f"{count} rows; the manifest says {part.rows}"

    def _add(self, row: Row, kind: str) -> None:
        """Count a row and keep its keys."""
        self.rows += 1
        self.tally.count(row, kind)
        may_repeat = self.uris_repeat or _is_of_record(row.source_uri)
        if not may_repeat:
            uri = row.source_uri.encode("utf-8", "surrogatepass")
            self._uris += hashlib.blake2b(uri, digest_size=KEY_BYTES).digest()
        self.copies.add(row)
        self._near.add(row)
        if isinstance(row, Article):
            self.articles += bytes.fromhex(row.id)
            if self.is_window:
                self._contents += bytes.fromhex(row.content_sha256)[:KEY_BYTES]
        elif isinstance(row, DeadLetter) and not may_repeat:
            self._letters += bytes.fromhex(row.id)


def lines_fault(article: Article) -> str:
    """Return in words why the page cannot be rebuilt from an article; nothing where it can be."""
    quality = article.quality
    counted = (quality.paragraph_count, quality.metadata_line_count, quality.removed_line_count)
    stating = {part.line for part in article.metadata_lines}
    if counted != (len(article.paragraphs), len(stating), len(article.removed_lines)):
        return "its lines are not as many as its quality counts"
    try:
        lines = rebuild_lines(
            article.paragraphs, article.metadata_lines, article.removed_lines, article.repairs
        )
    except (IndexError, KeyError, ValueError) as error:
        return f"its lines cannot be rebuilt: {type(error).__name__}: {error}"
    if len(lines) != quality.line_count:
        return f"the page had {quality.line_count} lines, {len(lines)} are accounted for"
    if blank := [number for number, text in lines.items() if not text or text.isspace()]:
        return f"line {blank[0]} comes back empty"
    return ""


def _is_of_record(uri: str) -> bool:
    """Tell whether a uri is that of a record of a web archive: several may have the same one."""
    if RECORD_MARK in uri:
        return True
    container, is_member, _ = uri.partition(SEPARATOR)
    found = container_of(container) if is_member else None
    return found is not None and found.kind == "warc"


def _has_known_schema(kind: str, content: bytes) -> bool:
    """Tell whether a file was written with a schema that we have published for its kind."""
    reader = fastavro.reader(io.BytesIO(content))
    return json.loads(reader.metadata["avro.schema"]) in known_schemas(SCHEMAS[kind])


def doubled(packed: bytearray) -> int:
    """Return how many keys stand after an equal one."""
    keys = unpack_keys(packed)
    return int(keys.size - np.unique(keys).size)
