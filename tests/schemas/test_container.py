"""Container files are the same in every run and readable by others."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import avro.datafile
import avro.io
import fastavro
import pytest

from schemas.avro import (
    BLOCK_BYTES,
    CODECS,
    MAX_ROW_BYTES,
    Codec,
    ContainerWriter,
    RowTooLarge,
    SchemaName,
    encode_row,
    read_rows,
    schema_text,
    sync_marker,
    to_record,
)
from schemas.rows import Article, DeadLetter, Duplicate, Paragraph


def numbered(article: Article, count: int) -> Iterator[Article]:
    """Yield copies of an article with ids of their own."""
    return (replace(article, id=f"{number:08x}") for number in range(count))


def written(article: Article, count: int, codec: Codec, seed: str = "articles-0") -> bytes:
    """Return a file of numbered articles."""
    writer = ContainerWriter("article", codec, seed)
    for row in numbered(article, count):
        writer.write(row)
    assert writer.count == count
    return writer.finish()


@pytest.mark.parametrize("codec", CODECS)
def test_rows_come_back_in_order(article: Article, codec: Codec) -> None:
    content = written(article, 1000, codec)
    assert list(read_rows(BytesIO(content), Article)) == list(numbered(article, 1000))


@pytest.mark.parametrize("codec", CODECS)
def test_second_file_has_the_same_bytes(article: Article, codec: Codec) -> None:
    assert written(article, 1000, codec) == written(article, 1000, codec)


@pytest.mark.parametrize("hash_seed", ["1", "2", "3"])
def test_other_process_writes_the_same_bytes(hash_seed: str) -> None:
    """No set's order and no address gets into the file."""
    code = "from schemas.avro import ContainerWriter as W; print(W('article').finish().hex())"
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == ContainerWriter("article").finish().hex()


def test_files_differ_by_their_seed(article: Article) -> None:
    assert written(article, 1, "null", "a") != written(article, 1, "null", "b")
    assert sync_marker("article", "a") != sync_marker("duplicate", "a")
    assert len(sync_marker("article", "")) == 16


@pytest.mark.parametrize("codec", CODECS)
def test_empty_file_has_its_schema(codec: Codec) -> None:
    content = ContainerWriter("duplicate", codec).finish()
    reader = fastavro.reader(BytesIO(content))
    assert list(reader) == []
    assert reader.metadata["suzgi.schema"] == "duplicate"
    assert reader.metadata["avro.codec"] == codec
    assert json.loads(reader.metadata["avro.schema"]) == json.loads(schema_text("duplicate"))


def test_blocks_are_full(article: Article) -> None:
    rows = 3 * BLOCK_BYTES // len(encode_row(article))
    blocks = list(fastavro.block_reader(BytesIO(written(article, rows, "null"))))
    assert sum(block.num_records for block in blocks) == rows
    # A varint of the block's size and its row count, and the marker, come on top.
    assert all(BLOCK_BYTES <= block.size <= BLOCK_BYTES + 1000 for block in blocks[:-1])
    assert len(blocks) == 3


@pytest.mark.parametrize("codec", ["null", "deflate", "zstandard"])
def test_official_library_reads_it(article: Article, codec: Codec) -> None:
    if codec == "zstandard":
        pytest.importorskip("zstandard")
    with avro.datafile.DataFileReader(
        BytesIO(written(article, 20, codec)), avro.io.DatumReader()
    ) as reader:
        assert list(reader) == [to_record(row) for row in numbered(article, 20)]


@pytest.mark.parametrize("name", ["dead_letter", "duplicate"])
def test_official_library_reads_the_other_rows(
    name: SchemaName, request: pytest.FixtureRequest
) -> None:
    row: DeadLetter | Duplicate = request.getfixturevalue(name)
    writer = ContainerWriter(name)
    writer.write(row)
    with avro.datafile.DataFileReader(BytesIO(writer.finish()), avro.io.DatumReader()) as reader:
        assert list(reader) == [to_record(row)]


def test_refused_row_leaves_no_trace(article: Article) -> None:
    """With fastavro alone the first half of such a row stays in the block."""
    version: Any = None
    half_right = replace(article, extractor_version=version)
    too_large = replace(article, paragraphs=(Paragraph(0, "a" * MAX_ROW_BYTES, None),))
    writer = ContainerWriter("article", seed="articles-0")
    for row in numbered(article, 5):
        with pytest.raises(AttributeError):
            writer.write(half_right)
        with pytest.raises(RowTooLarge):
            writer.write(too_large)
        writer.write(row)
    assert writer.finish() == written(article, 5, "deflate")


def test_row_of_another_schema_is_refused(duplicate: Duplicate) -> None:
    with pytest.raises(TypeError, match="a Duplicate does not belong into a file of article rows"):
        ContainerWriter("article").write(duplicate)


def test_encoded_rows_make_the_same_file(article: Article) -> None:
    writer = ContainerWriter("article", seed="articles-0")
    for row in numbered(article, 5):
        writer.write_encoded(encode_row(row))
    assert writer.finish() == written(article, 5, "deflate")


def test_finished_file_is_closed(article: Article) -> None:
    writer = ContainerWriter("article")
    writer.finish()
    with pytest.raises(ValueError, match="closed file"):
        writer.write(article)
    with pytest.raises(ValueError, match="closed file"):
        writer.finish()


def test_unknown_codec_is_named() -> None:
    codec: Any = "bzip2"
    with pytest.raises(ValueError, match="'bzip2' is not one of deflate, null, snappy, zstandard"):
        ContainerWriter("article", codec)


def test_file_of_an_older_schema_is_read(article: Article) -> None:
    """A field that is added later is null in what was written before."""
    older = json.loads(schema_text("article"))
    older["fields"] = [field for field in older["fields"] if field["name"] != "source"]
    content = BytesIO()
    fastavro.writer(content, older, [to_record(replace(article, source="Әкімдік"))])
    content.seek(0)
    assert list(read_rows(content, Article)) == [article]
