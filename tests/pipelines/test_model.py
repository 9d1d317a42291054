"""Files that come and go, runs, kills, re-runs and replays in any order, against an oracle."""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.pipelines.conftest import COMMON, Crashes, contents
from tests.pipelines.model_inputs import NUMBERS, InputDirectory
from tests.pipelines.model_oracle import (
    Rows,
    chosen_letters,
    codes,
    expect_ingest,
    expect_replay,
)
from tests.pipelines.model_outputs import (
    COMMITTED_FROM,
    KILLS,
    At,
    Kill,
    Output,
    bits_of,
    check_rows,
    request_of,
)
from transforms.commit_points import POINTS

SEQUENCES = int(os.environ.get("SUZGI_TORTURE_SEQUENCES", "12"))
IS_SAMPLE = SEQUENCES < 100
PARTS = 2 if IS_SAMPLE else 10
"""Tests over which the sequences are spread, so that several can run at a time."""
STEPS = 14
SEED = 20240531

CAP, HIGH_CAP = 3_000, 100_000
"""--max-document-bytes of an ingest, and of a replay after the fix."""

SHORTER = 0.6
"""Of the time that the undisturbed run in the other tests of crashes takes: here is less to do."""

KILLED = -signal.SIGKILL


class Model(InputDirectory):
    """An input directory, runs over it, and what must come of them."""

    crashes: Crashes

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="suzgi-model-"))
        super().__init__(self.folder / "in")
        self.runs = Crashes(self.folder, self.crashes.server)
        self.output_count = 0
        self.ingest = self._new_output()
        self.replay: Output | None = None
        self.committed: list[Output] = []

    @rule(workers=st.sampled_from([1, 2]), max_dead_letters=st.sampled_from([100, 30]))
    def run_ingest(self, workers: int, max_dead_letters: int) -> None:
        """Run to the end; where inputs have changed since, the next run gets a new output."""
        flags = [f"--max-dead-letters={max_dead_letters}"]
        if workers > 1:
            flags += [f"--direct_num_workers={workers}", "--direct_running_mode=multi_threading"]
        if self._run(self.ingest, None, flags, max_dead_letters) == 4:
            self.ingest = self._new_output()

    @rule(kill=KILLS)
    def kill_ingest(self, kill: Kill) -> None:
        """Run, and kill unless the run ends before."""
        if self._run(self.ingest, kill) == 4:
            self.ingest = self._new_output()

    @rule(
        number=NUMBERS,
        cap=st.sampled_from([HIGH_CAP, CAP]),
        code=st.sampled_from([None, None, "empty", "too_large", "not_found"]),
        kill=st.none() | KILLS,
    )
    def run_replay(self, number: int, cap: int, code: str | None, kill: Kill | None) -> None:
        """Replay what is committed, a replay too, into a new output."""
        held = self.committed
        origin = held[number % len(held)] if held else self.ingest
        self.replay = self._new_output(cap=cap, replay_of=origin, code=code)
        self._run(self.replay, kill)

    @rule(kill=st.none() | KILLS)
    def run_replay_again(self, kill: Kill | None) -> None:
        """Go on with a replay, or do it again."""
        if self.replay:
            self._run(self.replay, kill)

    @rule()
    def verify(self) -> None:
        """Verify all outputs: what is not committed has nothing to read."""
        for output in (*self.committed, self.ingest, self.replay):
            if output:
                self._verify(output)

    def teardown(self) -> None:
        """Let what was interrupted end, and look at all outputs again; remove them."""
        try:
            if sys.exc_info()[0] is None:  # or that would be hidden
                self.run_ingest(workers=1, max_dead_letters=100)
                self.run_ingest(workers=1, max_dead_letters=100)
                self.run_replay_again(kill=None)
                self.verify()
                for output in self.committed:
                    self._check_kept(output)
        finally:
            shutil.rmtree(self.folder)

    def _new_output(self, cap: int = CAP, **more: Any) -> Output:
        self.output_count += 1
        return Output(self.folder / f"out-{self.output_count}", cap, **more)

    def _run(
        self,
        output: Output,
        kill: Kill | None,
        flags: list[str] | None = None,
        max_dead_letters: int = 100,
    ) -> int:
        """Run an ingest or a replay, check all that came of it, and return its code."""
        expected = self._expected(output)
        before = contents(output.path)
        code = self._command(output, output.path, kill, flags)
        if code == KILLED:
            self._check_killed(output, expected, kill)
            return code
        assert code == self._wanted_code(output, expected, max_dead_letters), self.runs.log
        if code == 3:
            assert contents(output.path) == before
            return code
        if output.bits is None:
            self._check_first(output, expected)
        assert not (output.path / "_work").exists()
        assert bits_of(output.path) == output.bits
        return code

    def _expected(self, output: Output) -> Rows:
        """Return the rows that a run into an output must give now."""
        if output.replay_of is None:
            return expect_ingest(self.files, self.pages, output.cap)
        origin = output.replay_of.rows
        return expect_replay(origin, output.code, self.files, self.pages, output.cap)

    def _command(
        self,
        output: Output,
        place: Path,
        kill: Kill | None = None,
        flags: list[str] | None = None,
    ) -> int:
        """Run what makes an output, into a place; return the code."""
        if output.replay_of is None:
            argv = ["ingest", "--input", str(self.pages)]
        else:
            argv = ["replay", str(output.replay_of.path)]
            argv += ["--code", output.code] if output.code else []
        argv += ["--output", str(place), *COMMON, "--max-document-bytes", str(output.cap)]
        request = request_of(kill, self.crashes.seconds * SHORTER) if kill else {}
        return int(self.runs.ask([*argv, *(flags or [])], **request)["code"])

    def _wanted_code(self, output: Output, expected: Rows, max_dead_letters: int) -> int:
        """Return how a run must end."""
        if output.replay_of is None and not expected:
            return 3
        if output.replay_of and not chosen_letters(output.replay_of.rows, output.code):
            return 3
        if output.bits is not None and not output.has_inputs(expected):
            return 4
        failed = codes(expected).total()
        return 5 if 100 * failed > max_dead_letters * len(expected) else 0

    def _check_killed(self, output: Output, expected: Rows, kill: Kill | None) -> None:
        """Check that a reader sees nothing or all."""
        was_committed = output.bits is not None
        is_committed = any(output.path.glob("manifests/*.json"))
        if isinstance(kill, At):
            is_after_it = POINTS.index(kill.point) >= COMMITTED_FROM
            assert is_committed == (was_committed or is_after_it)
        output.was_killed = True
        if is_committed and not was_committed:
            self._take(output, expected, self._fresh_bits(output, expected))
        self._check_kept(output)

    def _check_kept(self, output: Output) -> None:
        """Check that what was committed is there, perhaps beside leftovers of a killed run."""
        if output.bits is not None:
            assert bits_of(output.path).items() >= output.bits.items()

    def _check_first(self, output: Output, expected: Rows) -> None:
        """Check an output that has just been committed."""
        if output.was_killed:
            bits = bits_of(output.path, with_listing=True)
            assert bits == self._fresh_bits(output, expected, with_listing=True)
        check_rows(output.path, expected)
        self._take(output, expected, bits_of(output.path))
        self._verify(output)

    def _fresh_bits(
        self, output: Output, expected: Rows, *, with_listing: bool = False
    ) -> dict[str, str]:
        """Return what an undisturbed run gives in a directory of its own."""
        place = self.folder / "fresh"
        assert self._command(output, place) == 0, self.runs.log
        check_rows(place, expected)
        bits = bits_of(place, with_listing=with_listing)
        shutil.rmtree(place)
        return bits

    def _take(self, output: Output, expected: Rows, bits: dict[str, str]) -> None:
        output.take(expected, bits)
        self.committed.append(output)

    def _verify(self, output: Output) -> None:
        answer = self.runs.ask(["verify", "--quiet", "--sample=1", str(output.path)])
        assert answer["code"] == output.verdict(), self.runs.log


@pytest.mark.parametrize("part", range(PARTS))
def test_any_sequence_gives_what_the_oracle_says(part: int, crashes: Crashes) -> None:
    """A failure prints its sequence; `make torture` looks for the shortest, for some minutes."""

    @seed(SEED + part)
    class Sequences(Model):
        pass

    Sequences.crashes = crashes
    run_state_machine_as_test(
        Sequences,
        settings=settings(
            max_examples=SEQUENCES // PARTS,
            stateful_step_count=STEPS,
            phases=(Phase.generate,) if IS_SAMPLE else (Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
