"""How often and how long a store is asked before a run gives up."""

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from transforms.progress import PROGRESS
from transforms.stores.store import StoreUnavailableError, TransientError

T = TypeVar("T")

ATTEMPTS = "SUZGI_STORE_ATTEMPTS"
WAIT = "SUZGI_STORE_WAIT"
TIMEOUT = "SUZGI_STORE_TIMEOUT"
"""Variables of the environment, as the stores' own clients have theirs: worker processes that
a runner starts on this machine inherit them."""

LONGEST_WAIT = 30.0
"""Seconds; Google's and Amazon's own clients double up to 32 and 20."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is made, how long to wait before the second, how long for an answer."""

    attempts: int = 8  # with these waits: a minute and a half
    first_wait: float = 1.0  # seconds; doubled before each further attempt
    timeout: float = 60.0  # seconds without a byte

    @classmethod
    def from_environment(cls) -> "Patience":
        """Return what the environment asks for; raise StoreUnavailableError for no number."""
        return _parse(os.environ.get(ATTEMPTS), os.environ.get(WAIT), os.environ.get(TIMEOUT))

    def call(self, what: str, ask: Callable[[], T]) -> T:
        """Return what `ask` returns once it raises no TransientError.

        Raises StoreUnavailableError when it has been asked often enough, and what else `ask`
        raises. `what` names the request for the message.
        """
        told = ""
        for wait in self._waits():
            if wait:
                time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 (spreads workers, no secret)
                PROGRESS.stop_if_cancelled()
            try:
                return ask()
            except TransientError as error:
                told = str(error)
        raise StoreUnavailableError(f"cannot {what}: {told} ({self.attempts} attempts)")

    def _waits(self) -> Iterator[float]:
        """Yield the longest wait before each attempt, in seconds."""
        yield 0.0
        for attempt in range(self.attempts - 1):
            yield min(LONGEST_WAIT, self.first_wait * 2**attempt)


@lru_cache(maxsize=16)
def _parse(attempts: str | None, wait: str | None, timeout: str | None) -> Patience:
    """Return the patience that these texts ask for; None: the default."""
    default = Patience()
    return Patience(
        int(_number(ATTEMPTS, attempts, default.attempts, 1)),
        _number(WAIT, wait, default.first_wait, 0.0),
        _number(TIMEOUT, timeout, default.timeout, 0.001),
    )


def _number(name: str, text: str | None, default: float, least: float) -> float:
    """Return the number that a variable holds; raise StoreUnavailableError where it holds none."""
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not least <= number < float("inf"):
        raise StoreUnavailableError(f"{name}={text!r} is not a number from {least:g} up")
    return number
