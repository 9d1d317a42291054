"""Files wait until they rest, each once, and a million of them take no memory."""

import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.document_list import REFUSED, ListedDocument
from transforms.ledger import open_ledger, transaction
from transforms.limits import WindowLimits
from transforms.listing import InputError, listed
from transforms.waiting import Waiting

EVERYTHING = WindowLimits(10**6, 10**9)
SETTLE = 2.0


def start(folder: Path, settle: float = SETTLE) -> Waiting:
    """Return an empty place to wait in."""
    return Waiting(open_ledger(str(folder / "ledger")).connection, settle)


def at(now: float) -> Callable[[], float]:
    """Return a clock that stands still."""
    return lambda: now


def enter(waiting: Waiting, documents: Iterable[ListedDocument]) -> None:
    """Enter files into the ledger as read in the state in which they are."""
    with transaction(waiting.connection) as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO files (uri, state) VALUES (?, ?)",
            [(document.uri, document.state) for document in documents],
        )
    waiting.forget(documents)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Return a page."""
    (tmp_path / "page.txt").write_text("Қала", encoding="utf-8")
    return tmp_path / "page.txt"


def test_a_file_is_taken_once_it_rests(tmp_path: Path, page: Path) -> None:
    waiting = start(tmp_path)
    waiting.see([listed(str(page))], at(10.0))
    assert not waiting.has_rested(11.9)
    assert waiting.take(EVERYTHING, 11.9) == []
    assert waiting.has_rested(12.0)
    assert waiting.take(EVERYTHING, 12.0) == [listed(str(page))]


def test_a_file_that_grows_begins_anew(tmp_path: Path, page: Path) -> None:
    waiting = start(tmp_path)
    for second in range(3):
        page.write_text("Қала " * second, encoding="utf-8")
        waiting.see([listed(str(page))], at(10.0 + second))
    assert not waiting.has_rested(13.9)
    page.write_text("Қала " * 9, encoding="utf-8")  # after the last look
    assert waiting.take(EVERYTHING, 14.0) == []
    assert waiting.count() == 0  # the next look says more
    waiting.see([listed(str(page))], at(15.0))
    assert waiting.take(EVERYTHING, 17.0) == [listed(str(page))]


def test_a_file_that_is_gone_is_not_taken(tmp_path: Path, page: Path) -> None:
    waiting = start(tmp_path)
    waiting.see([listed(str(page))], at(10.0))
    page.unlink()
    assert waiting.take(EVERYTHING, 20.0) == []
    assert waiting.oldest() is None


def test_a_broken_link_is_taken_as_any_file(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to("nowhere")
    waiting = start(tmp_path)
    waiting.see([listed(str(tmp_path / "link.txt"))], at(10.0))
    assert len(waiting.take(EVERYTHING, 20.0)) == 1


def test_a_file_waits_from_the_end_of_the_look(tmp_path: Path, page: Path) -> None:
    """It may have been seen at any moment of a look that takes long."""
    waiting = start(tmp_path)
    times = iter([10.0, 15.0])
    waiting.see([listed(str(page))], lambda: next(times))
    assert waiting.oldest() == 15.0


def test_objects_of_a_store_rest_at_once(tmp_path: Path) -> None:
    waiting = start(tmp_path)
    document = ListedDocument("gs://bucket/page.txt", 7, changed=1)
    waiting.see([document], at(10.0))
    assert waiting.take(EVERYTHING, 10.0) == [document]


def test_a_refused_link_waits_only_where_nothing_else_is_known(tmp_path: Path) -> None:
    waiting = start(tmp_path)
    refused = ListedDocument("gs://b/link.txt", 0, is_refused=True)
    named = ListedDocument("gs://b/link.txt", 7, changed=1)
    waiting.see([refused], at(10.0))
    assert waiting.take(EVERYTHING, 10.0) == [refused]
    waiting.see([refused, named, refused], at(11.0))
    assert waiting.take(EVERYTHING, 11.0) == [named]
    enter(waiting, [named])
    waiting.see([refused, named, refused], at(12.0))
    assert waiting.count() == 0
    assert refused.state == REFUSED


def test_those_that_wait_longest_are_taken_first_and_sorted(tmp_path: Path) -> None:
    waiting = start(tmp_path)
    for name, now in (("d", 1.0), ("c", 2.0), ("a", 3.0), ("b", 3.0)):
        waiting.see([ListedDocument(f"gs://b/{name}", 10, changed=1)], at(now))

    def take(limits: WindowLimits) -> str:
        return "".join(each.uri[-1] for each in waiting.take(limits, 10.0))

    assert take(WindowLimits(3, 10**9)) == "acd"
    assert take(WindowLimits(9, 29)) == "cd"
    assert take(WindowLimits(9, 1)) == "d"


def test_what_was_seen_before_an_error_waits(tmp_path: Path) -> None:
    def found() -> Iterator[ListedDocument]:
        yield ListedDocument("gs://b/a", 1, changed=1)
        raise InputError("cannot list on")

    waiting = start(tmp_path)
    with pytest.raises(InputError):
        waiting.see(found(), at(1.0))
    assert waiting.count() == 1


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("see"), st.integers(0, 3), st.integers(0, 2)),
            st.tuples(st.just("take"), st.integers(1, 3), st.just(0)),
        ),
        max_size=30,
    )
)
def test_every_state_seen_last_is_taken_exactly_once(actions: list[tuple[str, int, int]]) -> None:
    """Against a model of two dicts: what is there, and what was taken last."""
    waiting = Waiting(open_ledger(":memory:").connection, 0.0)
    there: dict[str, ListedDocument] = {}
    done: dict[str, ListedDocument] = {}
    for now, (action, number, state) in enumerate(actions):
        if action == "see":
            document = ListedDocument(f"gs://b/{number}", state, changed=state)
            there[document.uri] = document
            waiting.see(there.values(), at(float(now)))
        else:
            taken = waiting.take(WindowLimits(number, 10**9), float(now))
            assert all(there[each.uri] == each != done.get(each.uri) for each in taken)
            done |= {each.uri: each for each in taken}
            enter(waiting, taken)
    while taken := waiting.take(EVERYTHING, 1000.0):
        done |= {each.uri: each for each in taken}
        enter(waiting, taken)
    assert done == there


def test_a_look_at_known_files_takes_no_memory(tmp_path: Path) -> None:
    """One document of 50,000 is new: no list of them is made."""
    waiting = start(tmp_path)

    def found() -> Iterator[ListedDocument]:
        for number in range(50_000):
            yield ListedDocument(f"file:///pages/of/a/site/{number:08}.txt", 5000, changed=number)

    enter(waiting, list(found())[:-1])
    tracemalloc.start()
    try:
        waiting.see(found(), at(1.0))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert waiting.count() == 1
    assert peak < 100_000
