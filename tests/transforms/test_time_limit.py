"""Functions that are late are stopped, in any thread, and nothing is left of it."""

import itertools
import threading
from collections.abc import Callable

import pytest

from transforms.time_limit import TimeLimitExceeded, call_within


def run_for_ever() -> int:
    return sum(0 for _ in itertools.count())


def run_for_ever_and_hold() -> int:
    while True:
        try:
            run_for_ever()
        except Exception:  # noqa: S112 (what the text code might do)
            continue


@pytest.mark.parametrize("function", [run_for_ever, run_for_ever_and_hold])
def test_late_function_is_stopped(function: Callable[[], int]) -> None:
    with pytest.raises(TimeoutError, match=r"took longer than 0.01 seconds"):
        call_within(0.01, function)


@pytest.mark.parametrize("seconds", [None, 3600])
def test_function_in_time_returns_and_raises_as_ever(seconds: float | None) -> None:
    assert call_within(seconds, lambda: 5) == 5
    with pytest.raises(ZeroDivisionError):
        call_within(seconds, lambda: 1 // 0)


def test_each_thread_has_a_limit_of_its_own() -> None:
    found: dict[str, object] = {}

    def stop_late(name: str) -> None:
        try:
            call_within(0.01, run_for_ever)
        except TimeoutError as error:
            found[name] = str(error)

    def go_on() -> None:
        for thread in threads:
            thread.join()
        found["c"] = "went on"

    threads = [threading.Thread(target=stop_late, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    call_within(3600, go_on)
    late = "took longer than 0.01 seconds"
    assert found == {"a": late, "b": late, "c": "went on"}


def test_no_exception_arrives_after_the_end() -> None:
    """Functions that end about when their time does: either outcome, and nothing afterwards."""
    outcomes = set()
    for size in range(0, 400_000, 4000):
        try:
            outcomes.add(call_within(0.001, lambda size=size: sum(range(size)) * 0))  # type: ignore[misc]
        except TimeoutError:
            outcomes.add(1)
        except TimeLimitExceeded:
            pytest.fail("the exception came out of the call")
    for _ in range(100_000):
        pass
    assert outcomes <= {0, 1}
