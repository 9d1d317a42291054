"""Sketch the documents of a shard, so that near duplicates are found without moving any text.

Of each document that will be an article, the first pass sends on the keys of its bands, by which
texts meet that are worth a comparison, and its signature, by which they are compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from apache_beam.pvalue import TaggedOutput

from schemas.avro import MAX_ROW_BYTES, encode_row
from schemas.rows import Article
from transforms.documents import Reading
from transforms.extraction import extract_reading
from transforms.text.document import ExtractOptions
from transforms.text.language.wanted import is_wanted
from transforms.text.signatures import (
    SIGNATURE_BYTES,
    Banding,
    Minima,
    band_keys,
    least_hashes,
    signature_of,
)

BAND_PARTITIONS = 64
"""Ten million documents are 53 MB of bands in each."""

BLOCK_DOCUMENTS = 4096
"""So many sketches are sent on at once: a container may have a million documents."""

VERDICT_BYTES = 64
"""More than a verdict can add to a row, which must not become too large by it."""

BAND = np.dtype([("key", "<u8"), ("content", "<u4"), ("index", "<u4")])
"""Key of a band, first bytes of the SHA-256 (copies have them in common), index in the shard."""

SIGNATURE = np.dtype(
    [("index", "<u4"), ("sha256", "V32"), ("id", "V16"), ("hashes", "u1", SIGNATURE_BYTES)]
)
"""Index in the shard, SHA-256 of the content, id of the article, and what texts are compared by."""

BandsTag = Literal["bands"]
SignaturesTag = Literal["signatures"]
BANDS: BandsTag = "bands"
SIGNATURES: SignaturesTag = "signatures"
BandsOutput = TaggedOutput[BandsTag, tuple[int, tuple[int, bytes]]]
SignaturesOutput = TaggedOutput[SignaturesTag, tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class NearSettings:
    """What the run decides about near duplicates: which documents are compared, and what for."""

    options: ExtractOptions
    threshold: float  # the least likeness of two near duplicates, 0 to 1
    drops: bool = False  # the others of a cluster become rows of duplicates
    timeout: float | None = None  # as of the second pass
    languages: Sequence[str] | None = None  # others are not compared; None: all are

    def extract(self, reading: Reading) -> Article | None:
        """Return the article of a document; None where it has none that may be a duplicate.

        The second pass does the same, so what fails here fails there, and is kept there.
        """
        try:
            article = extract_reading(reading, self.options, self.timeout)
            size = len(encode_row(article))
        except Exception:  # whatever it is, the second pass makes a dead letter of it
            return None
        is_compared = self.languages is None or is_wanted(
            article.language, article.script, self.languages
        )
        return article if is_compared and size <= MAX_ROW_BYTES - VERDICT_BYTES else None


@dataclass(slots=True)
class ShardSketches:
    """The sketches of a shard's documents, sent on block by block."""

    shard: int
    settings: NearSettings
    _indexes: list[int] = field(default_factory=list)
    _keys: list[bytes] = field(default_factory=list)  # SHA-256 of the content and id
    _minima: list[Minima] = field(default_factory=list)

    def add(self, index: int, reading: Reading, sha256: bytes, identity: bytes) -> None:
        """Sketch a document, unless it has no article, or one too short to compare."""
        article = self.settings.extract(reading)
        if article is None:
            return
        minima = least_hashes([paragraph.text for paragraph in article.paragraphs])
        if minima is not None:
            self._indexes.append(index)
            self._keys.append(sha256 + identity)
            self._minima.append(minima)

    def send_full(self) -> Iterator[BandsOutput | SignaturesOutput]:
        """Yield the block that is full, if it is."""
        if len(self._indexes) >= BLOCK_DOCUMENTS:
            yield from self.send()

    def send(self) -> Iterator[BandsOutput | SignaturesOutput]:
        """Yield what waits: signatures by shard; bands by partition, each with the shard."""
        if not self._indexes:
            return
        yield TaggedOutput(SIGNATURES, (self.shard, self._signatures().tobytes()))
        bands = self._bands()
        partitions = bands["key"] % BAND_PARTITIONS
        for partition in np.unique(partitions):
            packed = bands[partitions == partition].tobytes()
            yield TaggedOutput(BANDS, (int(partition), (self.shard, packed)))
        for waiting in (self._indexes, self._keys, self._minima):
            waiting.clear()

    def _signatures(self) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
        """Return the signatures of the documents that wait."""
        records = zip(self._indexes, self._keys, self._minima, strict=True)
        return np.frombuffer(
            b"".join(
                index.to_bytes(4, "little") + keys + signature_of(minima)
                for index, keys, minima in records
            ),
            dtype=SIGNATURE,
        )

    def _bands(self) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
        """Return the bands of the documents that wait."""
        banding = Banding.for_threshold(self.settings.threshold)
        bands = np.empty((len(self._indexes), banding.bands), dtype=BAND)
        contents = np.frombuffer(b"".join(keys[:4] for keys in self._keys), dtype="<u4")
        bands["key"] = [band_keys(minima, banding) for minima in self._minima]
        bands["content"] = contents[:, np.newaxis]
        bands["index"] = np.array(self._indexes, dtype=np.uint32)[:, np.newaxis]
        return bands.ravel()
