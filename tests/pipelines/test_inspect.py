"""`suzgi inspect`: every line is shown, with its verdict, and the page's text is never obeyed."""

import argparse
import gzip
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from pipelines.exit_codes import ExitCode
from pipelines.inspect import timezone_name
from pipelines.inspect_lines import LinePart, inspect_content, split_parts
from pipelines.inspect_view import print_inspection, repaired_spans
from pipelines.main import main
from pipelines.printable import printable
from schemas.rows import MetadataLine, Repair
from transforms.text.document import ExtractOptions

# The first import of Beam in a process brings a warning of a library that it looks for.
pytestmark = pytest.mark.filterwarnings("ignore:Please install grpcio-status:ImportWarning")

PAGE = """Өзен үстіне салынған көпір ашылды

13.06.2018, 18:13 4100

Қала тұрғындары көптен күткен жаӊа көпір дүйсенбі күні таңертең салтанатты түрде ашылды.

Құрылысшылар жұмысты [red]екі ай бұрын[/red] бітіргенін, енді жол жөнделетінін де айтты.

Мерекеге келген қонақтар көпірден жаяу өтіп, өзен жағасындағы жәрмеңкені аралап көрді.

Пікірлер
"""
OPTIONS = ExtractOptions(date(2024, 1, 1), "Asia/Almaty")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    return path


def inspect_as_json(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["inspect", "--json", "--timezone", "Asia/Almaty", str(path)]) == ExitCode.OK
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    return shown


