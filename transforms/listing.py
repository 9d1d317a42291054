"""List the documents that patterns name: files, globs, directories, here or in a store."""

import glob
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

from apache_beam.io.filesystems import FileSystems

DOCUMENT_SUFFIXES = (".txt",)
"""What a directory is searched for; each may be followed by a suffix of compression."""

COMPRESSED_SUFFIXES = (".gz", ".bz2", ".zst")
LOCAL_SCHEME = "file://"
NANOSECONDS = 10**9


class InputError(Exception):
    """A pattern that names no document, or a place that cannot be listed."""


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document to read, the bytes that it takes where it lies, and when it changed last.

    Of a local file the time is its ctime, in ns: content, name and mode set it, and unlike the
    mtime nobody can set it back. In a store it is that of the last update. 0: not known.
    """

    uri: str
    size: int
    changed: int = 0


def list_documents(
    patterns: Sequence[str], suffixes: Sequence[str] = DOCUMENT_SUFFIXES
) -> list[ListedDocument]:
    """Return the documents that the patterns name, each once, sorted by uri.

    A directory gives all files below it that have one of the suffixes; a named file or a glob
    takes what it matches. Raises InputError for a pattern that gives nothing.
    """
    endings = document_endings(suffixes)
    found: dict[str, ListedDocument] = {}
    for pattern in patterns:
        count = 0
        for document in _list_pattern(pattern, endings):
            found[document.uri] = document
            count += 1
        if not count:
            raise InputError(_nothing_found(pattern, suffixes))
    return [found[uri] for uri in sorted(found)]


def listing_sha256(documents: Iterable[ListedDocument]) -> str:
    """Return a fingerprint of a listing: equal ones have the same files, unchanged."""
    digest = hashlib.sha256()
    for document in documents:
        line = f"{document.uri}\n{document.size} {document.changed}\n"
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def document_endings(suffixes: Sequence[str]) -> tuple[str, ...]:
    """Return the lower-case name endings of documents, plain and compressed."""
    plain = [suffix.lower() for suffix in suffixes]
    return tuple(suffix + packed for suffix in plain for packed in ("", *COMPRESSED_SUFFIXES))


def path_to_uri(path: str) -> str:
    """Return the `file:///` uri of a local path, absolute, with links left as they are."""
    return LOCAL_SCHEME + quote_from_bytes(os.fsencode(os.path.abspath(path)))  # noqa: PTH100 (resolve() would follow links)


def uri_to_path(uri: str) -> str | None:
    """Return the local path of a `file://` uri; None where the uri is no local one."""
    if not uri.startswith(LOCAL_SCHEME):
        return None
    path = uri[len(LOCAL_SCHEME) :]
    return os.fsdecode(unquote_to_bytes(path)) if "%" in path else path


def is_remote(pattern: str) -> bool:
    """Tell whether a pattern or path is on a file system that only Beam can open."""
    return "://" in pattern and not pattern.startswith(LOCAL_SCHEME)


def _list_pattern(pattern: str, endings: tuple[str, ...]) -> Iterator[ListedDocument]:
    """Yield what one pattern names; the same document may come more than once."""
    if is_remote(pattern):
        return _list_remote(pattern, endings)
    path = pattern
    if pattern.startswith(LOCAL_SCHEME) and not os.path.lexists(pattern):
        path = uri_to_path(pattern) or pattern
    if os.path.isdir(path):  # noqa: PTH112 (Path drops what a pattern may end with)
        return _list_directory(path, endings)
    if os.path.lexists(path):
        return iter([_listed(path_to_uri(path), path)])
    return _list_glob(path, endings)


def _list_directory(directory: str, endings: tuple[str, ...]) -> Iterator[ListedDocument]:
    """Yield the documents below a directory; links to directories are not followed."""
    waiting = [directory]
    while waiting:
        place = waiting.pop()
        prefix = path_to_uri(place).rstrip("/")  # once: it takes longer than a name
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.name.lower().endswith(endings) and not _is_linked_directory(entry):
                        uri = f"{prefix}/{quote_from_bytes(os.fsencode(entry.name))}"
                        yield _listed(uri, entry.path)
        except OSError as error:
            raise InputError(f"cannot list {place!r}: {error.strerror}") from error


def _is_linked_directory(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a link to a directory; False where the link leads nowhere."""
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:  # a link in a loop: listed, so that it becomes a dead letter
        return False


def _list_glob(pattern: str, endings: tuple[str, ...]) -> Iterator[ListedDocument]:
    """Yield what a local glob matches; a directory only where its name is that of a document.

    Such a directory becomes a dead letter: silently leaving it out would lose a name that the
    user asked for.
    """
    for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207 (Path.glob takes no absolute pattern)
        is_named_so = path.lower().endswith(endings)
        if is_named_so or not (path.endswith("/") or os.path.isdir(path)):  # noqa: PTH112 (2 us, not 10)
            yield _listed(path_to_uri(path), path)


def _listed(uri: str, path: str) -> ListedDocument:
    """Return a local path as a listed document; a broken link, of which reading says more, too."""
    try:
        status = os.stat(path)  # noqa: PTH116 (one of millions)
    except OSError:
        return ListedDocument(uri, 0)
    return ListedDocument(uri, status.st_size, status.st_ctime_ns)


def _list_remote(pattern: str, endings: tuple[str, ...]) -> Iterator[ListedDocument]:
    """Yield what a pattern matches in an object store; without a match, take it as a folder."""
    found = _match_remote(pattern)
    if not found and not glob.has_magic(pattern):
        below = _match_remote(pattern.rstrip("/") + "/**")
        found = [document for document in below if document.uri.lower().endswith(endings)]
    yield from found


def _match_remote(pattern: str) -> list[ListedDocument]:
    """Return what Beam's file system matches; raise InputError where it cannot be asked."""
    try:
        (result,) = FileSystems.match([pattern])
    except ValueError as error:
        raise InputError(
            f"no file system for {pattern!r}; gs:// needs the extra: pip install 'suzgi[cloud]'"
        ) from error
    except Exception as error:
        raise InputError(f"cannot list {pattern!r}: {error}") from error
    return [
        ListedDocument(
            metadata.path,
            metadata.size_in_bytes,
            round((metadata.last_updated_in_seconds or 0) * NANOSECONDS),
        )
        for metadata in result.metadata_list
        if not metadata.path.endswith("/")
    ]


def _nothing_found(pattern: str, suffixes: Sequence[str]) -> str:
    """Return the message for a pattern without a document."""
    if os.path.isdir(pattern):  # noqa: PTH112 (as the user wrote it)
        names = ", ".join(f"*{suffix}" for suffix in suffixes)
        return f"no document below directory {pattern!r} (looked for {names}, plain or compressed)"
    return f"no file matches {pattern!r}"
