"""The input directory of the model-based test: files that come, change and go."""

import os
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.pipelines.model_files import SUFFIXES, File, Link, Page

STEMS = ("a", "b", "c d", "e#1", "f%41", "sub/g", "қ", "z!")
UNLISTED = ".old"
OUTSIDE = Link("../outside.txt")
"""A link out of the directory, to a file that is there."""

NUMBERS = st.integers(0, 7)
STEM = st.sampled_from(STEMS)
COUNTS = st.sampled_from([2, 1, 3, 0, 30])
"""Lines of a page; 30 are over the cap."""

PAGES = st.builds(
    Page,
    st.sampled_from(["kk", "ru", "picture", "digits", "boilerplate"]),
    st.integers(0, 3),
    COUNTS,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
TEXTS = st.builds(
    Page, st.sampled_from(["kk", "ru", "digits", "boilerplate"]), st.integers(0, 3), COUNTS
)
FILES = st.one_of(
    st.builds(File, st.just("plain"), st.tuples(PAGES)),
    st.builds(File, st.just("gz"), st.tuples(PAGES), st.sampled_from(["", "", "cut", "rest"])),
    st.builds(File, st.just("zip"), st.lists(PAGES, max_size=3).map(tuple)),
    st.builds(File, st.just("jsonl"), st.lists(TEXTS, max_size=3).map(tuple)),
    st.just(OUTSIDE),
)


class InputDirectory(RuleBasedStateMachine):
    """A directory, and in `files` what lies there.

    Nothing that is drawn depends on what a run made of it: kills at random moments have no
    certain outcome, and a sequence must stay the same when it is repeated.
    """

    def __init__(self, pages: Path) -> None:
        super().__init__()
        self.pages = pages
        self.files: dict[str, File | Link] = {}
        pages.mkdir()
        (pages / OUTSIDE.target).write_text("Бұл файл қалтаның сыртында жатыр, оны оқуға болмайды.")

    @initialize(held=st.lists(st.tuples(STEM, FILES), min_size=1, max_size=8))
    def begin(self, held: list[tuple[str, File | Link]]) -> None:
        """Put some files there."""
        for stem, file in held:
            self._put(stem + _suffix_for(file), file)

    @rule(stem=STEM, file=FILES)
    def add(self, stem: str, file: File | Link) -> None:
        """Put one more file there, or in the place of another."""
        self._put(stem + _suffix_for(file), file)

    @rule(number=NUMBERS)
    def append(self, number: int) -> None:
        """Let a file grow."""
        name, file = self._pick(number)
        if isinstance(file, File):
            self._put(name, file.appended())

    @rule(number=NUMBERS, is_emptied=st.booleans())
    def truncate(self, number: int, is_emptied: bool) -> None:
        """Take the end of a file away, or all of it."""
        name, file = self._pick(number)
        if isinstance(file, File):
            self._put(name, file.emptied() if is_emptied else file.shortened())

    @rule(number=NUMBERS, stem=STEM, suffix=st.sampled_from(["", "", UNLISTED, ".txt", ".txt.gz"]))
    def rename(self, number: int, stem: str, suffix: str) -> None:
        """Rename a file, also to a name that no run takes, or that says something wrong."""
        name, file = self._pick(number)
        if isinstance(file, Link):
            suffix = _suffix_of(name)
        elif file and (not suffix or (file.form in ("zip", "jsonl") and suffix != UNLISTED)):
            suffix = SUFFIXES[file.form]
        if file and (new := stem + suffix) != name:
            (self.pages / new).parent.mkdir(exist_ok=True)
            (self.pages / name).rename(self.pages / new)
            self.files[new] = self.files.pop(name)

    @rule(number=NUMBERS)
    def delete(self, number: int) -> None:
        """Delete a file."""
        name, file = self._pick(number)
        if file:
            (self.pages / name).unlink()
            del self.files[name]

    @rule(number=NUMBERS, stem=STEM, is_link=st.booleans())
    def duplicate(self, number: int, stem: str, is_link: bool) -> None:
        """Copy a file, or link to it."""
        name, file = self._pick(number)
        if file and (copy := stem + _suffix_of(name)) != name:
            self._put(copy, Link(name) if is_link else file)

    @rule(number=NUMBERS)
    def touch(self, number: int) -> None:
        """Set the times of a file, and leave it as it is."""
        name, file = self._pick(number)
        if isinstance(file, File):
            os.utime(self.pages / name)

    def _pick(self, number: int) -> tuple[str, File | Link | None]:
        """Return a file and its name; None where there is none."""
        names = sorted(self.files)
        name = names[number % len(names)] if names else ""
        return name, self.files.get(name)

    def _put(self, name: str, file: File | Link) -> None:
        path = self.pages / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if isinstance(file, Link):
            path.symlink_to(self.pages / file.target)
        else:
            path.write_bytes(file.stored())
        self.files[name] = file


def _suffix_for(file: File | Link) -> str:
    """Return the suffix that fits a file."""
    return SUFFIXES[file.form] if isinstance(file, File) else ".txt"


def _suffix_of(name: str) -> str:
    """Return all suffixes of a name."""
    return name[name.index(".") :]
