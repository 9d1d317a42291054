"""Run an ingest from the list of documents to the manifest, or leave nothing behind."""

import contextlib
import gc
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import Pipeline
from apache_beam.runners.runner import PipelineState

from pipelines.background import InterruptedRunError, Job, signals_interrupt
from pipelines.exit_codes import CommandError, ExitCode
from pipelines.ingest_graph import build_ingest
from pipelines.ingest_options import IngestOptions
from pipelines.local_runner import make_runner
from pipelines.output_directory import OutputDirectory, prepare_output
from pipelines.progress_display import show_progress
from transforms.commit import CommitSettings
from transforms.document_list import ListedDocument
from transforms.input_list import read_input_list
from transforms.listing import InputError, list_documents
from transforms.manifest import Manifest
from transforms.process import ShardSettings
from transforms.progress import PROGRESS
from transforms.shards import Shard, plan_shards
from transforms.text.extract import warm_up

FAILURE = re.compile(r"(?:\w+\.)*(\w+): (.+)")
"""The last line of a traceback: the class, and what a user can use."""

BEAM_ADDITION = re.compile(r" \[while running '.*")

STDIN = "-"

STOP_SECONDS = 30.0
"""How long a cancelled run may take to notice: one shard takes less."""


def ingest(options: IngestOptions, beam_options: PipelineOptions) -> tuple[str, Manifest]:
    """Ingest what the options name; return the place of the output and the manifest.

    Raises CommandError where there is no input, no usable output, or the run fails; then what
    it wrote is removed again.
    """
    with signals_interrupt():
        try:
            shards = _list_shards(options)
            output = prepare_output(options.output)
        except InputError as error:
            raise CommandError(ExitCode.NO_INPUT, str(error)) from error
        try:
            _run(shards, output, options, beam_options)
            return output.place, output.read_manifest()
        except Exception as error:
            raise _take_back(output, error) from error


def _list_shards(options: IngestOptions) -> list[Shard]:
    """Return the shards of all documents; raise InputError where there is none."""
    documents = list_documents(options.inputs, options.suffixes, _read_lists(options))
    return list(plan_shards(documents, options.shard_bytes))


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


def _run(
    shards: list[Shard],
    output: OutputDirectory,
    options: IngestOptions,
    beam_options: PipelineOptions,
) -> None:
    """Build the graph and run it in the background, showing how far it is."""
    count = sum(shard.document_count for shard in shards)
    pipeline = Pipeline(runner=make_runner(beam_options), options=beam_options)
    build_ingest(
        pipeline,
        shards,
        ShardSettings(
            output=output.place,
            ingest_date=options.ingest_date,
            timezone=options.timezone,
            codec=options.codec,
            max_document_bytes=options.max_document_bytes,
            language_detector=options.language_detector,
            languages=options.languages,
            text_field=options.text_field,
            uri_field=options.uri_field,
            timeout=options.timeout,
        ),
        CommitSettings(output.place, count, options.shaping()),
    )
    warm_up(options.language_detector)
    gc.freeze()  # models and modules stay: no collection has to look at them again
    PROGRESS.start()
    job = Job(lambda: _run_pipeline(pipeline))
    try:
        show_progress(job, count, quiet=options.quiet)
        job.result()
    except Exception:
        PROGRESS.cancelled = True  # heard by the steps in this process
        output.discard()  # noticed by those in others: they have no place to write to
        if job.ended_within(STOP_SECONDS):
            PROGRESS.start()  # nobody is left to hear it
        raise


def _run_pipeline(pipeline: Pipeline) -> None:
    """Run the pipeline to its end; raise RuntimeError where it did not succeed."""
    state = pipeline.run().wait_until_finish()
    if state not in (PipelineState.DONE, None):
        raise RuntimeError(f"RunError: the runner ended the pipeline as {state}")


def _take_back(output: OutputDirectory, error: Exception) -> CommandError:
    """Remove what the run wrote and return the error for the user."""
    if output.discard():
        rest = "nothing was left in the output"
    else:
        rest = f"but the run is complete in {output.place}"
    if isinstance(error, InterruptedRunError):
        return CommandError(error.exit_code, f"{error.message}; {rest}")
    if isinstance(error, CommandError):
        return error
    return CommandError(ExitCode.RUN_FAILED, f"the run failed: {failure_reason(error)}; {rest}")


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
