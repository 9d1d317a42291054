"""Turn one document into its article, or say with a stable code why it cannot be one."""

import hashlib
import re
from dataclasses import replace
from datetime import date
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from schemas.avro import MAX_ROW_BYTES
from schemas.rows import Article, DeadLetter, Paragraph, Quality
from transforms.text.boilerplate.phrases import phrase_book
from transforms.text.decode import Decoded, decode
from transforms.text.document import Document, DocumentError, ExtractOptions
from transforms.text.fields.finder import PageFields
from transforms.text.language import PageLanguage, load_models
from transforms.text.language.choice import ROUTED, page_identifier
from transforms.text.lines import count_lines, split_lines
from transforms.text.page import Page, read_page
from transforms.text.record_dates import read_record_date

EXTRACTOR_VERSION = "0.1.0"
STAGE = "extract"

ID_HEX_DIGITS = 32
"""128 bits: two of 10^12 ids are equal with a chance of about 10^-15."""

MAX_DEAD_LETTER_BYTES = 1024 * 1024

MIN_LETTER_SHARE = 0.35
"""Below this a converter has dropped the letters: seen on pages of which only digits were left."""
WHITE_SPACE = (b" ", b"\t", b"\n", b"\r")
ASCII_SIGNS = bytes(
    byte for byte in range(128) if not chr(byte).isalpha() and bytes([byte]) not in WHITE_SPACE
)

LETTER = re.compile(r"[^\W\d_]")

WARM_UP = "Any text that has letters."

HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+", re.IGNORECASE)
FILE_SUFFIX = re.compile(r"\.(?:txt|html?|md|gz|bz2|zst|json|csv|xml)\Z", re.IGNORECASE)


def warm_up(language_detector: str = ROUTED) -> None:
    """Load what extraction knows now instead of with the first document.

    While the largest model loads it takes 25 MB more than afterwards: early, before a run holds
    anything else, that does not raise the run's peak.
    """
    if language_detector == ROUTED:
        load_models()
    else:
        page_identifier(language_detector)([WARM_UP])
    phrase_book()


def extract_article(document: Document, options: ExtractOptions) -> Article:
    """Return the article of a document; raise DocumentError where it cannot be one.

    The codes are those of `decode` and of `extract_decoded`.
    """
    return extract_decoded(document, decode(document.content), options)


def extract_decoded(document: Document, decoded: Decoded, options: ExtractOptions) -> Article:
    """Return the article of a document whose text is known; raise DocumentError as it may.

    The codes are `too_many_lines`, `line_too_long`, `too_large` (no row holds its text), `no_text`
    (no letter), `garbled` (hardly a letter), `no_paragraphs` (nothing but fields and boilerplate).
    """
    lines = _bounded_lines(decoded.text, options)
    if len(document.content) > MAX_ROW_BYTES:
        _check_size(decoded.text)
    is_utf8 = decoded.encoding == "utf-8"
    letter_share = _letter_share(decoded.text, document.content if is_utf8 else None)
    page = read_page(lines, options.timezone)
    if not page.prose:
        raise DocumentError(STAGE, "no_paragraphs", "nothing but fields and boilerplate")
    identify = page_identifier(options.language_detector)
    language = identify([text for _, text in page.prose])
    content_sha256 = hashlib.sha256(document.content).hexdigest()
    fields = _with_record_date(page.fields, document.record_date_text, options.timezone)
    return Article(
        id=article_id(document.uri, content_sha256),
        source_uri=document.uri,
        site=site_of(document.uri),
        content_sha256=content_sha256,
        content_bytes=len(document.content),
        encoding=decoded.encoding,
        ingest_date=options.ingest_date,
        language=language.language,
        script=language.script,
        language_confidence=language.confidence,
        language_route=language.route,
        languages=language.shares,
        title=fields.title,
        authors=fields.authors,
        published_at=fields.published_at,
        published_date=fields.published_date,
        published_text=fields.published_text,
        record_date_text=document.record_date_text,
        dateline=fields.dateline,
        section=fields.section,
        source=fields.source,
        view_count=fields.view_count,
        comment_count=fields.comment_count,
        tags=fields.tags,
        paragraphs=_paragraphs(page, language),
        metadata_lines=page.metadata_lines,
        removed_lines=page.removed_lines,
        repairs=page.repairs,
        quality=_quality(page, letter_share),
        extractor_version=EXTRACTOR_VERSION,
        source_uri_count=1,
        near_duplicate_of=None,
        near_duplicate_similarity=None,
    )


