"""Check an output from its manifests to the lines of its articles; trust nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from transforms.manifest import Manifest
from transforms.output_files import (
    LISTINGS,
    STREAM_NAME,
    OutputFiles,
    claim_name,
    is_of_stream,
    list_output,
)
from transforms.parts import OutputError, join_output, read_whole
from transforms.sealed import unseal
from transforms.stores import StoreUnavailableError
from transforms.verify_manifest import Fault, check_manifest
from transforms.verify_rows import RowCheck
from transforms.verify_windows import WindowsCheck

SAMPLE = 100
"""Rebuilding a page costs as much as reading a row ten times."""

DAMAGED_RECORD = "damaged: the stream cannot go on with it"
UNFINISHED = "no manifest lists it: left by a run that did not end, with which its command goes on"

DAMAGED_LISTING = "damaged; harmless, a re-run only reads all documents. Delete it"
LOST_FILES = "missing or damaged; harmless, a watch only reads the files of this window once more"


@dataclass(slots=True)
class Verification:
    """The check of one output, and how much it has looked at."""

    output: str
    sample: int = SAMPLE
    is_at_work: bool = False  # a process writes there what no manifest lists yet
    runs: int = 0
    files: int = 0
    rows: int = 0
    accounted: int = 0  # articles whose lines were accounted for

    def faults(self) -> Iterator[Fault]:
        """Yield all that is wrong. Raises OSError where the output cannot be listed, or read."""
        found = list_output(self.output)
        if not found.manifests:
            yield Fault("manifests", "no finished run is here")
        referenced: set[str] = set()
        windows = WindowsCheck()
        for name in found.manifests:
            self.runs += 1
            manifest, faults = check_manifest(name, self._read(name) or b"")
            yield from faults
            if manifest:
                referenced |= {part.name for part in manifest.files}
                referenced.add(listing_of(manifest))
                check = _row_check(manifest, self.sample)
                yield from self._check_run(name, manifest, check)
                windows.add(manifest.window, check)
                yield from _missing_claim(manifest, found)
        yield from windows.faults()
        yield from self._check_listings(found, windows.names())
        yield from _foreign_files(found)
        if not self.is_at_work:
            yield from _unlisted_files(found, referenced | windows.names())

    def _check_run(self, name: str, manifest: Manifest, check: RowCheck) -> Iterator[Fault]:
        """Yield the faults of the files of a run, and of their rows as a whole."""
        is_whole = True
        for part in manifest.files:
            self.files += 1
            content = self._read(part.name)
            told = ["missing"] if content is None else check.check_file(part, content)
            for message in told:
                is_whole = False
                yield Fault(part.name, message)
        if is_whole:  # otherwise all that follows would be wrong for the same reason
            for message in check.check_run(manifest):
                yield Fault(name, message)
        self.rows += check.rows
        self.accounted += check.accounted

    def _check_listings(self, found: OutputFiles, windows: set[str]) -> Iterator[Fault]:
        """Yield damaged fingerprints of listings, and missing or damaged notes on windows."""
        for name in sorted(windows.union(found.listings)):
            try:
                unseal(self._read(name) or b"")
            except ValueError:
                harm = DAMAGED_RECORD if is_of_stream(name) else DAMAGED_LISTING
                yield Fault(name, LOST_FILES if name in windows else harm)

    def _read(self, name: str) -> bytes | None:
        """Return a file; None where it is missing or cannot be read.

        Raises OSError where the store does not answer: that is no fault of the output.
        """
        try:
            return read_whole(join_output(self.output, name))
        except OutputError as error:
            if isinstance(error.__cause__, StoreUnavailableError):
                raise OSError(str(error)) from error
            return None


def _row_check(manifest: Manifest, sample: int) -> RowCheck:
    """Return an empty check of the rows of a run."""
    uris_repeat = bool(manifest.options.get("uri_field") or manifest.replay)
    return RowCheck(sample, uris_repeat, is_window=manifest.window is not None)


def listing_of(manifest: Manifest) -> str:
    """Return the name of the file that notes what was listed for a manifest."""
    return claim_name(manifest.pane.name) if manifest.pane else f"{LISTINGS}/{manifest.run}.json"


def _missing_claim(manifest: Manifest, found: OutputFiles) -> Iterator[Fault]:
    """Yield the fault of a round of a stream that is not claimed any more."""
    if manifest.pane and (name := claim_name(manifest.pane.name)) not in found.listings:
        yield Fault(name, "missing: a stream that is started anew takes these documents again")


def _foreign_files(found: OutputFiles) -> Iterator[Fault]:
    """Yield the files that no run wrote."""
    for name in found.foreign:
        yield Fault(name, "no run wrote it")


def _unlisted_files(found: OutputFiles, referenced: set[str]) -> Iterator[Fault]:
    """Yield the files of runs that no manifest lists."""
    if found.is_stream:
        referenced.add(STREAM_NAME)
    left = [*found.parts, *found.listings, *found.reports, *found.temporaries, *found.work]
    for name in sorted(set(left) - referenced):
        yield Fault(name, UNFINISHED)
