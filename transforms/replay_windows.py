"""Find out what the windows of a watch have read of files for which a replay asks again.

A watch reads a file anew when it has changed: what an earlier window lacks of it, a later one has.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set

from transforms.limits import SHARD_BYTES
from transforms.manifest import Manifest
from transforms.parts import PartFile, join_output, shard_of
from transforms.row_files import SCHEMAS, RowFile
from transforms.shards import plan_shards
from transforms.windows import recorded_window

Run = tuple[str, Manifest]
"""A finished run: the place of its output, and its manifest."""

ShardOfRun = tuple[int, int]
"""The place of a run among those that are replayed, and the number of its shard."""


def shards_with(runs: Sequence[Run], uris: Set[str]) -> dict[str, list[ShardOfRun]]:
    """Return by uri the shards of windows that have read each of these files.

    Where the note on the files of a window is lost, they are all shards of it that have a row.
    """
    found: defaultdict[str, list[ShardOfRun]] = defaultdict(list)
    if uris:
        for number, run in enumerate(runs):
            for shard, read in _files_read(run, uris):
                for uri in read:
                    found[uri].append((number, shard))
    return found


def last_readings(runs: Sequence[Run], uris: Set[str]) -> dict[str, int]:
    """Return by uri the number of the last window that has a row of each of these files.

    Raises InputError where a file of rows is not as its manifest says.
    """
    shards = {place for places in shards_with(runs, uris).values() for place in places}
    found: dict[str, int] = {}
    for number, shard in sorted(shards):
        place, manifest = runs[number]
        window = manifest.window.number if manifest.window else 0
        for part in manifest.files:
            if shard_of(part) == shard:
                for uri in uris & set(_uris_of_rows(place, part)):
                    found[uri] = max(window, found.get(uri, 0))
    return found


def _uris_of_rows(place: str, part: PartFile) -> Iterator[str]:
    """Yield the uris of the rows in a file."""
    file = RowFile(join_output(place, part.name), part.bytes, part.sha256)
    for record in file.records(SCHEMAS[part.name.partition("/")[0]], ("source_uri",)):
        yield record["source_uri"]


def _files_read(run: Run, uris: Set[str]) -> Iterator[tuple[int, Set[str]]]:
    """Yield the shards of a run that may have read some of the files, and which ones."""
    place, manifest = run
    if manifest.window is None:
        return
    record = recorded_window(place, manifest.window.number)
    if record is None:
        yield from ((shard, uris) for shard in {shard_of(part) for part in manifest.files})
        return
    shard_bytes = int(manifest.options.get("shard_bytes") or SHARD_BYTES)
    for shard in plan_shards(record.files, shard_bytes):
        if read := uris & set(shard.uris()):
            yield shard.number, read
