"""Files that come and go, runs, kills, re-runs and replays in any order, against an oracle."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from output_rows import rows

from schemas.rows import Article, DeadLetter, Duplicate
from tests.pipelines.conftest import COMMON, Crashes, contents
from tests.pipelines.model_files import SUFFIXES, File, Link, Page
from tests.pipelines.model_oracle import (
    ArticleRow,
    DuplicateRow,
    LetterRow,
    Row,
    Rows,
    codes,
    counts,
    expect_ingest,
    expect_replay,
)
from transforms.commit_points import POINTS
from transforms.manifest import parse_manifest

SEQUENCES = int(os.environ.get("SUZGI_TORTURE_SEQUENCES", "12"))
PARTS = 2 if SEQUENCES < 100 else 10
"""The sequences are spread over so many tests, which run side by side."""
STEPS = 14
SEED = 20240531

CAP, HIGH_CAP = 3_000, 100_000
"""--max-document-bytes of an ingest and of a replay after the fix."""

STEMS = ("a", "b", "c d", "e#1", "f%41", "sub/g", "қ", "z!")
KILLED = -signal.SIGKILL
COMMITTED_FROM = POINTS.index("manifest.renamed")


@dataclass(frozen=True, slots=True)
class At:
    """A kill at the n-th pass of a point of the commit."""

    point: str
    nth: int


@dataclass(frozen=True, slots=True)
class After:
    """A kill after this share of the time that a run takes."""

    share: float


Kill = At | After | None

numbers = st.integers(0, 7)
stems = st.sampled_from(STEMS)
counts_of_lines = st.sampled_from([2, 1, 3, 0, 30])
pages = st.builds(
    Page,
    st.sampled_from(["kk", "ru", "picture", "digits", "boilerplate"]),
    st.integers(0, 3),
    counts_of_lines,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
texts = st.builds(
    Page, st.sampled_from(["kk", "ru", "digits", "boilerplate"]), st.integers(0, 3), counts_of_lines
)
files = st.one_of(
    st.builds(File, st.just("plain"), st.tuples(pages)),
    st.builds(File, st.just("gz"), st.tuples(pages), st.sampled_from(["", "", "cut", "rest"])),
    st.builds(File, st.just("zip"), st.lists(pages, max_size=3).map(tuple)),
    st.builds(File, st.just("jsonl"), st.lists(texts, max_size=3).map(tuple)),
)
points = st.builds(At, st.sampled_from(POINTS), st.integers(1, 4))
moments = st.builds(After, st.floats(0, 1))
kills = points | moments


@dataclass(slots=True)
class Output:
    """An output directory: what makes it, and what must be in it once a manifest is there."""

    path: Path
    replay_of: "Output | None" = None
    cap: int = CAP
    code: str | None = None  # of the dead letters to replay; None: all
    was_killed: bool = False
    has_leftovers: bool = False  # was killed after the commit
    rows: Rows = field(default_factory=dict)
    bits: dict[str, str] | None = None  # SHA-256 of each file; None: not committed


class Model(RuleBasedStateMachine):
    """An input directory, runs over it, and the oracle."""

    crashes: Crashes

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="suzgi-model-"))
        self.pages = self.folder / "in"
        self.pages.mkdir()
        self.runs = Crashes(self.folder, self.crashes.server)
        self.files: dict[str, File | Link] = {}
        self.outputs = 0
        self.ingest = self.new_output()
        self.replay: Output | None = None
        self.committed: list[Output] = []

    def new_output(self, **more: Any) -> Output:
        self.outputs += 1
        return Output(self.folder / f"out-{self.outputs}", **more)

    # What happens to the input.

    @initialize(held=st.lists(st.tuples(stems, files), min_size=1, max_size=8))
    def begin(self, held: list[tuple[str, File]]) -> None:
        for stem, file in held:
            self.put(stem + SUFFIXES[file.form], file)

    @rule(stem=stems, file=files)
    def add(self, stem: str, file: File) -> None:
        self.put(stem + SUFFIXES[file.form], file)

    @rule(number=numbers)
    def append(self, number: int) -> None:
        name, file = self.pick(number)
        if isinstance(file, File):
            self.put(name, file.appended())

    @rule(number=numbers, is_emptied=st.booleans())
    def truncate(self, number: int, is_emptied: bool) -> None:
        name, file = self.pick(number)
        if isinstance(file, File):
            self.put(name, replace(file, damage="emptied") if is_emptied else file.shortened())

    @rule(number=numbers, stem=stems, suffix=st.sampled_from(["", "", ".old", ".txt", ".txt.gz"]))
    def rename(self, number: int, stem: str, suffix: str) -> None:
        """Rename a file, also to a name that no run takes, or that says something wrong."""
        name, file = self.pick(number)
        if file is None:
            return
        suffix_now = name[name.index(".") :]
        if isinstance(file, Link):
            suffix = suffix_now
        elif not suffix or (file.form in ("zip", "jsonl") and suffix != ".old"):
            suffix = SUFFIXES[file.form]
        if (new := stem + suffix) != name:
            (self.pages / new).parent.mkdir(exist_ok=True)
            (self.pages / name).rename(self.pages / new)
            self.files[new] = self.files.pop(name)

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        name, file = self.pick(number)
        if file:
            (self.pages / name).unlink()
            del self.files[name]

    @rule(number=numbers, stem=stems, is_link=st.booleans())
    def duplicate(self, number: int, stem: str, is_link: bool) -> None:
        name, file = self.pick(number)
        copy = stem + name[name.index(".") :] if file else name
        if copy != name:
            self.put(copy, Link(name) if is_link else self.files[name])

    @rule(number=numbers)
    def touch(self, number: int) -> None:
        name, file = self.pick(number)
        if isinstance(file, File):
            os.utime(self.pages / name)

    def pick(self, number: int) -> tuple[str, File | Link | None]:
        """Return a file of the input, nothing where there is none."""
        names = sorted(self.files)
        name = names[number % len(names)] if names else ""
        return name, self.files.get(name)

    def put(self, name: str, file: File | Link) -> None:
        path = self.pages / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if isinstance(file, Link):
            path.symlink_to(self.pages / file.target)
        else:
            path.write_bytes(file.stored())
        self.files[name] = file

    # Runs.

    @rule(workers=st.sampled_from([1, 2]), max_dead_letters=st.sampled_from([100, 30]))
    def run_ingest(self, workers: int, max_dead_letters: int) -> None:
        flags = [f"--max-dead-letters={max_dead_letters}"]
        if workers > 1:
            flags += [f"--direct_num_workers={workers}", "--direct_running_mode=multi_threading"]
        if self.run(self.ingest, flags=flags, max_dead_letters=max_dead_letters) == 4:
            self.ingest = self.new_output()

    @rule(kill=kills)
    def kill_ingest(self, kill: Kill) -> None:
        if self.run(self.ingest, kill) == 4:
            self.ingest = self.new_output()

    @rule(
        number=numbers,
        cap=st.sampled_from([HIGH_CAP, CAP]),
        code=st.sampled_from([None, None, "empty", "too_large", "not_found"]),
        kill=st.none() | kills,
    )
    def run_replay(self, number: int, cap: int, code: str | None, kill: Kill) -> None:
        held = self.committed
        origin = held[number % len(held)] if held else self.ingest
        self.replay = self.new_output(replay_of=origin, cap=cap, code=code)
        self.run(self.replay, kill)

    @rule(kill=st.none() | kills)
    def run_replay_again(self, kill: Kill) -> None:
        if self.replay:
            self.run(self.replay, kill)

    @rule()
    def verify(self) -> None:
        """Verify every output; what is not committed has nothing to read."""
        for output in {id(each): each for each in [*self.committed, self.ingest]}.values():
            found = contents(output.path)
            if not output.path.exists():
                wanted = 3
            else:
                wanted = 0 if output.bits is not None and set(found) == set(output.bits) else 7
            answer = self.runs.ask(["verify", "--quiet", "--sample=1", str(output.path)])
            assert answer["code"] == wanted, self.runs.log

    def teardown(self) -> None:
        """Let what was interrupted end, and look at everything again."""
        try:
            if sys.exc_info()[0] is None:
                self.run_ingest(1, 100)
                self.run_ingest(1, 100)
                self.run_replay_again(None)
                self.verify()
                for output in self.committed:
                    assert bits_of(output.path) == output.bits
        finally:
            shutil.rmtree(self.folder)

    # What must come of it.

    def run(
        self,
        output: Output,
        kill: Kill = None,
        flags: list[str] | None = None,
        max_dead_letters: int = 100,
    ) -> int:
        """Run an ingest or a replay, check all that came of it, and return its code."""
        expected = self.expected(output)
        before = contents(output.path)
        code = self.command(output, output.path, kill, flags)
        if code == KILLED:
            self.check_killed(output, expected, kill)
            return code
        assert code == self.wanted_code(output, expected, max_dead_letters), self.runs.log
        if code == 3:
            assert contents(output.path) == before
            return code
        if output.bits is None:
            self.check_first(output, expected)
        output.has_leftovers = False
        assert not (output.path / "_work").exists()
        assert bits_of(output.path) == output.bits
        return code

    def expected(self, output: Output) -> Rows:
        """Return the rows that a run into an output must give now."""
        if output.replay_of is None:
            return expect_ingest(self.files, self.pages, output.cap)
        letters = {
            uri: row
            for uri, row in output.replay_of.rows.items()
            if isinstance(row, LetterRow) and output.code in (None, row.code)
        }
        return expect_replay(letters, self.files, self.pages, output.cap)

    def command(
        self, output: Output, place: Path, kill: Kill = None, flags: list[str] | None = None
    ) -> int:
        """Run what makes an output into a place; return the code."""
        if output.replay_of is None:
            argv = ["ingest", "--input", str(self.pages)]
        else:
            argv = ["replay", str(output.replay_of.path)]
            argv += ["--code", output.code] if output.code else []
        argv += ["--output", str(place), *COMMON, "--max-document-bytes", str(output.cap)]
        request: dict[str, Any] = {}
        if isinstance(kill, At):
            request = {"point": kill.point, "nth": kill.nth, "signal": int(signal.SIGKILL)}
        elif isinstance(kill, After):
            request = {"kill_after": self.crashes.seconds * kill.share}
        return int(self.runs.ask([*argv, *(flags or [])], **request)["code"])

    def wanted_code(self, output: Output, expected: Rows, max_dead_letters: int) -> int:
        """Return how a run must end."""
        if not expected:
            return 3
        if output.bits is not None and hashes(expected) != hashes(output.rows):
            return 4
        failed = codes(expected).total()
        return 5 if 100 * failed > max_dead_letters * len(expected) else 0

    def check_killed(self, output: Output, expected: Rows, kill: Kill) -> None:
        """Check that a reader sees nothing or all."""
        was_committed = output.bits is not None
        is_committed = any(output.path.glob("manifests/*.json"))
        if isinstance(kill, At):
            past = POINTS.index(kill.point) >= COMMITTED_FROM
            assert is_committed == (past or was_committed)
        output.was_killed = True
        if is_committed:
            output.has_leftovers = True
            if not was_committed:
                self.take(output, expected, self.fresh_bits(output, expected))
            assert output.bits is not None
            assert bits_of(output.path).items() >= output.bits.items()
        else:
            assert not was_committed

    def check_first(self, output: Output, expected: Rows) -> None:
        """Check an output that has just been committed."""
        bits = bits_of(output.path, with_listing=True)
        if output.was_killed:
            assert bits == self.fresh_bits(output, expected, with_listing=True)
        check_rows(output.path, expected)
        self.take(output, expected, bits_of(output.path))
        verified = self.runs.ask(["verify", "--quiet", "--sample=1", str(output.path)])
        assert verified["code"] == 0, self.runs.log

    def fresh_bits(
        self, output: Output, expected: Rows, *, with_listing: bool = False
    ) -> dict[str, str]:
        """Return what an undisturbed run gives in a directory of its own."""
        place = self.folder / "fresh"
        assert self.command(output, place) == 0, self.runs.log
        check_rows(place, expected)
        bits = bits_of(place, with_listing=with_listing)
        shutil.rmtree(place)
        return bits

    def take(self, output: Output, expected: Rows, bits: dict[str, str]) -> None:
        """Note that an output is committed."""
        output.rows, output.bits = expected, bits
        self.committed.append(output)


def hashes(found: Rows) -> dict[str, str]:
    """Return the hash of each document's content."""
    return {uri: row.sha256 for uri, row in found.items()}


