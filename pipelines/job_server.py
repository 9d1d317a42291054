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


def add_engine_flags(parser: argparse.ArgumentParser, options: PipelineOptions) -> None:
    """Add the flags of the engine behind `--job_endpoint`, if there is one, to a parser.

    Raises CommandError where no job server answers.
    """
    endpoint: str | None = options.view_as(PortableOptions).job_endpoint
    if not endpoint or endpoint == EMBEDDED:
        return
    known = {flag for action in parser._actions for flag in action.option_strings}
    for option in _describe_options(endpoint):
        if (flag := f"--{option.name}") in known:
            continue
        if option.type == beam_job_api_pb2.PipelineOptionType.BOOLEAN:
            parser.add_argument(flag, action="store_true")
        else:
            parser.add_argument(flag)


def _describe_options(endpoint: str) -> list[beam_job_api_pb2.PipelineOptionDescriptor]:
    """Return the options that a job server takes."""
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
