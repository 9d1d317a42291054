"""Turn the documents of a shard into its files: the one guarded step of the run."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from apache_beam.pvalue import PCollection
from apache_beam.transforms.core import FlatMap
from apache_beam.transforms.ptransform import PTransform

from schemas.avro import RowTooLarge
from schemas.rows import Article, DeadLetter, Duplicate
from transforms.census import Census
from transforms.dead_letter_log import DeadLetterLog
from transforms.documents import Reading, describe_stored
from transforms.earlier_windows import open_earlier
from transforms.extraction import STAGE, extract_reading, prepare_process
from transforms.limits import DEAD_LETTER_BYTES
from transforms.metrics import (
    DECODE_MICROSECONDS,
    DOCUMENT_BYTES,
    PROCESS_MICROSECONDS,
    count_shard,
    microseconds_since,
)
from transforms.output_files import is_closed
from transforms.parts import OutputError
from transforms.progress import PROGRESS
from transforms.reliance import Reliance
from transforms.replay import with_failure
from transforms.reports import Row, ShardReport, Tally, input_line
from transforms.shard_files import ShardFiles
from transforms.shard_reports import find_report, keep_report, report_path
from transforms.shard_settings import ShardSettings
from transforms.shards import Shard
from transforms.sources import read_sources
from transforms.text.document import DocumentError, ExtractOptions
from transforms.text.extract import article_id, dead_letter
from transforms.verdicts import NearVerdicts, Verdict, unpack_verdicts

MAX_MESSAGE = 1000

GroupedShard = tuple[int, Mapping[str, Iterable[Shard | bytes | NearVerdicts | Census]]]
"""A shard's number, the shard under `shards`, packed verdicts and a census under `verdicts`."""


def finish_shard(
    shard: Shard, verdicts: Mapping[int, Verdict], settings: ShardSettings, expected: Census
) -> ShardReport:
    """Return the report of a shard, which is processed now unless an earlier run finished it.

    No report is kept where a container changed meanwhile, and none where nobody can tell whether
    the documents are still as they were: such a shard is done again.
    """
    if settings.identity is None:
        return process_shard(shard, verdicts, settings, expected)
    if is_closed(settings.output):
        raise OutputError(f"nothing more is written to {settings.output}: the run was stopped")
    path = report_path(settings.output, shard, verdicts, settings.identity, expected.containers)
    is_comparable = bool(shard.listing_sha256)
    if settings.is_resumed and is_comparable and (report := find_report(path, settings.output)):
        PROGRESS.processed += shard.document_count
        return report
    report = process_shard(shard, verdicts, settings, expected)
    if is_comparable and not report.containers_changed:
        keep_report(path, report)
    return report


def process_shard(
    shard: Shard,
    verdicts: Mapping[int, Verdict],
    settings: ShardSettings,
    expected: Census | None = None,
) -> ShardReport:
    """Read, extract and write the documents of a shard, in order; return the counts.

    `expected` is what the first pass found in the containers of the shard; None: not known.
    """
    files = ShardFiles(settings, shard.number, shard.round.name)
    tally = Tally()
    inputs = hashlib.sha256()
    reliance = Reliance()
    unchanged = 0
    census = Census()
    log = DeadLetterLog(shard.number, settings.execution, settings.window, shard.round.name)
    for reading, verdict, row in _process_documents(shard, verdicts, files, census):
        if row is None:
            unchanged += 1
            reliance.note_unchanged(reading.uri, verdict)
        else:
            tally.count(row, settings.kind_of(row))
            inputs.update(input_line(reading, row.content_sha256))
            reliance.note(reading.uri, row, verdict)
            if isinstance(row, DeadLetter):
                log.tell(row)
    log.end()
    changed = census.differences(expected) if expected is not None else []
    return ShardReport(
        shard=shard.number,
        sources=shard.document_count,
        parts=tuple(files.finish()),
        tally=tally,
        inputs_sha256=inputs.digest(),
        winners_lost=tuple(reliance.winners_lost),
        ids_relied_on=frozenset(reliance.ids_relied_on),
        containers_changed=tuple(shard.uris()[place] for place in changed),
        copies_changed=tuple(reliance.copies_changed),
        ids_counted=frozenset(reliance.ids_counted),
        clusters=frozenset(reliance.clusters),
        settled=census.settled,
        recovered=census.recovered,
        unchanged=unchanged,
        round=shard.round,
    )


def _process_documents(
    shard: Shard, verdicts: Mapping[int, Verdict], files: ShardFiles, census: Census
) -> Iterator[tuple[Reading, Verdict | None, Row | None]]:
    """Write the documents of a shard; yield each with its row, None where it is unchanged."""
    settings = files.settings
    options = settings.extract_options()
    with open_earlier(settings.ledger) as windows:
        index = 0
        for readings in read_sources(shard, settings.read_settings(), census):
            for reading in readings:
                verdict = verdicts.get(index)
                earlier = windows.find(reading)
                if earlier and earlier.is_unchanged:
                    yield reading, verdict, None
                else:
                    article = earlier.article_id if earlier else None
                    begun = time.perf_counter_ns()
                    row = _process_document(reading, verdict, article, files, options)
                    files.write_full()
                    PROCESS_MICROSECONDS.update(microseconds_since(begun))
                    DOCUMENT_BYTES.update(row.content_bytes)
                    yield reading, verdict, row
                index += 1
            PROGRESS.processed += 1


