"""Run a pipeline to its end, here or on an engine elsewhere."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    GoogleCloudOptions,
    PipelineOptions,
)
from apache_beam.pipeline import Pipeline
from apache_beam.runners.runner import PipelineResult, PipelineState
from apache_beam.runners.worker import sdk_worker

from pipelines.background import Job, signals_wait
from pipelines.flink_jobs import cancel_flink_jobs
from pipelines.local_runner import make_runner, runs_here
from pipelines.worker_progress import progress_directory
from transforms.progress import PROGRESS

STOP_SECONDS = 30.0
"""How long a cancelled run may take to notice: one shard takes less."""

CANCEL_SECONDS = 30.0
"""How long an engine may take to hear that it is to stop."""


@dataclass(slots=True)
class PipelineRun:
    """A pipeline that is run in the background, here or elsewhere."""

    pipeline: Pipeline
    is_here: bool
    _job: Job | None = field(default=None, init=False)
    _submitted: PipelineResult | None = field(default=None, init=False)

    def start(self) -> Job:
        """Start the pipeline and return the job that ends with it.

        It is submitted to an engine elsewhere in this thread: runners that start a job server
        need the main one. A signal that comes meanwhile waits, so that `cancel` knows the run.
        """
        if self.is_here:
            self._job = Job(lambda: _wait(self.pipeline.run()))
        else:
            with signals_wait():
                submitted = self._submitted = self.pipeline.run()
                self._job = Job(lambda: _wait(submitted))
        return self._job

    def cancel(self) -> None:
        """Ask an engine elsewhere to stop the run, unless it has ended."""
        if self._submitted is not None and not self.ended_within(0):
            options = self.pipeline.options
            master = options.view_as(FlinkRunnerOptions).flink_master
            name = options.view_as(GoogleCloudOptions).job_name
            jobs = Job(lambda: cancel_flink_jobs(master, name)), Job(self._submitted.cancel)
            for job in jobs:
                job.ended_within(CANCEL_SECONDS)

    def ended_within(self, seconds: float) -> bool:
        """Tell whether nothing is at work, after waiting for so long at most."""
        return self._job is None or self._job.ended_within(seconds)


def run_pipeline(
    build: Callable[[Pipeline], None],
    options: PipelineOptions,
    *,
    show: Callable[[Job, Path], None],
    prevent: Callable[[], None],
) -> None:
    """Build a pipeline and run it to its end; `show` may look at it until then.

    `show` gets the directory in which local workers note how far they are. Whatever ends the
    pipeline early, an error or a signal, is raised once nothing of it is at work any more.
    `prevent` tells workers in other processes to begin nothing more.
    """
    name_job(options)
    print_no_tracebacks()
    with progress_directory() as workers:
        pipeline = Pipeline(runner=make_runner(options, workers), options=options)
        build(pipeline)
        PROGRESS.start()
        run = PipelineRun(pipeline, runs_here(options))
        try:
            job = run.start()
            show(job, workers)
            job.result()
        except Exception:
            PROGRESS.cancelled = True  # heard by the steps in this process
            run.cancel()  # heard by an engine elsewhere
            prevent()  # noticed by steps in other processes before their next shard
            if run.ended_within(STOP_SECONDS):
                PROGRESS.start()  # nobody is left to hear it
            raise


def print_no_tracebacks() -> None:
    """Let Beam's worker in this process print nothing beside what it logs.

    It prints the traceback of each bundle that fails, also of those that fail because a run was
    cancelled, between the lines or objects of the command.
    """
    vars(sdk_worker)["print"] = lambda *_, **__: None


def name_job(options: PipelineOptions) -> None:
    """Give the job of a pipeline a name of its own, unless the user did."""
    held = options.view_as(GoogleCloudOptions)
    held.job_name = held.job_name or f"suzgi-{uuid.uuid4().hex[:12]}"


def _wait(result: PipelineResult) -> None:
    """Wait for the end of a pipeline; raise RuntimeError where it did not succeed."""
    state = result.wait_until_finish()
    if state not in (PipelineState.DONE, None):
        raise RuntimeError(f"RunError: the runner ended the pipeline as {state}")
