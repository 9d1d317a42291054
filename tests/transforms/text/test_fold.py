"""Folding merges what damaged, shouted and look-alike spellings have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text.fold import fold, strip_numbers


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ПІКІР ҚАЛДЫРУ", "Пікір қалдыру"),
        ("пайдаланИан жаИдайда", "пайдаланған жағдайда"),
        ("Бөлiсу", "Бөлісу"),  # Latin i
        ("жəне", "және"),  # Latin schwa
        ("Комментарии: 15", "комментарии 1 569"),
        ("  Back   to TOP! ", "back to top"),
        ("Ta’lim", "Ta'lim"),
        ("Қазақ", "Ќазаќ"),  # legacy font
        ("ﬁnd", "find"),
        ("Ёлка", "елка"),
        ("İstanbul", "istanbul"),
        ("سۋرەتى", "سۋرەتى"),
    ],
)
def test_spellings_of_one_phrase_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_different_words_stay_different() -> None:
    words = ("пікір", "бөлісу", "share", "тег", "теги", "어제", "오전", "が", "か")
    assert len({fold(word) for word in words}) == len(words)


def test_numbers_at_the_ends_are_stripped() -> None:
    assert strip_numbers(fold("12 пікір 5")) == fold("пікір")
    assert strip_numbers(fold("covid 19 вакцина")) == fold("covid 0 вакцина")
    assert strip_numbers(fold("2024")) == ""


@given(st.text())
def test_folding_is_total_and_idempotent(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == " ".join(once.split())
