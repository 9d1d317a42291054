"""The graph of `suzgi ingest`.

1. Spread the shards (lists of uris) over the workers.
2. Fingerprint their documents; group the hashes; choose a winner for each content, and where near
   duplicates are looked for, for each cluster of these.
3. Bring the verdicts back to the shards; read, extract and write, one set of files a shard.
4. Commit: add the reports up, check the balance, write the manifest.
"""

from collections.abc import Sequence

from apache_beam.pipeline import Pipeline
from apache_beam.transforms.core import Create, Map
from apache_beam.transforms.util import CoGroupByKey, Reshuffle

from transforms.commit import CommitSettings, WriteManifest
from transforms.fingerprints import FindDuplicates
from transforms.process import ProcessShards, ShardSettings, key_by_number
from transforms.shards import Shard


def build_ingest(
    pipeline: Pipeline, shards: Sequence[Shard], settings: ShardSettings, commit: CommitSettings
) -> None:
    """Add the steps that ingest the shards to the pipeline."""
    spread = pipeline | "Shards" >> Create(shards) | "Spread" >> Reshuffle()
    verdicts = spread | "FindDuplicates" >> FindDuplicates(
        settings.read_settings(), settings.near_settings(), settings.ledger
    )
    grouped = {
        "shards": spread | "KeyByNumber" >> Map(key_by_number),
        "verdicts": verdicts,
    } | "JoinVerdicts" >> CoGroupByKey()
    reports = grouped | "ProcessShards" >> ProcessShards(settings)
    _ = reports | "WriteManifest" >> WriteManifest(commit)
