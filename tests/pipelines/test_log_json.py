"""`--log-json`: every line an object, with all that happened and no text of any page."""

import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any, NoReturn

import pytest
from log_objects import FIELDS, log_objects, words_of

from pipelines import log_lines
from pipelines.log_lines import FLAG
from pipelines.main import main
from tests.pipelines.test_ingest_containers import lines_of, page, tar_of, warc_of, zip_of
from transforms import commit, extraction, fingerprints, process
from transforms.dead_letter_log import MAX_LINES
from transforms.manifest import parse_manifest

ROOT = Path(__file__).parents[2]
MARKER = "zqxmarker"
WORDS = {MARKER, *words_of(page("").decode())}
COMMON = ("--ingest-date=2024-05-31", "--max-dead-letters=100")


def objects(text: str) -> list[dict[str, Any]]:
    """Return the objects of a log, which has no word of the pages."""
    return log_objects(text, WORDS)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Return pages and containers, good, damaged and bad, all with the marker in them."""
    folder = tmp_path / "in"
    folder.mkdir()
    good = {f"{letter}.txt": page(f"{MARKER} {letter}") for letter in "abc"}
    english = f"The {MARKER} library has opened a new reading room for fifty guests today.\n"
    files = {
        **good,
        "copy.txt": good["a.txt"],
        "english.txt": english.encode(),
        "line.txt": f"{MARKER} {'ұзын жол ' * 200}".encode(),
        "digits.txt": f"{MARKER[:1]} {'123456789 ' * 50}".encode(),
        "binary.txt": f"{MARKER}\0\1\2\3".encode() * 20,
        "empty.txt": b"",
        "torn.txt.gz": b"\x1f\x8b\x08\0" + MARKER.encode(),
        "misnamed.txt.gz": page(MARKER),
        "good.zip": zip_of(a=page(f"{MARKER} zip"), b=b""),
        "torn.zip": zip_of(a=page(f"{MARKER} torn"))[:-40],
        "torn.tar": tar_of(a=page(f"{MARKER} tar"), b=page(f"{MARKER} tar b"))[:-9000],
        "bad.jsonl": lines_of(page(f"{MARKER} json")) + f'{{"text": "{MARKER}\n{MARKER}\n'.encode(),
        "other.jsonl": f'{{"body": "{MARKER}"}}\n[{MARKER!r}]\n'.encode(),
        "pages.warc": warc_of((f"{MARKER} 1", page(f"{MARKER} warc"))) + MARKER.encode(),
        "html.wet": warc_of(("2", f"<html><body>{MARKER}</body></html>".encode())),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "gone.txt").symlink_to("nowhere")
    (folder / "secret.txt").symlink_to("../../elsewhere.txt")
    return folder


def ingest(pages: Path, *more: str) -> int:
    """Run an ingest with a log of objects; return its exit code."""
    output = str(pages.parent / "out")
    return main(["ingest", "--input", str(pages), "--output", output, FLAG, *COMMON, *more])


def test_a_run_tells_what_happened_in_objects(
    pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(pages, "--max-line-characters=999", "--shard-bytes=3000", "--languages=kk") == 0
    out, err = capsys.readouterr()
    told = objects(err)
    assert out.startswith("documents ")  # the summary, as ever
    (path,) = (pages.parent / "out/manifests").iterdir()
    manifest = parse_manifest(path.read_text(encoding="utf-8"))
    assert told[0]["message"] == f"{told[0]['files']} files"
    assert told[-1]["run"] == manifest.run
    assert told[-1]["output"] == str(pages.parent / "out")
    assert told[-1]["counts"]["articles"] == manifest.tally.articles > 5
    assert told[-1]["counts"]["bytes"] == manifest.tally.content_bytes
    letters = [each for each in told if "code" in each]
    assert {each["code"] for each in letters} == set(manifest.tally.dead_letters)
    assert len(letters) == manifest.tally.dead_letters.total() > 12
    assert {each["severity"] for each in letters} == {"WARNING"}
    assert {each["logger"] for each in letters} == {"transforms.dead_letter_log"}
    assert all(f" execution={each['execution']} " in each["message"] for each in letters)
    assert all(isinstance(each["shard"], int) for each in letters)


def test_near_duplicates_and_worker_processes_tell_no_more(
    pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a worker says comes to this process as text; its facts come back."""
    assert ingest(pages, "--near-duplicates", "--workers=2", "--quiet", "--shard-bytes=3000") == 0
    told = objects(capsys.readouterr().err)
    letters = [each for each in told if "code" in each]
    assert len(letters) > 12
    assert {each["logger"] for each in letters} == {"transforms.dead_letter_log"}


