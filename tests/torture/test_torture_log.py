"""The worst documents bring no word of themselves into a log."""

import os
from pathlib import Path

import pytest
import torture_cases as cases
from log_objects import log_objects, words_of

from pipelines.main import main

WORDS = words_of(cases.LONG_KAZAKH + cases.RUSSIAN)
OPTIONS = ("--ingest-date=2024-05-31", "--max-dead-letters=100", "--shard-bytes=10000", "--quiet")


def test_no_word_of_the_worst_documents_is_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number, case in enumerate(cases.cases()):
        case.write(os.fsencode(folder), f"{number:03}")
    inputs = ["--input", f"{folder}/*", str(folder)]
    command = ["ingest", *inputs, "--output", str(tmp_path / "out"), "--log-json", *OPTIONS]
    assert main(command) == 0
    told = log_objects(capsys.readouterr().err, WORDS)
    failed = {
        case.expected.code for case in cases.cases() if isinstance(case.expected, cases.Failed)
    }
    logged = {each["code"] for each in told if "code" in each}
    assert logged <= failed
    assert len(logged) > 10
