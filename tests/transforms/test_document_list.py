"""The list of documents: sorted, each once, and small."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import sorted_runs
from transforms.document_list import UNASKED, DocumentList, ListedDocument

START = 1_764_158_112_123_456_789
URIS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=9)


@given(st.lists(st.tuples(URIS, st.integers(0, 99))), st.integers(1, 9))
def test_documents_come_sorted_and_each_once(
    entries: list[tuple[str, int]], run_entries: int
) -> None:
    sizes = dict(entries)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_runs, "RUN_ENTRIES", run_entries)
        patch.setattr(sorted_runs, "BLOCK_ENTRIES", 2)
        documents = DocumentList()
        for uri, _ in entries:
            documents.add(ListedDocument(uri, sizes[uri]))
    wanted = [ListedDocument(uri, sizes[uri]) for uri in sorted(sizes)]
    assert list(documents) == list(documents) == wanted


def test_document_that_is_named_counts_and_not_where_it_is_refused() -> None:
    documents = DocumentList()
    for is_refused in (True, False, True):
        documents.add(ListedDocument("b", 0 if is_refused else 7, is_refused))
    documents.add(ListedDocument("a", 0, is_refused=True))
    wanted = [ListedDocument("a", 0, is_refused=True), ListedDocument("b", 7)]
    assert list(documents) == wanted


def test_times_of_change_come_back() -> None:
    wanted = [
        ListedDocument("a", 7, changed=1_764_158_112_123_456_789),
        ListedDocument("b", 0, changed=UNASKED),
        ListedDocument("c", 7),
    ]
    documents = DocumentList()
    for document in (*wanted, ListedDocument("b", 7, changed=1)):
        documents.add(document)
    assert list(documents) == wanted


def test_waiting_documents_take_a_few_bytes_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_runs, "RUN_ENTRIES", 4096)
    documents = DocumentList()
    tracemalloc.start()
    for number in range(40_960):
        uri = f"file:///a/long/path/to/the/pages/{number * 7919:09}.txt"
        documents.add(ListedDocument(uri, 5, changed=START + number * 37_412_345))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size < 30 * 40_960
