"""Commit each round of a stream: once, whoever repeats it, and with what its manifest lists."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from apache_beam.pvalue import PCollection
from apache_beam.transforms.core import Map
from apache_beam.transforms.ptransform import PTransform

from transforms.commit import CommitSettings, InputChangedError, sum_reports
from transforms.create_once import create_or_read
from transforms.manifest import parse_manifest
from transforms.output_files import remove_files
from transforms.parts import check_parts, join_output
from transforms.reports import ShardReport
from transforms.rounds import Round
from transforms.stream.gather import Gathered, GatherParts, Part, count_shards

ATTEMPTS = 3
"""At a round whose documents change while they are read."""

DoAgain = Callable[[Round], list[ShardReport]]


def report_part(report: ShardReport) -> Part[ShardReport]:
    """Return the report of a shard as a part of what is gathered for its round."""
    return (report.round.key, 0), (report.shard, report)


def commit_round(
    gathered: Gathered[ShardReport], settings: CommitSettings, do_again: DoAgain
) -> str:
    """Write the manifest of a round; return its path.

    Whoever repeats a round, as a runner does after a failure, finds the manifest and leaves it as
    it is, with what it lists. Where documents changed between the passes the round is done again.
    Raises InputChangedError where they change each time.
    """
    (key, _), parts = gathered
    of = Round(*key)
    settings = replace(settings, round=of, sources=of.files)
    reports = [report for _, report in parts]
    written = _names_in(reports)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            manifest = sum_reports(reports, settings)
            break
        except InputChangedError:
            if attempt == ATTEMPTS:
                raise
            reports = do_again(of)
            written |= _names_in(reports)
    check_parts(settings.output, manifest.files, are_few=True)
    path = join_output(settings.output, manifest.file_name)
    held = create_or_read(path, manifest.to_text().encode("utf-8"), "manifest")
    listed = {part.name for part in parse_manifest(held.decode("utf-8")).files}
    remove_files(settings.output, written - listed)
    return path


def _names_in(reports: Iterable[ShardReport]) -> set[str]:
    """Return the names of the files of shards."""
    return {part.name for report in reports for part in report.parts}


@dataclass
class WriteManifests(PTransform[PCollection[ShardReport], PCollection[str]]):
    """Commit each round whose shards have all reported; return the paths of the manifests."""

    settings: CommitSettings
    do_again: DoAgain

    def expand(self, reports: PCollection[ShardReport]) -> PCollection[str]:
        """Return the paths of the manifests."""
        paths: PCollection[str] = (
            reports
            | "KeyByRound" >> Map(report_part)
            | "CollectReports" >> GatherParts(count_shards)
            | "Commit" >> Map(commit_round, self.settings, self.do_again)
        )
        return paths
