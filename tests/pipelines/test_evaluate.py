"""`suzgi evaluate`: both label formats, the figures, and labels that cannot be read."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.evaluate_pages import read_labels
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.main import main

BODY = [
    "The new bridge over the river was opened on Monday in front of several hundred people.",
    "Builders finished their work two months early, and the road to it will be repaired next.",
    "Visitors walked across the bridge and then spent the day at the fair on the river bank.",
]
COARSE = {
    "id": "site/bridge",
    "source": "made-up",
    "lang": "en",
    "lines": ["Bridge opens over the river", *BODY, "Leave a comment"],
    "role": ["title", "body", "body", "body", "boiler"],
    "title": "Bridge opens over the river",
    "author": None,
    "published": None,
}
KEPT_BOILERPLATE = {
    **COARSE,
    "id": "site/noise",
    "source": "another",
    "role": ["title", "body", "body", "boiler", "boiler"],
    "title": None,
}
KAZAKH_PAGE = """Өзен үстіне салынған көпір ашылды
Қала тұрғындары көптен күткен жаңа көпір дүйсенбі күні таңертең салтанатты түрде ашылды.
Құрылысшылар жұмысты екі ай бұрын бітіргенін, енді жолдың да жөнделетінін айтты.
Мерекеге келген қонақтар көпірден жаяу өтіп, өзен жағасындағы жәрмеңкені аралап көрді.
Пікірлер
"""
EXACT = {
    "file": "page.txt",
    "language": "kk",
    "script": "Cyrl",
    "roles": {
        "0": "title",
        "1": "paragraph",
        "2": "paragraph",
        "3": "paragraph",
        "4": "removed:comments",
    },
    "fields": {"title": {"line": 0, "text": "Өзен үстіне салынған көпір ашылды"}, "authors": []},
}


def write_labels(path: Path, *records: object) -> Path:
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def write_exact(directory: Path, record: object = EXACT) -> Path:
    (directory / "page.txt").write_text(KAZAKH_PAGE, encoding="utf-8")
    return write_labels(directory / "labels.jsonl", record)


def evaluate_as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["evaluate", "--json", *arguments]) == ExitCode.OK
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def test_coarse_labels_give_removal_and_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = write_labels(tmp_path / "lines.jsonl.gz", COARSE, KEPT_BOILERPLATE)
    report = evaluate_as_json(capsys, "--errors", "5", "--by", "source", str(labels))
    total = report["total"]
    assert (total["pages"], total["judged_pages"]) == (2, 2)
    assert total["removal_precision"] == 1
    assert total["removal_recall"] == pytest.approx(2 / 3)
    assert total["body_tokens_lost"] == 0
    assert total["pages_intact"] == 1
    assert total["pages_perfect"] == 0.5
    assert total["families"]["comments"]["boiler_removed"] == {"lines": 2, "tokens": 6}
    assert total["fields"] == {"title": {"right": 1, "unlabelled": 1}}
    assert report["by"]["source"]["made-up"]["removal_recall"] == 1
    assert report["by"]["source"]["another"]["removal_recall"] == 0.5
    assert report["worst_pages"] == [
        {
            "page": "site/noise",
            "language": "en",
            "source": "another",
            "variant": "-",
            "renderer": "-",
            "mistakes": [
                {"kind": "kept", "line": 3, "said": "paragraph", "gold": "boiler", "text": BODY[2]}
            ],
        }
    ]


def test_exact_labels_that_are_met(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = evaluate_as_json(capsys, str(write_exact(tmp_path)))
    total = report["total"]
    assert (total["roles_right"], total["roles_total"]) == (5, 5)
    assert report["wrong_roles"] == []
    right = ("title", "title_line", "language", "script")
    assert total["fields"] == {name: {"right": 1} for name in right}
    assert total["pages_perfect"] == 1


def test_a_page_may_be_compressed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page.txt.gz").write_bytes(gzip.compress(KAZAKH_PAGE.encode()))
    labels = write_labels(tmp_path / "labels.jsonl", {**EXACT, "file": "page.txt.gz"})
    total = evaluate_as_json(capsys, str(labels))["total"]
    assert (total["roles_right"], total["roles_total"]) == (5, 5)


def test_exact_labels_that_are_not_met_are_listed_line_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roles = {**EXACT["roles"], "4": "removed:advert"}  # type: ignore[dict-item]  # EXACT is JSON
    labels = write_exact(tmp_path, {**EXACT, "roles": roles, "language": "ru"})
    assert main(["evaluate", str(labels)]) == ExitCode.OK
    output = capsys.readouterr().out
    assert "4 of 5 lines right" in output
    assert "removed:comments, gold removed:advert: Пікірлер" in output
    assert "kk, gold ru: language" in output


def test_a_page_that_fails_is_all_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = write_exact(tmp_path)
    (tmp_path / "page.txt").write_bytes(b"%PDF-1.4")
    total = evaluate_as_json(capsys, str(labels))["total"]
    assert (total["roles_right"], total["roles_total"]) == (0, 5)
    assert total["fields"]["language"] == {"missing": 1}


def test_tables_show_every_group_and_family(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = write_labels(tmp_path / "lines.jsonl", COARSE, KEPT_BOILERPLATE)
    assert main(["evaluate", "--errors", "1", str(labels)]) == ExitCode.OK
    output = capsys.readouterr().out
    assert "\x1b" not in output
    for cell in ("source made-up", "source another", "comments", "66.7", "site/noise", BODY[2]):
        assert cell in output
    assert "language en" not in output  # the only language: the same figures as all


def test_fields_alone_are_scored_where_lines_have_no_roles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {key: value for key, value in COARSE.items() if key != "role"}
    labels = write_labels(tmp_path / "fields.jsonl", record)
    total = evaluate_as_json(capsys, str(labels))["total"]
    assert total["judged_pages"] == 0
    assert total["removal_recall"] is None
    assert total["fields"] == {"title": {"right": 1}}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'{"lines": ["a"]}\n{"lines": [', "labels.jsonl:2:"),
        (b'{"text": "a"}\n', "labels.jsonl:1: neither"),
        (b"\xff\xfe\n", "labels.jsonl"),
    ],
)
def test_labels_that_cannot_be_read_are_named_with_their_line(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(content)
    with pytest.raises(CommandError) as raised:
        list(read_labels(path))
    assert raised.value.exit_code == ExitCode.NO_INPUT
    assert complaint in raised.value.message


def test_torn_and_missing_label_files_end_with_no_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = tmp_path / "torn.jsonl.gz"
    torn.write_bytes(gzip.compress(json.dumps(COARSE).encode())[:-9])
    assert main(["evaluate", str(torn)]) == ExitCode.NO_INPUT
    assert main(["evaluate", str(tmp_path / "nothing.jsonl")]) == ExitCode.NO_INPUT
    assert "nothing.jsonl: cannot be read" in capsys.readouterr().err


def test_a_page_missing_beside_its_labels_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = write_labels(tmp_path / "labels.jsonl", EXACT)
    assert main(["evaluate", str(labels)]) == ExitCode.NO_INPUT
    assert f"{tmp_path / 'page.txt'}: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--by", "colour"], ["--errors", "-1"], ["--errors-in", "all"]])
def test_wrong_usage_is_told_before_anything_is_read(flags: list[str]) -> None:
    assert main(["evaluate", *flags, "x.jsonl"]) == ExitCode.USAGE
