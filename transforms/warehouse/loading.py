"""Find the runs that a warehouse lacks, check their files, and give them to it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from transforms.output_files import list_output
from transforms.parts import OutputError, PartFile, check_parts, join_output, read_whole
from transforms.stores import StoreUnavailableError
from transforms.verify_manifest import check_counts
from transforms.warehouse.destination import (
    DamagedFileError,
    Destination,
    LoadedRun,
    NewRun,
    Rows,
)
from transforms.warehouse.tables import TABLE_OF_KIND


@dataclass(slots=True)
class Known:
    """The runs that a warehouse has, or is about to get."""

    runs: dict[str, LoadedRun] = field(default_factory=dict)
    places: set[tuple[str, str]] = field(default_factory=set)  # outputs and manifests

    @classmethod
    def of(cls, loaded: Iterable[LoadedRun]) -> "Known":
        """Return these runs."""
        known = cls()
        for run in loaded:
            known.add(run)
        return known

    def add(self, run: LoadedRun) -> None:
        """Add a run."""
        self.runs[run.run] = run
        self.places.add((run.output, run.manifest))


def find_new_runs(output: str, known: Known) -> tuple[list[NewRun], int]:
    """Return the runs of an output that are not known, in order, and how many are.

    They are known afterwards. Manifests whose names are known are not read. Raises
    DamagedFileError for what is no manifest of ours, OSError and OutputError where the output
    cannot be read.
    """
    names = list_output(output).manifests
    found: list[NewRun] = []
    for name in names:
        if (output, name) in known.places:
            continue
        run = read_run(output, name)
        if not is_same_run(known.runs.get(run.manifest.run), run):
            found.append(run)
            known.add(run.loaded)
    return sorted(found, key=_place_in_output), len(names) - len(found)


def is_begun(output: str) -> bool:
    """Tell whether a run, or a watch, is at work in an output or was interrupted there."""
    files = list_output(output)
    return bool(files.work or files.reports or files.listings or files.ledger)


def read_run(output: str, name: str) -> NewRun:
    """Return the run of a manifest; raise DamagedFileError, OutputError."""
    content = read_whole(join_output(output, name)) or b""
    manifest, faults = check_counts(name, content)
    if not manifest or faults:
        message = f"{output}/{faults[0].name}: {faults[0].message}"
        raise DamagedFileError(message)
    return NewRun(output, name, hashlib.sha256(content).hexdigest(), manifest)


def is_same_run(loaded: LoadedRun | None, run: NewRun) -> bool:
    """Tell whether a run is loaded, perhaps from a copy; raise DamagedFileError for another."""
    if loaded and loaded.manifest_sha256 != run.sha256:
        raise DamagedFileError(
            f"{run.output}/{run.name}: run {loaded.run} was loaded from {loaded.output} with "
            "another manifest: one of the two was changed, or they are of two outputs that know "
            "nothing of each other. Load them into a database each"
        )
    return loaded is not None


def check_sizes(runs: Sequence[NewRun]) -> None:
    """Raise DamagedFileError unless all files are there in full length."""
    parts: dict[str, list[PartFile]] = {}
    for run in runs:
        parts.setdefault(run.output, []).extend(run.manifest.files)
    for output, each in parts.items():
        try:
            check_parts(output, each)
        except OutputError as error:
            if isinstance(error.__cause__, OSError | StoreUnavailableError):
                raise
            raise DamagedFileError(str(error)) from error


def load_run(destination: Destination, run: NewRun, loaded_at: datetime) -> None:
    """Load a run; raise as `Destination.load` does, and OutputError for a file that is not read."""
    destination.load(run, read_rows(run), loaded_at)


def read_rows(run: NewRun) -> Iterator[Rows]:
    """Yield the files of a run, each compared with its manifest; raise DamagedFileError."""
    for part in run.manifest.files:
        path = run.path_of(part)
        content = read_whole(path)
        if content is None:
            raise DamagedFileError(f"{path}: missing")
        if hashlib.sha256(content).hexdigest() != part.sha256:
            raise DamagedFileError(f"{path}: its SHA-256 is not that of its manifest")
        yield Rows(TABLE_OF_KIND[part.name.partition("/")[0]], part, path, content)


def _place_in_output(run: NewRun) -> tuple[int, str]:
    """Return what runs of an output are sorted by: windows by number, all others by name."""
    return (run.manifest.window.number if run.manifest.window else 0, run.name)
