"""Bring together what the shards of a round have for one place.

The input of a run ends, and grouping by key is enough. In a stream nothing says that a group is
whole: a trigger fires whenever it likes to, and panes of one grouping are not those of the next.
So every round says how many shards it has, every step sends each place a part, an empty one too,
and here they wait until all are there. No watermark has a say in it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from apache_beam.coders.coders import FastPrimitivesCoder, VarIntCoder
from apache_beam.pvalue import PCollection
from apache_beam.transforms.core import DoFn, ParDo
from apache_beam.transforms.ptransform import PTransform
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec

from transforms.rounds import Round, RoundKey

Value = TypeVar("Value")

Place = tuple[RoundKey, int]
"""A round, and the number of a partition or shard in it."""

Part = tuple[Place, tuple[int, Value]]
"""What somebody has for a place; the number tells the parts of a place apart."""

Gathered = tuple[Place, Iterable[tuple[int, Value]]]
"""A place and all its parts, sorted by their numbers."""


class WaitForParts(DoFn):
    """Hold the parts of a place until all are there.

    A part that comes again while others are missing, as when a runner repeats what it had done,
    is the same part: it counts once. State is kept for places alone that still wait.
    """

    PARTS = BagStateSpec("parts", FastPrimitivesCoder())
    COUNT = ReadModifyWriteStateSpec("count", VarIntCoder())

    def __init__(self, wanted: Callable[[Round], int]) -> None:
        self._wanted = wanted

    def process(
        self,
        part: Part[Any],
        parts: Any = DoFn.StateParam(PARTS),  # noqa: B008 (as Beam has it)
        count: Any = DoFn.StateParam(COUNT),  # noqa: B008
    ) -> Iterator[Gathered[Any]]:
        """Yield the parts of a place when the last one comes."""
        place, numbered = part
        wanted = self._wanted(Round(*place[0]))
        parts.add(numbered)
        counted = (count.read() or 0) + 1
        if counted < wanted:
            count.write(counted)
            return
        held = dict(parts.read())
        parts.clear()
        count.clear()
        if len(held) == wanted:
            yield place, [(number, held[number]) for number in sorted(held)]
            return
        for each in held.items():
            parts.add(each)
        count.write(len(held))


@dataclass
class GatherParts(PTransform[PCollection[Part[Any]], PCollection[Gathered[Any]]]):
    """Bring the parts of each place together, once all are there."""

    wanted: Callable[[Round], int]  # how many there are for each place of a round

    def expand(self, parts: PCollection[Part[Any]]) -> PCollection[Gathered[Any]]:
        """Return each place with its parts."""
        gathered: PCollection[Gathered[Any]] = parts | ParDo(WaitForParts(self.wanted))
        return gathered


def count_shards(of: Round) -> int:
    """Return how many shards a round has."""
    return of.shards
