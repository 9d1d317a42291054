"""Prepare the output of a run, and take it back where the run fails."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apache_beam.io.filesystems import FileSystems

from pipelines.exit_codes import CommandError, ExitCode
from transforms.listing import LOCAL_SCHEME, is_remote, uri_to_path
from transforms.manifest import Manifest, parse_manifest
from transforms.parts import DIRECTORIES, MANIFESTS, abandon, join_output


@dataclass(frozen=True, slots=True)
class OutputDirectory:
    """The place that a run writes to, and the directories that were made for it."""

    place: str
    made: tuple[Path, ...]  # innermost first

    def discard(self) -> bool:
        """Remove what the run wrote and the directories made for it; False if it did commit."""
        if not abandon(self.place):
            return False
        for directory in self.made:
            with contextlib.suppress(OSError):  # somebody else uses it by now
                directory.rmdir()
        return True

    def read_manifest(self) -> Manifest:
        """Return the manifest of the run that ended; raise CommandError where there is none."""
        for manifest in read_manifests(self.place):
            return manifest
        raise CommandError(
            ExitCode.RUN_FAILED,
            f"the run left no manifest in {self.place}; can its workers write there?",
        )


def read_manifests(place: str) -> Iterator[Manifest]:
    """Yield the manifests of a place; raise ValueError where a file there is none."""
    for path in _manifests(place):
        with FileSystems.open(path) as stream:
            yield parse_manifest(stream.read().decode("utf-8"))


def canonical_output(output: str) -> str:
    """Return the output as an absolute path or the uri of a store, without a slash at its end."""
    if is_remote(output):
        return output.rstrip("/")
    path = uri_to_path(output) if output.startswith(LOCAL_SCHEME) else output
    return os.path.abspath(path or output)  # noqa: PTH100 (resolve() would follow links)


def prepare_output(output: str) -> OutputDirectory:
    """Return the output, empty and with its directories; raise CommandError where it cannot be."""
    place = canonical_output(output)
    if is_remote(place):
        _refuse_used_store(place)
        return OutputDirectory(place, ())
    try:
        return _prepare_local(place)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(
            ExitCode.OUTPUT_UNUSABLE, f"cannot use output {place}: {reason}"
        ) from error


def _prepare_local(place: str) -> OutputDirectory:
    """Make the directories of a local output, which must be new or empty."""
    directory = Path(place)
    if directory.is_dir() and any(directory.iterdir()):
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, _not_empty(place))
    output = OutputDirectory(place, tuple(_missing(directory)))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for kind in DIRECTORIES:
            (directory / kind).mkdir()  # not exist_ok: a run that came first has the place
    except FileExistsError as error:
        if not directory.is_dir():
            raise NotADirectoryError(0, "it is a file") from error
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, _not_empty(place)) from error
    except BaseException:  # a signal too
        output.discard()
        raise
    return output


def _missing(directory: Path) -> Iterator[Path]:
    """Yield the directory and its parents as far as they do not exist."""
    for path in (directory, *directory.parents):
        if path.exists():
            return
        yield path


def _refuse_used_store(place: str) -> None:
    """Raise CommandError where the place in a store has objects already, or cannot be asked."""
    try:
        (found,) = FileSystems.match([place + "/**"], [1])
    except Exception as error:
        raise CommandError(
            ExitCode.OUTPUT_UNUSABLE,
            f"cannot use output {place}: {error}; gs:// needs pip install 'suzgi[cloud]'",
        ) from error
    if found.metadata_list:
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, _not_empty(place))


def _not_empty(place: str) -> str:
    """Return the message for an output that is in use, and what it seems to hold."""
    manifests = _manifests(place)
    if manifests:
        held = f"a finished run is there ({manifests[0]})"
    else:
        held = "no finished run is there: it is something else, a run at work, or the rest of one"
    return f"output {place} is not empty; {held}. Name a new directory"


def _manifests(place: str) -> list[str]:
    """Return the paths of the manifests of a place."""
    if is_remote(place):
        (found,) = FileSystems.match([join_output(place, f"{MANIFESTS}/*.json")])
        return sorted(metadata.path for metadata in found.metadata_list)
    return sorted(str(path) for path in Path(place, MANIFESTS).glob("[!.]*.json"))
