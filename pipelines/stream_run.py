"""Run a stream: build its graph, hand it to a runner that streams, and wait until it is stopped."""

import time
from collections.abc import Callable
from dataclasses import replace

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import Pipeline
from apache_beam.pvalue import PBegin, PCollection
from apache_beam.transforms.ptransform import PTransform

from pipelines.background import InterruptedRunError, signals_interrupt
from pipelines.dataflow_jobs import check_dataflow, writes_template
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.failures import failure_reason
from pipelines.ingest_graph import build_stream
from pipelines.ingest_options import IngestOptions
from pipelines.ingest_run import shard_settings
from pipelines.pipeline_run import run_pipeline
from pipelines.stream_output import stream_output
from pipelines.streaming_options import StreamingOptions
from transforms.commit import CommitSettings
from transforms.manifest import Options
from transforms.output_files import claim_name, list_output, unfinished_rounds
from transforms.run_records import RunIdentity
from transforms.shard_settings import ShardSettings
from transforms.stream.arrivals import Arrival, Windows
from transforms.stream.notifications import ReadNotifications
from transforms.stream.planning import RoundSettings
from transforms.stream.watching import WatchInputs, WatchSettings
from transforms.text.extract import EXTRACTOR_VERSION


def stream(
    options: IngestOptions, streaming: StreamingOptions, beam_options: PipelineOptions
) -> None:
    """Ingest documents as they come, until the stream ends or is stopped.

    Raises CommandError where the output is not usable, the stream fails, or a signal stops it;
    what is committed stays, and the same command goes on from there.
    """
    check_dataflow(beam_options, [options.output, *options.inputs])
    shaping = stream_shaping(options, streaming)
    with (
        signals_interrupt(),
        stream_output(options.output, RunIdentity(EXTRACTOR_VERSION, shaping)) as place,
    ):
        windows = Windows(streaming.window_seconds, streaming.allowed_lateness_seconds)
        arrivals = arrivals_of(options, streaming, windows)
        settings = stream_settings(options, place)
        commit = CommitSettings(place, None, shaping)
        rounds = RoundSettings(place, windows, options.shard_bytes)
        _run(
            lambda pipeline: build_stream(pipeline, arrivals, settings, commit, rounds),
            beam_options,
            place,
        )


def stream_shaping(options: IngestOptions, streaming: StreamingOptions) -> Options:
    """Return the options that shape the output of a stream."""
    return {
        **options.shaping(),
        "ingest_date": options.ingest_date.isoformat() if options.is_dated else None,
        "window_seconds": streaming.window_seconds,
    }


def arrivals_of(
    options: IngestOptions, streaming: StreamingOptions, windows: Windows
) -> PTransform[PBegin, PCollection[Arrival]]:
    """Return the step that finds the documents."""
    if streaming.subscription:
        return ReadNotifications(streaming.subscription, options.suffixes, windows)
    settings = WatchSettings(
        patterns=options.inputs,
        suffixes=options.suffixes,
        poll_seconds=streaming.poll_seconds,
        settle_seconds=streaming.settle_seconds,
        polls=streaming.max_polls,
    )
    return WatchInputs(settings, windows, time.time)


def stream_settings(options: IngestOptions, place: str) -> ShardSettings:
    """Return what the stream decides for every shard; no report is kept: a claim is enough."""
    settings = shard_settings(options, place, is_resumed=False)
    return replace(settings, identity=None, is_dated_by_window=not options.is_dated)


def _run(build: Callable[[Pipeline], None], beam_options: PipelineOptions, place: str) -> None:
    """Run the stream until it ends; raise CommandError where it fails or is stopped."""
    goes_on = f"what is committed stays in {place}: the same command goes on from there"
    try:
        run_pipeline(build, beam_options, show=lambda *_: None, prevent=lambda: None)
        if not writes_template(beam_options):
            _check_all_committed(place)
    except InterruptedRunError as error:
        raise CommandError(error.exit_code, f"{error.message}; {goes_on}") from error
    except Exception as error:
        message = f"the stream failed: {failure_reason(error)}; {goes_on}"
        raise CommandError(ExitCode.RUN_FAILED, message) from error


def _check_all_committed(place: str) -> None:
    """Raise RuntimeError where a round was begun and has no manifest: a runner may lose parts."""
    if unfinished := unfinished_rounds(list_output(place)):
        raise RuntimeError(
            f"RunError: the runner ended it with {len(unfinished)} rounds begun and not committed; "
            f"if the documents of the first are gone, delete {claim_name(unfinished[0])}"
        )
