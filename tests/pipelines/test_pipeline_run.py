"""What Beam's worker, which runs in the process of the command on some engines, says there."""

from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.worker.sdk_worker import SdkHarness

from pipelines.pipeline_run import print_no_tracebacks


def test_a_bundle_that_fails_is_answered_and_not_printed(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    answers = SimpleQueue[Any]()

    def fail() -> NoReturn:
        raise KeyError("gone with its run")

    print_no_tracebacks()
    request = beam_fn_api_pb2.InstructionRequest(instruction_id="inst1")
    harness: Any = SimpleNamespace(_responses=answers)
    SdkHarness._execute(harness, fail, request)
    assert "gone with its run" in answers.get().error
    assert "gone with its run" in caplog.text  # from where is_worth_saying keeps it
    assert capsys.readouterr().err == ""