def bits_of(output: Path, *, with_listing: bool = False) -> dict[str, str]:
    """Return the SHA-256 of each file of an output.

    Without that of listings: they hold times, and a re-run over the same content renews them.
    """
    return {
        name: hashlib.sha256(content).hexdigest()
        if with_listing or not name.startswith("_listings/")
        else ""
        for name, content in contents(output).items()
    }


def check_rows(output: Path, expected: Rows) -> None:
    """Check that an output has the rows that it must have, and counts them so."""
    found: list[tuple[str, Row]] = [
        *((row.source_uri, article_row(row)) for row in rows(output, Article)),
        *(
            (row.source_uri, DuplicateRow(row.content_sha256, row.duplicate_of))
            for row in rows(output, Duplicate)
        ),
        *((row.source_uri, letter_row(row)) for row in rows(output, DeadLetter)),
    ]
    assert dict(found) == expected
    assert len(found) == len(expected)
    (path,) = (output / "manifests").iterdir()
    manifest = parse_manifest(path.read_text(encoding="utf-8"))
    assert manifest.to_json()["counts"] == counts(expected)
    assert manifest.tally.dead_letters == codes(expected)


def article_row(row: Article) -> ArticleRow:
    paragraphs = tuple(paragraph.text for paragraph in row.paragraphs)
    return ArticleRow(row.id, row.content_sha256, row.title, paragraphs, row.language)


def letter_row(row: DeadLetter) -> LetterRow:
    assert row.content is not None
    return LetterRow(row.id, row.content_sha256, row.stage, row.code, row.content, row.attempt)


@pytest.mark.parametrize("part", range(PARTS))
def test_any_sequence_gives_what_the_oracle_says(part: int, crashes: Crashes) -> None:
    @seed(SEED + part)
    class Sequences(Model):
        pass

    Sequences.crashes = crashes
    run_state_machine_as_test(
        Sequences,
        settings=settings(
            max_examples=SEQUENCES // PARTS,
            stateful_step_count=STEPS,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
