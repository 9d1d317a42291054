"""`suzgi ingest --date-field`: the dates of records, from the crawler's file to the row."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate

PAGE = """{0} кітапханасы

14.05.2024, 18:40

{0}: қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.
"""
OPTIONS = ("--date-field", "when", "--timezone", "Asia/Almaty", "--ingest-date", "2024-05-31")
RECORDS: list[tuple[str, object]] = [
    ("Алматы", "2024-05-13T20:15:00Z"),
    ("Астана", 1715712000),
    ("Ақтау", "кеше"),
    ("Орал", None),
    ("Алматы", "2024-05-20"),  # the same text with another date
    ("", "2024-05-15"),
]


def write(path: Path, records: list[tuple[str, object]]) -> None:
    lines = [
        json.dumps({"text": PAGE.format(name) if name else "", "when": when}, ensure_ascii=False)
        for name, when in records
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def ingest(tmp_path: Path, *more: str, output: str = "out", command: str = "ingest") -> int:
    given = ["--input", str(tmp_path / "in.jsonl")]
    if command == "replay":
        given = [str(tmp_path / "out")]
    limit = ("--max-dead-letters", "100")
    return main([command, *given, "--output", str(tmp_path / output), *OPTIONS, *limit, *more])


def manifest(output: Path) -> dict[str, Any]:
    (path,) = (output / "manifests").iterdir()
    held: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return held


def test_dates_of_records_reach_every_kind_of_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "in.jsonl", RECORDS)
    assert ingest(tmp_path) == 0
    found = rows(tmp_path / "out", Article)
    printed = ("14.05.2024, 18:40", date(2024, 5, 14), datetime(2024, 5, 14, 13, 40, tzinfo=UTC))
    assert [
        (row.record_date_text, row.published_text, row.published_date, row.published_at)
        for row in found
    ] == [
        (
            "2024-05-13T20:15:00Z",
            "2024-05-13T20:15:00Z",
            date(2024, 5, 13),
            datetime(2024, 5, 13, 20, 15, tzinfo=UTC),
        ),
        ("1715712000", "1715712000", date(2024, 5, 14), datetime(2024, 5, 14, 18, 40, tzinfo=UTC)),
        ("кеше", *printed),
        (None, *printed),
    ]
    assert {part.text for row in found for part in row.metadata_lines if part.line == 2} == {
        "14.05.2024, 18:40"
    }
    (copy,) = rows(tmp_path / "out", Duplicate)
    assert (copy.duplicate_of, copy.record_date_text) == (found[0].id, "2024-05-20")
    (letter,) = rows(tmp_path / "out", DeadLetter)
    assert (letter.code, letter.record_date_text) == ("empty", "2024-05-15")
    assert letter.container_uri == (tmp_path / "in.jsonl").as_uri()
    assert manifest(tmp_path / "out")["record_dates"] == {"read": 2, "unread": 1}
    shown = " ".join(capsys.readouterr().out.split())
    assert "dates of records read 2 could not be read 1 no date stated 1" in shown
    assert main(["verify", str(tmp_path / "out"), "--sample", "1", "--quiet"]) == 0


def test_without_the_option_nothing_of_it_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "in.jsonl", RECORDS[:2])
    command = ["ingest", "--input", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out")]
    assert main(command) == 0
    assert {row.published_text for row in rows(tmp_path / "out", Article)} == {"14.05.2024, 18:40"}
    assert "record_dates" not in manifest(tmp_path / "out")
    assert "dates of records" not in capsys.readouterr().out


def test_another_date_of_the_same_text_is_another_input(tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", RECORDS)
    assert ingest(tmp_path, "--quiet") == 0
    write(tmp_path / "in.jsonl", RECORDS)  # the listing has another time, the content is the same
    assert ingest(tmp_path, "--quiet") == 0
    write(tmp_path / "in.jsonl", [*RECORDS[:-1], ("", "2024-05-16")])
    assert ingest(tmp_path, "--quiet") == 4


def test_dead_letter_keeps_the_date_for_its_replay(tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", RECORDS[:2])
    assert ingest(tmp_path, "--max-line-characters", "40", "--quiet") == 0
    assert {row.code for row in rows(tmp_path / "out", DeadLetter)} == {"line_too_long"}
    (tmp_path / "in.jsonl").unlink()
    assert ingest(tmp_path, "--quiet", output="again", command="replay") == 0
    found = rows(tmp_path / "again", Article)
    assert [row.published_text for row in found] == ["2024-05-13T20:15:00Z", "1715712000"]
