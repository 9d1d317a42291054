"""The graph of a stream: windows, late documents, duplicates, dead letters; the same bits again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import Pipeline
from apache_beam.testing import test_stream
from apache_beam.transforms.core import Create
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp
from output_rows import rows

from pipelines.ingest_graph import build_ingest, build_stream
from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from tests.pipelines.conftest import PAGE, contents
from transforms.commit import CommitSettings
from transforms.fingerprints import find_duplicates
from transforms.listing import list_documents
from transforms.manifest import Manifest, parse_manifest
from transforms.output_files import RUN_DIRECTORIES, claim_name
from transforms.shard_settings import ShardSettings
from transforms.shards import plan_shards
from transforms.stream.arrivals import LATE_SECONDS, NANOSECONDS, Arrival, Windows
from transforms.stream.planning import RoundSettings
from transforms.verification import Verification

START = 1_747_248_000
"""14 May 2025, 18:40 in UTC, in seconds: a window begins."""

FIRST, SECOND = "20250514T184000Z", "20250514T184100Z"
WINDOWS = Windows(60, 300)
SHARD_BYTES = 1000  # two pages
DAY = date(2025, 5, 14)


@dataclass(frozen=True, slots=True)
class Step:
    """Documents that come once the stream has reached a time, in seconds after the start."""

    reached: float
    arrivals: Sequence[Arrival]


@dataclass
class Stream:
    """A folder of pages, and streams over them into outputs."""

    folder: Path

    def page(
        self, name: str, seconds: float = 0, text: str | None = None, generation: str = "1"
    ) -> Arrival:
        """Write a page; return it as it arrives, changed so many seconds after the start."""
        path = self.folder / "in" / name
        path.parent.mkdir(exist_ok=True)
        content = PAGE.format(number=name) if text is None else text
        path.write_text(content, encoding="utf-8")
        changed = START * NANOSECONDS + round(seconds * NANOSECONDS)
        return Arrival(path.as_uri(), len(content.encode()), changed, generation)

    def run(self, steps: Iterable[Step], output: str = "out", **settings: Any) -> Path:
        """Run a stream to its end; return its output."""
        place = self.folder / output
        for name in RUN_DIRECTORIES:
            (place / name).mkdir(parents=True, exist_ok=True)
        options = PipelineOptions(["--streaming"])
        pipeline = Pipeline(runner="BundleBasedDirectRunner", options=options)
        build_stream(
            pipeline,
            _events(steps),
            settings_for(place, **settings),
            CommitSettings(str(place), None, {"codec": "deflate"}),
            RoundSettings(str(place), WINDOWS, SHARD_BYTES),
        )
        pipeline.run().wait_until_finish()
        return place


def _events(steps: Iterable[Step]) -> test_stream.TestStream:
    """Return the stream that the steps make; after each, what is late is waited for."""
    events = test_stream.TestStream()
    events.advance_processing_time(2 * START)  # it is later than all that happened
    for step in steps:
        time = Timestamp(START + step.reached)
        events.advance_watermark_to(time)
        events.add_elements(
            [TimestampedValue(each, WINDOWS.event_time(each, time)) for each in step.arrivals]
        )
        events.advance_processing_time(LATE_SECONDS + 1)
    events.advance_watermark_to_infinity()
    return events


def settings_for(output: Path, **settings: Any) -> ShardSettings:
    return ShardSettings(str(output), DAY, **settings)


def manifests(output: Path) -> dict[str, Manifest]:
    """Return the manifests of an output by their names."""
    return {
        path.stem: parse_manifest(path.read_text(encoding="utf-8"))
        for path in sorted((output / "manifests").iterdir())
    }


def names(found: Iterable[Article | DeadLetter | Duplicate]) -> list[str]:
    return sorted(row.source_uri.rpartition("/")[2] for row in found)


def faults(output: Path) -> list[str]:
    return [f"{fault.name}: {fault.message}" for fault in Verification(str(output), 1).faults()]


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    """Return a folder without pages."""
    return Stream(tmp_path)


def test_each_window_has_its_files_and_its_manifest(stream: Stream) -> None:
    arrivals = [stream.page(f"{second}.txt", second) for second in (0, 30, 59.9, 60, 100)]
    output = stream.run([Step(0, arrivals)])
    found = manifests(output)
    assert {name: manifest.tally.articles for name, manifest in found.items()} == {
        f"{FIRST}-0000": 3,
        f"{SECOND}-0000": 2,
    }
    assert found[f"{FIRST}-0000"].to_json()["pane"] == {
        "window_start": "2025-05-14T18:40:00Z",
        "window_end": "2025-05-14T18:41:00Z",
        "index": 0,
    }
    for name, manifest in found.items():
        assert all(part.name.startswith(f"articles/part-{name}-0000") for part in manifest.files)
    assert len(found[f"{FIRST}-0000"].files) == 2  # shards
    assert faults(output) == []


def test_windows_without_documents_have_no_manifest(stream: Stream) -> None:
    output = stream.run([Step(0, []), Step(1000, [stream.page("a.txt", 1000)]), Step(5000, [])])
    assert list(manifests(output)) == ["20250514T185600Z-0000"]


def test_late_documents_come_in_later_panes(stream: Stream) -> None:
    steps = [
        Step(0, [stream.page("a.txt", 1)]),
        Step(60, [stream.page("b.txt", 2), stream.page("c.txt", 3)]),
        Step(300, [stream.page("d.txt", 4), stream.page("e.txt", 299)]),
    ]
    output = stream.run(steps)
    assert {name: manifest.tally.documents for name, manifest in manifests(output).items()} == {
        f"{FIRST}-0000": 1,
        f"{FIRST}-0001": 2,
        f"{FIRST}-0002": 1,
        "20250514T184400Z-0000": 1,
    }
    assert names(rows(output, Article)) == ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]
    assert faults(output) == []


def test_what_is_later_than_allowed_is_not_lost(stream: Stream) -> None:
    """It waits for another window to end, and is a later pane of its own window."""
    steps = [
        Step(0, [stream.page("a.txt", 1)]),
        Step(100_000, [stream.page("b.txt", 2), stream.page("c.txt", 100_000)]),
    ]
    output = stream.run(steps)
    assert {name: manifest.tally.documents for name, manifest in manifests(output).items()} == {
        f"{FIRST}-0000": 1,
        f"{FIRST}-0001": 1,
        "20250515T222600Z-0000": 1,
    }
    assert names(rows(output, Article)) == ["a.txt", "b.txt", "c.txt"]


def test_duplicates_are_found_within_a_round(stream: Stream) -> None:
    copy = PAGE.format(number="copied")
    arrivals = [stream.page(f"{name}.txt", 1, copy) for name in "dcba"]
    later = [stream.page("later.txt", 2, copy)]
    output = stream.run([Step(0, arrivals), Step(60, later)])
    assert names(rows(output, Article)) == ["a.txt", "later.txt"]
    assert names(rows(output, Duplicate)) == ["b.txt", "c.txt", "d.txt"]
    assert faults(output) == []


def test_the_same_generation_is_taken_once(stream: Stream) -> None:
    """In one firing, in a later pane of the window, and long after it."""
    again, other = stream.page("a.txt", 1), stream.page("b.txt", 2)
    steps = [Step(0, [again, again]), Step(60, [again, other]), Step(100_000, [again, other])]
    output = stream.run(steps)
    assert {name: manifest.tally.documents for name, manifest in manifests(output).items()} == {
        f"{FIRST}-0000": 1,
        f"{FIRST}-0001": 1,
    }


def test_a_file_that_changed_is_another_document(stream: Stream) -> None:
    first = stream.run([Step(0, [stream.page("a.txt", 1)])])
    changed = stream.page("a.txt", 70, PAGE.format(number="changed"), generation="2")
    output = stream.run([Step(60, [changed])])
    assert output == first
    assert names(rows(output, Article)) == ["a.txt", "a.txt"]
    assert len({article.id for article in rows(output, Article)}) == 2
    assert list(manifests(output)) == [f"{FIRST}-0000", f"{SECOND}-0000"]


def test_dead_letters_are_windowed_too(stream: Stream) -> None:
    gone = Arrival((stream.folder / "gone.txt").as_uri(), 5, (START + 70) * NANOSECONDS, "1")
    steps = [
        Step(0, [stream.page("empty.txt", 1, ""), stream.page("a.txt", 2), gone]),
        Step(130, [stream.page("blank.txt", 3, " \n")]),
    ]
    output = stream.run(steps)
    found = manifests(output)
    assert {name: dict(manifest.tally.dead_letters) for name, manifest in found.items()} == {
        f"{FIRST}-0000": {"empty": 1},
        f"{FIRST}-0001": {"empty": 1},
        f"{SECOND}-0000": {"not_found": 1},
    }
    assert names(rows(output, DeadLetter)) == ["blank.txt", "empty.txt", "gone.txt"]
    assert faults(output) == []


def test_rows_have_the_date_of_their_window(stream: Stream) -> None:
    arrivals = [stream.page("a.txt", 1), stream.page("b.txt", 86_400)]
    output = stream.run([Step(0, arrivals)], is_dated_by_window=True)
    dates = {article.source_uri[-5:]: article.ingest_date for article in rows(output, Article)}
    assert dates == {"a.txt": date(2025, 5, 14), "b.txt": date(2025, 5, 15)}


def many(stream: Stream) -> list[Arrival]:
    """Return pages with copies and empty ones, in two windows."""
    return [
        stream.page(
            f"{number:02}.txt",
            10 * number,
            "" if number % 5 == 4 else PAGE.format(number=number - number % 3 // 2),
        )
        for number in range(12)
    ]


def test_the_same_bits_in_any_order(stream: Stream) -> None:
    arrivals = many(stream)
    one = stream.run([Step(0, arrivals)], "one")
    other = stream.run([Step(0, arrivals[::-1][:5]), Step(1, arrivals[:7])], "other")
    assert contents(one) == contents(other)
    assert len(manifests(one)) == 2


def test_a_stream_that_is_started_anew_does_nothing_twice(stream: Stream) -> None:
    steps = [Step(0, many(stream)), Step(130, [stream.page("late.txt", 5)])]
    before = contents(stream.run(steps))
    everything = [each for step in steps for each in step.arrivals]
    output = stream.run([Step(0, [*everything, stream.page("new.txt", 200)])])
    after = contents(output)
    new = {name for name in after if name not in before}
    assert {name: after[name] for name in before} == before
    assert {name.partition("Z")[0][-6:] for name in new} == {"184300"}


@pytest.mark.parametrize("lost", ["manifest", "manifest and files"])
def test_what_a_crash_left_is_done_as_it_was(stream: Stream, lost: str) -> None:
    """However the runner cuts the panes then: here the late document comes in time."""
    steps = [Step(0, many(stream)), Step(60, [stream.page("late.txt", 5)])]
    output = stream.run(steps)
    undisturbed = contents(output)
    for name, manifest in manifests(output).items():
        (output / "manifests" / f"{name}.json").unlink()
        for part in manifest.files if "files" in lost else ():
            (output / part.name).unlink()
    stream.run([Step(0, [each for step in steps for each in step.arrivals])])
    assert contents(output) == undisturbed


def test_articles_are_those_of_a_run(stream: Stream) -> None:
    in_time, late = many(stream)[:4], many(stream)[4:]
    in_time.append(stream.page("copy.txt", 30, PAGE.format(number=3)))
    output = stream.run([Step(0, in_time), Step(70, late)])
    run = stream.folder / "run"
    for name in RUN_DIRECTORIES:
        (run / name).mkdir(parents=True)
    shards = list(plan_shards(list_documents([str(stream.folder / "in")]), SHARD_BYTES))
    pipeline = Pipeline(runner="FnApiRunner")
    build_ingest(
        pipeline,
        Create(shards),
        settings_for(run),
        CommitSettings(str(run), len(in_time + late), {}),
    )
    pipeline.run().wait_until_finish()
    for kind in (Article, Duplicate, DeadLetter):
        of_stream, of_run = (
            {row.source_uri: row for row in rows(place, kind)} for place in (output, run)
        )
        assert of_stream == of_run


def test_a_document_that_changes_between_the_passes_has_the_round_done_again(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The winner of two copies changes after its fingerprint was taken."""
    copy = PAGE.format(number="copied")
    arrivals = [stream.page(f"{name}.txt", 1, copy) for name in "ab"]
    find = find_duplicates

    def change_and_find(partition: Any) -> Any:
        stream.page("a.txt", 1, PAGE.format(number="changed"))
        return find(partition)

    monkeypatch.setattr("transforms.stream.duplicates.find_duplicates", change_and_find)
    output = stream.run([Step(0, arrivals)])
    assert names(rows(output, Article)) == ["a.txt", "b.txt"]
    assert rows(output, Duplicate) == []


