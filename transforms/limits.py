"""Sizes that bound what a run takes in; apart from the steps, so that `--help` needs no Beam."""

from dataclasses import dataclass

MAX_DOCUMENT_BYTES = 64 * 2**20
"""A scraped page is a few kilobytes; what is larger than this is not a page."""

DEAD_LETTER_BYTES = 2**20
"""How much of a document that failed a dead letter keeps."""

SHARD_BYTES = 8 * 2**20
"""Input of one shard: its output is built in memory, several times this at worst."""

SHARD_DOCUMENTS = 4096
"""Bounds a shard of tiny files, whose cost is counted in files and not in bytes."""

MAX_CONTAINER_BYTES = 64 * 2**30
"""What one archive or file of records may hold unpacked; crawls come in files of 5 GB."""

MAX_MEMBERS = 1_000_000
"""Of one archive, whose names wait in memory: some 150 bytes each."""

PART_BYTES = 64 * 2**20
"""A file of rows is ended here: the documents of a container may be many times a shard."""


@dataclass(frozen=True, slots=True)
class WindowLimits:
    """What one window of a watch takes at most; a file larger than all of it is one by itself."""

    files: int = 10_000  # some ten seconds of one core
    bytes: int = 256 * 2**20  # as stored