def test_json_has_fields_lines_and_repairs(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = inspect_as_json(page, capsys)
    assert shown["uri"] == str(page)
    assert shown["error"] is None
    fields = shown["fields"]
    assert fields["title"] == "Өзен үстіне салынған көпір ашылды"
    assert fields["published_at"] == "2018-06-13T12:13:00+00:00"
    assert (fields["published_date"], fields["view_count"]) == ("2018-06-13", 4100)
    assert (fields["language"], fields["script"]) == ("kk", "Cyrl")
    assert [(line["line"], line["role"]) for line in shown["lines"]] == [
        (0, "title"),
        (2, "published+views"),
        (4, "paragraph"),
        (6, "paragraph"),
        (8, "paragraph"),
        (10, "removed:comments"),
    ]
    removed = shown["lines"][-1]
    assert (removed["family"], removed["text"]) == ("comments", "Пікірлер")
    assert removed["layer"]
    assert removed["evidence"]
    repairs = [(r["line"], r["before"], r["after"], r["start"]) for r in shown["repairs"]]
    assert repairs == [(4, "ӊ", "ң", PAGE.splitlines()[4].index("ӊ"))]


def test_another_detector_may_be_asked(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    confidences = set()
    for detector in ("routed", "cld2", "langdetect"):
        command = ["inspect", "--json", "--language-detector", detector, str(page)]
        assert main(command) == ExitCode.OK
        fields = json.loads(capsys.readouterr().out)["fields"]
        assert (fields["language"], fields["script"]) == ("kk", "Cyrl")
        confidences.add(fields["language_confidence"])
    assert len(confidences) > 1
    assert main(["inspect", "--language-detector", "guess", str(page)]) == ExitCode.USAGE
    assert "'guess' is none of routed, cld2" in capsys.readouterr().err


def test_parts_of_every_line_make_up_the_line(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = inspect_as_json(page, capsys)
    for line in shown["lines"]:
        assert "".join(part["text"] for part in line["parts"]) == line["text"]
    assert [part["field"] for part in shown["lines"][1]["parts"]] == ["published", "views"]


def test_a_compressed_page_is_shown_like_a_plain_one(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compressed = page.with_name("page.txt.gz")
    compressed.write_bytes(gzip.compress(page.read_bytes()))
    plain, packed = (inspect_as_json(path, capsys) for path in (page, compressed))
    assert packed["lines"] == plain["lines"]


def test_a_pipe_gets_no_colour_and_whole_lines(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(page)]) == ExitCode.OK
    output = capsys.readouterr().out
    assert "\x1b" not in output
    lines = output.splitlines()
    assert any(line.split() == ["view_count", "4100"] for line in lines)
    (first,) = [line for line in lines if "Қала тұрғындары" in line]
    assert first.split()[:2] == ["4", "paragraph"]
    assert first.endswith("жаңа көпір дүйсенбі күні таңертең салтанатты түрде ашылды.")
    assert any(line.split() == ["repaired", "letter", "“ӊ”", "→", "“ң”"] for line in lines)
    (last,) = [line for line in lines if "Пікірлер" in line]
    assert "‹comments · " in last


def test_square_brackets_of_a_page_are_text(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(page)]) == ExitCode.OK
    assert "[red]екі ай бұрын[/red]" in capsys.readouterr().out


def test_a_terminal_gets_colour_and_all_of_the_text() -> None:
    inspection = inspect_content("page.txt", PAGE.encode(), OPTIONS)
    console = Console(
        file=io.StringIO(), force_terminal=True, width=400, color_system="standard", markup=False
    )
    print_inspection(inspection, console)
    assert isinstance(console.file, io.StringIO)
    output = console.file.getvalue()
    assert "\x1b[" in output
    plain = Text.from_ansi(output).plain
    for line in inspection.lines:
        assert line.text in plain


def test_a_page_cannot_command_the_terminal() -> None:
    content = PAGE.replace("жәрмеңкені", "\x1b[2J\x9b5m\rжәрмеңкені\u202e").encode()
    inspection = inspect_content("evil\x1b[2J.txt", content, OPTIONS)
    console = Console(file=io.StringIO(), markup=False, highlight=False)
    print_inspection(inspection, console)
    assert isinstance(console.file, io.StringIO)
    output = console.file.getvalue()
    assert not {"\x1b", "\x9b", "\r", "\u202e"} & set(output)
    assert "жәрмеңкені" in output


def test_a_file_that_is_not_there_is_named_and_the_others_are_shown(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.txt"
    assert main(["inspect", str(missing), str(page)]) == ExitCode.NO_INPUT
    captured = capsys.readouterr()
    assert str(missing) in captured.err
    assert "not_found" in captured.err
    assert "Қала тұрғындары" in captured.out


def test_a_page_that_would_be_a_dead_letter_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = tmp_path / "picture.txt"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    assert main(["inspect", "--json", str(binary)]) == ExitCode.TOO_MANY_DEAD_LETTERS
    captured = capsys.readouterr()
    assert f"{binary}: decode/binary" in captured.err
    shown = json.loads(captured.out)
    assert (shown["error"]["stage"], shown["error"]["code"]) == ("decode", "binary")
    assert shown["lines"] == []


def test_a_page_without_prose_shows_its_lines_and_its_error() -> None:
    inspection = inspect_content("page.txt", "Пікірлер\n".encode(), OPTIONS)
    assert inspection.error is not None
    assert inspection.error.code == "no_paragraphs"
    assert [line.text for line in inspection.lines] == ["Пікірлер"]


def test_a_part_between_fields_is_prose() -> None:
    parts = split_parts(
        "Ақтау. Көпір ашылды. А. Серік",
        [MetadataLine(0, "author", "А. Серік", 21), MetadataLine(0, "dateline", "Ақтау. ", 0)],
        is_removed=False,
    )
    assert parts == [
        LinePart("dateline", "Ақтау. ", 0),
        LinePart("paragraph", "Көпір ашылды. ", 7),
        LinePart("author", "А. Серік", 21),
    ]


@pytest.mark.parametrize(
    ("repair", "spans"),
    [
        (Repair(0, "letter", "ӊ", "ң", 2), [(0, 4)]),
        (Repair(0, "look_alike", "кoпір", "көпір", 5), [(5, 10)]),
        (Repair(0, "invisible", "\xad", "", 7), []),
        (Repair(0, "letter", "ӊ", "ң", 3), []),  # a later repair moved it
    ],
)
def test_the_whole_word_that_was_repaired_is_marked(
    repair: Repair, spans: list[tuple[int, int]]
) -> None:
    assert repaired_spans("жаңа көпір", [repair]) == spans


def test_control_characters_are_shown_as_codes() -> None:
    assert printable("a\tb\x1b[0m\x85") == "a\tb\\x1b[0m\\x85"
    assert printable("a\x1bb", keep_length=True) == "a\ufffdb"


def test_an_unknown_time_zone_is_refused() -> None:
    assert timezone_name("Asia/Almaty") == "Asia/Almaty"
    for name in ("Asia/Nowhere", "../etc/passwd", ""):
        with pytest.raises(argparse.ArgumentTypeError):
            timezone_name(name)
    assert main(["inspect", "--timezone", "Asia/Nowhere", "x.txt"]) == ExitCode.USAGE
