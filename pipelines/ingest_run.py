"""Run an ingest from the list of documents to the manifest, or go on where one was stopped."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.background import InterruptedRunError, signals_interrupt
from pipelines.dataflow_jobs import check_dataflow, check_shards, writes_template
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.failures import failure_reason
from pipelines.graph_run import run_finished, run_graph
from pipelines.ingest_options import IngestOptions
from pipelines.log_lines import execution, say
from pipelines.output_directory import OutputDirectory, open_output, started_run
from pipelines.progress_display import show_progress
from transforms.commit import CommitSettings
from transforms.document_list import ListedDocument
from transforms.input_list import read_input_list
from transforms.inputs import inputs_sha256
from transforms.listing import InputError, list_documents, listing_sha256
from transforms.manifest import Manifest, Replay
from transforms.parts import MANIFESTS, OutputError
from transforms.run_records import RunIdentity, record_listing, recorded_listing
from transforms.shard_settings import ShardSettings
from transforms.shards import Shard, plan_shards
from transforms.text.extract import EXTRACTOR_VERSION

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Work:
    """What a run has to do: files cut into shards, or the dead letters of runs that it replays.

    `listing_sha256` is a hash of what was listed: where it is the same, so are the documents.
    Nothing where the listing cannot tell.
    """

    shards: list[Shard]
    listing_sha256: str
    replay: Replay | None = None

    @property
    def source_count(self) -> int:
        """Return the number of listed files, or of dead letters."""
        return sum(shard.document_count for shard in self.shards)


def list_work(options: IngestOptions) -> Work:
    """Return the documents that the options name; raise InputError where there are none."""
    documents = list_documents(options.inputs, options.suffixes, _read_lists(options))
    listing = listing_sha256(documents)
    return Work(list(plan_shards(documents, options.shard_bytes)), listing)


def _read_lists(options: IngestOptions) -> Iterator[ListedDocument]:
    """Yield the documents of all lists; raise InputError for one that names none."""
    for name in options.input_lists:
        count = 0
        try:
            with _open_list(name) as stream:
                for document in read_input_list(stream, is_null_separated=options.null):
                    yield document
                    count += 1
        except OSError as error:
            raise InputError(f"cannot read list {name!r}: {error.strerror}") from error
        if not count:
            raise InputError(f"list {name!r} names no document")


def _open_list(name: str) -> contextlib.AbstractContextManager[BinaryIO]:
    """Return a context with the bytes of a list; the standard input stays open after it."""
    return contextlib.nullcontext(sys.stdin.buffer) if name == STDIN else Path(name).open("rb")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run: where, its manifest, and whether it was complete before."""

    place: str
    manifest: Manifest | None  # None: a template was written, and the run is still to come
    was_complete: bool = False


def ingest(
    options: IngestOptions,
    beam_options: PipelineOptions,
    find_work: Callable[[IngestOptions], Work] = list_work,
) -> Outcome:
    """Ingest what the options name, or what of it an interrupted run left to do.

    Raises CommandError where there is no input, no usable output, or the run fails; finished
    shards are kept then, for the run that goes on.
    """
    check_dataflow(beam_options, [options.output, *options.inputs])
    with signals_interrupt():
        options = _dated_as_started(options)
        try:
            work = find_work(options)
        except InputError as error:
            raise CommandError(ExitCode.NO_INPUT, str(error)) from error
        check_shards(beam_options, work.shards)
        output = open_output(options.output, RunIdentity(EXTRACTOR_VERSION, options.shaping()))
        try:
            if output.finished:
                settings = shard_settings(options, output.place, is_resumed=output.is_resumed)
                _check_same_inputs(output.finished, work, settings, quiet=options.quiet)
                if writes_template(beam_options):  # a launcher fails without a job to submit
                    run_finished(output.place, output.finished, beam_options)
                return Outcome(output.place, output.finished, was_complete=True)
            return _run_and_finish(work, output, options, beam_options)
        finally:
            output.release()


