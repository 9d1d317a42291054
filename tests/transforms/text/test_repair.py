"""Repairs mend what a rule is sure of, record it, and can be undone."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text.repair import repair_lines, undo_repairs


@pytest.mark.parametrize(
    ("damaged", "clean", "kinds"),
    [
        ("теӊіз жағасы, АҢЫЗ ТЕӉІЗ", "теңіз жағасы, АҢЫЗ ТЕҢІЗ", ["letter", "letter"]),
        ("ҮКIМЕТ отырысы", "ҮКІМЕТ отырысы", ["look_alike"]),
        ("бүгiн жəне ертең", "бүгін және ертең", ["look_alike"] * 2),
        ("Xалық қahармандары", "Халық қаһармандары", ["look_alike"] * 2),
        ("еліміздегі МGov қосымшасы", "еліміздегі MGov қосымшасы", ["look_alike"]),
        ("ќыс пен їй, ґмір", "қыс пен үй, өмір", ["legacy_font"] * 3),
        ("ұзақ&nbsp;жол &laquo;алтын&raquo;", "ұзақ\xa0жол «алтын»", ["entity"] * 3),
        ("<p>Қала <b>жаңарды</b></p>", "Қала жаңарды", ["markup"] * 4),
        ("қала\u200bлар мен ауыл\xadдар", "қалалар мен ауылдар", ["invisible"] * 2),
        ("и\u0306ога және е\u0308лка", "йога және ёлка", ["composition"] * 2),
    ],
)
def test_damage_is_mended_and_recorded(damaged: str, clean: str, kinds: list[str]) -> None:
    (line,), repairs = repair_lines([damaged])
    assert line == clean
    assert [repair.kind for repair in repairs] == kinds
    assert undo_repairs(line, repairs) == damaged


@pytest.mark.parametrize("misreading", ["latin-1", "cp1251"])
def test_mojibake_is_read_again(misreading: str) -> None:
    clean = "Қала тұрғындары жаңа саябаққа ағаш екті"
    misread = clean.encode().decode(misreading, "ignore")
    if misread.encode(misreading).decode("utf-8", "replace") != clean:
        clean = "Жители города посадили деревья в новом парке"
        misread = clean.encode().decode(misreading)
    (line,), repairs = repair_lines([misread])
    assert line == clean
    assert [repair.kind for repair in repairs] == ["mojibake"]
    assert undo_repairs(line, repairs) == misread.strip()


@pytest.mark.parametrize(
    "clean",
    [
        "WhatsAppта жазды, IT-маман SMS-хабарлама алды, 4G желісі",
        "Це українська мова: їжак, ґанок, єдність",
        "Ова е македонски јазик: ќе дојде, ѓубре, ѕвезда",
        "a < b && c > d, R&D бөлімі, AT&T компаниясы",
        "Ñandú y Ámbar: piñata",
        "The house, the café and the naïve guest",
    ],
)
def test_clean_text_is_left_alone(clean: str) -> None:
    assert repair_lines([clean]) == ([clean], [])


def test_a_bad_byte_is_replaced_and_kept_as_its_escape() -> None:
    (line,), repairs = repair_lines(["қала \udcffда, C:\\xff"])
    assert line == "қала \N{REPLACEMENT CHARACTER}да, C:\\xff"
    assert [(repair.kind, repair.before) for repair in repairs] == [("undecodable_byte", "\\xff")]


ALPHABET = st.sampled_from("абқңӊiIəXхMМGovт &;<>pb/nbsp\u200b\xad\u0306и\x00ÐќїЌ .-")


@given(st.lists(st.text(alphabet=ALPHABET, max_size=30), max_size=6))
def test_undoing_gives_back_every_line(lines: list[str]) -> None:
    repaired, repairs = repair_lines(lines)
    by_line = {number: list(group) for number, group in groupby(repairs, lambda r: r.line)}
    undone = [undo_repairs(text, by_line.get(number, [])) for number, text in enumerate(repaired)]
    assert undone == [line.strip() for line in lines]


@given(st.lists(st.text(max_size=40), max_size=5))
def test_repairing_is_total_and_leaves_no_outer_space(lines: list[str]) -> None:
    repaired, _ = repair_lines(lines)
    assert len(repaired) == len(lines)
    assert all(text == text.strip() for text in repaired)
