"""Ids are taken out as often as they were added."""

import tracemalloc
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from transforms.document_ids import ID_BYTES, DocumentIds

BYTE = st.integers(0, 9).map(lambda number: bytes([number]))
IDS = st.builds(lambda first, last: first + bytes(ID_BYTES - 2) + last, BYTE, BYTE)


@given(st.lists(IDS, max_size=30), st.lists(IDS, max_size=30))
def test_ids_are_taken_as_often_as_they_were_added(added: list[bytes], asked: list[bytes]) -> None:
    ids, counted = DocumentIds(b"".join(added)), Counter(added)
    for identity in [*asked, *added]:
        assert ids.take(identity) == (counted[identity] > 0)
        counted[identity] = max(0, counted[identity] - 1)
    assert ids.left == counted.total() == 0


def test_an_id_takes_seventeen_bytes() -> None:
    packed = b"".join(number.to_bytes(ID_BYTES) for number in range(100_000))
    tracemalloc.start()
    ids = DocumentIds(packed)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(ids) == 100_000
    assert size < 17.1 * len(ids)
