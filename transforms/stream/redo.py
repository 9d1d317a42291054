"""Do a round again, in one place: documents of it changed between its two passes."""

from collections import defaultdict
from dataclasses import dataclass

from apache_beam.pvalue import TaggedOutput

from transforms.fingerprints import find_duplicates, fingerprint_shard, unpack_verdicts
from transforms.limits import SHARD_BYTES
from transforms.parts import OutputError
from transforms.process import ShardSettings, finish_shard
from transforms.reports import ShardReport
from transforms.rounds import Round
from transforms.sources import Census
from transforms.stream.claims import read_claim
from transforms.stream.planning import shards_of


@dataclass(frozen=True, slots=True)
class DoRoundAgain:
    """Fingerprints, verdicts and files of a round, one shard after another."""

    settings: ShardSettings
    shard_bytes: int = SHARD_BYTES

    def __call__(self, of: Round) -> list[ShardReport]:
        """Return new reports on the shards of a round. Raises OutputError."""
        claim = read_claim(self.settings.output, of)
        if claim is None:
            raise OutputError(f"{self.settings.output}: the claim of round {of.name} is gone")
        settings = self.settings.of_round(of)
        shards = shards_of(of, claim.arrivals, self.shard_bytes)
        fingerprints = defaultdict[int, list[bytes]](list)
        censuses = defaultdict[int, Census](Census)
        for shard in shards:
            for found in fingerprint_shard(shard, settings.read_settings()):
                if isinstance(found, TaggedOutput):
                    censuses[found.value[0]] = found.value[1]
                else:
                    fingerprints[found[0]].append(found[1])
        verdicts = defaultdict[int, list[bytes]](list)
        for partition in fingerprints.items():
            for number, packed in find_duplicates(partition):
                verdicts[number].append(packed)
        return [
            finish_shard(
                shard, unpack_verdicts(verdicts[shard.number]), settings, censuses[shard.number]
            )
            for shard in shards
        ]
