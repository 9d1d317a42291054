"""The graphs of `suzgi ingest`: of a run, and of a stream.

1. Spread the shards (lists of uris) over the workers.
2. Fingerprint their documents; group the hashes; choose a winner for each content, and where near
   duplicates are looked for, for each cluster of these.
3. Bring the verdicts back to the shards; read, extract and write, one set of files a shard.
4. Commit: add the reports up, check the balance, write the manifest.

A run has its shards before it begins; an engine elsewhere reads them from files. A stream finds
documents as they come and makes shards of each firing of a window, a round; the four steps are then
the same. Where a run groups by key, a stream counts what belongs to the round.
"""

from apache_beam.pipeline import Pipeline
from apache_beam.pvalue import PBegin, PCollection
from apache_beam.transforms.core import Create, Map
from apache_beam.transforms.ptransform import PTransform
from apache_beam.transforms.util import CoGroupByKey, Reshuffle

from transforms.cleanup import clean_after, find_manifest
from transforms.commit import CommitSettings, WriteManifest
from transforms.fingerprints import FindDuplicates
from transforms.process import ProcessShards, key_by_number
from transforms.shard_settings import ShardSettings
from transforms.shards import Shard
from transforms.stream.arrivals import Arrival
from transforms.stream.duplicates import FindRoundDuplicates
from transforms.stream.planning import PlanRounds, RoundSettings
from transforms.stream.redo import DoRoundAgain
from transforms.stream.round_commit import WriteManifests


def build_ingest(
    pipeline: Pipeline,
    shards: PTransform[PBegin, PCollection[Shard]],
    settings: ShardSettings,
    commit: CommitSettings,
    *,
    cleans_up: bool = False,
) -> None:
    """Add the steps that ingest the shards to the pipeline.

    The last of them removes what the run needed, if asked: no command may be left to do it.
    """
    spread = pipeline | "Shards" >> shards | "Spread" >> Reshuffle()
    verdicts = spread | "FindDuplicates" >> FindDuplicates(
        settings.read_settings(), settings.near_settings(), settings.ledger
    )
    grouped = {
        "shards": spread | "KeyByNumber" >> Map(key_by_number),
        "verdicts": verdicts,
    } | "JoinVerdicts" >> CoGroupByKey()
    reports = grouped | "ProcessShards" >> ProcessShards(settings)
    manifest = reports | "WriteManifest" >> WriteManifest(commit)
    if cleans_up:
        _ = manifest | "CleanUp" >> Map(clean_after, commit.output)


def build_finished(pipeline: Pipeline, manifest: str) -> None:
    """Add one step that finds the manifest of a run that is finished: a job that ends at once."""
    _ = pipeline | "Manifest" >> Create([manifest]) | "Find" >> Map(find_manifest)


def build_stream(
    pipeline: Pipeline,
    arrivals: PTransform[PBegin, PCollection[Arrival]],
    settings: ShardSettings,
    commit: CommitSettings,
    rounds: RoundSettings,
) -> None:
    """Add the steps that ingest documents as they arrive to the pipeline."""
    found = pipeline | "Arrivals" >> arrivals
    shards = found | "PlanRounds" >> PlanRounds(rounds) | "Spread" >> Reshuffle()
    joined = shards | "FindDuplicates" >> FindRoundDuplicates(settings.read_settings())
    reports = joined | "ProcessShards" >> ProcessShards(settings)
    do_again = DoRoundAgain(settings, rounds.shard_bytes)
    _ = reports | "WriteManifests" >> WriteManifests(commit, do_again)
