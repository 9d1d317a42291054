"""Seven readers see in our files what was written, value by value and type by type.

`make readers` installs them all, beside what Suzgi needs, and runs this.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import fastavro
import pytest
from any_rows import any_row
from avro_readers import READERS, Reader, is_installed
from edge_rows import BARE_ARTICLE, BARE_DUPLICATE, edge_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from output_rows import rows

from pipelines.main import main
from schemas.avro import (
    CODECS,
    ROW_TYPES,
    Codec,
    ContainerWriter,
    Row,
    SchemaName,
    known_schemas,
    schema_name,
    to_record,
)
from schemas.rows import Article, DeadLetter, Duplicate, Paragraph

PAGES = Path(__file__).parents[2] / "examples/pages"
KINDS: dict[str, type[Article] | type[DeadLetter] | type[Duplicate]] = {
    "articles": Article,
    "other_languages": Article,
    "dead_letters": DeadLetter,
    "duplicates": Duplicate,
}
OPTIONS = ("--timezone", "Asia/Almaty", "--languages", "kk,en", "--quiet")
BY_CODEC = [pytest.param(codec, marks=pytest.mark.xdist_group(codec)) for codec in CODECS]
"""One worker has all tests of a codec: it runs the pipeline once."""


@pytest.fixture(scope="module", params=READERS)
def reader(request: pytest.FixtureRequest) -> Reader:
    """Return each reader; on a developer's machine those that are installed, in CI all."""
    name = str(request.param)
    if os.environ.get("CI") != "true" and not is_installed(name):
        pytest.skip(f"{name} is not installed here: `make readers` installs it, avsc with npm")
    return READERS[name]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Codec], Path]:
    """Return what gives the output, with files of every kind, of a run with a codec."""

    @cache
    def output_of(codec: Codec) -> Path:
        output = tmp_path_factory.mktemp(codec) / "out"
        where = ("--input", str(PAGES), "--output", str(output))
        assert main(["ingest", *where, *OPTIONS, "--codec", codec]) == 0
        return output

    return output_of


@pytest.fixture(scope="session")
def new_path(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return what gives paths of files that are not there: readers remember files by their path."""
    folder, numbers = tmp_path_factory.mktemp("files"), iter(range(1_000_000))
    return lambda: folder / f"{next(numbers)}.avro"


def write(path: Path, name: SchemaName, written: Iterable[Row]) -> None:
    """Write rows as a run does."""
    writer = ContainerWriter(name)
    for row in written:
        writer.write(row)
    path.write_bytes(writer.finish())


def exact(value: Any) -> Any:
    """Return a value that is equal to another only where the types are, too."""
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return (type(value), value.hex() if isinstance(value, float) else value)


def exact_records(written: Iterable[Row]) -> Any:
    """Return what a reader must see of rows."""
    return exact([to_record(row) for row in written])


@pytest.mark.parametrize("codec", BY_CODEC)
def test_the_files_of_a_run(reader: Reader, codec: Codec, run: Callable[[Codec], Path]) -> None:
    if codec in reader.refuses:
        path = next((run(codec) / "articles").iterdir())
        with pytest.raises(Exception, match=reader.refuses[codec]):
            reader.read(path, "article")
        return
    for kind, row_type in KINDS.items():
        paths = sorted((run(codec) / kind).iterdir())
        seen = [row for path in paths for row in reader.read(path, schema_name(row_type))]
        assert seen
        assert exact(seen) == exact_records(rows(run(codec), row_type, kind))


@pytest.mark.parametrize("name", ROW_TYPES)
def test_rows_at_the_edges(reader: Reader, name: SchemaName, new_path: Callable[[], Path]) -> None:
    written, path = edge_rows(name, reader.longs), new_path()
    write(path, name, written)
    assert exact(reader.read(path, name)) == exact_records(written)


@pytest.mark.parametrize("name", ROW_TYPES)
def test_any_rows(reader: Reader, name: SchemaName, new_path: Callable[[], Path]) -> None:
    @settings(max_examples=20)
    @given(st.lists(any_row(ROW_TYPES[name], reader.longs), min_size=1, max_size=10))
    def check(written: list[Row]) -> None:
        path = new_path()
        write(path, name, written)
        assert exact(reader.read(path, name)) == exact_records(written)

    check()


def test_files_of_several_blocks(reader: Reader, new_path: Callable[[], Path]) -> None:
    page = replace(BARE_ARTICLE, paragraphs=(Paragraph(0, "қ" * 70_000, "kk"),))
    written = [replace(page, source_uri=f"file:///{number}") for number in range(4)]
    path = new_path()
    write(path, "article", written)
    with path.open("rb") as stream:
        assert len(list(fastavro.block_reader(stream))) > 1
    assert exact(reader.read(path, "article")) == exact_records(written)


@pytest.mark.parametrize("name", ROW_TYPES)
def test_a_file_without_rows(
    reader: Reader, name: SchemaName, new_path: Callable[[], Path]
) -> None:
    """A run writes none: polars cannot read it."""
    path = new_path()
    write(path, name, [])
    if reader is READERS["polars"]:
        with pytest.raises(Exception, match="OutOfSpec"):
            reader.read(path, name)
    else:
        assert reader.read(path, name) == []


@pytest.mark.parametrize("name", ROW_TYPES)
def test_files_of_several_releases(reader: Reader, name: SchemaName, tmp_path: Path) -> None:
    """Fields that a release did not have are null in its rows."""
    expected = []
    for release, written_schema in enumerate(known_schemas(name)):
        records = [to_record(row) for row in edge_rows(name, reader.longs)]
        records = [
            {**record, "source_uri": f"{release}{record['source_uri']}"} for record in records
        ]
        with (tmp_path / f"{release}.avro").open("wb") as stream:
            fastavro.writer(stream, written_schema, records, "deflate")
        had = {field["name"] for field in written_schema["fields"]}
        expected += [
            {field: value if field in had else None for field, value in record.items()}
            for record in records
        ]
    seen = sorted(reader.read(tmp_path, name), key=lambda record: str(record["source_uri"]))
    assert exact(seen) == exact(sorted(expected, key=lambda record: str(record["source_uri"])))


@pytest.mark.parametrize("reader", ["avsc"], indirect=True)
@pytest.mark.parametrize(
    ("count", "seen"), [((1 << 53) - 1, None), (-(1 << 53), None), (2 - (1 << 53), (1 << 53) - 2)]
)
def test_longs_that_javascript_lacks(
    reader: Reader, count: int, seen: int | None, new_path: Callable[[], Path]
) -> None:
    """They are refused, but a negative one may come out positive. No count of ours is one."""
    path = new_path()
    write(path, "duplicate", [replace(BARE_DUPLICATE, content_bytes=count)])
    if seen is None:
        with pytest.raises(ValueError, match="potential precision loss"):
            reader.read(path, "duplicate")
    else:
        assert reader.read(path, "duplicate")[0]["content_bytes"] == seen
