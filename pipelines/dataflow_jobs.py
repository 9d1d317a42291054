"""Runs on Google Dataflow: what must be given, and a command that ends before its job begins.

A Flex Template's launcher calls the command with `--template_location`: Beam writes the job there
instead of submitting it, and the launcher submits it when the command has ended
(https://cloud.google.com/dataflow/docs/guides/templates/configuring-flex-templates).
"""

import importlib.util
from collections.abc import Iterable

from apache_beam.options.pipeline_options import (
    GoogleCloudOptions,
    PipelineOptions,
    SetupOptions,
    StandardOptions,
    WorkerOptions,
)

from pipelines.exit_codes import CommandError, ExitCode
from transforms.listing import is_remote
from transforms.shards import Shard

RUNNERS = ("dataflow", "dataflowrunner")

CLIENT = "google.cloud.dataflow_v1beta3"
"""What the extra `cloud` brings and Beam's runner needs."""

NEEDED = ("project", "region", "temp_location")
"""Beam guesses the last two, and would make a bucket of its own."""


def is_dataflow(options: PipelineOptions) -> bool:
    """Tell whether the runner is Dataflow's."""
    name: str = options.view_as(StandardOptions).runner
    return name.rpartition(".")[2].lower() in RUNNERS


def writes_template(options: PipelineOptions) -> bool:
    """Tell whether the job is written to a file, for somebody else to submit."""
    return is_dataflow(options) and bool(options.view_as(GoogleCloudOptions).template_location)


def check_dataflow(options: PipelineOptions, places: Iterable[str]) -> None:
    """Raise CommandError where a job on Dataflow could not work; nothing for another runner.

    `places` are inputs and outputs: workers see those in stores alone.
    """
    if not is_dataflow(options):
        return
    held = options.view_as(GoogleCloudOptions)
    if missing := [name for name in NEEDED if not getattr(held, name)]:
        raise _usage(f"needs --{missing[0]}")
    if not _brings_code(options):
        raise _usage("needs --sdk_container_image, an image that has Suzgi: see deploy/dataflow")
    for place in places:
        if not is_remote(place):
            raise _usage(f"cannot reach {place}: its workers see object stores alone")
    if importlib.util.find_spec(CLIENT) is None:
        raise _usage("needs Google's clients: pip install 'suzgi[cloud]'")


def check_shards(options: PipelineOptions, shards: Iterable[Shard]) -> None:
    """Raise CommandError where a job on Dataflow would have to read files of this machine."""
    if not is_dataflow(options):
        return
    for shard in shards:
        for uri in shard.uris():
            if not is_remote(uri):
                raise _usage(f"cannot reach {uri}: its workers see object stores alone")


def _brings_code(options: PipelineOptions) -> bool:
    """Tell whether workers get our code: by an image, or by one of Beam's ways to send it."""
    setup = options.view_as(SetupOptions)
    image = options.view_as(WorkerOptions).sdk_container_image
    return bool(image or setup.setup_file or setup.extra_packages)


def _usage(message: str) -> CommandError:
    return CommandError(ExitCode.USAGE, f"--runner DataflowRunner {message}")
