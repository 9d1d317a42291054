"""Commit a run: check that it balances and write the manifest, the last file of all."""

import contextlib
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from apache_beam.pvalue import PCollection
from apache_beam.transforms.core import CombineFn, CombineGlobally, Map
from apache_beam.transforms.ptransform import PTransform

from transforms.create_once import create_once
from transforms.listing import is_remote
from transforms.manifest import Manifest, Options, Pane, Replay, Window
from transforms.output_files import forget_reports, list_output
from transforms.parts import OutputError, check_parts, join_output, write_whole
from transforms.reliance import changed_documents
from transforms.reports import ShardReport, Tally
from transforms.rounds import WHOLE_RUN, Round
from transforms.run_records import claim_commit, record_listing, tell_commit
from transforms.text.extract import EXTRACTOR_VERSION


class BalanceError(Exception):
    """The counts of a run do not add up: a document was lost or came twice."""


class InputChangedError(Exception):
    """A document changed during the run, and duplicates were left out for its sake."""


@dataclass(frozen=True, slots=True)
class CommitSettings:
    """What the last step has to know."""

    output: str
    sources: int | None  # files listed before the run; None: nobody knows
    options: Options  # those that shape the output
    replay: Replay | None = None
    listing_sha256: str | None = None  # nothing: a re-run reads the documents
    window: int | None = None  # its number: others have committed into this output before
    round: Round = WHOLE_RUN


def sum_reports(reports: Iterable[ShardReport], settings: CommitSettings) -> Manifest:
    """Return the manifest of a run; raise BalanceError, InputChangedError where it must not be."""
    ordered = sorted(reports, key=lambda report: report.shard)
    tally = Tally()
    inputs = hashlib.sha256()
    for report in ordered:
        tally.add(report.tally)
        inputs.update(report.inputs_sha256)
    sources = sum(report.sources for report in ordered)
    unchanged = sum(report.unchanged for report in ordered)
    _check_balance(tally, sources, settings.sources)
    _check_containers(ordered)
    replay = _counted_replay(ordered, settings.replay)
    _check_replay(tally, replay)
    _check_duplicates(ordered)
    return Manifest(
        version=EXTRACTOR_VERSION,
        options=settings.options,
        inputs_sha256=inputs.hexdigest(),
        tally=tally,
        files=tuple(sorted(part for report in ordered for part in report.parts)),
        replay=replay,
        clusters=len(frozenset[str]().union(*(report.clusters for report in ordered))),
        window=Window(settings.window, sources, unchanged) if settings.window else None,
        pane=Pane.of_round(settings.round),
    )


def commit(reports: Iterable[ShardReport], settings: CommitSettings) -> str:
    """Write the manifest after a look at every file that it lists; return its path."""
    collected = list(reports)
    try:
        manifest = sum_reports(collected, settings)
    except InputChangedError:  # or, with the same reports, it would never be otherwise
        doubtful = {
            each.shard
            for each in collected
            if each.winners_lost or each.copies_changed or each.containers_changed
        }
        with contextlib.suppress(OSError):
            forget_reports(settings.output, doubtful)
        raise
    name = manifest.file_name
    path = join_output(settings.output, name)
    if is_remote(path):
        claim_commit(settings.output, manifest.run)
    if settings.window:
        tell_commit(settings.output, manifest.run)
    else:
        _refuse_second_run(settings.output, name)
    check_parts(settings.output, manifest.files)
    if settings.listing_sha256:
        record_listing(settings.output, manifest.run, settings.listing_sha256)
    write = create_once if is_remote(path) else write_whole
    write(path, manifest.to_text().encode("utf-8"), "manifest")
    return path


def _refuse_second_run(output: str, name: str) -> None:
    """Raise OutputError where a manifest of another name is in the output."""
    if others := [each for each in list_output(output).manifests if each != name]:
        raise OutputError(f"{output}: another run has committed, {others[0]}")


def _check_balance(tally: Tally, sources: int, listed: int | None) -> None:
    """Raise BalanceError unless every listed file was read, and every document is one row."""
    articles = tally.articles + tally.other_languages.total()
    rows = articles + tally.duplicates + tally.dead_letters.total()
    if tally.documents != rows or listed not in (None, sources):
        raise BalanceError(
            f"{listed} files listed, {sources} read; "
            f"{tally.documents} documents processed, {rows} rows written"
        )


def _check_containers(reports: Sequence[ShardReport]) -> None:
    """Raise InputChangedError where the two passes found different documents in a container."""
    if changed := [uri for report in reports for uri in report.containers_changed]:
        raise InputChangedError(
            f"{len(changed)} containers changed during the run, first {changed[0]}; "
            "run again when nothing writes to the input"
        )


def _counted_replay(reports: Sequence[ShardReport], replay: Replay | None) -> Replay | None:
    """Return what became of the dead letters, with what only the shards could count."""
    if replay is None:
        return None
    return replace(
        replay,
        settled=sum(report.settled for report in reports),
        recovered=sum(report.recovered for report in reports),
    )


def _check_replay(tally: Tally, replay: Replay | None) -> None:
    """Raise BalanceError unless every dead letter of the runs replayed is accounted for."""
    if replay and replay.documents != tally.documents:
        raise BalanceError(
            f"{replay.dead_letters} dead letters, {tally.documents} documents, of which "
            f"{replay.recovered} recovered; {replay.settled} settled, {replay.not_chosen} not "
            f"chosen, {replay.repeated} repeated"
        )


def _check_duplicates(reports: Sequence[ShardReport]) -> None:
    """Raise InputChangedError where a row tells of a document that is not as it was."""
    if changed := changed_documents(reports):
        raise InputChangedError(
            f"{len(changed)} documents with duplicates changed during the run, first {changed[0]}; "
            "run again when nothing writes to the input"
        )


class CollectReports(CombineFn):
    """Gather the reports of all shards; they are few, and their order is restored later."""

    def create_accumulator(self) -> list[ShardReport]:
        """Return no reports."""
        return []

    def add_input(self, accumulator: list[ShardReport], element: ShardReport) -> list[ShardReport]:
        """Return the reports with one more."""
        accumulator.append(element)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[list[ShardReport]]) -> list[ShardReport]:
        """Return the reports of several workers."""
        return [report for accumulator in accumulators for report in accumulator]

    def extract_output(self, accumulator: list[ShardReport]) -> list[ShardReport]:
        """Return the reports."""
        return accumulator


@dataclass
class WriteManifest(PTransform[PCollection[ShardReport], PCollection[str]]):
    """Commit the run whose shards reported; return the path of the manifest."""

    settings: CommitSettings

    def expand(self, reports: PCollection[ShardReport]) -> PCollection[str]:
        """Return the path of the manifest."""
        collector = CollectReports()  # type: ignore[no-untyped-call]  # of Beam's base class
        collected = reports | CombineGlobally(collector).without_defaults()
        path: PCollection[str] = collected | "Commit" >> Map(commit, self.settings)
        return path
