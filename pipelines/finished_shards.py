"""How far a run is, as its output tells: workers elsewhere say nothing until the end."""

import contextlib
import time
from collections.abc import Callable, Sequence

from transforms.listing import is_remote
from transforms.output_files import list_output, shard_of_report
from transforms.shards import Shard

LOCAL_SECONDS = 2.0
STORE_SECONDS = 30.0
"""Between two looks; a store takes a request for every thousand files."""


def look_at_output(place: str, shards: Sequence[Shard]) -> Callable[[], tuple[int, int]]:
    """Return a function that says how many files are compared and extracted, by the reports.

    It looks now and then, however often it is called; about comparing there is nothing to see.
    """
    sizes = {shard.number: shard.document_count for shard in shards}
    pause = STORE_SECONDS if is_remote(place) else LOCAL_SECONDS
    looked, extracted = time.monotonic(), 0

    def look() -> tuple[int, int]:
        nonlocal looked, extracted
        if time.monotonic() - looked >= pause:
            looked = time.monotonic()
            with contextlib.suppress(OSError):
                finished = {shard_of_report(name) for name in list_output(place).reports}
                extracted = sum(sizes.get(number, 0) for number in finished)
        return 0, extracted

    return look
