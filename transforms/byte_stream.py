"""Read a stream that comes in chunks: some bytes, a section, a line; never more than one chunk."""

from collections.abc import Iterable, Iterator

from transforms.text.document import DocumentError

PIECE_BYTES = 2**20
"""Sections and lines come in pieces of at most this size."""


class ByteStream:
    """Chunks of bytes behind one another, of which at most one is held."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._chunk = b""
        self._at = 0

    def piece(self, limit: int) -> bytes:
        """Return up to `limit` bytes, as many as are at hand; empty only at the end."""
        if not self._fill():
            return b""
        piece = self._chunk[self._at : self._at + limit]
        self._at += len(piece)
        return piece

    def read(self, size: int) -> bytes:
        """Return `size` bytes; fewer only at the end."""
        piece = self.piece(size)
        if len(piece) == size:
            return piece
        pieces, missing = [piece], size - len(piece)
        while missing and (piece := self.piece(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def section(self, size: int, stage: str) -> Iterator[bytes]:
        """Yield exactly `size` bytes in pieces; raise `torn_archive` where there are fewer."""
        while size:
            piece = self.piece(min(size, PIECE_BYTES))
            if not piece:
                raise DocumentError(stage, "torn_archive", f"ends {size} bytes too early")
            size -= len(piece)
            yield piece

    def line(self) -> Iterator[bytes]:
        """Yield the next line with its end, in pieces; nothing at the end of the stream."""
        while self._fill():
            end = self._chunk.find(b"\n", self._at, self._at + PIECE_BYTES)
            yield self.piece(end + 1 - self._at if end >= 0 else PIECE_BYTES)
            if end >= 0:
                return

    def rest(self) -> Iterator[bytes]:
        """Yield what is left, in pieces."""
        while piece := self.piece(PIECE_BYTES):
            yield piece

    def _fill(self) -> bool:
        """Tell whether there are bytes at hand, after a look at the next chunks."""
        while self._at == len(self._chunk):
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._chunk, self._at = chunk, 0
        return True
