"""The gate before prose lets through every line that a phrase for prose would remove."""

import pytest

from transforms.text.boilerplate.phrases import PhraseBook

FAMILIES = [
    {
        "family": "advert",
        "phrases": [
            {"match": "start", "texts": ["Қоңырау"], "max_chars": 200},
            {"match": "start", "texts": ["Біздің арна:"], "max_chars": 200},
            {"match": "within", "texts": ["сілтеме жасау міндетті"], "max_chars": 200},
        ],
    }
]
PROSE = "Аудан орталығындағы ескі кітапхана күрделі жөндеуден кейін қайта ашылды."


@pytest.mark.parametrize(
    "line",
    [
        "Қоңырау шалып, жаңалығыңызды редакциядағы кезекшіге кез келген уақытта айтыңыз.",
        "БІЗДІҢ АРНА: жаңалықтарды бірінші болып оқығыңыз келсе, осында жазылыңыздар.",
        "Көшіріп басқан кезде біздің порталға сілтеме жасау міндетті екенін ескертеміз.",
    ],
)
def test_lines_of_phrases_pass_the_gate(line: str) -> None:
    book = PhraseBook(FAMILIES)
    assert book.lines_to_ask([PROSE, PROSE, PROSE, line]) == {3}
    hit = book.find(line)
    assert hit is not None
    assert hit.family == "advert"


def test_other_prose_does_not() -> None:
    assert PhraseBook(FAMILIES).lines_to_ask([PROSE] * 9) == set()
