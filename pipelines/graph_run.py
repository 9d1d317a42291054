"""Run the graph of an ingest in the background, and say in a line why it failed."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import Pipeline
from apache_beam.runners.runner import PipelineState

from pipelines.background import Job
from pipelines.ingest_graph import build_ingest
from pipelines.local_runner import make_runner
from pipelines.worker_progress import progress_directory
from transforms.commit import CommitSettings
from transforms.process import ShardSettings
from transforms.progress import PROGRESS
from transforms.shards import Shard

FAILURE = re.compile(r"(?:\w+\.)*(\w+): (.+)")
"""The last line of a traceback: the class, and what a user can use."""

BEAM_ADDITION = re.compile(r" \[while running '.*")

STOP_SECONDS = 30.0
"""How long a cancelled run may take to notice: one shard takes less."""


def run_graph(  # noqa: PLR0913 (what the graph is built of, and who watches)
    shards: Sequence[Shard],
    settings: ShardSettings,
    commit: CommitSettings,
    beam_options: PipelineOptions,
    *,
    show: Callable[[Job, Path], None],
    prevent: Callable[[], None],
) -> None:
    """Build the graph and run it to its end; `show` may look at it until then.

    `show` gets the directory in which workers note how far they are. Whatever ends the graph
    early, an error or a signal, is raised once nothing of it is at work any more. `prevent` tells
    workers in other processes to begin nothing more.
    """
    with progress_directory() as workers:
        pipeline = Pipeline(runner=make_runner(beam_options, workers), options=beam_options)
        build_ingest(pipeline, shards, settings, commit)
        PROGRESS.start()
        job = Job(lambda: _run_pipeline(pipeline))
        try:
            show(job, workers)
            job.result()
        except Exception:
            PROGRESS.cancelled = True  # heard by the steps in this process
            prevent()  # noticed by those in others before their next shard
            if job.ended_within(STOP_SECONDS):
                PROGRESS.start()  # nobody is left to hear it
            raise


def _run_pipeline(pipeline: Pipeline) -> None:
    """Run the pipeline to its end; raise RuntimeError where it did not succeed."""
    state = pipeline.run().wait_until_finish()
    if state not in (PipelineState.DONE, None):
        raise RuntimeError(f"RunError: the runner ended the pipeline as {state}")


def failure_reason(error: Exception) -> str:
    """Return the reason of a failure in one line; Beam's errors hold a whole traceback."""
    name = type(error).__name__
    lines = [line for line in str(error).splitlines() if line.strip()]
    if not lines:
        return name
    if name != "RuntimeError":  # raised again as it was
        return f"{BEAM_ADDITION.sub('', lines[0])} ({name})"
    last = BEAM_ADDITION.sub("", lines[-1])
    match = FAILURE.fullmatch(last)
    return f"{match[2]} ({match[1]})" if match else last
