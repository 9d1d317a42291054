"""Tell whether inputs still have the content that a run read, without extracting anything."""

import hashlib
from collections.abc import Iterable

from transforms.census import Census
from transforms.documents import ReadSettings, content_sha256
from transforms.reports import input_line
from transforms.shards import Shard
from transforms.sources import read_sources


def inputs_sha256(
    shards: Iterable[Shard],
    settings: ReadSettings = ReadSettings(),  # noqa: B008 (it is frozen)
) -> str:
    """Return the hash over uris and contents that a run over these shards would give."""
    run = hashlib.sha256()
    for shard in shards:
        digest = hashlib.sha256()
        for readings in read_sources(shard, settings, Census()):
            for reading in readings:
                digest.update(input_line(reading, content_sha256(reading)))
        run.update(digest.digest())
    return run.hexdigest()
