"""Cut what arrives into rounds: by the window of each document, and by what is claimed already."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from apache_beam.pvalue import PCollection
from apache_beam.transforms.core import FlatMap, GroupByKey, Map, WindowInto
from apache_beam.transforms.ptransform import PTransform
from apache_beam.transforms.window import GlobalWindows

from transforms.document_list import ListedDocument
from transforms.limits import SHARD_BYTES
from transforms.manifest import manifest_name
from transforms.parts import join_output, read_whole
from transforms.rounds import Round
from transforms.shards import Shard, plan_shards
from transforms.stream.arrivals import Arrival, Windows
from transforms.stream.claims import make_claim, read_claims, sorted_by_uri


@dataclass(frozen=True, slots=True)
class RoundSettings:
    """What cuts a stream into rounds and shards."""

    output: str
    windows: Windows
    shard_bytes: int = SHARD_BYTES


def plan_rounds(grouped: tuple[str, Iterable[Arrival]], settings: RoundSettings) -> Iterator[Shard]:
    """Yield the shards of the rounds that the documents of one firing make.

    Most firings are one round. Those after a failure of the runner may be none, where all of it
    is committed, or several: what was claimed then is done as it was, and the rest comes after.
    """
    by_window = defaultdict[int, list[Arrival]](list)
    for arrival in grouped[1]:
        by_window[settings.windows.start_of(arrival)].append(arrival)
    for start in sorted(by_window):
        yield from _plan_window(Round(start, settings.windows.seconds), by_window[start], settings)


def _plan_window(
    window: Round, arrivals: Sequence[Arrival], settings: RoundSettings
) -> Iterator[Shard]:
    """Yield the shards of the rounds of one window."""
    waiting = {(arrival.uri, arrival.generation): arrival for arrival in arrivals}
    pane = 0
    for claim in read_claims(settings.output, window):
        pane = claim.pane + 1
        yield from _take_up(window, claim.pane, claim.arrivals, waiting, settings)
    while waiting:
        claim = make_claim(settings.output, window._replace(pane=pane), list(waiting.values()))
        yield from _take_up(window, pane, claim.arrivals, waiting, settings)
        pane += 1


def _take_up(
    window: Round,
    pane: int,
    claimed: Sequence[Arrival],
    waiting: dict[tuple[str, str], Arrival],
    settings: RoundSettings,
) -> Iterator[Shard]:
    """Yield the shards of a claimed round if documents of it wait and it is not committed.

    They do not wait any more.
    """
    found = [waiting.pop((each.uri, each.generation), None) for each in claimed]
    if any(found) and not is_committed(settings.output, window._replace(pane=pane)):
        yield from shards_of(window._replace(pane=pane), claimed, settings.shard_bytes)


def is_committed(output: str, of: Round) -> bool:
    """Tell whether a round has its manifest. Raises OutputError."""
    return read_whole(join_output(output, manifest_name(of.name))) is not None


def shards_of(of: Round, arrivals: Sequence[Arrival], shard_bytes: int) -> list[Shard]:
    """Return the shards of a round; of one uri the latest generation is read, once."""
    latest = {arrival.uri: arrival for arrival in sorted_by_uri(arrivals)}
    documents = [
        ListedDocument(each.uri, each.size, is_refused=each.is_refused, changed=each.changed)
        for each in latest.values()
    ]
    shards = list(plan_shards(documents, shard_bytes))
    whole = of._replace(shards=len(shards), files=len(documents))
    return [replace(shard, round=whole) for shard in shards]


def _under_one_key(arrival: Arrival) -> tuple[str, Arrival]:
    """Return a document under the key of all: a round is the work of one planner."""
    return "", arrival


@dataclass
class PlanRounds(PTransform[PCollection[Arrival], PCollection[Shard]]):
    """Put documents into windows; return the shards of each firing, which know their round.

    From here on windows and panes of the runner have no meaning any more.
    """

    settings: RoundSettings

    def expand(self, arrivals: PCollection[Arrival]) -> PCollection[Shard]:
        """Return the shards."""
        shards: PCollection[Shard] = (
            arrivals
            | "Window" >> self.settings.windows.into()
            | "UnderOneKey" >> Map(_under_one_key)
            | "GroupByWindow" >> GroupByKey()
            | "Plan" >> FlatMap(plan_rounds, self.settings)
            | "LeaveWindows" >> WindowInto(GlobalWindows())
        )
        return shards