def _process_document(
    reading: Reading,
    verdict: Verdict | None,
    earlier: str | None,
    files: ShardFiles,
    options: ExtractOptions,
) -> Row:
    """Write a document as article, duplicate or dead letter; return the row.

    `earlier` is the id of the article that an earlier window has of this very content.
    The guard: whatever goes wrong with one document stays with that document.
    """
    settings = files.settings
    try:
        if earlier and reading.content is not None:
            row: Row = _repeat_of(earlier, reading, reading.content, settings.ingest_date)
        else:
            article = extract_reading(
                reading, options, settings.timeout, DECODE_MICROSECONDS.update
            )
            row = _settle(article, verdict, settings) if verdict else article
        files.write(row)
        return row
    except DocumentError as error:
        failure = error
    except RowTooLarge as error:
        failure = DocumentError(STAGE, "too_large", str(error))
    except Exception as error:  # any fault of the code: kept, with the bytes
        failure = DocumentError(STAGE, "internal_error", f"{type(error).__name__}: {error}")
    return _write_dead_letter(reading, failure, files)


def _settle(article: Article, verdict: Verdict, settings: ShardSettings) -> Article | Duplicate:
    """Return the row of an article whose content, or nearly, other documents have too.

    A document that changed since its fingerprint was taken is no duplicate of anything.
    """
    if article.content_sha256 != verdict.sha256.hex():
        return article
    standing = verdict.near_duplicate_of
    if standing and settings.drops_near_duplicates:
        return _duplicate_row(article, standing, verdict.similarity)
    if article.id != verdict.article_id or verdict.is_repeated:
        return _duplicate_row(article, verdict.article_id)
    return replace(
        article,
        source_uri_count=verdict.uri_count,
        near_duplicate_of=standing,
        near_duplicate_similarity=verdict.similarity,
    )


def _duplicate_row(article: Article, standing: str, similarity: float | None = None) -> Duplicate:
    """Return the row that names the article which stands for this document."""
    return Duplicate(
        source_uri=article.source_uri,
        content_sha256=article.content_sha256,
        content_bytes=article.content_bytes,
        duplicate_of=standing,
        ingest_date=article.ingest_date,
        similarity=similarity,
        record_date_text=article.record_date_text,
    )


def _repeat_of(article: str, reading: Reading, content: bytes, ingest_date: date) -> Duplicate:
    """Return the row that names the article of an earlier window which stands for a document."""
    return Duplicate(
        source_uri=reading.uri,
        content_sha256=hashlib.sha256(content).hexdigest(),
        content_bytes=len(content),
        duplicate_of=article,
        ingest_date=ingest_date,
        similarity=None,
        record_date_text=reading.record_date_text,
    )


def _write_dead_letter(reading: Reading, failure: DocumentError, files: ShardFiles) -> DeadLetter:
    """Write and return the dead letter of a document, with its bytes as far as there are any."""
    failure = _printable(failure)
    ingest_date = files.settings.ingest_date
    if reading.content is not None:
        letter = dead_letter(reading.uri, reading.content, failure, ingest_date)
    elif reading.replayed and reading.stored:
        letter = with_failure(reading.replayed, failure, ingest_date)
    else:
        letter = _letter_of_unread(reading, failure, ingest_date)
    letter = replace(
        letter,
        attempt=reading.attempts + 1,
        record_date_text=reading.record_date_text,
        container_uri=reading.container,
    )
    files.write(letter)
    return letter


def _letter_of_unread(reading: Reading, failure: DocumentError, ingest_date: date) -> DeadLetter:
    """Return the dead letter of a document that could not be read or decompressed."""
    try:
        stored = reading.stored or describe_stored(reading.uri, DEAD_LETTER_BYTES)
    except DocumentError:
        return dead_letter(reading.uri, b"", failure, ingest_date)
    return replace(
        dead_letter(reading.uri, stored.head, failure, ingest_date),
        id=article_id(reading.uri, stored.sha256),
        content_sha256=stored.sha256,
        content_bytes=stored.size,
        truncated=stored.size > len(stored.head),
    )


def _printable(failure: DocumentError) -> DocumentError:
    """Return the failure with a message that Avro can hold: no lone surrogates, not endless."""
    message = failure.message[:MAX_MESSAGE].encode("utf-8", "backslashreplace").decode()
    return DocumentError(failure.stage, failure.code, message)


def process_keyed_shard(grouped: GroupedShard, settings: ShardSettings) -> Iterator[ShardReport]:
    """Yield the report of a shard that comes with the verdicts on its documents."""
    prepare_process(settings.language_detector)
    shards = [shard for shard in grouped[1]["shards"] if isinstance(shard, Shard)]
    findings = list(grouped[1]["verdicts"])
    blobs = [blob for blob in findings if isinstance(blob, bytes)]
    near = [blob for blob in findings if isinstance(blob, NearVerdicts)]
    censuses = [census for census in findings if isinstance(census, Census)]
    expected = censuses[0] if censuses else Census()
    for shard in shards:
        of_round = settings.of_round(shard.round)
        yield finish_shard(shard, unpack_verdicts(blobs, near), of_round, expected)


def process_and_count(grouped: GroupedShard, settings: ShardSettings) -> Iterator[ShardReport]:
    """Yield as `process_keyed_shard` does, and add the counts to the counters of Beam."""
    for report in process_keyed_shard(grouped, settings):
        count_shard(report.tally)
        yield report


def key_by_number(shard: Shard) -> tuple[int, Shard]:
    """Return the shard under its number."""
    return shard.number, shard


@dataclass
class ProcessShards(PTransform[PCollection[GroupedShard], PCollection[ShardReport]]):
    """Write the files of all shards, which come with the verdicts on their documents."""

    settings: ShardSettings

    def expand(self, shards: PCollection[GroupedShard]) -> PCollection[ShardReport]:
        """Return a report on each shard."""
        reports: PCollection[ShardReport] = shards | FlatMap(process_and_count, self.settings)
        return reports
