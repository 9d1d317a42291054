"""Turn a document's bytes into text: byte order mark, then strict UTF-8, then detection."""

import codecs
import re
from dataclasses import dataclass

import chardet

from transforms.text.cyrillic import read_again
from transforms.text.document import DocumentError

STAGE = "decode"

BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
FIRST_BYTES_OF_MARKS = tuple(mark for mark, _ in BYTE_ORDER_MARKS)
MAGIC_NUMBERS = {
    b"%PDF-": "a PDF file",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PK\x03\x04": "a ZIP archive or office file",
    b"\x1f\x8b": "gzip data in a file not named .gz",
    b"\x28\xb5\x2f\xfd": "zstandard data in a file not named .zst",
    b"BZh": "bzip2 data in a file not named .bz2",
    b"\x7fELF": "a program",
    b"Obj\x01": "an Avro file",
}
MAGIC_STARTS = tuple(MAGIC_NUMBERS)
CONTROL_BYTES = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1b")
MAX_CONTROL_SHARE = 0.01
"""Text holds hardly any control byte; a picture or a program has them everywhere."""

WIDE = ("utf-16", "utf-32")
DETECTION_BYTES = 65_536
BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
MIN_DETECTION_CONFIDENCE = 0.1
"""chardet 7 answers under this only when nothing fits (its own sentinel is 0.10)."""

SUPERSETS = {
    "ascii": "windows-1252",
    "iso-8859-1": "windows-1252",
    "iso-8859-8": "windows-1255",
    "iso-8859-9": "windows-1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "euc-kr": "cp949",
}
"""What Windows made of an encoding. chardet's own table has ISO 8859-2, -5, -6 and -7 too, whose
letters stand elsewhere in the code pages of Windows: Russian would come out as other letters."""

MIN_LETTERS_PER_BAD_BYTE = 20
"""A page with so many good letters beyond ASCII for each bad byte is text with damage."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document's text and the encoding it was in.

    Where it was damaged, a bad byte 0xNN stands in the text as the lone surrogate U+DCNN; the
    repair step replaces and records it.
    """

    text: str
    encoding: str


def decode(content: bytes) -> Decoded:
    """Return the text of a document's bytes.

    Raises DocumentError `empty`, `binary` or `undecodable`.
    """
    if not content or content.isspace():
        raise DocumentError(STAGE, "empty", "the document holds no text")
    if content.startswith(FIRST_BYTES_OF_MARKS):
        for mark, encoding in BYTE_ORDER_MARKS:
            if content.startswith(mark):
                return _decode_strictly(content[len(mark) :], encoding)
    if content.startswith(MAGIC_STARTS):
        _refuse_known_binary(content)
    if _is_binary(content):
        return _decode_wide(content)
    try:
        return _with_text(Decoded(content.decode("utf-8"), "utf-8"))
    except UnicodeDecodeError:
        return _decode_damaged(content, "utf-8") or _decode_detected(content)


def _decode_strictly(content: bytes, encoding: str) -> Decoded:
    """Return the text in a known encoding; raise DocumentError where a byte does not fit."""
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise DocumentError(STAGE, "undecodable", f"not valid {encoding}: {error}") from error
    return _with_text(Decoded(text, encoding))


def _with_text(decoded: Decoded) -> Decoded:
    """Return what has a visible character; raise DocumentError where nothing does."""
    if not decoded.text or decoded.text.isspace():
        raise DocumentError(STAGE, "empty", "the document holds no text")
    return decoded


def _refuse_known_binary(content: bytes) -> None:
    """Raise DocumentError where the first bytes are those of a known binary format."""
    for magic, name in MAGIC_NUMBERS.items():
        if content.startswith(magic):
            raise DocumentError(STAGE, "binary", f"not text: {name}")


def _is_binary(content: bytes) -> bool:
    """Tell whether more than a trace of the bytes are control characters."""
    controls = len(content) - len(content.translate(None, CONTROL_BYTES))
    return controls > MAX_CONTROL_SHARE * len(content)


def _decode_wide(content: bytes) -> Decoded:
    """Return text in UTF-16 or UTF-32 without a mark; raise DocumentError for anything else."""
    answer = chardet.detect(content[:DETECTION_BYTES])
    encoding = (answer["encoding"] or "").lower()
    if not encoding.startswith(WIDE):
        raise DocumentError(STAGE, "binary", "not text: full of control bytes")
    return _decode_strictly(content, encoding)


def _decode_damaged(content: bytes, encoding: str) -> Decoded | None:
    """Return text with a few bad bytes kept as lone surrogates; None where they are many."""
    text = content.decode(encoding, "surrogateescape")
    bad = len(text) - len(text.encode("utf-8", "ignore").decode("utf-8"))
    letters = len(text) - len(text.encode("ascii", "ignore")) - bad
    return Decoded(text, encoding) if letters >= MIN_LETTERS_PER_BAD_BYTE * bad else None


def _decode_detected(content: bytes) -> Decoded:
    """Return text in the legacy encoding that chardet sees; raise DocumentError if none fits."""
    sample = _sample(content)
    answer = chardet.detect(sample)
    is_sure = answer["encoding"] and answer["confidence"] >= MIN_DETECTION_CONFIDENCE
    detected = (answer["encoding"] or "").lower() if is_sure else None
    encoding = read_again(sample, detected and SUPERSETS.get(detected, detected))
    if encoding and encoding.startswith(WIDE):
        return _decode_strictly(content, encoding)
    decoded = _decode_damaged(content, encoding) if encoding else None
    if decoded is None:
        raise DocumentError(STAGE, "undecodable", "neither UTF-8 nor any encoding that fits")
    return _with_text(decoded)


def _sample(content: bytes) -> bytes:
    """Return what to detect an encoding by: from a little before the first byte beyond ASCII."""
    first = BEYOND_ASCII.search(content)
    start = max(0, first.start() - DETECTION_BYTES // 8) if first else 0
    return content[start : start + DETECTION_BYTES]
