"""`suzgi ingest --streaming`: its options, its output, and its graph, without a cloud."""

import json
import threading
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import DebugOptions
from grpc import RpcError

from pipelines.beam_flags import read_beam_options
from pipelines.beam_logging import say_thread_failure
from pipelines.exit_codes import CommandError
from pipelines.main import main
from pipelines.stream_output import stream_output
from transforms.output_files import STREAM_NAME, claim_name
from transforms.run_records import RunIdentity

INPUT = ("--input", "x", "--output", "y")
SUBSCRIPTION = "projects/example/subscriptions/pages"
STREAMING = ("--streaming", "--runner=PrismRunner")

USAGE = [
    ((*INPUT, "--streaming"), "needs --runner: FnApiRunner never ends a window"),
    ((*INPUT, "--streaming", "--runner=DirectRunner"), "needs --runner"),
    ((*INPUT, "--window-seconds=5"), "--window-seconds is for --streaming"),
    ((*INPUT, "--max-polls=5"), "--max-polls is for --streaming"),
    ((*INPUT, "--subscription", SUBSCRIPTION), "--subscription is for --streaming"),
    (("--output", "y", *STREAMING), "needs --input or --subscription"),
    ((*INPUT, *STREAMING, "--subscription", SUBSCRIPTION), "not both"),
    (("--output", "y", *STREAMING, "--subscription=s"), "'s' is no projects/"),
    (
        ("--output", "y", *STREAMING, "--subscription", SUBSCRIPTION, "--max-polls=1"),
        "--max-polls is for --input",
    ),
    ((*INPUT, *STREAMING, "--input-list=-"), "takes no --input-list"),
    ((*INPUT, *STREAMING, "--json"), "takes no --json"),
    ((*INPUT, *STREAMING, "--workers=2"), "takes no --workers"),
    ((*INPUT, *STREAMING, "--near-duplicates"), "takes no --near-duplicates"),
    ((*INPUT, *STREAMING, "--drop-near-duplicates"), "takes no --drop-near-duplicates"),
    ((*INPUT, *STREAMING, "--window-seconds=0"), "'0' is not a whole number above 0"),
    ((*INPUT, *STREAMING, "--poll-seconds=0"), "'0' is not a number of seconds above 0"),
    ((*INPUT, *STREAMING, "--settle-seconds=-1"), "'-1' is not a number of seconds above 0"),
    ((*INPUT, *STREAMING, "--allowed-lateness-seconds=x"), "'x' is not a number of seconds"),
    (("--input", "x", *STREAMING), "--output is needed"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE)
def test_wrong_usage_is_told_in_a_line(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


IDENTITY = RunIdentity("1", {"window_seconds": 60})


def test_output_of_a_stream_is_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with stream_output(str(tmp_path / "out"), IDENTITY) as place:
            assert place == str(tmp_path / "out")
            assert (tmp_path / "out" / "articles").is_dir()
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == [
        "stream.json"
    ]


def test_temporary_files_of_killed_writers_are_removed(tmp_path: Path) -> None:
    with stream_output(str(tmp_path), IDENTITY):
        pass
    left = tmp_path / "articles" / ".part-20250514T184000Z-0000-00000-0123456789abcdef.avro.1.2.tmp"
    left.touch()
    with stream_output(str(tmp_path), IDENTITY):
        assert not left.exists()


def test_one_process_at_a_time_has_the_output(tmp_path: Path) -> None:
    with (
        stream_output(str(tmp_path), IDENTITY),
        pytest.raises(CommandError, match="another process is at work"),
        stream_output(str(tmp_path), IDENTITY),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("notes.txt", "no stream wrote 'notes.txt'"),
        ("manifests/0123456789abcdef0123456789abcdef.json", "a run that was no stream wrote"),
        ("_work/shard-00000-0123456789abcdef0123456789abcdef.json", "no stream wrote"),
    ],
)
def test_output_of_others_is_refused(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    with pytest.raises(CommandError, match=message), stream_output(str(tmp_path), IDENTITY):
        pass
    assert (tmp_path / name).exists()


def test_stream_of_other_options_is_refused(tmp_path: Path) -> None:
    with stream_output(str(tmp_path), IDENTITY):
        pass
    other = RunIdentity("1", {"window_seconds": 30})
    with (
        pytest.raises(CommandError, match=r"a stream of other options \(--window-seconds 60\)"),
        stream_output(str(tmp_path), other),
    ):
        pass


def test_a_run_refuses_the_output_of_a_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").touch()
    with stream_output(str(tmp_path / "out"), IDENTITY):
        pass
    arguments = ["--input", str(tmp_path / "a.txt"), "--output", str(tmp_path / "out")]
    assert main(["ingest", *arguments]) == 4
    assert "is that of a stream" in capsys.readouterr().err


def test_record_tells_options_and_windows(tmp_path: Path) -> None:
    with stream_output(str(tmp_path), IDENTITY):
        held = json.loads((tmp_path / STREAM_NAME).read_text())
    assert held["content"] == {"version": "1", "options": {"window_seconds": 60}}


def test_prism_must_not_split_what_has_state() -> None:
    for name in ("PrismRunner", "prism"):
        options = read_beam_options([f"--runner={name}"], [], is_stream=True)
        assert options.view_as(DebugOptions).experiments == ["prism_disable_sdf_split"]
    options = read_beam_options(["--runner=FlinkRunner"], [], is_stream=True)
    assert not options.view_as(DebugOptions).experiments


def test_a_round_that_the_runner_lost_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A runner that says that all is done, when parts of a round have gone missing."""
    (tmp_path / "in").mkdir()
    output = tmp_path / "out"

    def lose_a_round(*_: object, **__: object) -> None:
        (output / claim_name("20250514T184000Z-0000")).write_bytes(b"{}")

    monkeypatch.setattr("pipelines.stream_run.run_pipeline", lose_a_round)
    command = ["ingest", *STREAMING, "--input", str(tmp_path / "in"), "--output", str(output)]
    assert main(command) == 6
    error = capsys.readouterr().err
    assert "ended it with 1 rounds begun and not committed" in error
    assert "delete _listings/round-20250514T184000Z-0000.json" in error


def test_a_thread_that_lost_its_server_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for error in (RpcError(), KeyError("reason")):
        say_thread_failure(threading.ExceptHookArgs((type(error), error, None, None)))
    told = capsys.readouterr().err
    assert "KeyError: 'reason'" in told
    assert "Rpc" not in told
