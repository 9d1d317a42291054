"""The graphs of `suzgi ingest`: of a run, and of a stream.

1. Spread the shards (lists of uris) over the workers.
2. Fingerprint their documents; group the hashes; choose a winner for each content.
3. Bring the verdicts back to the shards; read, extract and write, one set of files a shard.
4. Commit: add the reports up, check the balance, write the manifest.

A run has its shards before it begins. A stream finds documents as they come, puts them into windows
of time, and cuts each firing into shards; the four steps are then those of a run, for each firing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from apache_beam.pipeline import Pipeline
from apache_beam.pvalue import PBegin, PCollection
from apache_beam.transforms.core import Create, Flatten, Map
from apache_beam.transforms.ptransform import PTransform
from apache_beam.transforms.util import Reshuffle

from transforms.commit import CommitSettings, WriteManifest
from transforms.fingerprints import FindDuplicates
from transforms.gather import GatherParts
from transforms.process import (
    ProcessShards,
    ShardPart,
    ShardSettings,
    count_shard_parts,
    shard_part,
)
from transforms.shards import Shard
from transforms.stream.arrivals import Arrival
from transforms.stream.planning import PlanRounds, RoundSettings
from transforms.stream.redo import DoRoundAgain


@dataclass
class IngestShards(PTransform[PCollection[Shard], PCollection[str]]):
    """The four steps, from shards to manifests."""

    settings: ShardSettings
    commit: CommitSettings
    do_again: DoRoundAgain | None = None  # of a stream; None: a run

    def expand(self, shards: PCollection[Shard]) -> PCollection[str]:
        """Return the paths of the manifests."""
        is_stream = self.do_again is not None
        spread = shards | "Spread" >> Reshuffle()
        verdicts = spread | "FindDuplicates" >> FindDuplicates(
            self.settings.read_settings(), is_stream
        )
        parts = spread | "KeyByNumber" >> Map(shard_part)
        paths: PCollection[str] = (
            (parts, verdicts)
            | "AddVerdicts" >> Flatten().with_output_types(ShardPart)
            | "JoinVerdicts" >> GatherParts(count_shard_parts if is_stream else None)
            | "ProcessShards" >> ProcessShards(self.settings)
            | "WriteManifest" >> WriteManifest(self.commit, self.do_again)
        )
        return paths


def build_ingest(
    pipeline: Pipeline, shards: Sequence[Shard], settings: ShardSettings, commit: CommitSettings
) -> None:
    """Add the steps that ingest the shards to the pipeline."""
    _ = pipeline | "Shards" >> Create(shards) | "Ingest" >> IngestShards(settings, commit)


def build_stream(
    pipeline: Pipeline,
    arrivals: PTransform[PBegin, PCollection[Arrival]],
    settings: ShardSettings,
    commit: CommitSettings,
    rounds: RoundSettings,
) -> None:
    """Add the steps that ingest documents as they arrive to the pipeline."""
    do_again = DoRoundAgain(settings, rounds.shard_bytes)
    _ = (
        pipeline
        | "Arrivals" >> arrivals
        | "PlanRounds" >> PlanRounds(rounds)
        | "Ingest" >> IngestShards(settings, commit, do_again)
    )
