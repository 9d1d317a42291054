"""`suzgi evaluate` on labelled texts: the report, its machine form, and files that are no such."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.exit_codes import ExitCode
from pipelines.main import main

KAZAKH = (
    "Көктемде өзен жағасына мыңнан аса көшет отырғызылып, саябақ кеңейтілді.",
    "Дәрігерлер қыста тұмаудан сақтану үшін таза ауада көбірек жүруге кеңес берді.",
)
RUSSIAN = (
    "Весной на берегу реки высадили больше тысячи саженцев, и парк стал шире.",
    "Врачи советуют зимой чаще гулять на свежем воздухе, чтобы не болеть гриппом.",
)
ENGLISH = "More than a thousand saplings were planted on the bank of the river in spring."
ROWS = [
    *(("kk-Cyrl", "made-up", text) for text in KAZAKH),
    *(("ru", "made-up", text) for text in RUSSIAN),
    ("en", "another", ENGLISH),
]
WRONG = ("de", "another", ENGLISH)


def write_rows(path: Path, *rows: tuple[str, ...]) -> Path:
    content = "".join("\t".join(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def evaluate_as_json(
    capsys: pytest.CaptureFixture[str], *arguments: str | Path
) -> list[dict[str, Any]]:
    assert main(["evaluate", "--json", *map(str, arguments)]) == ExitCode.OK
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert list(report) == ["languages"]
    files: list[dict[str, Any]] = report["languages"]
    return files


@pytest.mark.parametrize("name", ["texts.tsv", "texts.tsv.gz", "TEXTS.TSV"])
def test_texts_that_are_all_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = write_rows(tmp_path / name, *ROWS)
    (report,) = evaluate_as_json(capsys, path)
    assert (report["file"], report["detector"]) == (str(path), "routed")
    assert (report["texts"], report["right"]) == (5, 5)
    means = ("macro_f1", "cluster_f1", "cluster_languages_f1", "kazakh_f1")
    assert [report[mean] for mean in means] == [1.0] * 4
    assert report["false_kazakh"] == {}
    assert report["confusions"] == []
    assert report["wrong"] == []
    assert sum(band["answers"] for band in report["calibration"]) == 5
    assert sum(route["texts"] for route in report["routes"]) == 5
    assert [label["label"] for label in report["by"]["language"]] == ["en", "kk-Cyrl", "ru"]
    assert report["by"]["source"][0] == {"name": "made-up", "texts": 4, "right": 4}
    assert set(report["segments"]) == {"on lines", "together"}
    assert report["segments"]["on lines"]["accuracy"] == 1
    assert report["pages"] == {}
    assert set(report["speed"]) == {"texts_per_second", "megabytes_per_second", "us_per_text"}


def test_wrong_answers_are_told_with_route_and_confidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_rows(tmp_path / "texts.tsv", *ROWS, WRONG)
    (report,) = evaluate_as_json(capsys, "--errors", "3", "--by", "-", path)
    assert report["by"] == {}
    assert report["confusions"] == [["de", "en", 1]]
    (wrong,) = report["wrong"]
    assert wrong["sample"] == {"label": "de", "source": "another", "text": ENGLISH}
    assert (wrong["truth"], wrong["said"]) == ("de", "en")
    assert wrong["answer"]["confidence"] > 0.5
    assert wrong["answer"]["route"]


def test_each_file_has_a_report_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_rows(tmp_path / "line.tsv", *ROWS)
    second = write_rows(tmp_path / "sentence.tsv", ROWS[0])
    reports = evaluate_as_json(capsys, first, second)
    assert [(one["file"], one["texts"]) for one in reports] == [
        (str(first), 5),
        (str(second), 1),
    ]
    assert reports[1]["segments"] == {}  # there is no Russian in it


def test_tables_show_the_figures_and_the_wrong_texts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_rows(tmp_path / "texts.tsv", *ROWS, WRONG)
    assert main(["evaluate", "--errors", "1", str(path)]) == ExitCode.OK
    output = capsys.readouterr().out
    assert "\x1b" not in output
    for cell in (
        "6 texts in 4 labels, 83.3 % right; detector routed",
        "Kazakh 100.00",
        "other languages called Kazakh: none",
        "confidence ≥ 0.9",
        "Kazakh and Russian on lines: 100.00 %",
        "labels, the worst first",
        "texts by source",
        "most frequent confusions",
        "reliability",
        "route",
        "speed, for information",
        "en, gold de (",
        ENGLISH,
    ):
        assert cell in output


def test_long_texts_are_put_together_to_pages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("kk-Cyrl", "own", "\\n".join(KAZAKH * 4)), ("ru", "own", "\\n".join(RUSSIAN * 4))]
    path = write_rows(tmp_path / "doc.tsv", *rows)
    (report,) = evaluate_as_json(capsys, "--errors", "1", path)
    assert report["pages"]["pure"]["paragraphs"] == report["pages"]["pure"]["agreeing"] == 12
    assert report["pages"]["mixed"]["kinds"][0]["name"] == "kk-Cyrl+ru"
    assert main(["evaluate", str(path)]) == ExitCode.OK
    output = capsys.readouterr().out
    assert "pure pages: 100.00 % as on their own" in output
    assert "in another language than their page: 100.00 % right" in output


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"kk\town\tx\nkk only\n", "texts.tsv:2: not a label, a source and a text"),
        (b"\n\town\tx\n", "texts.tsv:2: no label"),
        (b"kk\town\t\xff\n", "texts.tsv:1: "),
        (b"", "texts.tsv: has no labelled texts"),
        (b"\n \n", "texts.tsv: has no labelled texts"),
    ],
)
def test_files_that_hold_no_labelled_texts_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, complaint: str
) -> None:
    path = tmp_path / "texts.tsv"
    path.write_bytes(content)
    assert main(["evaluate", str(path)]) == ExitCode.NO_INPUT
    assert complaint in capsys.readouterr().err


def test_a_torn_or_missing_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = tmp_path / "torn.tsv.gz"
    torn.write_bytes(gzip.compress("kk\town\tбір\n".encode())[:-9])
    assert main(["evaluate", str(torn)]) == ExitCode.NO_INPUT
    assert main(["evaluate", str(tmp_path / "nothing.tsv")]) == ExitCode.NO_INPUT
    error = capsys.readouterr().err
    assert "torn.tsv.gz: cannot be read" in error
    assert "nothing.tsv: cannot be read" in error


def test_a_byte_order_mark_is_no_part_of_the_label(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "texts.tsv"
    path.write_bytes(b"\xef\xbb\xbf" + f"kk-Cyrl\town\t{KAZAKH[0]}\n".encode())
    (report,) = evaluate_as_json(capsys, path)
    assert report["by"]["language"][0]["label"] == "kk-Cyrl"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["x.tsv", "x.jsonl"], "need a call each"),
        (["--by", "renderer", "x.tsv"], "--by renderer"),
        (["--errors-in", "lost", "x.tsv"], "--errors-in is for labelled pages"),
        (["--language-detector", "guesswork", "x.tsv"], "guesswork"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_read(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert main(["evaluate", *arguments]) == ExitCode.USAGE
    assert complaint in capsys.readouterr().err
