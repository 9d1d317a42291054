"""Tell a container by its name."""

from dataclasses import dataclass
from typing import Literal

from transforms.decompression import COMPRESSIONS

Kind = Literal["zip", "tar", "jsonl", "warc"]


@dataclass(frozen=True, slots=True)
class Container:
    """What a container is, and the suffix of the compression around all of it, if any."""

    kind: Kind
    compression: str = ""


PLAIN_SUFFIXES: dict[str, Kind] = {
    ".tar": "tar",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".warc": "warc",
    ".wet": "warc",
}
SHORT_SUFFIXES = {".tgz": ".gz", ".tbz2": ".bz2", ".tzst": ".zst"}
"""Compressed tar archives in one word."""

CONTAINERS = {
    ".zip": Container("zip"),
    **{short: Container("tar", suffix) for short, suffix in SHORT_SUFFIXES.items()},
    **{
        plain + packed: Container(kind, packed)
        for plain, kind in PLAIN_SUFFIXES.items()
        for packed in ("", *COMPRESSIONS)
    },
}
"""By suffix; none is the end of another."""

CONTAINER_SUFFIXES = tuple(CONTAINERS)
LONGEST = max(map(len, CONTAINER_SUFFIXES))


def container_of(name: str) -> Container | None:
    """Return what container a name or uri is that of; None for a single document."""
    ending = name[-LONGEST:].lower()
    if not ending.endswith(CONTAINER_SUFFIXES):
        return None
    return next(found for suffix, found in CONTAINERS.items() if ending.endswith(suffix))
