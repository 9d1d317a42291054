"""What was not there the last time is new: nothing twice, nothing overlooked, little remembered."""

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import Pipeline
from apache_beam.testing import test_stream
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.core import DoFn, Map, ParDo
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from transforms.document_list import ListedDocument
from transforms.listing import InputError
from transforms.stream.arrivals import Arrival, Windows
from transforms.stream.polling import Poll
from transforms.stream.watching import ListArrivals, arrival_of, find_new

FAR = 10**19
WINDOWS = Windows(60, 3600)


class Bag:
    """The state of one pattern, as a runner keeps it."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.writes = 0

    def read(self) -> list[bytes]:
        """Return all chunks."""
        return self.chunks

    def add(self, chunk: bytes) -> None:
        """Keep one more."""
        self.chunks.append(chunk)
        self.writes += 1

    def clear(self) -> None:
        """Keep none."""
        self.chunks = []


def look(folder: Path | str, bag: Bag, until: int = FAR, reached: float = 0) -> list[str]:
    """Return the names of the files that a poll finds."""
    poll = (str(folder), until // 1000)
    listing = ListArrivals((".txt",), WINDOWS)
    return [
        found.value.uri.rpartition("/")[2]
        for found in listing.process(poll, Timestamp(reached), bag)
    ]


def test_a_file_is_new_once(tmp_path: Path) -> None:
    bag = Bag()
    (tmp_path / "a.txt").touch()
    assert look(tmp_path, bag) == ["a.txt"]
    assert look(tmp_path, bag) == []
    (tmp_path / "b.txt").touch()
    assert look(tmp_path, bag) == ["b.txt"]
    assert look(tmp_path, bag) == []


def test_a_file_that_changed_is_new(tmp_path: Path) -> None:
    bag = Bag()
    path = tmp_path / "a.txt"
    path.write_text("one")
    assert look(tmp_path, bag) == ["a.txt"]
    path.write_text("more")
    assert look(tmp_path, bag) == ["a.txt"]


def test_files_with_old_dates_are_new_where_they_were_not_before(tmp_path: Path) -> None:
    """A folder is moved to its place; its files keep every date that they have."""
    bag = Bag()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "elsewhere" / "old.txt").touch()
    (tmp_path / "in" / "new.txt").touch()
    assert look(tmp_path / "in", bag) == ["new.txt"]
    (tmp_path / "elsewhere").rename(tmp_path / "in" / "moved")
    assert look(tmp_path / "in", bag) == ["old.txt"]


def test_a_file_that_changed_just_now_waits(tmp_path: Path) -> None:
    bag = Bag()
    path = tmp_path / "a.txt"
    path.touch()
    changed = path.stat().st_ctime_ns
    assert look(tmp_path, bag, until=changed - 10**6) == []
    assert look(tmp_path, bag, until=changed + 10**6) == ["a.txt"]


def test_nothing_is_remembered_of_files_that_are_gone(tmp_path: Path) -> None:
    bag = Bag()
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.txt").touch()
    look(tmp_path, bag)
    assert sum(map(len, bag.chunks)) == 24
    (tmp_path / "b.txt").unlink()
    assert look(tmp_path, bag) == []
    assert sum(map(len, bag.chunks)) == 16


def test_a_look_that_finds_nothing_writes_nothing(tmp_path: Path) -> None:
    bag = Bag()
    (tmp_path / "a.txt").touch()
    look(tmp_path, bag)
    writes = bag.writes
    look(tmp_path, bag)
    assert bag.writes == writes


def test_a_pattern_may_match_nothing_yet(tmp_path: Path) -> None:
    assert look(f"{tmp_path}/in/*.txt", Bag()) == []


def fail_after(documents: list[ListedDocument]) -> Iterator[ListedDocument]:
    yield from documents
    raise InputError("cannot list '/in/b'")


def test_a_place_that_cannot_be_listed_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    a, b, c = (ListedDocument(f"file:///in/{name}.txt", 1, changed=1) for name in "abc")
    listings = [iter([a, b]), fail_after([a, c]), iter([a, b, c])]
    monkeypatch.setattr("transforms.stream.watching.find_documents", lambda *_: listings.pop(0))
    bag = Bag()
    assert look("/in", bag) == ["a.txt", "b.txt"]
    assert look("/in", bag) == []
    assert "cannot list '/in/b'" in caplog.text
    assert look("/in", bag) == ["c.txt"]


def test_a_place_that_cannot_be_listed_at_first_stops_the_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("transforms.stream.watching.find_documents", lambda *_: fail_after([]))
    with pytest.raises(InputError):
        look("/in", Bag())


def test_links_that_cannot_be_followed_have_the_time_of_the_link(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.txt").touch()
    (tmp_path / "in" / "broken.txt").symlink_to("nowhere")
    (tmp_path / "in" / "leads-out.txt").symlink_to(tmp_path / "out.txt")
    found = [
        each.value
        for each in ListArrivals((".txt",), WINDOWS).process(
            (str(tmp_path / "in"), FAR // 1000), Timestamp(0), Bag()
        )
    ]
    assert {(each.uri.rpartition("/")[2], each.changed, each.is_refused) for each in found} == {
        (path.name, path.lstat().st_ctime_ns, path.name.startswith("leads"))
        for path in (tmp_path / "in").iterdir()
    }


def test_a_million_files_take_eight_bytes_each() -> None:
    def documents(count: int) -> Iterator[ListedDocument]:
        for number in range(count):
            yield ListedDocument(f"file:///in/{number:08}.txt", 5600, changed=number)

    nothing = np.array([], np.uint64)
    seen = array("Q")
    assert sum(1 for _ in find_new(documents(100_000), nothing, FAR, seen)) == 100_000
    assert len(seen) * seen.itemsize == 800_000
    known = np.unique(np.frombuffer(seen, np.uint64))
    new = find_new(documents(100_001), known, FAR, array("Q"))
    assert [arrival.uri for arrival in new] == ["file:///in/00100000.txt"]


def with_time(arrival: Arrival, time: Any = DoFn.TimestampParam) -> tuple[str, float]:
    return arrival.uri.rpartition("/")[2], float(time)


def test_in_a_stream_each_pattern_remembers_for_itself(tmp_path: Path) -> None:
    times = {}
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / f"{folder}.txt"
        path.touch()
        times[path.name] = path.stat().st_ctime_ns // 1000 / 10**6
    reached = int(max(times.values())) + 10_000
    polls = test_stream.TestStream()
    for second in (-1, 0, 1):
        time = Timestamp(reached + second)
        polls.advance_watermark_to(time)
        for folder in ("one", "two") if second else ("one",):
            value = (str(tmp_path / folder), FAR // 1000)
            stamp = time if folder == "two" else Timestamp(0)
            polls.add_elements([TimestampedValue(value, stamp)])
    polls.advance_watermark_to_infinity()
    options = PipelineOptions(["--streaming"])
    with Pipeline(runner="BundleBasedDirectRunner", options=options) as pipeline:
        found = (
            pipeline
            | polls.with_output_types(Poll)
            | ParDo(ListArrivals((".txt",), WINDOWS)).with_output_types(Arrival)
            | Map(with_time)
        )
        # That of the second folder is too late for its window: it has the time of its poll.
        assert_that(found, equal_to([("one.txt", times["one.txt"]), ("two.txt", reached - 1)]))


def test_a_document_without_a_date_is_taken_all_the_same() -> None:
    assert arrival_of(ListedDocument("store://x/a.txt", 5)) == Arrival(
        "store://x/a.txt", 5, 0, "5 0"
    )
