"""What lies in an output: files of a run, what a run left behind, and what is not ours."""

import contextlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from transforms.commit_points import reach
from transforms.listing import is_remote
from transforms.parts import DIRECTORIES, KINDS, MANIFESTS, PART_NAME, ROUND_NAME, join_output
from transforms.read_ahead import ask_ahead
from transforms.shard_reports import REPORT_NAME, WORK
from transforms.stores import StoreUnavailableError, store_of

LISTINGS = "_listings"
"""Beside each manifest's run: a fingerprint of the listing that it read; the files of a window.
Of a stream: what it is, and the documents of each round."""

LEDGER = "_ledger"
"""What a watch knows of all its windows. It can be made anew from them."""

LEDGER_FILE = "ledger.sqlite"

STREAM_NAME = f"{LISTINGS}/stream.json"
CLAIM_NAME = re.compile(rf"round-{ROUND_NAME}\.json")

RUN_RECORD = "run.json"
COMMIT_RECORD = "commit.json"
"""In a store: which run may write its manifest. Of a watch: which window commits."""

LOCK = "lock"
RUN_DIRECTORIES = (*DIRECTORIES, LISTINGS)

SHARD_LIST_NAME = re.compile(r"shards-[0-9a-f]{32}\.json")
MANIFEST_NAME = re.compile(rf"(?:[0-9a-f]{{32}}|{ROUND_NAME})\.json")
LISTING_NAME = re.compile(
    rf"[0-9a-f]{{32}}\.json|window-\d{{8,}}\.json|{CLAIM_NAME.pattern}|stream\.json"
)
TEMPORARY = re.compile(
    rf"\.({PART_NAME.pattern}|{MANIFEST_NAME.pattern}|{LISTING_NAME.pattern}|{REPORT_NAME.pattern}"
    rf"|{SHARD_LIST_NAME.pattern}|run\.json)\.\d+\.\d+\.tmp"
)
LEDGER_NAME = re.compile(rf"{re.escape(LEDGER_FILE)}(?:-journal)?")


@dataclass(slots=True)
class OutputFiles:
    """The names of all files of an output, relative to it, by what they are; sorted."""

    manifests: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    listings: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    temporaries: list[str] = field(default_factory=list)
    work: list[str] = field(default_factory=list)  # the lock, the run's records and its shards
    ledger: list[str] = field(default_factory=list)  # of a watch
    foreign: list[str] = field(default_factory=list)

    @property
    def is_watched(self) -> bool:
        """Tell whether a watch has the output: it has a ledger, or notes on windows."""
        return bool(self.ledger) or any("/window-" in name for name in self.listings)

    @property
    def is_stream(self) -> bool:
        """Tell whether the output is that of a stream."""
        return STREAM_NAME in self.listings

    def add(self, name: str) -> None:
        """Add a file, or a directory with a slash at its end."""
        directory, _, file = name.rpartition("/")
        self._list_of(directory, file).append(name)

    def _list_of(self, directory: str, file: str) -> list[str]:
        """Return the list in which a file belongs."""
        if directory in KINDS and PART_NAME.fullmatch(file):
            return self.parts
        if directory == MANIFESTS and file.endswith(".json") and not file.startswith("."):
            return self.manifests
        if directory == LISTINGS and LISTING_NAME.fullmatch(file):
            return self.listings
        if directory == WORK and REPORT_NAME.fullmatch(file):
            return self.reports
        if directory == WORK and (
            file in (RUN_RECORD, COMMIT_RECORD, LOCK) or SHARD_LIST_NAME.fullmatch(file)
        ):
            return self.work
        if directory == LEDGER and LEDGER_NAME.fullmatch(file):
            return self.ledger
        if directory in (*RUN_DIRECTORIES, WORK) and TEMPORARY.fullmatch(file):
            return self.temporaries
        return self.foreign


def claim_name(round_name: str) -> str:
    """Return the name of the file in which a round of a stream notes its documents."""
    return f"{LISTINGS}/round-{round_name}.json"


def is_of_stream(name: str) -> bool:
    """Tell whether a file, named relative to its output, is one that a stream goes on with."""
    return name == STREAM_NAME or bool(CLAIM_NAME.fullmatch(name.removeprefix(f"{LISTINGS}/")))


def unfinished_rounds(files: OutputFiles) -> list[str]:
    """Return the names of the rounds of a stream that were begun and have no manifest."""
    claims = (name.rpartition("/")[2] for name in files.listings)
    rounds = [name[len("round-") : -len(".json")] for name in claims if CLAIM_NAME.fullmatch(name)]
    committed = set(files.manifests)
    return [name for name in rounds if f"{MANIFESTS}/{name}.json" not in committed]


def list_output(output: str) -> OutputFiles:
    """Return what lies in an output; nothing where there is none. Raises OSError."""
    files = OutputFiles()
    names = _remote_names(output) if is_remote(output) else _local_names(output)
    for name in sorted(names):
        files.add(name)
    return files


def remove_leftovers(output: str, files: OutputFiles, referenced: Iterable[str]) -> None:
    """Remove what is not of the finished runs, whose files are named; foreign files stay.

    Idempotent, and harmless to interrupt: the next run into this output does the rest.
    """
    reach("cleanup.begun")
    remove_unreferenced(output, files, referenced)
    _remove_work(output, files)
    reach("cleanup.ended")