def test_of_many_failures_of_a_shard_the_first_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    for number in range(MAX_LINES + 2):
        (tmp_path / f"in/{number:02}.txt").write_bytes(b"")
    assert ingest(tmp_path / "in", "--quiet") == 0
    *letters, rest = objects(capsys.readouterr().err)
    assert [each["uri"][-6:] for each in letters] == [f"{n:02}.txt" for n in range(MAX_LINES)]
    assert rest["count"] == 2


def fail(*_arguments: object, **_options: object) -> NoReturn:
    """Fail with a message that quotes a page."""
    raise ValueError(f"bad line {MARKER}:\n{MARKER} қаладағы кітапхана\nOutputError: {MARKER}")


def test_a_fault_of_the_code_stays_in_the_dead_letter(
    pages: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "extract_decoded", fail)
    assert ingest(pages, "--quiet") == 0
    told = objects(capsys.readouterr().err)
    assert "internal_error" in {each["code"] for each in told if "code" in each}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (fingerprints, "article_id"),
        (process, "input_line"),
        (process, "dead_letter"),
        (commit, "sum_reports"),
    ],
)
def test_a_fault_outside_the_guard_is_told_by_class_and_place(
    module: Any,
    name: str,
    pages: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, name, fail)
    assert ingest(pages) == 6
    told = objects(capsys.readouterr().err)[-1]
    assert (told["severity"], told["exit_code"]) == ("ERROR", 6)
    place = module.__name__.replace(".", "/")
    assert re.match(rf"the run failed: ValueError at {place}\.py:\d+", told["message"])


