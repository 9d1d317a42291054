"""Ask a Beam job server which flags its engine takes: Flink's and Spark's are known to it alone."""

import argparse

import grpc
from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc

from pipelines.exit_codes import CommandError, ExitCode

ANSWER_SECONDS = 60.0
"""A job server that just started needs some seconds; Beam itself would wait five minutes."""

EMBEDDED = "embed"
"""The name of a job server within this process."""

WHOLE_BUNDLES = "finish_bundle_before_checkpointing"
"""Of Flink. Without it, what a bundle gives that a checkpoint ends is held back until the next
bundle of that step; where there is none, as in the step that begins a stream, for ever."""


def add_engine_flags(parser: argparse.ArgumentParser, options: PipelineOptions) -> None:
    """Add the flags of the engine behind `--job_endpoint`, if there is one, to a parser.

    Raises CommandError where no job server answers.
    """
    known = {flag for action in parser._actions for flag in action.option_strings}
    for option in _describe_options(options):
        if (flag := f"--{option.name}") in known:
            continue
        if option.type == beam_job_api_pb2.PipelineOptionType.BOOLEAN:
            parser.add_argument(flag, action="store_true")
        else:
            parser.add_argument(flag)


def stream_flags(options: PipelineOptions) -> list[str]:
    """Return the flags that a stream needs on the engine behind `--job_endpoint`, if there is one.

    Raises CommandError where no job server answers.
    """
    names = {option.name for option in _describe_options(options)}
    return [f"--{WHOLE_BUNDLES}"] if WHOLE_BUNDLES in names else []


def _describe_options(
    options: PipelineOptions,
) -> list[beam_job_api_pb2.PipelineOptionDescriptor]:
    """Return the options that the job server of a pipeline takes; none where there is no server."""
    endpoint: str | None = options.view_as(PortableOptions).job_endpoint
    if not endpoint or endpoint == EMBEDDED:
        return []
    with grpc.insecure_channel(endpoint) as channel:
        service = beam_job_api_pb2_grpc.JobServiceStub(channel)
        request = beam_job_api_pb2.DescribePipelineOptionsRequest()
        try:
            answer = service.DescribePipelineOptions(
                request, timeout=ANSWER_SECONDS, wait_for_ready=True
            )
        except grpc.RpcError as error:
            message = f"no Beam job server answers at --job_endpoint {endpoint}"
            raise CommandError(ExitCode.USAGE, message) from error
    return list(answer.options)