def remove_unreferenced(output: str, files: OutputFiles, referenced: Iterable[str]) -> None:
    """Remove the files of rows and listings, and temporary ones, that are not named."""
    left = {*files.temporaries, *files.parts, *files.listings}.difference(referenced)
    for _ in _remove_each(output, sorted(left)):
        reach("cleanup.leftover_removed")


def clear_window(output: str) -> None:
    """Remove what only the window at work needed: all but the lock. Raises OSError."""
    with os.scandir(join_output(output, WORK)) as entries:
        held = [entry.name for entry in entries]
    names = [
        each for each in held if REPORT_NAME.fullmatch(each) or SHARD_LIST_NAME.fullmatch(each)
    ]
    _remove_all(output, [f"{WORK}/{name}" for name in (*names, COMMIT_RECORD)])


def abandon(output: str, files: OutputFiles) -> bool:
    """Remove what a run wrote that did not commit; return False where it did commit.

    The directory of manifests goes first: from then on the run cannot commit any more, and a
    worker that still writes finds no place to. In a store an equal run may be at work, so that
    what it needs stays: all but a record with nothing beside it.
    """
    if files.manifests or not close_output(output):
        return False
    if is_remote(output):
        if not (files.parts or files.reports):
            _remove_work(output, files)
        return True
    _remove_all(output, [*files.temporaries, *files.parts, *files.listings])
    for directory in RUN_DIRECTORIES:
        with contextlib.suppress(OSError):  # not ours alone
            os.rmdir(join_output(output, directory))  # noqa: PTH106
    _remove_work(output, files)
    return True


def close_output(output: str) -> bool:
    """Prevent that a run commits or begins another shard; return False where it did commit.

    In an object store nothing can prevent it.
    """
    if is_remote(output):
        return True
    try:
        os.rmdir(join_output(output, MANIFESTS))  # noqa: PTH106
    except FileNotFoundError:
        return True
    except OSError:  # a manifest, or the temporary file of one
        return not list_output(output).manifests
    return True


def forget_reports(output: str, shards: Collection[int]) -> None:
    """Remove the kept reports of shards, so that the next run does these again."""
    reports = list_output(output).reports
    _remove_all(output, [name for name in reports if shard_of_report(name) in shards])


def shard_of_report(name: str) -> int:
    """Return the number of the shard that a report in an output is on."""
    return int(name.removeprefix(f"{WORK}/shard-").partition("-")[0])


def remove_files(output: str, names: Iterable[str]) -> None:
    """Remove files that no manifest lists; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        _remove_all(output, sorted(names))


def has_leftovers(output: str, files: OutputFiles) -> bool:
    """Tell whether a finished run still has to clean up: its work directory goes last."""
    if is_remote(output):
        return bool(files.work or files.reports)
    return os.path.isdir(join_output(output, WORK))  # noqa: PTH112


def is_closed(output: str) -> bool:
    """Tell whether a run into this output was stopped."""
    return not is_remote(output) and not os.path.isdir(join_output(output, MANIFESTS))  # noqa: PTH112


def _remove_work(output: str, files: OutputFiles) -> None:
    """Remove the work directory, the record of the run after the reports and the lock last."""
    lists = [name for name in files.work if SHARD_LIST_NAME.search(name)]
    _remove_all(output, [*files.reports, *lists])
    _remove_all(output, [f"{WORK}/{RUN_RECORD}"])
    reach("cleanup.work_removed")
    if is_remote(output):
        _remove_all(output, [f"{WORK}/{COMMIT_RECORD}"])
    else:
        remove_lock(output)


def remove_lock(output: str) -> None:
    """Remove the lock of a local output that is ours, and its work directory if that is empty."""
    _remove_all(output, [f"{WORK}/{LOCK}"])
    reach("cleanup.lock_removed")
    with contextlib.suppress(OSError):  # another run is about to take the place
        os.rmdir(join_output(output, WORK))  # noqa: PTH106


def _remove_all(output: str, names: Sequence[str]) -> None:
    """Remove files if they are there."""
    for _ in _remove_each(output, names):
        pass


def _remove_each(output: str, names: Sequence[str]) -> Iterator[str]:
    """Remove files if they are there; yield the name of each after that. Raises OSError."""
    if not is_remote(output):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(join_output(output, name))  # noqa: PTH108
            yield name
        return
    with _told_as_os_error():
        paths = [join_output(output, name) for name in names]
        for name, removed in zip(names, ask_ahead(paths, store_of(output).delete), strict=True):
            removed.result()
            yield name


def _local_names(output: str) -> Iterator[str]:
    """Yield all files of a local output; of directories that no run makes, the name alone."""
    with os.scandir(output) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield entry.name
            elif entry.name not in (*RUN_DIRECTORIES, WORK, LEDGER):
                yield f"{entry.name}/"
            else:
                with os.scandir(entry.path) as inner:
                    yield from (f"{entry.name}/{each.name}" for each in inner)


def _remote_names(output: str) -> Iterator[str]:
    """Yield all objects of a place in a store. Raises OSError for any failure to list it."""
    with _told_as_os_error():
        for found in store_of(output).below(output):
            yield found.uri[len(output) + 1 :]


@contextlib.contextmanager
def _told_as_os_error() -> Iterator[None]:
    """Let a store that does not answer be as a disk that cannot be read."""
    try:
        yield
    except StoreUnavailableError as error:
        raise OSError(str(error)) from error
