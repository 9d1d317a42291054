"""The cut into shards: complete, in order, bounded, and the same every time."""

from hypothesis import given
from hypothesis import strategies as st

from transforms.document_list import ListedDocument
from transforms.shards import Shard, plan_shards

DOCUMENTS = st.lists(
    st.builds(ListedDocument, uri=st.text(max_size=20), size=st.integers(0, 50)), max_size=60
)


@given(DOCUMENTS, st.integers(1, 100), st.integers(1, 10))
def test_shards_hold_all_documents_in_order_within_bounds(
    documents: list[ListedDocument], shard_bytes: int, max_documents: int
) -> None:
    shards = list(plan_shards(documents, shard_bytes, max_documents))
    assert [uri for shard in shards for uri in shard.uris()] == [each.uri for each in documents]
    assert [shard.number for shard in shards] == list(range(len(shards)))
    assert shards == list(plan_shards(documents, shard_bytes, max_documents))
    rest = iter(documents)
    for shard in shards:
        sizes = [next(rest).size for _ in range(shard.document_count)]
        assert 0 < len(sizes) <= max_documents
        assert sum(sizes) <= shard_bytes or len(sizes) == 1


def test_a_shard_takes_as_much_as_fits() -> None:
    documents = [
        ListedDocument(name, size) for name, size in zip("abcd", (4, 6, 1, 10), strict=True)
    ]
    assert [shard.uris() for shard in plan_shards(documents, 10)] == [["a", "b"], ["c"], ["d"]]


def test_waiting_uris_take_a_few_bytes_each() -> None:
    uris = [f"file:///a/long/path/to/the/pages/of/a/site/page-{i:07d}.txt" for i in range(4096)]
    shard = Shard.pack(0, uris)
    assert shard.uris() == uris
    assert len(shard.packed_uris) < 8 * len(uris)
