"""The title and its repetitions, told from lines that only look like it."""

import pytest

from transforms.text.page import line_roles, read_page

LIBRARIES = [
    f"Қаладағы {number}-кітапхана жаңа оқу залын ашты, оған {number * 35} адам келді."
    for number in range(1, 5)
]
WEATHER = [
    f"В городе {day} мая ожидается {day - 3} градусов тепла, ночью без осадков."
    for day in range(14, 18)
]
GROUPS = ["1-топта 14 команда ойнады.", "2-топта 12 команда ойнады.", "3-топта 15 команда ойнады."]


def roles(*lines: str) -> list[str]:
    """Return the roles of the lines of a page."""
    return list(line_roles(read_page(lines)).values())


@pytest.mark.parametrize("lines", [LIBRARIES, WEATHER])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_sentences_that_differ_in_numbers_are_no_repeated_title(
    lines: list[str], count: int
) -> None:
    """Such a page was nothing but titles, so it became a dead letter."""
    assert roles(*lines[:count]) == ["title"] + ["paragraph"] * (count - 1)


@pytest.mark.parametrize("lines", [LIBRARIES, WEATHER, GROUPS])
def test_under_a_headline_they_are_all_paragraphs(lines: list[str]) -> None:
    assert roles("Қалада не болды?", *lines) == ["title"] + ["paragraph"] * len(lines)


@pytest.mark.parametrize(
    "again",
    [
        "ҚАЛАДА 2 500 ОРЫНДЫҚ ЖАҢА МЕКТЕП АШЫЛДЫ",
        "Қалада 2500 орындық жаңа мектеп ашылды!",
        "Иалада 2500 орындыИ жаИа мектеп ашылды",
    ],
)
def test_other_print_of_the_title_is_the_title(again: str) -> None:
    title = "Қалада 2500 орындық жаңа мектеп ашылды"
    assert roles(title, again, *LIBRARIES) == ["title"] * 2 + ["paragraph"] * len(LIBRARIES)
