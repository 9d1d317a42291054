"""Names of people, and short lines that only look like them."""

import pytest

from transforms.text.fields.names import is_person_name, split_names


@pytest.mark.parametrize(
    "name",
    [
        "Гүлнар Сапарқызы",
        "Марат ӘЛІБЕКОВ",
        "С.НҰРЛАН",
        "П. Әлімұлы",
        "Анна Ветрова",
        "Bolat ERJANULY",
        "Aigúl Seriqqyzy",
        "ساۋلە جاندوسقىزى",
    ],
)
def test_names(name: str) -> None:
    assert is_person_name(name)


@pytest.mark.parametrize(
    "line",
    [
        "Жаңалықтар",
        "Басқа жаңалықтар",
        "ПІКІР ҚАЛДЫРУ",
        "Қала күні",
        "Марат Әлібеков мектепке келді",
        "Read More",
        "Марат Әлібеков.",
        "2024 Әлібеков",
        "",
    ],
)
def test_other_lines(line: str) -> None:
    assert not is_person_name(line)


def test_lists_of_names_are_split() -> None:
    text = "Марат Әлібеков, Анна Ветрова және С.Нұрлан"
    assert split_names(text) == ["Марат Әлібеков", "Анна Ветрова", "С.Нұрлан"]
