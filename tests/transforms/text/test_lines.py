"""Lines end where any of the usual line ends stands, and nowhere else."""

from hypothesis import given
from hypothesis import strategies as st

from transforms.text.lines import count_lines, split_lines


def test_all_line_ends() -> None:
    assert split_lines("a\nb\r\nc\rd\x85e\u2028f\u2029g") == list("abcdefg")


def test_blank_lines_count_and_a_final_line_end_does_not() -> None:
    assert split_lines("a\n\nb\n") == ["a", "", "b"]
    assert split_lines("") == []


def test_a_next_line_character_inside_mojibake_is_no_line_end() -> None:
    misread = "Қазақ елінің тілі".encode().decode("latin-1")
    assert "\x85" in misread or "\x9b" in misread
    assert split_lines(f"{misread}\nb") == [misread, "b"]


def test_form_feed_and_tab_stay_in_their_line() -> None:
    assert split_lines("a\fb\tc\x1cd") == ["a\fb\tc\x1cd"]


@given(st.text(alphabet=st.sampled_from("aә \n\r\x85\u2028"), max_size=40))
def test_no_line_holds_a_line_end_and_no_text_is_lost(text: str) -> None:
    lines = split_lines(text)
    assert not any(end in line for line in lines for end in "\n\r\x85\u2028\u2029")
    assert "".join(lines) == "".join(c for c in text if c not in "\n\r\x85\u2028")


@given(st.text(alphabet=st.sampled_from("aÐ \n\r\x85\u2028\u2029"), max_size=12))
def test_lines_are_counted_as_they_are_split(text: str) -> None:
    assert count_lines(text) == len(split_lines(text))
