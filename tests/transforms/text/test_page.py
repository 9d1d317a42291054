"""Every line of a page gets exactly one fate, and the page can be rebuilt from them."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from transforms.text.page import line_roles, read_page, rebuild_lines

BODY = (
    "Аудан орталығындағы ескі кітапхана күрделі жөндеуден кейін қайта ашылды, енді мұнда "
    "балаларға арналған оқу залы мен шағын мұражай жұмыс істейді."
)
MORE_BODY = (
    "Кітапхана қоры биыл үш мың кітаппен толықты, оның жартысын тұрғындардың өздері тарту "
    "етті, қалғанын аудан бюджеті есебінен сатып алды."
)


def roles_of(*lines: str) -> list[str]:
    """Return the roles of non-blank lines in order."""
    return list(line_roles(read_page(lines)).values())


def test_a_page_with_everything_around_its_body() -> None:
    roles = roles_of(
        "Мәдениет",
        "Ескі кітапхана қайта ашылды",
        "14.03.2024, 09:15 812",
        BODY,
        MORE_BODY,
        "Гүлнар САПАРОВА",
        "Пікір қалдыру",
    )
    assert roles == [
        "section",
        "title",
        "published+views",
        "paragraph",
        "paragraph",
        "author",
        "removed:comments",
    ]


def test_the_fields_of_that_page() -> None:
    page = read_page(
        [
            "Ескі кітапхана қайта ашылды",
            "14.03.2024, 09:15 812",
            BODY,
            MORE_BODY,
            "Гүлнар САПАРОВА",
        ],
        timezone="Asia/Almaty",
    )
    assert page.fields.title == "Ескі кітапхана қайта ашылды"
    assert page.fields.title_line == 0
    assert page.fields.view_count == 812
    assert page.fields.authors == ["Гүлнар САПАРОВА"]
    assert page.fields.published_text == "14.03.2024, 09:15"
    assert str(page.fields.published_at) == "2024-03-14 04:15:00+00:00"


def test_the_title_again_after_the_lead_is_no_paragraph() -> None:
    title = "Ескі кітапхана қайта ашылды"
    assert roles_of(title, BODY, title, MORE_BODY) == ["title", "paragraph", "title", "paragraph"]


def test_todays_date_in_a_header_is_not_the_publication_date() -> None:
    page = read_page(
        ["Сәрсенбі, 6 қазан", "Ескі кітапхана қайта ашылды", "14.03.2024", BODY, MORE_BODY]
    )
    assert page.fields.published_text == "14.03.2024"
    assert line_roles(page)[0] == "removed:widget_clock"


def test_readers_and_their_unit_on_two_lines() -> None:
    page = read_page(["Ескі кітапхана қайта ашылды", "1 204", "рет", "оқылды", BODY, MORE_BODY])
    assert page.fields.view_count == 1204
    assert list(line_roles(page).values())[1:4] == ["views"] * 3


def test_a_byline_glued_to_the_last_paragraph_is_cut_off() -> None:
    page = read_page(["Ескі кітапхана қайта ашылды", BODY, f"{MORE_BODY}   Марат ӘЛІБЕКОВ"])
    assert page.fields.authors == ["Марат ӘЛІБЕКОВ"]
    assert page.paragraphs[-1].text == MORE_BODY
    assert line_roles(page)[2] == "paragraph"


def test_a_dateline_is_a_field_and_the_paragraph_keeps_its_prose() -> None:
    page = read_page(["Ескі кітапхана қайта ашылды", f"ТАЛДЫАРНА. 5 сәуір. Дала Хабар - {BODY}"])
    assert page.fields.dateline is not None
    assert page.fields.dateline.place == "ТАЛДЫАРНА"
    assert page.fields.dateline.date_text == "5 сәуір"
    assert page.fields.dateline.agency == "Дала Хабар"
    assert page.paragraphs[0].text == BODY


def test_a_sentence_that_begins_like_a_dateline_stays_whole() -> None:
    sentence = f"Гүлнар. Менің досым - кітапханашы. {BODY}"
    page = read_page(["Ескі кітапхана қайта ашылды", sentence, MORE_BODY])
    assert page.paragraphs[0].text == sentence
    assert page.fields.dateline is None


def test_what_a_crawler_glued_to_the_first_line_is_cut_off() -> None:
    page = read_page(["date 2025-11-09 KZ Ескі кітапхана қайта ашылды", BODY, MORE_BODY])
    assert page.fields.title == "Ескі кітапхана қайта ашылды"
    assert line_roles(page)[0] == "crawl_date+title"


def test_a_block_of_other_stories_at_the_end_goes_as_a_whole() -> None:
    roles = roles_of(
        "Ескі кітапхана қайта ашылды",
        BODY,
        MORE_BODY,
        "Басқа жаңалықтар",
        "Қалада жаңа көпір салынады деп жоспарланып отыр",
        "Мектеп оқушылары мың түп ағаш екті",
    )
    assert roles[3:] == ["removed:related_latest", *["removed:related_items"] * 2]


def test_a_header_in_the_middle_does_not_eat_the_body() -> None:
    roles = roles_of("Тақырып осындай болады", "Басқа жаңалықтар", BODY, MORE_BODY, BODY)
    assert roles[-3:] == ["paragraph"] * 3


def test_markup_alone_is_a_removed_line_and_comes_back() -> None:
    lines = ["Ескі кітапхана қайта ашылды", "<p></p>", BODY]
    page = read_page(lines)
    assert line_roles(page)[1] == "removed:technical"
    assert rebuilt(lines) == dict(enumerate(lines))


def rebuilt(lines: Sequence[str]) -> dict[int, str]:
    """Return the lines of a page as its parts give them back."""
    page = read_page(lines)
    return rebuild_lines(page.paragraphs, page.metadata_lines, page.removed_lines, page.repairs)


PIECES = st.sampled_from(
    [
        BODY,
        MORE_BODY,
        f"{BODY}   Марат ӘЛІБЕКОВ",
        f"ТАЛДЫАРНА. 5 сәуір. Дала Хабар - {BODY}",
        "date 2025-11-09 KZ",
        "date 2025-11-09 KZ Жаңалықтар",
        "13.06.2018, 18:13 4100",
        "Жаңалықтар",
        "219",
        "оқылды",
        "Басқа жаңалықтар",
        "Пікір үстеу",
        "Теги:",
        "Теги: қала, кітап",
        "қала",
        "Марат ӘЛІБЕКОВ,",
        "Автор: Марат ӘЛІБЕКОВ",
        "Облыс әкімінің баспасөз қызметі.",
        "теӊіз бен жəне <p>&nbsp;</p>",
        "\u200b",
        "",
        "  \t",
        "# Title, with | signs",
        "本文导读：今天的新闻很多，大家都在看。",
    ]
)
LINES = st.lists(PIECES | st.text(max_size=60), max_size=14)


@given(LINES)
def test_every_line_has_a_fate_and_the_page_can_be_rebuilt(lines: list[str]) -> None:
    expected = {number: line.strip() for number, line in enumerate(lines) if line.strip()}
    assert line_roles(read_page(lines)).keys() == expected.keys()
    assert {n: text for n, text in rebuilt(lines).items() if "\\" not in text} == {
        n: text for n, text in expected.items() if "\\" not in rebuilt(lines)[n]
    }


@given(LINES)
def test_reading_is_deterministic(lines: list[str]) -> None:
    assert read_page(lines) == read_page(lines)
