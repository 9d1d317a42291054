"""Flags that an engine alone knows are asked of its job server, here one of our own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc

from pipelines import job_server
from pipelines.beam_flags import read_beam_options
from pipelines.exit_codes import CommandError


class JobServer(beam_job_api_pb2_grpc.JobServiceServicer):
    """Says that it takes three flags, and one that Beam knows, too."""

    def DescribePipelineOptions(self, *_: Any) -> Any:  # noqa: N802 (its name in the service)
        """Return the flags."""
        kinds = beam_job_api_pb2.PipelineOptionType
        options = (
            ("checkpointing_interval", kinds.INTEGER),
            ("enable_metrics", kinds.BOOLEAN),
            ("finish_bundle_before_checkpointing", kinds.BOOLEAN),
            ("parallelism", kinds.INTEGER),
        )
        descriptors = [
            beam_job_api_pb2.PipelineOptionDescriptor(name=name, type=kind)
            for name, kind in options
        ]
        return beam_job_api_pb2.DescribePipelineOptionsResponse(options=descriptors)


@pytest.fixture
def endpoint() -> Iterator[str]:
    """Return the address of the job server."""
    server = grpc.server(ThreadPoolExecutor(1))
    beam_job_api_pb2_grpc.add_JobServiceServicer_to_server(JobServer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def flags(endpoint: str, *more: str) -> list[str]:
    """Return flags of a run on the engine behind a job server."""
    return ["--runner=PortableRunner", f"--job_endpoint={endpoint}", *more]


def test_flags_of_the_engine_are_taken(endpoint: str) -> None:
    more = ("--checkpointing_interval=5000", "--enable_metrics", "--parallelism=2")
    options = read_beam_options(flags(endpoint, *more), [])
    assert options.get_all_options()["parallelism"] == 2


def test_stream_ends_bundles_before_checkpoints_where_the_engine_has_a_flag_for_it(
    endpoint: str,
) -> None:
    def ends_them(**how: bool) -> bool:
        options = read_beam_options(flags(endpoint), [], **how)
        held = options.get_all_options(retain_unknown_options=True)
        return bool(held.get("finish_bundle_before_checkpointing"))

    assert ends_them(is_stream=True)
    assert not ends_them(is_stream=False)
    local = read_beam_options(["--runner=PrismRunner"], [], is_stream=True)
    assert "finish_bundle_before_checkpointing" not in local.get_all_options(
        retain_unknown_options=True
    )


def test_flag_that_the_engine_does_not_know_either_is_refused(endpoint: str) -> None:
    with pytest.raises(CommandError, match="did you mean --checkpointing_interval"):
        read_beam_options(flags(endpoint, "--checkpointing_intervall=5000"), [])


def test_job_server_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_server, "ANSWER_SECONDS", 0.2)
    with pytest.raises(CommandError, match=r"no Beam job server answers .* 127\.0\.0\.1:9"):
        read_beam_options(flags("127.0.0.1:9", "--checkpointing_interval=5000"), [])
