"""Answers come in order, many at once, and never too many."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.read_ahead import THREADS, WINDOW, ask_ahead


@given(st.lists(st.integers()))
def test_answers_come_in_order(items: list[int]) -> None:
    assert [answer.result() for answer in ask_ahead(items, str)] == [str(item) for item in items]


def test_many_are_asked_at_once() -> None:
    """All threads are at work at the same moment, or the barrier breaks."""
    barrier = threading.Barrier(THREADS, timeout=60)
    answers = ask_ahead(range(THREADS), lambda _: barrier.wait())
    assert sorted(answer.result() for answer in answers) == list(range(THREADS))


def test_no_more_are_asked_than_are_held() -> None:
    taken = 0

    def items() -> Iterator[int]:
        for number in range(10 * WINDOW):
            assert number <= taken + WINDOW
            yield number

    for answer in ask_ahead(items(), str):
        assert answer.result() == str(taken)
        taken += 1
    assert taken == 10 * WINDOW


def test_error_is_that_of_its_item() -> None:
    first, second, third = ask_ahead([1, 0, 2], lambda number: 2 // number)
    assert (first.result(), third.result()) == (2, 1)
    with pytest.raises(ZeroDivisionError):
        second.result()


def test_threads_end_when_nobody_takes_the_answers() -> None:
    before = set(threading.enumerate())
    go_on = threading.Event()
    asked: list[int] = []

    def ask(number: int) -> None:
        asked.append(number)
        go_on.wait(60)

    answers = ask_ahead(range(10 * WINDOW), ask)
    next(answers)
    answers.close()  # type: ignore[attr-defined]  # it is a generator
    go_on.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()
    assert len(asked) <= THREADS
