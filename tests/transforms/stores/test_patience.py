"""How often a store is asked, and what the environment may say of that."""

import time

import pytest

from transforms.progress import PROGRESS, RunCancelledError
from transforms.stores.patience import ATTEMPTS, TIMEOUT, WAIT, Patience
from transforms.stores.store import StoreUnavailableError, TransientError


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits that are asked for; none is made."""
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)
    return asked


def fail() -> None:
    raise TransientError("503")


def test_waits_double_up_to_a_limit_and_spread(waits: list[float]) -> None:
    with pytest.raises(StoreUnavailableError, match=r"^cannot read a: 503 \(8 attempts\)$"):
        Patience().call("read a", fail)
    longest = [1, 2, 4, 8, 16, 30, 30]
    assert len(waits) == len(longest)
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=True))


def test_first_success_counts(waits: list[float]) -> None:
    answers = iter([TransientError("1"), TransientError("2"), None])

    def ask() -> str:
        if error := next(answers):
            raise error
        return "answer"

    assert Patience().call("read a", ask) == "answer"
    assert len(waits) == 2


def test_other_errors_are_not_asked_again(waits: list[float]) -> None:
    def refuse() -> None:
        raise PermissionError("403")

    with pytest.raises(PermissionError):
        Patience().call("read a", refuse)
    assert waits == []


def test_cancelled_run_waits_for_nothing_more(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PROGRESS, "cancelled", True)
    with pytest.raises(RunCancelledError):
        Patience().call("read a", fail)
    assert len(waits) == 1


def test_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (ATTEMPTS, WAIT, TIMEOUT):
        monkeypatch.delenv(name, raising=False)
    assert Patience.from_environment() == Patience(8, 1.0, 60.0)
    monkeypatch.setenv(ATTEMPTS, "3")
    monkeypatch.setenv(WAIT, "0.25")
    monkeypatch.setenv(TIMEOUT, "5")
    assert Patience.from_environment() == Patience(3, 0.25, 5.0)


@pytest.mark.parametrize(
    ("name", "text"), [(ATTEMPTS, "0"), (ATTEMPTS, "many"), (WAIT, "-1"), (TIMEOUT, "inf")]
)
def test_nonsense_in_the_environment_is_told(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(StoreUnavailableError, match=f"{name}='{text}' is not a number from"):
        Patience.from_environment()
