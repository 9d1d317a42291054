"""Run the graph of an ingest over shards that are known, here or on an engine elsewhere."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pvalue import PBegin, PCollection
from apache_beam.transforms.core import Create
from apache_beam.transforms.ptransform import PTransform

from pipelines.background import Job
from pipelines.finished_shards import look_at_output
from pipelines.ingest_graph import build_finished, build_ingest
from pipelines.local_runner import runs_here
from pipelines.pipeline_run import run_pipeline
from pipelines.worker_progress import FilesDone, files_done
from transforms.commit import CommitSettings
from transforms.listing import is_remote
from transforms.manifest import Manifest
from transforms.parts import join_output
from transforms.shard_lists import ReadShards, write_shard_lists
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

    `show` gets a function that says how many files are done. For an engine elsewhere the shards are
    written into the output first.
    """
    is_here = runs_here(beam_options)
    source: PTransform[PBegin, PCollection[Shard]] = Create(shards)
    if not is_here:  # an engine elsewhere does a stage again when a worker is lost
        settings = replace(settings, is_resumed=True)
        source = ReadShards(settings.output, write_shard_lists(settings.output, shards))
    cleans_up = not is_here and is_remote(settings.output) and commit.window is None

    def show_files(job: Job, workers: Path) -> None:
        look = partial(files_done, workers)
        show(job, look if is_here else look_at_output(settings.output, shards))

    run_pipeline(
        lambda pipeline: build_ingest(pipeline, source, settings, commit, cleans_up=cleans_up),
        beam_options,
        show=show_files,
        prevent=prevent,
    )


def run_finished(place: str, manifest: Manifest, beam_options: PipelineOptions) -> None:
    """Run a graph that does nothing but find the manifest of a finished run."""
    path = join_output(place, manifest.file_name)
    run_pipeline(
        lambda pipeline: build_finished(pipeline, path),
        beam_options,
        show=lambda *_: None,
        prevent=lambda: None,
    )