def dead_letter(uri: str, content: bytes, error: DocumentError, ingest_date: date) -> DeadLetter:
    """Return what is kept of a document that failed: its reason and up to 1 MiB of its bytes."""
    content_sha256 = hashlib.sha256(content).hexdigest()
    return DeadLetter(
        id=article_id(uri, content_sha256),
        source_uri=uri,
        stage=error.stage,
        code=error.code,
        message=error.message,
        content=content[:MAX_DEAD_LETTER_BYTES],
        content_sha256=content_sha256,
        content_bytes=len(content),
        truncated=len(content) > MAX_DEAD_LETTER_BYTES,
        attempt=1,
        ingest_date=ingest_date,
    )


def article_id(uri: str, content_sha256: str) -> str:
    """Return the id of a document: the first 128 bits of a hash of its source and content."""
    return hashlib.sha256(f"{uri}\n{content_sha256}".encode()).hexdigest()[:ID_HEX_DIGITS]


def site_of(uri: str) -> str | None:
    """Return the site of a document: the host of a web address, or the folder named like one.

    None where neither the address nor a folder of its path names a host.
    """
    return _site_of_folder(uri.rpartition("/")[0])


@lru_cache(maxsize=1024)
def _site_of_folder(folder: str) -> str | None:
    """Return the site that a folder's address names."""
    try:
        parts = urlsplit(folder)
    except ValueError:  # a bracket without its other half
        return None
    if parts.scheme in ("http", "https"):
        return parts.hostname
    for name in reversed(unquote(parts.path).split("/")):
        if HOST.fullmatch(name) and not FILE_SUFFIX.search(name):
            return name.lower()
    return None


def _check_size(text: str) -> None:
    """Raise DocumentError `too_large` where no row can hold a text: all but white space is kept."""
    size = len("".join(text.split()).encode(errors="surrogateescape"))
    if size > MAX_ROW_BYTES:
        message = f"its text has {size} bytes, and a row at most {MAX_ROW_BYTES}"
        raise DocumentError(STAGE, "too_large", message)


def _bounded_lines(text: str, options: ExtractOptions) -> list[str]:
    """Return the lines of a text; raise DocumentError `too_many_lines`, `line_too_long`."""
    # Few texts have so many characters at all: the others are not counted.
    if len(text) > options.max_lines and (count := count_lines(text)) > options.max_lines:
        message = f"{count} lines; {options.max_lines} are allowed"
        raise DocumentError(STAGE, "too_many_lines", message)
    lines = split_lines(text)
    if len(text) > options.max_line_characters:
        longest = max(map(len, lines))
        if longest > options.max_line_characters:
            message = f"a line of {longest} characters; {options.max_line_characters} are allowed"
            raise DocumentError(STAGE, "line_too_long", message)
    return lines


def _letter_share(text: str, encoded: bytes | None) -> float:
    """Return the share of letters among the visible characters of a text.

    `encoded` is the text in UTF-8 where that is at hand. Signs beyond ASCII count as letters:
    an estimate that costs one pass over the bytes.
    Raises DocumentError `no_text` without a letter and `garbled` where letters are missing.
    """
    if not LETTER.search(text):
        raise DocumentError(STAGE, "no_text", "the document holds no letter")
    encoded = encoded or text.encode(errors="replace")
    blank = sum([encoded.count(space) for space in WHITE_SPACE if space in encoded])
    other = len(encoded) - len(encoded.translate(None, ASCII_SIGNS))
    visible = len(text) - blank
    share = max(visible - other, 0) / max(visible, 1)
    if share < MIN_LETTER_SHARE:
        message = f"only {share:.0%} of the visible characters are letters"
        raise DocumentError(STAGE, "garbled", message)
    return share


def _with_record_date(fields: PageFields, text: str | None, timezone: str | None) -> PageFields:
    """Return the fields with the date that the record states, if it states one that can be read.

    Whoever made the record knows more than the page shows: its date counts alone.
    """
    found = read_record_date(text, timezone) if text else None
    if found is None:
        return fields
    return replace(
        fields, published_at=found.instant, published_date=found.day, published_text=text
    )


def _paragraphs(page: Page, language: PageLanguage) -> list[Paragraph]:
    """Return the paragraphs of a page with their languages."""
    return [
        Paragraph(number, text, own)
        for (number, text), own in zip(page.prose, language.paragraph_languages, strict=True)
    ]


def _quality(page: Page, letter_share: float) -> Quality:
    """Return the counts and shares of a page."""
    removed = sum([len(line.text) for line in page.removed_lines])
    kept = sum([len(text) for _, text in page.prose])
    return Quality(
        line_count=page.line_count,
        paragraph_count=len(page.prose),
        metadata_line_count=len({part.line for part in page.metadata_lines}),
        removed_line_count=len(page.removed_lines),
        repair_count=len(page.repairs),
        letter_share=round(letter_share, 4),
        removed_share=round(removed / max(removed + kept, 1), 4),
    )
