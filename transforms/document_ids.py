"""Hold the ids of millions of documents in 17 bytes each, and take them out one by one."""

from bisect import bisect_left, bisect_right

import numpy as np

ID_BYTES = 16
"""Half as many as an id has hexadecimal digits."""


class DocumentIds:
    """Ids of documents, sorted; one that was added several times can be taken several times."""

    def __init__(self, packed: bytes | bytearray) -> None:
        """Hold the ids that follow one another in `packed`."""
        self._sorted = np.sort(np.frombuffer(packed, dtype=f"S{ID_BYTES}")).tobytes()
        self._taken = bytearray(len(self))
        self.left = len(self)

    def __len__(self) -> int:
        """Return how many ids were added."""
        return len(self._sorted) // ID_BYTES

    def __getitem__(self, place: int) -> bytes:
        """Return the id at a place of the sorted ids."""
        return self._sorted[place * ID_BYTES : (place + 1) * ID_BYTES]

    def __contains__(self, identity: bytes) -> bool:
        """Tell whether an id was added, taken or not."""
        place = bisect_left(self, identity)
        return place < len(self) and self[place] == identity

    def take(self, identity: bytes) -> bool:
        """Take an id out, once; tell whether it was there."""
        end = bisect_right(self, identity)
        place = self._taken.find(0, bisect_left(self, identity, 0, end), end)
        if place < 0:
            return False
        self._taken[place] = 1
        self.left -= 1
        return True
