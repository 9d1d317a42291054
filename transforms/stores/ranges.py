"""A stream over an object of which a store gives one part at a time."""

import io
import os
from collections.abc import Callable
from typing import Any, BinaryIO

RANGE_BYTES = 4 * 2**20
"""Of an object, for each request: more costs memory, less costs waiting."""


def open_ranges(
    size: int,
    read_whole: Callable[[], bytes],
    read_range: Callable[[int, int], bytes],
    check: Callable[[bytes | None], None] = lambda _: None,
) -> BinaryIO:
    """Return a stream that may seek over an object of a size in bytes.

    A small one is read as a whole. `read_range` returns a number of bytes from a place. `check`
    gets all bytes where they are read in order, and None at the end; it raises what the reader is
    to see.
    """
    if size <= RANGE_BYTES:
        return io.BytesIO(read_whole())
    return io.BufferedReader(_RangeStream(size, read_range, check), RANGE_BYTES)


class _RangeStream(io.RawIOBase):
    """Asks for the part of an object that is read."""

    def __init__(
        self,
        size: int,
        read_range: Callable[[int, int], bytes],
        check: Callable[[bytes | None], None],
    ) -> None:
        super().__init__()
        self._size = size
        self._read_range = read_range
        self._check = check
        self._at = 0
        self._checked = 0  # bytes from the beginning

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; return it, in bytes from the beginning."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if begin + offset < 0:
            raise ValueError(f"cannot seek to {begin + offset}")
        self._at = begin + offset
        return self._at

    def readall(self) -> bytes:
        """Return what is left; the default asks for 8 KB at a time."""
        return b"".join(iter(lambda: self.read(RANGE_BYTES) or b"", b""))

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the object goes; return how far."""
        size = min(len(buffer), self._size - self._at)
        if size <= 0:
            return 0
        content = self._read_range(self._at, size)
        buffer[:size] = content
        if self._at == self._checked:
            self._checked += size
            self._check(content)
            if self._checked == self._size:
                self._check(None)
        self._at += size
        return size
