"""Take the output of a run, find in it what an earlier run did, and give it back."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.output_lock import lock_output
from transforms.cleanup import clean, read_manifest
from transforms.commit_points import reach
from transforms.listing import LOCAL_SCHEME, is_remote, uri_to_path
from transforms.manifest import Manifest
from transforms.output_files import (
    RUN_DIRECTORIES,
    RUN_RECORD,
    OutputFiles,
    abandon,
    close_output,
    has_leftovers,
    list_output,
)
from transforms.parts import OutputError, flush_directory
from transforms.run_records import RunIdentity, record_run, recorded_run
from transforms.shard_reports import WORK

OF_A_WATCH = "is that of a watch, which alone adds to it"


@dataclass(slots=True)
class OutputDirectory:
    """The place that a run writes to, and what was there before."""

    place: str
    made: tuple[Path, ...] = ()  # directories made for the run, innermost first
    lock: int | None = None
    is_resumed: bool = False  # an interrupted run left finished shards
    finished: Manifest | None = None  # a run of the same version and options has ended here

    def stop(self) -> None:
        """Prevent that the run commits or begins another shard."""
        with contextlib.suppress(OSError):
            close_output(self.place)

    def take_back(self) -> str:
        """Keep finished shards, remove all else of a run that failed; return what is there now."""
        try:
            files = list_output(self.place)
        except OSError:
            return f"look into {self.place}"
        if files.manifests:
            if is_remote(self.place):
                self._remove_unlisted(files)
            return f"but a complete run is in {self.place}"
        if is_remote(self.place) and files.parts and not files.reports:
            return f"what it wrote is left in {self.place}: the same command does the rest"
        if files.reports:
            self.stop()
            return (
                f"what is finished ({len(files.reports)} shards) is kept in {self.place}: "
                "the same command goes on from there"
            )
        self.discard(files)
        return "nothing was left in the output"

    def _remove_unlisted(self, files: OutputFiles) -> None:
        """Remove what a run wrote into a store where another one has committed meanwhile."""
        with contextlib.suppress(CommandError):
            manifests = [_read_manifest(self.place, name) for name in files.manifests]
            clean(self.place, files, manifests)

    def discard(self, files: OutputFiles) -> None:
        """Remove what the run wrote and the directories made for it."""
        with contextlib.suppress(OSError):
            abandon(self.place, files)
        for directory in self.made:
            with contextlib.suppress(OSError):  # somebody else uses it by now
                directory.rmdir()

    def finish(self) -> Manifest:
        """Remove what is not of the run that ended and return its manifest."""
        files = list_output(self.place)
        if not files.manifests:
            raise CommandError(
                ExitCode.RUN_FAILED,
                f"the run left no manifest in {self.place}; can its workers write there?",
            )
        manifests = [_read_manifest(self.place, name) for name in files.manifests]
        clean(self.place, files, manifests)
        return manifests[0]

    def release(self) -> None:
        """Let other processes have the output."""
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None


def read_manifests(place: str) -> Iterator[Manifest]:
    """Yield the manifests of a place; raise OutputError where a file there is none."""
    for name in list_output(place).manifests:
        yield read_manifest(place, name)


def canonical_output(output: str) -> str:
    """Return the output as an absolute path or the uri of a store, without a slash at its end."""
    if is_remote(output):
        return output.rstrip("/")
    path = uri_to_path(output) if output.startswith(LOCAL_SCHEME) else output
    return os.path.abspath(path or output)  # noqa: PTH100 (resolve() would follow links)


def started_run(output: str) -> RunIdentity | None:
    """Return the run that ended or was interrupted in an output; None where nobody can tell."""
    place = canonical_output(output)
    try:
        for name in list_output(place).manifests:
            manifest = _read_manifest(place, name)
            return RunIdentity(manifest.version, manifest.options)
        return recorded_run(place)
    except (OSError, OutputError, CommandError):
        return None


def open_output(output: str, identity: RunIdentity) -> OutputDirectory:
    """Return the output, ready and locked, or with the same run finished in it.

    Raises CommandError where it cannot be used: it holds other files, another run, or is at work.
    """
    opened = OutputDirectory(canonical_output(output))
    try:
        if is_remote(opened.place):
            _open_store(opened, identity)
        else:
            _open_local(opened, identity)
    except (OSError, OutputError) as error:
        _give_up(opened)
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot use output {opened.place}: {reason}"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error
    except BaseException:  # a signal too
        _give_up(opened)
        raise
    return opened


def _open_local(opened: OutputDirectory, identity: RunIdentity) -> None:
    """Lock a local output and make its directories, unless the run is finished there."""
    directory = Path(opened.place)
    files = list_output(opened.place) if directory.is_dir() else OutputFiles()
    _refuse_others(opened.place, files, identity)
    if files.manifests and not has_leftovers(opened.place, files):
        opened.finished = _finished_run(opened.place, files)
        return
    opened.made = take_place(opened.place)
    opened.lock = lock_output(opened.place)
    reach("work.locked")
    _take(opened, identity)
    if not opened.finished:
        make_directories(opened.place, RUN_DIRECTORIES, opened.made)


def take_place(place: str) -> tuple[Path, ...]:
    """Make the directory of an output; return those made for it, innermost first.

    Raises OSError where it cannot be.
    """
    directory = Path(place)
    missing = tuple(_missing(directory))
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(0, "it is a file") from error
    return missing


def make_directories(place: str, names: Iterable[str], made: Iterable[Path]) -> None:
    """Make the directories of an output, and let it and those made for it outlive a power failure.

    Otherwise it could take the directory of a manifest away, and the manifest with it.
    """
    for name in names:
        Path(place, name).mkdir(exist_ok=True)
    for changed in (Path(place), *(path.parent for path in made)):
        flush_directory(str(changed))
    reach("directories.made")


def _open_store(opened: OutputDirectory, identity: RunIdentity) -> None:
    """Note the run in a store, which has no locks: equal runs may be at work, others may not."""
    _refuse_others(opened.place, list_output(opened.place), identity)
    _take(opened, identity)


def _take(opened: OutputDirectory, identity: RunIdentity) -> None:
    """Look at an output that is ours now, and note in it which run has it."""
    files = list_output(opened.place)
    _refuse_others(opened.place, files, identity)
    if files.manifests:
        opened.finished = _finished_run(opened.place, files)
        opened.release()
        return
    held = _recorded_run(opened.place)
    told = identity.difference(held) if held else ""
    if held is None or (told and opened.lock is not None and not files.reports):
        record_run(opened.place, identity)  # where no shard is finished, nothing is lost
    elif told:
        raise CommandError(
            ExitCode.OUTPUT_UNUSABLE,
            f"output {opened.place} holds an interrupted run of other options ({told}). "
            "Go on with these, delete the directory, or name a new one",
        )
    opened.is_resumed = bool(files.reports)


def _recorded_run(place: str) -> RunIdentity | None:
    """Return the run that has a place; raise CommandError where its record is damaged."""
    try:
        return recorded_run(place)
    except OutputError as error:
        message = f"cannot use output {place}: {error}"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error


def _finished_run(place: str, files: OutputFiles) -> Manifest:
    """Return the run that is finished in a place, and remove what it left there."""
    manifests = [_read_manifest(place, name) for name in files.manifests]
    if has_leftovers(place, files):
        clean(place, files, manifests)
    return manifests[0]


def _give_up(opened: OutputDirectory) -> None:
    """Leave an output that cannot be taken as it was found."""
    if opened.lock is not None:
        with contextlib.suppress(OSError):
            files = list_output(opened.place)
            if not files.reports:
                opened.discard(files)
    opened.release()


def _refuse_others(place: str, files: OutputFiles, identity: RunIdentity) -> None:
    """Raise CommandError where the output holds what is not of this run."""
    if files.is_watched:
        held = OF_A_WATCH
    elif files.is_stream:
        held = "is that of a stream"
    elif files.foreign:
        held = f"is not empty; no run wrote {files.foreign[0]!r}"
    elif files.parts and not (files.manifests or f"{WORK}/{RUN_RECORD}" in files.work):
        held = f"is not empty; nothing tells which run wrote {files.parts[0]}"
    else:
        held = _other_finished_run(place, files, identity)
    if held:
        message = f"output {place} {held}. Name a new directory"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message)


def _other_finished_run(place: str, files: OutputFiles, identity: RunIdentity) -> str:
    """Return in words which run with other options is finished in a place, if one is."""
    for name in files.manifests:
        manifest = _read_manifest(place, name)
        if manifest.window:
            return OF_A_WATCH
        if told := identity.difference(RunIdentity(manifest.version, manifest.options)):
            return f"is not empty; a finished run of other options is there ({name}: {told})"
    return ""


def _read_manifest(place: str, name: str) -> Manifest:
    """Return a manifest of the output; raise CommandError where it is none."""
    try:
        return read_manifest(place, name)
    except OutputError as error:
        message = f"cannot use output {place}: {error}"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error


def _missing(directory: Path) -> Iterator[Path]:
    """Yield the directory and its parents as far as they do not exist."""
    for path in (directory, *directory.parents):
        if path.exists():
            return
        yield path
