"""A pipeline at work: in this process, or on an engine elsewhere that is asked how it goes."""

import uuid
from dataclasses import dataclass, field

from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    GoogleCloudOptions,
    PipelineOptions,
)
from apache_beam.pipeline import Pipeline
from apache_beam.runners.runner import PipelineResult, PipelineState

from pipelines.background import Job, signals_wait
from pipelines.flink_jobs import cancel_flink_jobs

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


def name_job(options: PipelineOptions) -> None:
    """Give the job of a pipeline a name of its own, unless the user did."""
    held = options.view_as(GoogleCloudOptions)
    held.job_name = held.job_name or f"suzgi-{uuid.uuid4().hex[:12]}"


def _wait(result: PipelineResult) -> None:
    """Wait for the end of a pipeline; raise RuntimeError where it did not succeed."""
    state = result.wait_until_finish()
    if state not in (PipelineState.DONE, None):
        raise RuntimeError(f"RunError: the runner ended the pipeline as {state}")
