"""What a watch says: a live line on a terminal, lines that stay in a log."""

import re
from collections import Counter

import pytest

from pipelines.watch_status import ERASE_LINE, LINE_SECONDS, WatchStatus
from transforms.manifest import Manifest, Window
from transforms.reports import Tally


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a clock of one number, which stands still unless a test sets it."""
    now = [1000.0]
    monkeypatch.setattr("pipelines.watch_status.time.monotonic", lambda: now[0])
    monkeypatch.setenv("COLUMNS", "86")
    return now


def window(
    number: int, unchanged: int = 0, articles: int = 0, duplicates: int = 0, failed: int = 0
) -> Manifest:
    """Return the manifest of a window."""
    count = articles + duplicates + failed
    letters = Counter({"empty": failed})
    tally = Tally(count, articles=articles, duplicates=duplicates, dead_letters=letters)
    return Manifest("1", {}, "00", tally, (), window=Window(number, 9, unchanged))


def lines(text: str) -> list[str]:
    """Return what stood in the live line, one after the other."""
    return re.split(re.escape(ERASE_LINE), text)[1:]


def test_a_terminal_shows_what_waits_and_how_late_it_is(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    status = WatchStatus(quiet=False, json=False, is_live=True)
    status.idle()
    status.waiting, status.oldest = 1234, 990.0
    status.at_work(7, 10, 500, is_last=False)
    status.committed(window(7, articles=500), 2.0, 12.0)
    status.waiting, status.oldest = 734, 998.0
    clock[0] += 3
    status.idle()
    status.at_work(8, 10, 734, is_last=True)
    assert lines(capsys.readouterr().err) == [
        "0 files waiting, lag 0 s | no commit yet",
        "1,234 files waiting, lag 10 s | no commit yet | window 7: 10 of 500 files",
        "734 files waiting, lag 5 s | 250 documents/s | last commit: window 7, 3 s ago",
        "734 files waiting, lag 5 s | 250 documents/s | last commit: window 7, 3 s ago | windo",
    ]


@pytest.mark.parametrize(
    ("manifest", "told", "rate"),
    [
        (window(3, articles=2), "2 documents = 2 articles", 4),
        (window(3, duplicates=2), "2 documents = 0 articles + 2 duplicates", 4),
        (
            window(3, 4, articles=1, failed=2),
            "3 documents = 1 articles + 2 dead letters; 4 unchanged",
            14,
        ),
        (window(3, 1), "nothing new; 1 unchanged", 2),
    ],
)
def test_a_log_tells_of_each_window(
    manifest: Manifest, told: str, rate: int, clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    status = WatchStatus(quiet=False, json=False, is_live=False, waiting=5)
    status.committed(manifest, 0.5, 1.5)
    assert capsys.readouterr().err == (
        f"suzgi: window 3: {told}; 0.5 s, {rate} documents/s; 5 files waiting; lag 1.5 s\n"
    )


def test_a_log_tells_now_and_then_of_a_long_window(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    status = WatchStatus(quiet=False, json=False, is_live=False)
    status.begin(0, 0)
    for _ in range(100):
        clock[0] += LINE_SECONDS / 50
        status.at_work(1, 10, 500, is_last=False)
        status.idle()  # nothing waits: nothing is said
    _, *told = capsys.readouterr().err.splitlines()
    line = "suzgi: 0 files waiting, lag 0 s | no commit yet | window 1: 10 of 500 files"
    assert told == [line] * 2
