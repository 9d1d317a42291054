"""How language identification is measured: scores, mixed texts, pages built of texts."""

from collections.abc import Sequence

import pytest

from transforms.text.language import identify_language, identify_page
from transforms.text.language.answers import LanguageAnswer, PageLanguage
from transforms.text.language.evaluation.labels import (
    LanguageSample,
    SampleError,
    label_rules,
    languages_of,
    parse_sample,
)
from transforms.text.language.evaluation.page_agreement import (
    BuiltPage,
    mixed_pages,
    pure_pages,
    score_agreement,
)
from transforms.text.language.evaluation.scores import (
    Tally,
    judge_answers,
    score_languages,
    wrong_answers,
)
from transforms.text.language.evaluation.segmentation import (
    ON_LINES,
    TOGETHER,
    mix_texts,
    score_segments,
)

KAZAKH = (
    "Ауданда жаңа балабақша салынып, екі жүз бүлдіршін сол жерге баратын болды.",
    "Тұрғындар көше шамдарының жөнделгенін айтып, әкімдікке алғыс білдірді.",
    "Биыл егіннің түсімі былтырғыдан жоғары болады деп күтілуде.",
    "Жас ғалымдар су тазартатын арзан сүзгі ойлап тапты.",
)
RUSSIAN = (
    "В районе построили новый детский сад, куда пойдут двести малышей.",
    "Жители рассказали, что уличные фонари наконец починили.",
    "Ожидается, что в этом году урожай будет выше прошлогоднего.",
    "Молодые учёные придумали недорогой фильтр для очистки воды.",
)
SAMPLES = [
    *(LanguageSample("kk-Cyrl", "own", text) for text in KAZAKH),
    *(LanguageSample("ru", "own", text) for text in RUSSIAN),
]


def test_scores_of_a_small_run() -> None:
    samples = [
        LanguageSample("kk-Cyrl", "own", "a"),
        LanguageSample("kk-Latn", "own", "b"),
        LanguageSample("ru", "own", "c"),
        LanguageSample("ru", "other", "d"),
    ]
    answers = [
        LanguageAnswer("kk", "Cyrl", 0.95, "x"),
        LanguageAnswer("kk", "Cyrl", 0.6, "x"),
        LanguageAnswer("ru", "Cyrl", 0.95, "x"),
        LanguageAnswer("kk", "Cyrl", 0.3, "y"),
    ]
    judged = judge_answers(samples, answers)
    scores = score_languages(judged)
    assert [(s.label, round(s.precision, 2), s.recall) for s in scores.labels] == [
        ("kk-Latn", 0.0, 0.0),
        ("kk-Cyrl", 0.33, 1.0),
        ("ru", 1.0, 0.5),
    ]
    assert scores.macro_f1 == scores.cluster_f1 == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert scores.cluster_languages_f1 == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert scores.kazakh_f1 == pytest.approx(4 / 5)
    assert scores.false_kazakh == {"ru": 0.5}
    assert scores.confusions == [("kk-Latn", "kk-Cyrl", 1), ("ru", "kk-Cyrl", 1)]
    assert [(band.answers, band.right) for band in scores.calibration if band.answers] == [
        (1, 0),
        (1, 0),
        (2, 2),
    ]
    assert (scores.sure.texts, scores.sure.right) == (2, 2)
    assert scores.routes == [Tally("x", 3, 2), Tally("y", 1, 0)]
    assert scores.sources == [Tally("own", 3, 2), Tally("other", 1, 0)]
    assert [one.sample.text for one in wrong_answers(judged)] == ["b", "d"]


def test_languages_called_kazakh_begin_with_the_largest_share() -> None:
    samples = [LanguageSample(label, "own", "x") for label in ("ru", "ru", "ru", "ru", "ky")]
    said = ("kk", "kk", "ru", "ru", "kk")
    answers = [LanguageAnswer(language, "Cyrl", 0.9, "x") for language in said]
    scores = score_languages(judge_answers(samples, answers))
    assert list(scores.false_kazakh.items()) == [("ky", 1.0), ("ru", 0.5)]


def test_without_the_languages_of_a_mean_there_is_no_mean() -> None:
    scores = score_languages(
        judge_answers([LanguageSample("en", "own", "x")], [LanguageAnswer("en", "Latn", 1, "x")])
    )
    assert (scores.macro_f1, scores.cluster_f1, scores.kazakh_f1) == (1.0, None, None)
    assert score_languages([]).macro_f1 is None


def test_a_sample_line_is_parsed() -> None:
    assert parse_sample("kk\town\tбір\\nекі\n") == LanguageSample("kk", "own", "бір\nекі")
    assert parse_sample("kk\t\tбір\tекі\r\n") == LanguageSample("kk", "", "бір\tекі")


@pytest.mark.parametrize("line", ["", "kk", "kk\tтек мәтін", "\town\tмәтін"])
def test_a_line_without_its_columns_is_refused(line: str) -> None:
    with pytest.raises(SampleError):
        parse_sample(line)


def test_a_label_allows_the_languages_that_it_is_merged_with() -> None:
    assert languages_of("kk-Latn") == {"kk"}
    assert {"bs", "hr", "sr"} <= languages_of("hr")
    assert "hr" not in languages_of("sr-Cyrl")


