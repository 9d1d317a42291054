"""What a warehouse must be able to do, so that runs can be loaded into it.

`suzgi load` reads and checks; a destination keeps. To add one: write a class with these methods
and name it in `pipelines/load.py`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from transforms.manifest import Manifest
from transforms.parts import PartFile
from transforms.warehouse.tables import Table


class DestinationUnusableError(Exception):
    """A warehouse that cannot be opened or is not ours; the message says what to do."""


class LoadFailedError(Exception):
    """A run that a warehouse did not take, of which nothing is in it."""


class DamagedFileError(Exception):
    """A file that is not as its manifest says, or holds rows that no table can take."""


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """What a warehouse knows of a run that it has."""

    run: str
    output: str
    manifest: str  # its name, relative to the output
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that is to be loaded."""

    output: str
    name: str  # of the manifest, relative to the output
    sha256: str  # of the manifest
    manifest: Manifest

    @property
    def loaded(self) -> LoadedRun:
        """Return what a warehouse is to know of it."""
        return LoadedRun(self.manifest.run, self.output, self.name, self.sha256)

    def path_of(self, part: PartFile) -> str:
        """Return the path of one of its files, for messages."""
        return f"{self.output}/{part.name}"


@dataclass(frozen=True, slots=True)
class Rows:
    """A file of rows, whose size and SHA-256 are those of the manifest."""

    table: Table
    part: PartFile
    path: str
    content: bytes  # Avro


class Destination(Protocol):
    """A warehouse. All methods raise DestinationUnusableError where it cannot be used."""

    def loaded_runs(self) -> Sequence[LoadedRun]:
        """Return the runs that are there; nothing is changed, nor made."""

    def load(self, run: NewRun, rows: Iterable[Rows], loaded_at: datetime) -> None:
        """Add a run: all of its rows and its entry in `runs`, or nothing, also after a crash.

        Files come when they are asked for, and may raise. What they or the warehouse raise leaves
        it as it was. Raises LoadFailedError, and DamagedFileError for rows that do not fit.
        """

    def plan(self, runs: Sequence[NewRun]) -> Iterable[str]:
        """Return what a load of these runs would do beside their rows, in lines; do nothing."""

    def close(self) -> None:
        """Let others have the warehouse."""


def run_record(run: NewRun, loaded_at: datetime) -> dict[str, Any]:
    """Return the row of the table `runs`, as `runs.avsc` has it."""
    manifest, tally = run.manifest, run.manifest.tally
    return {
        "run": manifest.run,
        "output": run.output,
        "manifest": run.name,
        "manifest_sha256": run.sha256,
        "version": manifest.version,
        "options": json.dumps(dict(manifest.options), sort_keys=True, ensure_ascii=False),
        "window": manifest.window.number if manifest.window else None,
        "replay_of": list(manifest.replay.runs) if manifest.replay else [],
        "documents": tally.documents,
        "articles": tally.articles,
        "other_languages": tally.other_languages.total(),
        "duplicates": tally.duplicates,
        "dead_letters": tally.dead_letters.total(),
        "loaded_at": loaded_at,
    }
