"""Shards in files: as they were, safe against damage, and the graph that reads them stays small."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from apache_beam.pipeline import Pipeline
from apache_beam.pvalue import PBegin, PCollection
from apache_beam.transforms.core import Create
from apache_beam.transforms.ptransform import PTransform
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest_graph import build_ingest
from transforms import shard_lists
from transforms.commit import CommitSettings
from transforms.document_list import ListedDocument
from transforms.output_files import OutputFiles, list_output
from transforms.parts import OutputError
from transforms.shard_lists import ReadShards, read_shard_list, write_shard_lists
from transforms.shard_settings import ShardSettings
from transforms.shards import Shard, plan_shards

SHARDS = st.lists(
    st.builds(
        Shard,
        number=st.integers(0, 10**6),
        packed_uris=st.binary(max_size=20),
        document_count=st.integers(1, 5000),
        refused=st.lists(st.integers(0, 5000), max_size=3).map(tuple),
        listing_sha256=st.text("0123456789abcdef", max_size=64),
        packed_letters=st.binary(max_size=20),
    ),
    max_size=9,
)


def shards_of(documents: int) -> list[Shard]:
    """Return the shards of a simulated bucket."""
    uris = (f"gs://pages/site-{n % 97}.example/2026/{n * 7919:09d}.txt" for n in range(documents))
    return list(plan_shards(ListedDocument(uri, 5600) for uri in uris))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an output that a run has taken."""
    (tmp_path / "_work").mkdir()
    return tmp_path


@given(SHARDS)
def test_shards_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, shards: list[Shard]
) -> None:
    output = tmp_path_factory.mktemp("output")
    (output / "_work").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shard_lists, "SHARDS_IN_A_FILE", 4)
        names = write_shard_lists(str(output), shards)
        assert write_shard_lists(str(output), shards) == names
    assert len(names) == (len(shards) + 3) // 4
    assert [shard for name in names for shard in read_shard_list(name, str(output))] == shards
    assert list_output(str(output)) == OutputFiles(work=sorted(set(names)))


def test_a_file_that_is_gone_or_damaged_fails_and_is_named(output: Path) -> None:
    (name,) = write_shard_lists(str(output), shards_of(3))
    path = output / name
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"number": 0', b'"number": 1'))
    with pytest.raises(OutputError, match=rf"{path}: damaged"):
        list(read_shard_list(name, str(output)))
    path.write_bytes(whole[:-40])
    with pytest.raises(OutputError, match=rf"{path}: "):
        list(read_shard_list(name, str(output)))
    path.unlink()
    with pytest.raises(OutputError, match=rf"{path}: gone"):
        list(read_shard_list(name, str(output)))


def size_of_graph(output: Path, source: PTransform[PBegin, PCollection[Shard]]) -> int:
    """Return the bytes of the graph of a run."""
    pipeline = Pipeline()
    settings = ShardSettings(str(output), date(2026, 5, 14))
    build_ingest(pipeline, source, settings, CommitSettings(str(output), 1, {}), cleans_up=True)
    return len(pipeline.to_runner_api().SerializeToString())


def test_the_graph_does_not_grow_with_the_input(output: Path) -> None:
    def size_with_files(shards: Sequence[Shard]) -> int:
        return size_of_graph(
            output, ReadShards(str(output), write_shard_lists(str(output), shards))
        )

    few, many = shards_of(1_000), shards_of(200_000)
    assert size_of_graph(output, Create(many)) > 2_000_000
    assert size_with_files(many) < size_with_files(few) + 1_000 < 100_000
