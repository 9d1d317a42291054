"""The files that a shard writes, one of each kind of row, and more where one is full."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.avro import ContainerWriter
from transforms.limits import PART_BYTES
from transforms.parts import PartFile, write_part
from transforms.reports import Row
from transforms.row_files import SCHEMAS
from transforms.shard_settings import ShardSettings


@dataclass(slots=True)
class ShardFiles:
    """The files of a shard, built in memory; a kind without rows has none.

    A file that is full is written, and the next one of its kind begun.
    """

    settings: ShardSettings
    shard: int
    round_name: str = ""
    _writers: dict[str, ContainerWriter] = field(default_factory=dict)
    _written: dict[str, list[PartFile]] = field(default_factory=dict)

    def write(self, row: Row) -> None:
        """Add a row to the file of its kind; one that raises leaves the file as it was."""
        kind = self.settings.kind_of(row)
        if kind not in self._writers:
            piece = len(self._written.get(kind, ()))
            seed = f"{kind}/{self.shard}.{piece}" if piece else f"{kind}/{self.shard}"
            if self.settings.window:
                seed = f"window {self.settings.window}/{seed}"
            self._writers[kind] = ContainerWriter(SCHEMAS[kind], self.settings.codec, seed)
        self._writers[kind].write(row)

    def write_full(self) -> None:
        """Write the files that are full."""
        for kind, writer in tuple(self._writers.items()):
            if writer.size >= PART_BYTES:
                self._finish(kind)

    def finish(self) -> Iterator[PartFile]:
        """Write the rest and yield what the manifest says of all files."""
        for kind in tuple(self._writers):
            self._finish(kind)
        for parts in self._written.values():
            yield from parts

    def _finish(self, kind: str) -> None:
        """Write the file of a kind, if it has rows."""
        writer = self._writers.pop(kind)
        if not writer.count:
            return
        content, parts = writer.finish(), self._written.setdefault(kind, [])
        output, piece, of = self.settings.output, len(parts), self.round_name
        parts.append(
            write_part(output, kind, self.shard, content, writer.count, piece=piece, round_name=of)
        )