def _dated_as_started(options: IngestOptions) -> IngestOptions:
    """Return the options with the date of the run that the output has, unless they name one.

    The same command goes on, or ends at once, on the next day, too.
    """
    started = None if options.is_dated else started_run(options.output)
    if started is None or not isinstance(held := started.options.get("ingest_date"), str):
        return options
    return replace(options, ingest_date=date.fromisoformat(held))


def _check_same_inputs(
    finished: Manifest, work: Work, settings: ShardSettings, *, quiet: bool
) -> None:
    """Raise CommandError unless the documents are those of the finished run.

    An unchanged listing says so without a look at any of them; otherwise they are read, and
    where the content is the same, this listing is the one to compare with from now on.
    """
    listing, place = work.listing_sha256, settings.output
    if listing and recorded_listing(place, finished.run) == listing:
        return
    if not quiet:
        say(f"a finished run is in {place}; comparing it with the inputs", output=place)
    replayed = finished.replay and replace(finished.replay, settled=0, recovered=0)
    # Each file is at least one document: only containers have more, or, replayed, none.
    if (
        work.replay != replayed
        or (work.replay is None and work.source_count > finished.tally.documents)
        or finished.inputs_sha256 != inputs_sha256(work.shards, settings.read_settings())
    ):
        raise CommandError(
            ExitCode.OUTPUT_UNUSABLE,
            f"output {place} is not empty; a finished run of these options is there "
            f"({MANIFESTS}/{finished.run}.json), but its inputs were others, or have changed. "
            "Name a new directory",
        )
    if listing:
        with contextlib.suppress(OutputError):  # the output may be read-only by now
            record_listing(place, finished.run, listing)


def _run_and_finish(
    work: Work,
    output: OutputDirectory,
    options: IngestOptions,
    beam_options: PipelineOptions,
) -> Outcome:
    """Run the pipeline, clean up, and return the outcome; raise CommandError where it fails.

    Where a template is written the job does all that, when it runs.
    """
    try:
        _run(work, output, options, beam_options)
        if writes_template(beam_options):
            return Outcome(output.place, None)
        return Outcome(output.place, output.finish())
    except Exception as error:
        raise _take_back(output, error) from error


def _run(
    work: Work,
    output: OutputDirectory,
    options: IngestOptions,
    beam_options: PipelineOptions,
) -> None:
    """Run the graph in the background, showing how far it is."""
    count = work.source_count
    run_graph(
        work.shards,
        shard_settings(options, output.place, is_resumed=output.is_resumed),
        CommitSettings(output.place, count, options.shaping(), work.replay, work.listing_sha256),
        beam_options,
        show=lambda job, done: show_progress(job, count, done, quiet=options.quiet),
        prevent=output.stop,
    )


def shard_settings(options: IngestOptions, place: str, *, is_resumed: bool) -> ShardSettings:
    """Return what the run decides for every shard."""
    return ShardSettings(
        output=place,
        ingest_date=options.ingest_date,
        timezone=options.timezone,
        codec=options.codec,
        max_document_bytes=options.max_document_bytes,
        max_lines=options.max_lines,
        max_line_characters=options.max_line_characters,
        language_detector=options.language_detector,
        languages=options.languages,
        near_threshold=options.near.threshold,
        drops_near_duplicates=options.near.drops,
        text_field=options.text_field,
        uri_field=options.uri_field,
        date_field=options.date_field,
        timeout=options.timeout,
        identity=RunIdentity(EXTRACTOR_VERSION, options.shaping()).digest(),
        is_resumed=is_resumed,
        execution=execution(),
    )


def _take_back(output: OutputDirectory, error: Exception) -> CommandError:
    """Take back what is of no use to a later run and return the error for the user."""
    rest = output.take_back()
    if isinstance(error, InterruptedRunError):
        return CommandError(error.exit_code, f"{error.message}; {rest}")
    if isinstance(error, CommandError):
        return error
    return CommandError(ExitCode.RUN_FAILED, f"the run failed: {failure_reason(error)}; {rest}")
