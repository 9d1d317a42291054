"""Firings become rounds: each document is in one, whatever the runner repeats or cuts anew."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.manifest import manifest_name
from transforms.output_files import LISTINGS
from transforms.parts import MANIFESTS
from transforms.rounds import Round
from transforms.shards import Shard
from transforms.stream.arrivals import NANOSECONDS, Arrival, Windows
from transforms.stream.claims import read_claims
from transforms.stream.planning import RoundSettings, plan_rounds

START = 1_747_248_000
WINDOW = Round(START, 60)


def settings_for(output: Path) -> RoundSettings:
    """Return settings for an output whose directories are made."""
    for name in (LISTINGS, MANIFESTS):
        (output / name).mkdir(exist_ok=True)
    return RoundSettings(str(output), Windows(60, 300), shard_bytes=100)


@pytest.fixture
def rounds(tmp_path: Path) -> RoundSettings:
    """Return settings for an empty output."""
    return settings_for(tmp_path)


def arrival(name: str, seconds: int = 0, generation: str = "1", size: int = 60) -> Arrival:
    return Arrival(f"file:///{name}", size, (START + seconds) * NANOSECONDS, generation)


def plan(settings: RoundSettings, *arrivals: Arrival) -> list[Shard]:
    return list(plan_rounds(("", arrivals), settings))


def commit(settings: RoundSettings, of: Round) -> None:
    Path(settings.output, manifest_name(of.name)).write_text("{}")


def names_in(shards: list[Shard]) -> list[str]:
    return [uri.removeprefix("file:///") for shard in shards for uri in shard.uris()]


def test_a_firing_is_a_round_that_knows_its_size(rounds: RoundSettings) -> None:
    shards = plan(rounds, arrival("c"), arrival("a"), arrival("b"))
    assert [shard.number for shard in shards] == [0, 1, 2]
    assert names_in(shards) == ["a", "b", "c"]
    assert {shard.round for shard in shards} == {Round(START, 60, 0, shards=3, files=3)}


def test_what_comes_later_is_a_pane_of_its_own(rounds: RoundSettings) -> None:
    plan(rounds, arrival("a"))
    (shard,) = plan(rounds, arrival("b"), arrival("c", size=1))
    assert shard.round == Round(START, 60, 1, shards=1, files=2)


def test_a_firing_of_several_windows_is_a_round_of_each(rounds: RoundSettings) -> None:
    """What is too late for its own window comes with another one."""
    shards = plan(rounds, arrival("new", 125), arrival("old", 3), arrival("older", -60))
    assert [shard.round.start - START for shard in shards] == [-60, 0, 120]
    assert names_in(shards) == ["older", "old", "new"]


def test_the_same_generation_twice_is_taken_once(rounds: RoundSettings) -> None:
    assert names_in(plan(rounds, arrival("a"), arrival("a"))) == ["a"]
    commit(rounds, WINDOW)
    assert names_in(plan(rounds, arrival("a"), arrival("b"))) == ["b"]
    assert plan(rounds, arrival("a")) == []


def test_another_generation_is_another_document(rounds: RoundSettings) -> None:
    plan(rounds, arrival("a"))
    (shard,) = plan(rounds, arrival("a", 1, generation="2"))
    assert (names_in([shard]), shard.round.pane) == (["a"], 1)


def test_of_two_generations_in_one_firing_the_later_is_read(rounds: RoundSettings) -> None:
    (shard,) = plan(
        rounds, arrival("a", 2, generation="2", size=7), arrival("a", 1, generation="1", size=60)
    )
    assert (names_in([shard]), shard.round.files) == (["a"], 1)
    (claim,) = read_claims(rounds.output, WINDOW)
    assert [each.generation for each in claim.arrivals] == ["1", "2"]
    assert plan(rounds, arrival("a", 1, generation="1")) == [shard]


def test_links_out_of_their_directory_stay_refused(rounds: RoundSettings) -> None:
    link = Arrival("file:///link", 0, START * NANOSECONDS, "1", is_refused=True)
    (shard,) = plan(rounds, link)
    assert shard.refused == (0,)


def test_a_round_that_was_not_committed_is_done_as_it_was(rounds: RoundSettings) -> None:
    before = plan(rounds, arrival("a"), arrival("b"))
    again = plan(rounds, arrival("b"), arrival("c"))
    assert again[:2] == before
    assert names_in(again[2:]) == ["c"]
    commit(rounds, WINDOW)
    assert plan(rounds, arrival("a"), arrival("c")) == again[2:]


NAMES = st.sampled_from("abcdefgh")
FIRINGS = st.lists(st.tuples(st.sets(NAMES, min_size=1), st.booleans()), max_size=8)


@settings(max_examples=60)
@given(FIRINGS)
def test_every_document_is_in_one_round_whatever_is_repeated(
    firings: list[tuple[set[str], bool]],
) -> None:
    """A firing has any documents, seen before or not; its rounds are committed or not."""
    with tempfile.TemporaryDirectory() as output:
        rounds = settings_for(Path(output))
        committed = Counter[str]()
        for names, ends in firings:
            shards = plan(rounds, *map(arrival, sorted(names)))
            claims = list(read_claims(rounds.output, WINDOW))
            claimed = Counter(each.uri[-1] for claim in claims for each in claim.arrivals)
            assert set(claimed.values()) <= {1}
            assert names <= claimed.keys()
            planned = Counter(names_in(shards))
            assert set(planned.values()) <= {1}
            assert names - committed.keys() <= planned.keys()
            assert not planned.keys() & committed.keys()
            if ends:
                for of in {shard.round._replace(shards=0, files=0) for shard in shards}:
                    commit(rounds, of)
                committed += planned
