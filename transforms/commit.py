"""Commit a run: check that it balances and write the manifest, the last file of all."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from apache_beam.pvalue import PCollection
from apache_beam.transforms.core import Map
from apache_beam.transforms.ptransform import PTransform

from transforms.create_once import create_once, create_or_read
from transforms.gather import Gathered, GatherParts, Part
from transforms.listing import is_remote
from transforms.manifest import Manifest, Options, Pane, Replay, parse_manifest
from transforms.output_files import forget_reports, list_output, remove_files
from transforms.parts import OutputError, check_part, join_output, write_whole
from transforms.reports import ShardReport, Tally
from transforms.rounds import WHOLE_RUN, Round, count_shards
from transforms.run_records import record_listing
from transforms.text.extract import EXTRACTOR_VERSION

ATTEMPTS = 3
"""At a round of a stream, where documents change while they are read."""


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
    round: Round = WHOLE_RUN


def sum_reports(reports: Iterable[ShardReport], settings: CommitSettings) -> Manifest:
    """Return the manifest of a run; raise BalanceError, InputChangedError where it must not be."""
    ordered = sorted(reports, key=lambda report: report.shard)
    tally = Tally()
    inputs = hashlib.sha256()
    for report in ordered:
        tally.add(report.tally)
        inputs.update(report.inputs_sha256)
    _check_balance(tally, sum(report.sources for report in ordered), settings.sources)
    _check_containers(ordered)
    _check_replay(tally, settings.replay)
    _check_winners(ordered)
    return Manifest(
        version=EXTRACTOR_VERSION,
        options=settings.options,
        inputs_sha256=inputs.hexdigest(),
        tally=tally,
        files=tuple(sorted(part for report in ordered for part in report.parts)),
        replay=settings.replay,
        pane=Pane.of_round(settings.round),
    )


def commit(reports: Iterable[ShardReport], settings: CommitSettings) -> str:
    """Write the manifest after a look at every file that it lists; return its path."""
    collected = list(reports)
    try:
        manifest = sum_reports(collected, settings)
    except InputChangedError:  # or, with the same reports, it would never be otherwise
        doubtful = {
            each.shard for each in collected if each.winners_lost or each.containers_changed
        }
        with contextlib.suppress(OSError):
            forget_reports(settings.output, doubtful)
        raise
    for part in manifest.files:
        check_part(settings.output, part)
    name = manifest.file_name
    if others := [each for each in list_output(settings.output).manifests if each != name]:
        raise OutputError(f"{settings.output}: another run has committed, {others[0]}")
    if settings.listing_sha256:
        record_listing(settings.output, manifest.run, settings.listing_sha256)
    path = join_output(settings.output, name)
    write = create_once if is_remote(path) else write_whole
    write(path, manifest.to_text().encode("utf-8"), "manifest")
    return path


def commit_round(
    reports: Iterable[ShardReport],
    settings: CommitSettings,
    do_again: Callable[[Round], list[ShardReport]],
) -> str:
    """Write the manifest of a round of a stream; return its path.

    Whoever repeats a round, as a runner does after a failure, finds the manifest and leaves it as
    it is, with what it lists. Where documents changed between the passes the round is done again.
    Raises InputChangedError where they change each time.
    """
    collected = list(reports)
    written = _names_in(collected)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            manifest = sum_reports(collected, settings)
            break
        except InputChangedError:
            if attempt == ATTEMPTS:
                raise
            collected = do_again(settings.round)
            written |= _names_in(collected)
    for part in manifest.files:
        check_part(settings.output, part)
    path = join_output(settings.output, manifest.file_name)
    held = create_or_read(path, manifest.to_text().encode("utf-8"), "manifest")
    committed = parse_manifest(held.decode("utf-8"))
    remove_files(settings.output, written - {part.name for part in committed.files})
    return path


def _names_in(reports: Iterable[ShardReport]) -> set[str]:
    """Return the names of the files of shards."""
    return {part.name for report in reports for part in report.parts}


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


def _check_replay(tally: Tally, replay: Replay | None) -> None:
    """Raise BalanceError unless every dead letter of the runs replayed is accounted for."""
    if replay and replay.dead_letters != tally.documents + replay.not_chosen + replay.repeated:
        raise BalanceError(
            f"{replay.dead_letters} dead letters, {tally.documents} replayed, "
            f"{replay.not_chosen} not chosen, {replay.repeated} repeated"
        )


def _check_winners(reports: Sequence[ShardReport]) -> None:
    """Raise InputChangedError where duplicates name an article that is not there."""
    lost = {winner.article_id: winner for report in reports for winner in report.winners_lost}
    relied_on = frozenset[str]().union(*(report.ids_relied_on for report in reports))
    if missing := sorted(lost[each].source_uri for each in lost.keys() & relied_on):
        raise InputChangedError(
            f"{len(missing)} documents with duplicates changed during the run, first {missing[0]}; "
            "run again when nothing writes to the input"
        )


def commit_gathered(
    gathered: Gathered[ShardReport],
    settings: CommitSettings,
    do_again: Callable[[Round], list[ShardReport]] | None,
) -> str:
    """Commit a run, or a round of a stream, from the reports of its shards."""
    (key, _), parts = gathered
    reports = [report for _, report in parts]
    if do_again is None:
        return commit(reports, settings)
    of = Round(*key)
    return commit_round(reports, replace(settings, round=of, sources=of.files), do_again)


@dataclass
class WriteManifest(PTransform[PCollection[Part[ShardReport]], PCollection[str]]):
    """Commit the run whose shards reported, or each round of a stream."""

    settings: CommitSettings
    do_again: Callable[[Round], list[ShardReport]] | None = None  # of a stream; None: a run fails

    def expand(self, reports: PCollection[Part[ShardReport]]) -> PCollection[str]:
        """Return the paths of the manifests."""
        collected = reports | "CollectReports" >> GatherParts(
            count_shards if self.do_again else None
        )
        paths: PCollection[str] = collected | "Commit" >> Map(
            commit_gathered, self.settings, self.do_again
        )
        return paths
