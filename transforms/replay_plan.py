"""Plan a replay: which dead letters of finished runs come back, cut into shards.

A shard names the blocks of the files of dead letters that hold its own, so that no document moves
between workers. Dead letters that only a container can give wait for it together: it is a shard.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from itertools import groupby

from schemas.rows import DeadLetter
from transforms.container_names import container_of
from transforms.containers.members import STAGE as UNPACK_STAGE
from transforms.document_list import UNASKED, ListedDocument
from transforms.listing import InputError, listed, listing_sha256, uri_to_path
from transforms.manifest import Replay
from transforms.parts import DEAD_LETTERS, PartFile, join_output, shard_of
from transforms.replay_windows import Run, ShardOfRun, last_readings, shards_with
from transforms.row_files import RowBlock, RowFile
from transforms.shards import Shard, cut_runs
from transforms.sorted_runs import SortedRuns

MAX_ATTEMPT = 2**31 - 1

KEPT = "kept"
CUT = "cut"
AS_IT_IS = "as it is"
"""Where a document comes from: its letter; its source, which must be as it was, or need not."""

Held = Mapping[str, object]
"""What a shard holds as JSON."""


@dataclass(frozen=True, slots=True)
class LetterHead:
    """What a plan has to know of a dead letter."""

    id: str
    source_uri: str
    stage: str
    code: str
    content_bytes: int
    truncated: bool
    attempt: int
    container_uri: str | None


HEAD_FIELDS = tuple(each.name for each in fields(LetterHead))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which dead letters to replay; empty: those of every code, of every stage."""

    codes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()

    def takes(self, letter: LetterHead) -> bool:
        """Tell whether a letter is one of those chosen."""
        return (not self.codes or letter.code in self.codes) and (
            not self.stages or letter.stage in self.stages
        )


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """The shards of a replay, and how they add up to the dead letters of the runs.

    JSON lines are read again: some records of them, or whole files.
    """

    shards: Sequence[Shard]
    replay: Replay
    rereads_records: bool
    rereads_files: bool


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A dead letter of a shard: its place, the size of its document, and where that comes from."""

    uri: str
    block: int
    row: int
    size: int
    reads_source: bool


@dataclass(frozen=True, slots=True)
class WaitingContainer:
    """A container to be read again, with what a shard holds of its letters, and their size."""

    uri: str
    size: int
    held: Held


@dataclass(slots=True)
class LetterIndex:
    """The chosen dead letters of runs, some 50 bytes each, and where they lie."""

    choice: Choice
    total: int = 0
    taken: int = 0
    repeated: int = 0
    rereads_records: bool = False
    rereads_files: bool = False
    _blocks: list[RowBlock] = field(default_factory=list)
    _parts: list[ShardOfRun] = field(default_factory=list)  # run and shard of each block
    _containers: set[str] = field(default_factory=set)  # uris of those that failed themselves
    _unread: set[str] = field(default_factory=set)  # uris of files that gave no byte
    _letters: SortedRuns = field(default_factory=SortedRuns)
    _codes: set[str] = field(default_factory=set)
    _stages: set[str] = field(default_factory=set)

    def add(self, run: int, part: PartFile, path: str) -> None:
        """Add the letters of a file; raise InputError where it is not as its manifest says."""
        file = RowFile(path, part.bytes, part.sha256)
        for block, letters in file.blocks("dead_letter", HEAD_FIELDS):
            self._blocks.append(block)
            self._parts.append((run, shard_of(part)))
            for row, letter in enumerate(letters):
                self._add_letter(row, LetterHead(**letter))

    def _add_letter(self, row: int, letter: LetterHead) -> None:
        """Add a letter if it is chosen, under what sorts it: of an id the last attempt first."""
        self.total += 1
        self._codes.add(letter.code)
        self._stages.add(letter.stage)
        if not self.choice.takes(letter):
            return
        self.taken += 1
        source, container = source_of(letter), waiting_for(letter) or ""
        name = f"{letter.source_uri}\0{letter.id}\0{MAX_ATTEMPT - letter.attempt:010d}"
        place = f"{len(self._blocks) - 1}\0{row}\0{letter.content_bytes}\0{source}"
        self._letters.add(f"{name}\0{place}\0{container}\0{is_container(letter)}")
        if container and is_container(letter):
            self._containers.add(container)
        elif source == AS_IT_IS:
            self._unread.add(letter.source_uri)
        if (found := container_of(container)) and found.kind == "jsonl":
            self.rereads_records = True
            self.rereads_files |= is_container(letter)

    def check_choice(self) -> None:
        """Raise InputError where a code or a stage was chosen that no letter has, or none is."""
        _refuse_absent("code", self.choice.codes, self._codes)
        _refuse_absent("stage", self.choice.stages, self._stages)
        if not self.taken:
            of_choice = " is of that choice" if self.total else ""
            raise InputError(f"no dead letter to replay{of_choice}")

    def letters(self, waiting: SortedRuns, runs: Sequence[Run]) -> Iterator[WaitingLetter]:
        """Yield the letters that wait for no container, by uri; add the others to `waiting`.

        Left out is a file that could not be read where a later window has a row of it.
        """
        read = last_readings(runs, self._unread)
        last = ""
        for entry in self._letters:
            uri, identity, _, block, row, size, source, container, is_whole = entry.split("\0")
            window = runs[self._parts[int(block)][0]][1].window
            is_read = source == AS_IT_IS and window and window.number < read.get(uri, 0)
            if identity == last or is_read:
                self.repeated += 1
                continue
            last = identity
            if container:
                place = f"{int(block):010d}\0{int(row):010d}"
                waiting.add(f"{container}\0{place}\0{size}\0{is_whole}")
            else:
                yield WaitingLetter(uri, int(block), int(row), int(size), source != KEPT)

    def held_rows(self, letters: Sequence[WaitingLetter]) -> list[object]:
        """Return what a shard holds of its letters: in each block the index of each row."""
        blocks: dict[int, dict[int, int]] = {}
        for index, letter in enumerate(letters):
            blocks.setdefault(letter.block, {})[letter.row] = index
        return [[astuple(self._blocks[block]), rows] for block, rows in blocks.items()]

    def containers(self, waiting: SortedRuns, runs: Sequence[Run]) -> Iterator[WaitingContainer]:
        """Yield the containers for which letters wait, by uri."""
        windows = shards_with(runs, self._containers)
        for uri, entries in groupby(waiting, lambda entry: entry.partition("\0")[0]):
            blocks: dict[int, list[int]] = {}
            known: set[ShardOfRun] = set()
            size = 0
            for entry in entries:
                _, block, row, letter_size, is_whole = entry.split("\0")
                blocks.setdefault(int(block), []).append(int(row))
                size += int(letter_size)
                if is_whole == str(True):
                    known |= {self._parts[int(block)], *windows.get(uri, ())}
            held = {
                "letters": [[astuple(self._blocks[block]), rows] for block, rows in blocks.items()],
                "known": [file for place in sorted(known) for file in _files_of(runs, *place)],
                "is_watched": uri in windows,
            }
            yield WaitingContainer(uri, size, held)


def plan_replay(runs: Sequence[Run], choice: Choice, shard_bytes: int) -> ReplayPlan:
    """Return the plan for the chosen dead letters of the runs, each id once: the last attempt.

    Raises InputError where a file is not as its manifest says, where a code or a stage was
    chosen that no letter has, and where nothing is left.
    """
    index = LetterIndex(choice)
    for number, (place, manifest) in enumerate(runs):
        for part in manifest.files:
            if part.name.startswith(f"{DEAD_LETTERS}/"):
                index.add(number, part, join_output(place, part.name))
    index.check_choice()
    shards = list(_shards(index, runs, shard_bytes))
    names = tuple(sorted(manifest.run for _, manifest in runs))
    not_chosen = index.total - index.taken
    replay = Replay(names, index.total, not_chosen, index.repeated)
    return ReplayPlan(shards, replay, index.rereads_records, index.rereads_files)


def waiting_for(letter: LetterHead) -> str | None:
    """Return the container that has to be read again for a dead letter; None where none has.

    A container that failed in a replay waits for nothing: what the runs before have of it is
    not known here.
    """
    if is_container(letter):
        return letter.source_uri if letter.attempt == 1 else None
    is_kept = letter.stage != UNPACK_STAGE and not letter.truncated and not is_unread(letter)
    return None if is_kept else letter.container_uri


def is_container(letter: LetterHead | DeadLetter) -> bool:
    """Tell whether a dead letter is that of a container itself, and not of a document in it."""
    is_named_so = letter.container_uri is None and container_of(letter.source_uri) is not None
    return is_named_so and letter.code != "outside_root"


def is_unread(letter: LetterHead | DeadLetter) -> bool:
    """Tell whether the source gave no byte, so that nobody knows what it held."""
    return letter.stage == "read" and not letter.content_bytes


def is_read_as_it_is(letter: LetterHead | DeadLetter) -> bool:
    """Tell whether a document comes from its source, whatever that holds now."""
    return is_unread(letter) and letter.code != "outside_root" and not is_container(letter)


def source_of(letter: LetterHead) -> str:
    """Return where a document comes from; of a container it does not matter."""
    if is_read_as_it_is(letter):
        return AS_IT_IS
    is_cut = letter.truncated and letter.code != "outside_root" and not is_container(letter)
    return CUT if is_cut else KEPT


def _shards(index: LetterIndex, runs: Sequence[Run], shard_bytes: int) -> Iterator[Shard]:
    """Yield the shards: letters by uri, then containers."""
    number = 0
    waiting = SortedRuns()
    for letters in cut_runs(index.letters(waiting, runs), shard_bytes):
        held = {"letters": index.held_rows(letters)}
        sources = [letter.uri for letter in letters if letter.reads_source]
        yield _pack(number, [letter.uri for letter in letters], held, sources)
        number += 1
    for containers in cut_runs(index.containers(waiting, runs), shard_bytes):
        held = {"containers": [container.held for container in containers]}
        uris = [container.uri for container in containers]
        yield _pack(number, uris, held, uris)
        number += 1


def _pack(number: int, uris: Sequence[str], held: Held, sources: Sequence[str]) -> Shard:
    """Return a shard that holds where its letters lie, and depends on the sources that it reads."""
    packed = zlib.compress(json.dumps(held).encode("ascii"), 1)
    of_sources = listing_sha256([_listed_source(uri) for uri in sources])
    listing = hashlib.sha256(packed + of_sources.encode("ascii")).hexdigest()
    return replace(
        # Files of letters never change; of some sources nobody can tell whether they did.
        Shard.pack(number, uris, listing=listing if of_sources else ""),
        packed_letters=packed,
    )


def _listed_source(uri: str) -> ListedDocument:
    """Return a source as it is now; in a store nobody asks."""
    path = uri_to_path(uri)
    return ListedDocument(uri, 0, changed=UNASKED) if path is None else listed(path)


def _files_of(runs: Sequence[Run], run: int, shard: int) -> Iterator[tuple[str, object]]:
    """Yield the kind and the file of all that a shard of a run wrote."""
    place, manifest = runs[run]
    for part in manifest.files:
        if shard_of(part) == shard:
            file = RowFile(join_output(place, part.name), part.bytes, part.sha256)
            yield part.name.partition("/")[0], astuple(file)


def _refuse_absent(what: str, wanted: Sequence[str], there: set[str]) -> None:
    """Raise InputError where a code or a stage was chosen that no dead letter has."""
    for name in wanted:
        if name not in there:
            known = f"there are {', '.join(sorted(there))}" if there else "there are none at all"
            raise InputError(f"no dead letter with {what} {name}; {known}")
