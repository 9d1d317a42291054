"""Parts of a place wait for each other, whatever comes twice or in another order."""

from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import Pipeline
from apache_beam.testing import test_stream
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from transforms.rounds import Round
from transforms.stream.gather import GatherParts, Part, WaitForParts, count_shards

TWO = Round(60, 60, 0, shards=2, files=5)
THREE = Round(120, 60, 1, shards=3, files=5)


Strings = Part[str]


class Bag:
    """The state of one key in which a runner keeps several values."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def add(self, value: Any) -> None:
        """Keep one more."""
        self.values.append(value)

    def clear(self) -> None:
        """Keep none."""
        self.values = []

    def read(self) -> Any:
        """Return all."""
        return list(self.values)


class Cell(Bag):
    """The state of one key in which a runner keeps one value."""

    def write(self, value: Any) -> None:
        """Keep another."""
        self.values = [value]

    def read(self) -> Any:
        """Return it, or None."""
        return self.values[0] if self.values else None


@given(st.integers(1, 6), st.data())
def test_a_place_is_whole_as_soon_as_each_part_came(shards: int, data: st.DataObject) -> None:
    of = Round(0, 60, 0, shards=shards, files=9)
    numbers = data.draw(st.lists(st.integers(0, shards - 1), max_size=30))
    waiting, bag, cell = WaitForParts(count_shards), Bag(), Cell()
    missing = set(range(shards))
    for number in numbers:
        part: Strings = ((of.key, 7), (number, f"part {number}"))
        gathered = list(waiting.process(part, bag, cell))
        missing.discard(number)
        if missing:
            assert gathered == []
        else:
            assert gathered == [((of.key, 7), [(each, f"part {each}") for each in range(shards)])]
            assert (bag.values, cell.values) == ([], [])
            missing = set(range(shards))


def parts_of(of: Round, place: int) -> list[Strings]:
    return [((of.key, place), (number, f"{place} {number}")) for number in range(of.shards)]


def test_rounds_and_places_do_not_mix_in_a_stream() -> None:
    two, three, other = parts_of(TWO, 0), parts_of(THREE, 0), parts_of(TWO, 1)
    stream = (
        test_stream.TestStream()
        .add_elements([two[1], three[0], three[2], other[0]])
        .advance_watermark_to(1000)  # has no say in it
        .add_elements([three[1], two[0]])
        .advance_watermark_to_infinity()
    )
    options = PipelineOptions(["--streaming"])
    with Pipeline(runner="BundleBasedDirectRunner", options=options) as pipeline:
        typed = pipeline | stream.with_output_types(Strings)
        gathered = typed | GatherParts(count_shards)
        wanted = [
            ((TWO.key, 0), [(0, "0 0"), (1, "0 1")]),
            ((THREE.key, 0), [(0, "0 0"), (1, "0 1"), (2, "0 2")]),
        ]
        assert_that(gathered, equal_to(wanted))
