"""Extract a document as both passes of a run do: within the time limit, or with the reason."""

import gc
import time
from collections.abc import Callable
from functools import cache

from schemas.rows import Article
from transforms.documents import Reading
from transforms.metrics import microseconds_since
from transforms.text.decode import decode
from transforms.text.document import Document, DocumentError, ExtractOptions
from transforms.text.extract import extract_decoded, warm_up
from transforms.time_limit import call_within

STAGE = "process"


def _nobody(_microseconds: int) -> None:
    """Hear nothing."""


def extract_reading(
    reading: Reading,
    options: ExtractOptions,
    timeout: float | None,
    note_decode: Callable[[int], object] = _nobody,
) -> Article:
    """Return the article of a document; raise DocumentError where it cannot be one.

    `note_decode` hears how many microseconds it took to decode, whatever comes of it.
    """
    if reading.content is None:
        raise reading.failure or DocumentError(STAGE, "internal_error", "neither read nor failed")
    document = Document(reading.uri, reading.content, reading.record_date_text)
    try:
        return call_within(timeout, lambda: _extract(document, options, note_decode))
    except TimeoutError as error:
        raise DocumentError(STAGE, "timeout", f"extraction {error}") from error


def _extract(
    document: Document, options: ExtractOptions, note_decode: Callable[[int], object]
) -> Article:
    """Return the article of a document, as `extract_article` does, with an eye on the clock."""
    begun = time.perf_counter_ns()
    try:
        decoded = decode(document.content)
    finally:
        note_decode(microseconds_since(begun))
    return extract_decoded(document, decoded, options)


@cache
def prepare_process(language_detector: str) -> None:
    """Load what extraction knows, once a process.

    It stays, so no garbage collection has to look at it again.
    """
    warm_up(language_detector)
    gc.freeze()
