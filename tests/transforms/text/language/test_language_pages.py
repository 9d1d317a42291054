"""The language of a page, of its paragraphs, and of stretches within a paragraph."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.rows import LanguageShare
from transforms.text.language import identify_page
from transforms.text.language.segments import segment_languages

KAZAKH = (
    "Ауыл тұрғындары биыл жаңа дәрігерлік амбулатория салынғанын қуанышпен айтып жүр.",
    "Бұрын емделу үшін аудан орталығына елу шақырым жол жүруге тура келетін.",
    "Енді білікті мамандар күн сайын науқастарды қабылдап, тегін кеңес береді.",
    "Құрылысқа облыс бюджетінен екі жүз миллион теңге бөлінді.",
    "Әкімдіктің мәліметінше, келесі жылы тағы үш ауылда осындай нысан ашылады.",
)
RUSSIAN = (
    "Жители села рассказали, что раньше им приходилось ездить в районный центр.",
    "«Мы очень рады, что теперь врач принимает рядом с домом», — сказал пенсионер.",
    "На строительство из областного бюджета выделили двести миллионов тенге.",
    "В следующем году такие объекты обещают открыть ещё в трёх сёлах.",
)


def test_a_page_in_one_language() -> None:
    page = identify_page([*KAZAKH, "", "2024", *KAZAKH])
    assert (page.language, page.script) == ("kk", "Cyrl")
    assert page.shares == [LanguageShare("kk", "Cyrl", 1.0)]
    assert page.paragraph_languages == ["kk"] * 5 + [None, None] + ["kk"] * 5


def test_a_russian_quote_in_a_kazakh_page_is_russian() -> None:
    page = identify_page([*KAZAKH, *KAZAKH, RUSSIAN[1], *KAZAKH])
    assert page.language == "kk"
    assert page.paragraph_languages[10] == "ru"
    assert page.paragraph_languages.count("kk") == 15
    assert [share.language for share in page.shares] == ["kk", "ru"]


def test_a_kazakh_paragraph_in_a_russian_page_is_kazakh() -> None:
    page = identify_page([*RUSSIAN, *RUSSIAN, KAZAKH[0], *RUSSIAN])
    assert page.language == "ru"
    assert page.paragraph_languages == ["ru"] * 8 + ["kk"] + ["ru"] * 4


def test_an_english_paragraph_in_a_kazakh_page_is_english() -> None:
    english = "The village clinic was opened in the presence of doctors from the regional hospital."
    page = identify_page([*KAZAKH, english, *KAZAKH])
    assert page.paragraph_languages[5] == "en"


def test_a_russian_sentence_inside_a_kazakh_paragraph_counts_as_russian() -> None:
    page = identify_page([*KAZAKH, f"{KAZAKH[0]} {RUSSIAN[0]} {RUSSIAN[1]}", *KAZAKH])
    russian = {share.language: share.share for share in page.shares}["ru"]
    wanted = sum(map(len, RUSSIAN[:2])) / (sum(map(len, KAZAKH)) * 2 + len(KAZAKH[0]))
    assert russian == pytest.approx(wanted, rel=0.3)


def test_shares_begin_with_the_largest_and_sum_to_one() -> None:
    page = identify_page([*KAZAKH, *RUSSIAN])
    shares = [share.share for share in page.shares]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0)


def test_a_page_without_letters_is_undetermined() -> None:
    page = identify_page(["2024", "", "12:30"])
    assert (page.language, page.script, page.shares) == ("und", None, [])
    assert page.paragraph_languages == [None, None, None]


def test_a_page_without_paragraphs_is_undetermined() -> None:
    page = identify_page([])
    assert (page.language, page.shares, page.paragraph_languages) == ("und", [], [])


def test_paragraphs_asked_one_by_one_agree_with_the_sample() -> None:
    pure = identify_page(KAZAKH * 6)
    assert pure.paragraph_languages == ["kk"] * 30


@given(st.lists(st.text(max_size=60) | st.sampled_from(KAZAKH + RUSSIAN), max_size=12))
@settings(max_examples=60, deadline=None)
def test_any_page_has_an_answer_for_each_paragraph(paragraphs: list[str]) -> None:
    page = identify_page(paragraphs)
    assert len(page.paragraph_languages) == len(paragraphs)
    assert page == identify_page(paragraphs)
    assert all(0 < share.share <= 1 for share in page.shares)


def test_sentences_run_together_are_told_apart() -> None:
    text = f"{KAZAKH[0]} {RUSSIAN[0]} {KAZAKH[1]}"
    segments = segment_languages(text)
    assert [segment.language for segment in segments] == ["kk", "ru", "kk"]
    assert text[segments[1].start : segments[1].end].strip() == RUSSIAN[0]


def test_languages_without_a_full_stop_between_are_cut_between_words() -> None:
    kazakh, russian = KAZAKH[0].rstrip("."), RUSSIAN[0].rstrip(".")
    segments = segment_languages(f"{kazakh} {russian}")
    assert [segment.language for segment in segments] == ["kk", "ru"]
    assert abs(segments[1].start - len(kazakh)) <= 12


@pytest.mark.parametrize("text", ["\u0483\u0484\u0485\u0486", "", "2024", "\n\n", "Ъ"])
def test_texts_without_words_are_one_segment(text: str) -> None:
    segments = segment_languages(text)
    assert [(segment.start, segment.end) for segment in segments] == [(0, len(text))] * bool(text)


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_segments_cover_the_text_without_gaps(text: str) -> None:
    segments = segment_languages(text)
    assert [segment.start for segment in segments] == [0, *(s.end for s in segments)][
        : len(segments)
    ]
    assert (segments[-1].end if segments else 0) == len(text)