def test_of_two_attempts_at_a_round_the_first_counts(stream: Stream) -> None:
    arrivals = [stream.page("a.txt", 1)]
    output = stream.run([Step(0, arrivals)])
    undisturbed = contents(output)
    manifest = output / "manifests" / f"{FIRST}-0000.json"
    held = manifest.read_bytes()
    manifest.unlink()
    stream.page("a.txt", 1, PAGE.format(number="changed"))
    other = contents(stream.run([Step(0, arrivals)]))
    assert other[f"manifests/{FIRST}-0000.json"] != held
    assert undisturbed[claim_name(f"{FIRST}-0000")] == other[claim_name(f"{FIRST}-0000")]


def damage_claim(output: Path) -> None:
    (output / claim_name(f"{FIRST}-0000")).write_text("{}")


def lose_claim(output: Path) -> None:
    (output / claim_name(f"{FIRST}-0000")).unlink()


def lose_manifest(output: Path) -> None:
    (output / "manifests" / f"{FIRST}-0000.json").unlink()


def rename_manifest(output: Path) -> None:
    manifest = output / "manifests" / f"{FIRST}-0000.json"
    manifest.rename(manifest.with_name(f"{FIRST}-0001.json"))


CLAIM = f"_listings/round-{FIRST}-0000.json"


