"""Other readers see in the files of a run what fastavro sees, value by value.

DuckDB is not among them: it reads Avro through an extension that it downloads, and no test may
depend on that.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import avro.datafile
import avro.io
import fastavro
import polars
import pytest

from pipelines.main import main
from schemas.avro import read_rows, to_record
from schemas.rows import Article, DeadLetter, Duplicate

PAGES = Path(__file__).parents[2] / "examples/pages"
KINDS: dict[str, type[Article] | type[DeadLetter] | type[Duplicate]] = {
    "articles": Article,
    "other_languages": Article,
    "dead_letters": DeadLetter,
    "duplicates": Duplicate,
}
Records = list[dict[str, Any]]


def read_with_avro(path: Path) -> Records:
    """Return the records as the official library reads them."""
    reader = avro.io.DatumReader()
    with path.open("rb") as stream, avro.datafile.DataFileReader(stream, reader) as opened:
        records: Any = opened
        return list(records)


def read_with_polars(path: Path) -> Records:
    """Return the records as polars reads them."""
    return polars.read_avro(path).to_dicts()


def read_with_fastavro(path: Path) -> Records:
    """Return the records as fastavro reads them, by the schema of the file alone."""
    with path.open("rb") as stream:
        records: Any = list(fastavro.reader(stream))
        return list(records)


READERS: dict[str, tuple[Callable[[Path], Records], tuple[str, ...]]] = {
    "fastavro": (read_with_fastavro, ("deflate", "null", "snappy", "zstandard")),
    "avro": (read_with_avro, ("deflate", "null", "zstandard")),  # snappy needs python-snappy
    "polars": (read_with_polars, ("deflate", "null", "snappy")),  # it knows no zstandard
}
"""Readers and the codecs that they take."""

PAIRS = [(reader, codec) for reader, (_, codecs) in READERS.items() for codec in codecs]


def ingest(codec: str, output: Path) -> Path:
    """Return the output of a run over the example pages that has files of every kind."""
    options = ("--timezone", "Asia/Almaty", "--languages", "kk,en", "--codec", codec, "--quiet")
    assert main(["ingest", "--input", str(PAGES), "--output", str(output), *options]) == 0
    return output


@pytest.mark.parametrize(("reader", "codec"), PAIRS)
def test_readers_agree_on_every_value(reader: str, codec: str, tmp_path: Path) -> None:
    read = READERS[reader][0]
    output = ingest(codec, tmp_path / "out")
    for kind, row_type in KINDS.items():
        paths = sorted((output / kind).glob("*.avro"))
        assert paths, kind
        for path in paths:
            with path.open("rb") as stream:
                expected = [to_record(row) for row in read_rows(stream, row_type)]
            assert expected
            assert read(path) == expected
