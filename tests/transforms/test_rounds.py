"""Rounds have names that sort by time, and keys that make them again."""

from datetime import date

from transforms.rounds import WHOLE_RUN, Round

EVENING = Round(1_747_248_000, 60, 3, shards=2, files=9)
"""14 May 2025, 18:40 in UTC."""


def test_name_says_window_and_pane() -> None:
    assert EVENING.name == "20250514T184000Z-0003"
    assert EVENING.span == ("2025-05-14T18:40:00Z", "2025-05-14T18:41:00Z")
    assert EVENING.date == date(2025, 5, 14)
    assert EVENING._replace(pane=12_345).name == "20250514T184000Z-12345"


def test_a_run_has_no_window() -> None:
    assert WHOLE_RUN.name == ""


def test_key_makes_the_round_again() -> None:
    assert Round(*EVENING.key) == EVENING
    assert type(EVENING.key) is tuple
