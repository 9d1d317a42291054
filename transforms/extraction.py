"""Extract a document as both passes of a run do: within the time limit, or with the reason."""

import gc
from functools import cache

from schemas.rows import Article
from transforms.documents import Reading
from transforms.text.document import Document, DocumentError, ExtractOptions
from transforms.text.extract import extract_article, warm_up
from transforms.time_limit import call_within

STAGE = "process"


def extract_reading(reading: Reading, options: ExtractOptions, timeout: float | None) -> Article:
    """Return the article of a document; raise DocumentError where it cannot be one."""
    if reading.content is None:
        raise reading.failure or DocumentError(STAGE, "internal_error", "neither read nor failed")
    document = Document(reading.uri, reading.content, reading.record_date_text)
    try:
        return call_within(timeout, lambda: extract_article(document, options))
    except TimeoutError as error:
        raise DocumentError(STAGE, "timeout", f"extraction {error}") from error


@cache
def prepare_process(language_detector: str) -> None:
    """Load what extraction knows, once a process.

    It stays, so no garbage collection has to look at it again.
    """
    warm_up(language_detector)
    gc.freeze()
