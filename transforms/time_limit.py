"""Stop a function that takes too long, in whatever thread it runs.

Signals reach only the main thread, and Beam's workers run in others. Here a watching thread
raises an exception in the thread that is late. It arrives between two steps of Python code: what
runs inside one call of compiled code, such as one search of one regular expression in one line,
ends first.
"""

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.05
"""A function that is late is stopped within this time, once it can be stopped at all."""


class TimeLimitExceeded(BaseException):
    """Raised in a thread that is late; no `except Exception` on its way holds it up."""


class _Watch:
    """The threads that have a time limit, and until when."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[int, float] = {}
        self._late: set[int] = set()
        self._watcher: threading.Thread | None = None

    def begin(self, seconds: float) -> None:
        """Give the current thread a time limit."""
        with self._lock:
            self._ends[threading.get_ident()] = time.monotonic() + seconds
            if not self._watcher or not self._watcher.is_alive():  # not yet, or lost in a fork
                self._watcher = threading.Thread(target=self._run, daemon=True)
                self._watcher.start()

    def end(self) -> None:
        """Take the limit of the current thread away, and an exception that has not arrived."""
        thread = threading.get_ident()
        with self._lock:
            self._ends.pop(thread, None)
            if thread in self._late:
                self._late.discard(thread)
                _raise_in(thread, None)

    def _run(self) -> None:
        """Raise in each thread that is late, for as long as the process lives."""
        while True:
            time.sleep(POLL_SECONDS)
            now = time.monotonic()
            with self._lock:
                for thread in [thread for thread, end in self._ends.items() if end < now]:
                    del self._ends[thread]
                    self._late.add(thread)
                    _raise_in(thread, TimeLimitExceeded)


WATCH = _Watch()


def call_within(seconds: float | None, function: Callable[[], T]) -> T:
    """Return what the function returns; raise TimeoutError where it takes too long.

    The function must leave nothing half done behind: it may be stopped anywhere. None: no limit.
    """
    if seconds is None:
        return function()
    try:
        WATCH.begin(seconds)
        try:
            return function()
        finally:
            WATCH.end()
    except TimeLimitExceeded:
        WATCH.end()  # where it came while the limit was being taken away
        raise TimeoutError(f"took longer than {seconds:g} seconds") from None


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Raise an exception in a thread as soon as it runs Python code; None: call one back."""
    cause = ctypes.py_object(error) if error else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), cause)
