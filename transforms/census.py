"""Count what a pass of a run finds in containers, which only reading can tell."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from transforms.documents import Reading


@dataclass(slots=True)
class Census:
    """A hash over the uris of the documents of each container, by its place in the shard.

    In a replay, too: the containers whose own dead letter is settled, since they were read to
    their end, and the documents that came to light that way.
    """

    containers: dict[int, bytes] = field(default_factory=dict)
    settled: int = 0
    recovered: int = 0

    def count(self, index: int, readings: Iterable[Reading]) -> Iterator[Reading]:
        """Yield the documents of a container; at their end it is part of the census."""
        digest = hashlib.sha256()
        for reading in readings:
            digest.update(f"{reading.uri}\n".encode("utf-8", "surrogatepass"))
            yield reading
        self.containers[index] = digest.digest()

    def differences(self, other: "Census") -> list[int]:
        """Return the places of the containers that two passes did not read alike."""
        mine, theirs = self.containers, other.containers
        places = sorted(mine.keys() | theirs.keys())
        return [place for place in places if mine.get(place) != theirs.get(place)]