def test_a_fault_in_a_worker_process_is_told_alike(pages: Path) -> None:
    """The processes of Python read `sitecustomize` at their start."""
    custom = pages.parent / "custom"
    custom.mkdir()
    fault = f"raise ValueError('a\\n{MARKER}: {MARKER} x\\nOutputError: {MARKER}')"
    (custom / "sitecustomize.py").write_text(
        "import logging\n"
        "logging.getLogger().addHandler(logging.NullHandler())  # or Beam adds one\n"
        "import transforms.reliance\n"
        f"def note(*_):\n    {fault}\n"
        "transforms.reliance.Reliance.note = note\n"
    )
    command = ["ingest", "--input", str(pages), "--output", str(pages.parent / "out")]
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.main", *command, FLAG, *COMMON, "--workers=2"],
        env={**os.environ, "PYTHONPATH": f"{custom}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 6
    told = objects(done.stderr)[-1]
    assert told["message"].startswith("the run failed: ValueError at "), told
    assert told["exit_code"] == 6


def test_a_crash_of_the_command_shows_no_traceback(
    pages: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.main._dispatch", fail)
    assert ingest(pages) == 1
    (told,) = objects(capsys.readouterr().err)
    assert (told["severity"], told["exit_code"]) == ("CRITICAL", 1)
    assert told["message"].startswith("internal error: ValueError at ")
    with pytest.raises(ValueError, match="bad line"):
        main(["ingest"])


def test_wrong_usage_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", FLAG, "--inptu=x"]) == 2
    (told,) = objects(capsys.readouterr().err)
    assert told["message"] == "unknown flag --inptu; did you mean --input?"
    assert (told["severity"], told["exit_code"], told["command"]) == ("ERROR", 2, "ingest")


def test_what_libraries_and_threads_say_is_an_object(
    pages: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_argv: list[str]) -> int:
        logging.getLogger("urllib3.pool").warning("retrying %s\nand more", "gs://a/b")
        logging.getLogger("apache_beam.x").info("not worth it")
        warnings.warn("old form", FutureWarning, stacklevel=1)
        try:
            fail()
        except ValueError:
            logging.getLogger("some").warning("it broke", exc_info=True)
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        return 0

    monkeypatch.setattr("pipelines.main._dispatch", run)
    hooks = threading.excepthook, sys.unraisablehook, warnings.showwarning
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert ingest(pages) == 0
    told = objects(capsys.readouterr().err)
    assert [each["message"].rpartition(": ")[2].partition(" at ")[0] for each in told] == [
        "retrying gs://a/b",
        "old form",
        "it broke",
        "ValueError",
    ]
    assert told[0]["logger"] == "urllib3.pool"
    assert hooks == (threading.excepthook, sys.unraisablehook, warnings.showwarning)
    assert not log_lines.is_json()


def test_a_watch_tells_of_its_windows_and_its_end(
    pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(pages.parent / "out")
    command = ["watch", "--input", str(pages), "--output", output, "--once", "--settle-seconds=0"]
    assert main([*command, FLAG, COMMON[0], "--window-files=9"]) == 0
    told = objects(capsys.readouterr().err)
    windows = [each for each in told if "run" in each]
    assert [each["window"] for each in windows] == [1, 2, 3]
    assert all(each["seconds"] > 0 and each["lag_seconds"] > 0 for each in windows)
    assert [each["waiting"] for each in windows][-1] == 0
    assert {each["window"] for each in told if "code" in each} == {1, 2, 3}
    assert any("--max-dead-letters" in each["message"] for each in told)
    assert told[-1]["message"].startswith("ended; 3 windows")


def test_a_window_that_fails_is_told_without_its_text(
    pages: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "input_line", fail)
    output = str(pages.parent / "out")
    command = ["watch", "--input", str(pages), "--output", output, "--once", "--settle-seconds=0"]
    assert main([*command, "--poll-seconds=0.1", FLAG, *COMMON]) == 6
    told = objects(capsys.readouterr().err)
    failed = [each for each in told if "window 1 failed: ValueError at " in each["message"]]
    assert [each["severity"] for each in failed] == ["WARNING", "WARNING", "ERROR"]
    assert [each.get("window") for each in failed] == [1, 1, None]


def test_a_signal_is_told_with_its_exit_code(pages: Path) -> None:
    output = pages.parent / "out"
    command = ["watch", "--input", str(pages), "--output", str(output), FLAG, *COMMON]
    watch = subprocess.Popen(
        [sys.executable, "-m", "pipelines.main", *command], stderr=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 120
    while not list(output.glob("manifests/*.json")) and time.monotonic() < end:
        time.sleep(0.1)
    watch.send_signal(signal.SIGTERM)
    _, err = watch.communicate(timeout=120)
    assert watch.returncode == 0
    assert objects(err)[-1]["message"].startswith("ended; ")


def test_replay_and_load_log_likewise(pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest(pages, "--quiet") == 0
    folder = pages.parent
    assert main(["replay", f"{folder}/out", "--output", f"{folder}/again", FLAG, COMMON[0]]) == 0
    load = ["load", f"{folder}/out", "--to", f"duckdb:{folder}/a.duckdb", FLAG]
    capsys.readouterr()
    assert main(load) == 0
    run, end = objects(capsys.readouterr().err)
    assert (run["counts"]["articles"] > 5, end["runs"]) == (True, 1)
    assert main([*load, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_a_damaged_file_is_told_without_what_is_in_it(
    pages: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ingest(pages, "--quiet") == 0
    capsys.readouterr()
    monkeypatch.setattr("fastavro.block_reader", fail)
    monkeypatch.setattr("fastavro.reader", fail)
    load = ["load", f"{pages.parent}/out", "--to", f"duckdb:{pages.parent}/a.duckdb", FLAG]
    assert main(load) == 7
    told = objects(capsys.readouterr().err)[-1]
    assert told["exit_code"] == 7
    assert ".avro: cannot be read as Avro: " in told["message"]
    assert "ValueError at transforms/warehouse/" in told["message"]


def test_the_document_names_no_other_field() -> None:
    places = [*(ROOT / "pipelines").glob("*.py"), ROOT / "transforms/dead_letter_log.py"]
    code = "".join(path.read_text(encoding="utf-8") for path in places)
    assert [name for name in FIELDS if not re.search(rf'\b{name}\b(=|": )|"{name}"\]', code)] == []


def test_without_the_flag_nothing_of_it_shows(
    pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["ingest", "--input", str(pages), "--output", str(pages.parent / "out"), *COMMON]
    assert main([*command, "--workers=2", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
