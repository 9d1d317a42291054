"""Run a job in a thread so that the main thread can show progress and hear signals."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from pipelines.exit_codes import CommandError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterruptedRunError(CommandError):
    """A signal asked the run to stop."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(128 + signal_number, f"stopped by {signal.Signals(signal_number).name}")


class Job:
    """A function that runs in a thread of its own.

    Waits for an event and not for the thread: Thread.join of Python 3.11, interrupted by a
    signal's exception, takes the thread for stopped while it runs on.
    """

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function
        self._error: BaseException | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="suzgi-job", daemon=True).start()

    def _run(self) -> None:
        try:
            self._function()
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()

    def ended_within(self, seconds: float) -> bool:
        """Tell whether the job has ended, after waiting for so long at most."""
        return self._ended.wait(seconds)

    def result(self) -> None:
        """Wait for the end and raise what the job raised."""
        self._ended.wait()
        if self._error is not None:
            raise self._error


@contextlib.contextmanager
def signals_interrupt() -> Iterator[None]:
    """Let the signals that end a process raise InterruptedRunError in the main thread instead.

    Once raised, further signals are ignored while the run is taken back. A signal that the
    process was started to ignore, as by nohup, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, _interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)  # None: not set from Python


@contextlib.contextmanager
def first_signal_asks() -> Iterator[threading.Event]:
    """Let the first signal that ends a process set the event instead: what is begun is finished.

    The next one raises InterruptedRunError, as with `signals_interrupt`.
    """
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        for each in heard:
            signal.signal(each, _interrupt)

    with signals_interrupt():
        heard = [number for number in SIGNALS if signal.getsignal(number) is _interrupt]
        for number in heard:
            signal.signal(number, ask)
        yield asked


@contextlib.contextmanager
def signals_wait() -> Iterator[None]:
    """Let the first signal that comes meanwhile be heard only at the end, a second one interrupt.

    Handlers that others set meanwhile are gone at the end: some of Beam's runners set their own.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def wait(number: int, frame: FrameType | None) -> None:
        waiting.append(number)
        if len(waiting) > 1:
            _interrupt(number, frame)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, wait)
    try:
        yield
    finally:
        if len(waiting) < 2:  # otherwise signals are ignored by now
            for number, handler in before.items():
                signal.signal(number, handler or signal.SIG_DFL)
    if waiting and callable(heard := before[signal.Signals(waiting[0])]):
        heard(waiting[0], None)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    """Raise InterruptedRunError and ignore further signals."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise InterruptedRunError(number)
