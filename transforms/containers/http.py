"""Take the body out of an HTTP response as it was recorded."""

import re
import zlib

from transforms.containers.members import STAGE
from transforms.decompression import COMPRESSIONS, decompress
from transforms.text.document import DocumentError

STATUS = re.compile(rb"HTTP/[\d.]+ +(\d{3})\b")
HEAD_END = re.compile(rb"\r?\n\r?\n")
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")

ENCODINGS = {
    "gzip": COMPRESSIONS[".gz"],
    "x-gzip": COMPRESSIONS[".gz"],
    "zstd": COMPRESSIONS[".zst"],
}
PLAIN_ENCODINGS = ("", "identity", "none")


def read_response(content: bytes, max_bytes: int) -> tuple[str, bytes]:
    """Return media type and body of a response, the body without the codings of its transport.

    Some crawlers undo these and leave the headers: a body that is not coded as they say is taken
    as it is. Raises DocumentError `corrupt_archive`, `http_status`, `unsupported`, and those of
    `decompress`.
    """
    status = STATUS.match(content)
    end = HEAD_END.search(content)
    if not status or not end:
        raise DocumentError(STAGE, "corrupt_archive", "a response without HTTP headers")
    if not status[1].startswith(b"2"):
        raise DocumentError(STAGE, "http_status", f"the server answered {int(status[1])}")
    headers = _parse_headers(content[: end.start()])
    body = content[end.end() :]
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = join_chunks(body)
    encoding = headers.get("content-encoding", "").lower()
    return headers.get("content-type", ""), _decode(body, encoding, max_bytes)


def _parse_headers(head: bytes) -> dict[str, str]:
    """Return the headers by their names in small letters."""
    lines = head.decode("utf-8", "replace").splitlines()[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def join_chunks(body: bytes) -> bytes:
    """Return the chunks of a body joined; a body that begins with none comes back as it is."""
    chunks: list[bytes] = []
    at = 0
    while size := CHUNK_SIZE.match(body, at):
        length = int(size[1], 16)
        if not length:
            return b"".join(chunks)
        chunk = body[size.end() : size.end() + length]
        if len(chunk) < length:
            break
        chunks.append(chunk)
        at = size.end() + length
        at += 2 if body[at : at + 2] == b"\r\n" else 1
    if not at:
        return body
    raise DocumentError(STAGE, "corrupt_archive", "the chunks of the response end early")


def _decode(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Return the body without its content encoding."""
    if encoding in PLAIN_ENCODINGS:
        return body
    if encoding == "deflate":
        return _inflate(body, max_bytes)
    if encoding not in ENCODINGS:
        raise DocumentError(STAGE, "unsupported", f"a response in the encoding {encoding!r}")
    compression = ENCODINGS[encoding]
    return decompress(body, compression, max_bytes) if body.startswith(compression.magics) else body


def _inflate(body: bytes, max_bytes: int) -> bytes:
    """Return a deflated body: with or without a zlib header, since servers do both."""
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        inflater = zlib.decompressobj(window)
        try:
            content = inflater.decompress(body, max_bytes + 1)
        except zlib.error:
            continue
        if len(content) > max_bytes:
            raise DocumentError(STAGE, "too_large", f"more than {max_bytes} bytes decompressed")
        if inflater.eof:
            return content
    raise DocumentError(STAGE, "corrupt_archive", "a deflated response that is damaged")
