"""Remove from an output what a finished run has no use for."""

import contextlib
from collections.abc import Iterable

from transforms.manifest import Manifest, parse_manifest
from transforms.output_files import LISTINGS, OutputFiles, list_output, remove_leftovers
from transforms.parts import OutputError, join_output, read_whole


def clean(place: str, files: OutputFiles, manifests: Iterable[Manifest]) -> None:
    """Remove the leftovers of an output; what cannot be removed stays, the run is complete."""
    referenced = set[str]()
    for manifest in manifests:
        referenced.add(f"{LISTINGS}/{manifest.run}.json")
        referenced.update(part.name for part in manifest.files)
    with contextlib.suppress(OSError):
        remove_leftovers(place, files, referenced)


def clean_after(path: str, output: str) -> str:
    """Remove the leftovers of an output of which a manifest was written; return its path."""
    with contextlib.suppress(OSError, OutputError):  # the next command removes them
        files = list_output(output)
        clean(output, files, [read_manifest(output, name) for name in files.manifests])
    return path


def find_manifest(path: str) -> str:
    """Return the path of a manifest that is there; raise OutputError where it is not."""
    if read_whole(path) is None:
        raise OutputError(f"{path}: gone")
    return path


def read_manifest(place: str, name: str) -> Manifest:
    """Return a manifest of a place; raise OutputError where it is none."""
    path = join_output(place, name)
    try:
        return parse_manifest((read_whole(path) or b"").decode("utf-8"))
    except ValueError as error:
        raise OutputError(f"{path}: {error}") from error