@pytest.mark.parametrize("separator", [ON_LINES, TOGETHER])
def test_mixed_texts_hold_every_sample_where_it_is_said_to_be(separator: str) -> None:
    mixed = mix_texts(SAMPLES, separator)
    parts = [(one.text[start:end], tag) for one in mixed for start, end, tag in one.parts]
    assert parts == [
        (KAZAKH[0], "kk"),
        (RUSSIAN[0], "ru"),
        (RUSSIAN[1], "ru"),
        (KAZAKH[1], "kk"),
        (RUSSIAN[2], "ru"),
        (KAZAKH[2], "kk"),
        (KAZAKH[3], "kk"),
    ]
    assert [separator.join(text for text, _ in parts)] == [one.text for one in mixed]
    assert mixed == mix_texts(SAMPLES, separator)


def test_a_text_of_several_lines_is_one_line_in_a_mixed_text() -> None:
    samples = [LanguageSample("kk-Cyrl", "own", "бір\nекі"), LanguageSample("ru", "own", "три")]
    assert mix_texts(samples, ON_LINES)[0].text == "бір екі\nтри"


def test_there_is_no_mixed_text_without_kazakh() -> None:
    assert mix_texts([LanguageSample("ru", "own", "три")], ON_LINES) == []


def test_segments_of_clear_sentences_are_right() -> None:
    scores = score_segments(mix_texts(SAMPLES, ON_LINES))
    assert scores.accuracy == 1
    assert scores.misses == []


def test_a_missed_stretch_is_told_with_its_letters() -> None:
    wrong = [LanguageSample("kk-Cyrl", "own", RUSSIAN[0]), LanguageSample("ru", "own", RUSSIAN[1])]
    scores = score_segments(mix_texts(wrong, ON_LINES))
    miss = scores.misses[0]
    assert (miss.language, miss.said, miss.part) == ("kk", "ru", RUSSIAN[0])
    assert scores.letters - scores.right == miss.letters == sum(map(str.isalpha, RUSSIAN[0]))


def many(label: str, texts: Sequence[str], count: int) -> list[LanguageSample]:
    return [LanguageSample(label, "own", texts[number % len(texts)]) for number in range(count)]


def test_pages_are_built_of_six_to_twelve_paragraphs() -> None:
    samples = [*many("kk-Cyrl", KAZAKH, 20), *many("ru", RUSSIAN, 5), *many("alt", RUSSIAN, 9)]
    pages = pure_pages(samples)
    assert [len(page.paragraphs) for page in pages] == [6, 9]  # of the last five there is none
    assert {label for page in pages for label in page.labels} == {"kk-Cyrl"}


def test_mixed_pages_have_one_or_two_guests() -> None:
    samples = [*many("kk-Cyrl", KAZAKH, 20), *many("ru", RUSSIAN, 20)]
    pages = mixed_pages(samples)
    assert {tuple(page.labels) for page in pages} == {("kk-Cyrl", "ru"), ("ru", "kk-Cyrl")}
    guests = {sum(label != page.labels[0] for label, _ in page.paragraphs) for page in pages}
    assert guests == {1, 2}
    assert pages == mixed_pages(samples)


def test_headlines_are_no_paragraphs_of_a_page() -> None:
    text = "\n".join([*KAZAKH, "Қысқа тақырып", *KAZAKH])
    pages = pure_pages([LanguageSample("kk-Cyrl", "own", text)])
    assert [len(page.paragraphs) for page in pages] == [6]
    assert "Қысқа тақырып" not in {line for page in pages for _, line in page.paragraphs}


def test_every_pair_of_mixed_pages_is_of_two_labels() -> None:
    pairs = label_rules().mixed_pages
    assert len(set(pairs)) == len(pairs)
    assert all(page != other for page, other in pairs)


def test_a_page_that_swallows_a_paragraph_disagrees_and_is_wrong() -> None:
    page = BuiltPage([("kk-Cyrl", KAZAKH[0]), ("kk-Cyrl", KAZAKH[1]), ("ru", RUSSIAN[0])])

    def swallow(paragraphs: Sequence[str]) -> PageLanguage:
        return PageLanguage("kk", "Cyrl", 0.9, "cld2", [], ["kk"] * len(paragraphs))

    scores = score_agreement([page], swallow, identify_language)
    assert (scores.pages, scores.paragraphs, scores.agreeing) == (1, 3, 2)
    assert (scores.right_on_page, scores.right_alone) == (2, 3)
    assert (scores.guests, scores.guests_right) == (1, 0)
    assert scores.kinds == [Tally("kk-Cyrl+ru", 3, 2)]
    labels, asked = scores.disagreements[0]
    assert (labels, asked.label, asked.on_page) == (["kk-Cyrl", "ru"], "ru", "kk")
    assert asked.alone.language == "ru"


def test_pages_of_clear_paragraphs_agree() -> None:
    samples = [*many("kk-Cyrl", KAZAKH, 20), *many("ru", RUSSIAN, 20)]
    pages = [*pure_pages(samples), *mixed_pages(samples)]
    scores = score_agreement(pages, identify_page, identify_language)
    assert scores.paragraphs == scores.agreeing == scores.right_on_page == scores.right_alone