@pytest.mark.parametrize(
    ("damage", "wanted"),
    [
        (damage_claim, f"{CLAIM}: damaged: the stream cannot go on with it"),
        (lose_claim, f"{CLAIM}: missing: a stream that is started anew takes these documents"),
        (lose_manifest, f"{CLAIM}: no manifest lists it"),
        (rename_manifest, f"manifests/{FIRST}-0001.json: window is that of round {FIRST}-0000"),
    ],
)
def test_verify_knows_what_a_stream_writes(
    stream: Stream, damage: Callable[[Path], None], wanted: str
) -> None:
    output = stream.run([Step(0, [stream.page("a.txt", 1), stream.page("b.txt", 61)])])
    damage(output)
    found = faults(output)
    assert any(fault.startswith(wanted) for fault in found), found


def test_dead_letters_of_all_windows_are_replayed(stream: Stream) -> None:
    arrivals = [stream.page("a.txt", 1, ""), stream.page("b.txt", 61, ""), stream.page("c.txt", 2)]
    output = stream.run([Step(0, arrivals)])
    arguments = ["--output", str(stream.folder / "replay"), "--quiet", "--ingest-date=2025-05-15"]
    assert main(["replay", str(output), *arguments]) == 0
    letters = rows(stream.folder / "replay", DeadLetter)
    assert [(letter.source_uri[-5:], letter.attempt) for letter in letters] == [
        ("a.txt", 2),
        ("b.txt", 2),
    ]
    (manifest,) = manifests(stream.folder / "replay").values()
    assert manifest.replay is not None
    assert set(manifest.replay.runs) == {each.run for each in manifests(output).values()}
