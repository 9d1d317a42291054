"""Do a round again, in one place: documents of it changed between its two passes."""

from dataclasses import dataclass

from apache_beam.pvalue import TaggedOutput

from transforms.limits import SHARD_BYTES
from transforms.parts import OutputError
from transforms.process import process_keyed_shard
from transforms.reports import ShardReport
from transforms.rounds import Round
from transforms.shard_settings import ShardSettings
from transforms.stream.claims import read_claim
from transforms.stream.duplicates import (
    ShardPart,
    fingerprint_parts,
    join_parts,
    shard_part,
    verdict_parts,
)
from transforms.stream.gather import Gathered, Part, Place, Value
from transforms.stream.planning import shards_of


@dataclass(frozen=True, slots=True)
class DoRoundAgain:
    """The steps of a round, one after another."""

    settings: ShardSettings
    shard_bytes: int = SHARD_BYTES

    def __call__(self, of: Round) -> list[ShardReport]:
        """Return new reports on the shards of a round. Raises OutputError."""
        claim = read_claim(self.settings.output, of)
        if claim is None:
            raise OutputError(f"{self.settings.output}: the claim of round {of.name} is gone")
        shards = shards_of(of, claim.arrivals, self.shard_bytes)
        fingerprints: list[Part[bytes]] = []
        findings: list[ShardPart] = [shard_part(shard) for shard in shards]
        for shard in shards:
            for found in fingerprint_parts(shard, self.settings.read_settings()):
                if isinstance(found, TaggedOutput):
                    findings.append(found.value)
                else:
                    fingerprints.append(found)
        for gathered in _gather(fingerprints):
            findings += verdict_parts(gathered)
        return [
            report
            for gathered_shard in _gather(findings)
            for report in process_keyed_shard(join_parts(gathered_shard), self.settings)
        ]


def _gather(parts: list[Part[Value]]) -> list[Gathered[Value]]:
    """Return each place with all its parts, sorted."""
    gathered: dict[Place, list[tuple[int, Value]]] = {}
    for place, numbered in parts:
        gathered.setdefault(place, []).append(numbered)
    return [(place, sorted(held, key=_number)) for place, held in gathered.items()]


def _number(numbered: tuple[int, object]) -> int:
    """Return the number of a part."""
    return numbered[0]
