"""Bad use of `suzgi ingest` ends with one line, a documented code, and nothing left behind."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.main import main
from transforms import process
from transforms.text.language import choice

PAGE = """Кітапхана жаңа зал ашты

Қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады.
"""


@pytest.fixture
def page(tmp_path: Path) -> str:
    """Return the path of a page."""
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    return str(path)


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return the exit code of an ingest and its message, which must be one line."""
    code = main(["ingest", *arguments, "--quiet"])
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("suzgi: error: ")
    assert err.count("\n") == 1
    return code, err


USAGE = [
    ((), "--input is needed"),
    (("--input", "x"), "--output is needed"),
    (("--inptu", "x"), "unknown flag --inptu; did you mean --input?"),
    (("--input", "x", "--output", "y", "--direct_num_worker=2"), "--direct_num_workers?"),
    (("--input", "x", "--output", "y", "--frobnicate"), "unknown flag --frobnicate"),
    (("--inp", "x", "--output", "y"), "unknown flag --inp"),  # no abbreviations
    (("--input", "x", "--output", "y", "--streaming"), "needs --runner"),
    (("--input", "x", "--output", "y", "--runner=DaskRunner"), "DaskRunner is refused"),
    (("--input", "x", "--output", "y", "--runner=NoRunner"), "unknown runner NoRunner"),
    (("--input", "x", "--output", "y", "--direct_num_workers=two"), "invalid int value"),
    (("--input", "x", "--output", "y", "--workers", "0"), "whole number above 0"),
    (
        ("--input", "x", "--output", "y", "--workers=2", "--runner=PortableRunner"),
        "--workers is for local runs; PortableRunner has flags of its own",
    ),
    (("--input", "x", "--output", "y", "--codec", "gzip"), "invalid choice: 'gzip'"),
    (("--input", "x", "--output", "y", "--timezone", "Almaty"), "'Almaty' is not a time zone"),
    (("--input", "x", "--output", "y", "--timezone", "../etc"), "is not a time zone"),
    (("--input", "x", "--output", "y", "--ingest-date", "31.5.24"), "is not a date"),
    (("--input", "x", "--output", "y", "--max-dead-letters", "101"), "is not a percentage"),
    (("--input", "x", "--output", "y", "--max-document-bytes", "0"), "whole number above 0"),
    (("--input", "x", "--output", "y", "--max-lines", "0"), "whole number above 0"),
    (("--input", "x", "--output", "y", "--max-line-characters", "1e6"), "whole number above 0"),
    (("--input", "x", "--output", "y", "--shard-bytes", "-1"), "whole number above 0"),
    (
        ("--input", "x", "--output", "y", "--language-detector", "cld3"),
        "'cld3' is none of routed, cld2, py3langid, langdetect",
    ),
    (("--input", "x", "--output", "y", "--languages", "kk,kazakh"), "'kazakh' is no language tag"),
    (("--input", "x", "--output", "y", "--languages", ""), "'' is no language tag"),
    (("--input", "x", "--output", "y", "--languages", "ru,kk_Cyrl"), "did you mean kk-Cyrl?"),
    (
        ("--input", "x", "--output", "y", "--languages", "ru,kz"),
        "argument --languages: 'kz': routed never answers kz; did you mean kk?",
    ),
    (
        ("--input", "x", "--output", "y", "--languages", "kaa", "--language-detector", "cld2"),
        "argument --languages: 'kaa': cld2 never answers kaa",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE)
def test_wrong_usage_is_code_2(
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, error = failure(capsys, *arguments)
    assert code == 2
    assert message in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["ingest", "inspect"])
def test_detector_without_its_package_is_code_2(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(choice, "missing_package", lambda _: "pycld2")
    assert main([command, "--language-detector", "cld2"]) == 2
    message = "cld2 needs the package pycld2, which is not installed: pip install pycld2"
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["ingest", "inspect"])
def test_help_names_the_detectors(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"{name}" in shown for name in choice.DETECTORS)


def test_no_input_is_code_3_and_makes_no_output(
    tmp_path: Path, page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "*.rtf")
    code, error = failure(capsys, "--input", page, missing, "--output", str(tmp_path / "out"))
    assert code == 3
    assert f"no file matches {missing!r}" in error
    assert not (tmp_path / "out").exists()


def test_output_that_is_not_empty_is_code_4_and_stays_as_it_is(
    tmp_path: Path, page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    code, error = failure(capsys, "--input", page, "--output", str(tmp_path / "out"))
    assert code == 4
    assert "is not empty; no run wrote 'mine'. Name a new directory" in error
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


def test_output_of_a_finished_run_of_other_options_is_code_4(
    tmp_path: Path, page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--input", page, "--output", str(tmp_path / "out"))
    assert main(["ingest", *arguments, "--quiet"]) == 0
    before = sorted(path.name for path in (tmp_path / "out").rglob("*"))
    code, error = failure(capsys, *arguments, "--codec", "snappy")
    assert code == 4
    assert "a finished run of other options is there (manifests/" in error
    assert "--codec deflate). Name a new directory" in error
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == before


@pytest.mark.parametrize("output", ["page.txt", "page.txt/below", "/proc/nowhere/out"])
def test_output_that_cannot_be_made_is_code_4(
    output: str, tmp_path: Path, page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, error = failure(capsys, "--input", page, "--output", str(tmp_path / output))
    assert code == 4
    assert "cannot use output" in error
    assert [path.name for path in tmp_path.iterdir()] == ["page.txt"]


def fail_to_rename(
    monkeypatch: pytest.MonkeyPatch, directory: str, error: OSError
) -> Callable[[], None]:
    """Let no file be moved into a directory; return what ends that."""
    replace = os.replace

    def fail(source: str, target: str) -> None:
        if Path(target).parent.name == directory:
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    return lambda: monkeypatch.setattr(os, "replace", replace)


FULL = OSError(28, "No space left on device")


def test_failure_to_note_the_run_is_code_4_and_leaves_nothing(
    tmp_path: Path,
    page: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fail_to_rename(monkeypatch, "_work", FULL)
    code, error = failure(capsys, "--input", page, "--output", str(tmp_path / "new" / "out"))
    assert code == 4
    assert "run.json: No space left on device" in error
    assert [path.name for path in tmp_path.iterdir()] == ["page.txt"]


def test_failure_to_write_the_first_shard_is_code_6_and_leaves_nothing(
    tmp_path: Path,
    page: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fail_to_rename(monkeypatch, "articles", FULL)
    code, error = failure(capsys, "--input", page, "--output", str(tmp_path / "new" / "out"))
    assert code == 6
    assert "No space left on device" in error
    assert "Traceback" not in error
    assert "nothing was left in the output" in error
    assert [path.name for path in tmp_path.iterdir()] == ["page.txt"]


def test_failure_to_commit_is_code_6_and_the_next_run_only_commits(
    tmp_path: Path,
    page: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mend = fail_to_rename(monkeypatch, "manifests", OSError(5, "Input/output error"))
    arguments = ("--input", page, "--output", str(tmp_path / "out"))
    code, error = failure(capsys, *arguments)
    assert code == 6
    assert "Input/output error" in error
    assert "what is finished (1 shards) is kept in" in error
    assert not (tmp_path / "out" / "manifests").exists()
    mend()
    monkeypatch.setattr(process, "process_shard", None)  # nothing is done again
    assert main(["ingest", *arguments, "--quiet"]) == 0
    assert len(list((tmp_path / "out" / "manifests").iterdir())) == 1
    assert not (tmp_path / "out" / "_work").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["ingest", "--help"]])
def test_help_needs_no_beam(arguments: list[str]) -> None:
    script = (
        "import sys; from pipelines.main import main\n"
        f"try: main({arguments!r})\n"
        "finally: assert not [m for m in sys.modules if m.startswith(('apache_beam', 'rich'))]"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "suzgi" in run.stdout


def test_unknown_command_is_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingets"]) == 2
    assert "invalid choice: 'ingets'" in capsys.readouterr().err
