"""A job in a thread: its end, its error, and a signal while somebody waits for it."""

import os
import signal
import threading

import pytest

from pipelines.background import InterruptedRunError, Job, signals_interrupt, signals_wait


def test_result_raises_what_the_job_raised() -> None:
    def fail() -> None:
        raise KeyError("reason")

    with pytest.raises(KeyError, match="reason"):
        Job(fail).result()
    Job(lambda: None).result()


def test_job_interrupted_by_a_signal_is_still_at_work() -> None:
    may_end = threading.Event()

    def wait() -> None:
        may_end.wait(60)

    job = Job(wait)
    with signals_interrupt():
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(InterruptedRunError, match="stopped by SIGTERM") as caught:
            job.result()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN  # until it is taken back
    assert caught.value.exit_code == 143
    assert not job.ended_within(0)
    may_end.set()
    assert job.ended_within(60)
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_interrupt():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_first_signal_waits_for_what_must_not_be_cut_in_two() -> None:
    heard: list[signal.Signals] = []

    def submit() -> None:
        with signals_wait():
            os.kill(os.getpid(), signal.SIGTERM)
            heard.append(signal.SIGTERM)

    with signals_interrupt(), pytest.raises(InterruptedRunError, match="stopped by SIGTERM"):
        submit()
    assert heard == [signal.SIGTERM]


def test_second_signal_does_not_wait() -> None:
    def submit() -> None:
        with signals_wait():
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
            pytest.fail("the second signal was not heard")

    with signals_interrupt():
        with pytest.raises(InterruptedRunError, match="stopped by SIGINT"):
            submit()
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN  # until it is taken back


def test_handlers_that_others_set_meanwhile_are_gone() -> None:
    with signals_interrupt():
        before = signal.getsignal(signal.SIGINT)
        with signals_wait():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGINT) == before
