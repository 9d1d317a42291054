"""Choose the runner, and keep what worker processes say to themselves off the terminal."""

import shlex
import sys
from pathlib import Path

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.runners.runner import PipelineRunner
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.worker_progress import VARIABLE

LOCAL_RUNNER = "FnApiRunner"
"""Beam's DirectRunner tries to download another runner first, and falls back silently."""

RUNNER_ALIASES = {"directrunner": LOCAL_RUNNER, "direct": LOCAL_RUNNER}
REFUSED_RUNNERS = {"daskrunner": "Beam's DaskRunner loses and doubles rows without an error"}

MULTI_PROCESSING = "multi_processing"
"""Beam's name for the mode in which each worker is a process."""

WORKER_COMMAND = (
    "trap '' HUP INT TERM; {variable}={directory} exec {python} -m pipelines.worker 2>/dev/null"
)
"""`exec`, so that stopping the shell stops the worker. Ctrl-C and systemd send their signals to
all processes: what becomes of the work is for the main process to decide, and with it a worker
ends. What a worker logs comes to the main process by another way; its standard error repeats it
with a hundred lines of its own."""


def choose_runner(name: str | None, *, is_stream: bool = False) -> str:
    """Return the name of the runner; raise CommandError for one that would spoil the output."""
    chosen = RUNNER_ALIASES.get((name or LOCAL_RUNNER).lower(), name or LOCAL_RUNNER)
    if reason := REFUSED_RUNNERS.get(chosen.rpartition(".")[2].lower()):
        raise CommandError(ExitCode.USAGE, f"--runner {chosen} is refused: {reason}")
    if is_stream and chosen == LOCAL_RUNNER:
        raise CommandError(
            ExitCode.USAGE,
            f"--streaming needs --runner: {LOCAL_RUNNER} never ends a window. PrismRunner runs on "
            "this machine, FlinkRunner and DataflowRunner on many",
        )
    known = {runner.lower() for runner in StandardOptions.KNOWN_RUNNER_NAMES}
    if "." not in chosen and not {chosen.lower(), f"{chosen.lower()}runner"} & known:
        names = ", ".join(StandardOptions.KNOWN_RUNNER_NAMES)
        raise CommandError(ExitCode.USAGE, f"unknown runner {chosen}; Beam knows {names}")
    return chosen


def use_workers(options: PipelineOptions, workers: int) -> None:
    """Let the local runner work in so many processes; raise CommandError for another runner."""
    if workers == 1:
        return
    runner = options.view_as(StandardOptions).runner
    if runner != LOCAL_RUNNER:
        message = f"--workers is for local runs; {runner} has flags of its own for that"
        raise CommandError(ExitCode.USAGE, message)
    direct = options.view_as(DirectOptions)
    direct.direct_num_workers = workers
    direct.direct_running_mode = MULTI_PROCESSING


def runs_here(options: PipelineOptions) -> bool:
    """Tell whether the runner works in this process, or in worker processes that it starts."""
    return bool(options.view_as(StandardOptions).runner == LOCAL_RUNNER)


def make_runner(options: PipelineOptions, progress: Path) -> PipelineRunner | str:
    """Return a runner with silent worker processes, or the name of the runner that Beam makes.

    The workers note in the directory `progress` how far they are.
    """
    direct = options.view_as(DirectOptions)
    name: str = options.view_as(StandardOptions).runner
    if name != LOCAL_RUNNER or direct.direct_running_mode != MULTI_PROCESSING:
        return name
    command = WORKER_COMMAND.format(
        variable=VARIABLE,
        directory=shlex.quote(str(progress)),
        python=shlex.quote(sys.executable),
    )
    direct.direct_running_mode = "in_memory"  # or the runner would put its own command here
    return FnApiRunner(default_environment=SubprocessSDKEnvironment.from_command_string(command))
