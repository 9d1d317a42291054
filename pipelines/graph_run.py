"""Run the graph of an ingest over shards that are known, here or on an engine elsewhere."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.background import Job
from pipelines.finished_shards import look_at_output
from pipelines.ingest_graph import build_ingest
from pipelines.local_runner import runs_here
from pipelines.pipeline_run import run_pipeline
from pipelines.worker_progress import FilesDone, files_done
from transforms.commit import CommitSettings
from transforms.shard_settings import ShardSettings
from transforms.shards import Shard


def run_graph(  # noqa: PLR0913 (what the graph is built of, and who watches)
    shards: Sequence[Shard],
    settings: ShardSettings,
    commit: CommitSettings,
    beam_options: PipelineOptions,
    *,
    show: Callable[[Job, FilesDone], None],
    prevent: Callable[[], None],
) -> None:
    """Build the graph and run it to its end, as `run_pipeline` does.

    `show` gets a function that says how many files are done.
    """
    is_here = runs_here(beam_options)
    if not is_here:  # an engine elsewhere does a stage again when a worker is lost
        settings = replace(settings, is_resumed=True)

    def show_files(job: Job, workers: Path) -> None:
        look = partial(files_done, workers)
        show(job, look if is_here else look_at_output(settings.output, shards))

    run_pipeline(
        lambda pipeline: build_ingest(pipeline, shards, settings, commit),
        beam_options,
        show=show_files,
        prevent=prevent,
    )
