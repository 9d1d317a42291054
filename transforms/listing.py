"""List the documents that patterns name: files, globs, directories, here or in a store.

A link found on the way is taken where it leads to a place below the directory that is searched;
one that leads out is listed as refused. A link that is named as such is taken wherever it leads.
"""

import errno
import glob
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

from transforms.container_names import CONTAINER_SUFFIXES
from transforms.document_list import UNASKED, DocumentList, ListedDocument
from transforms.stores import StoredObject, StoreUnavailableError, store_of

DOCUMENT_SUFFIXES = (".txt",)
"""What a directory is searched for, besides containers; each may be followed by a suffix of
compression."""

COMPRESSED_SUFFIXES = (".gz", ".bz2", ".zst")
LOCAL_SCHEME = "file://"
ANY_DEPTH = "**"
GONE = (errno.ENOENT, errno.ENOTDIR, errno.ESTALE)
"""Of a directory that vanished after its parent was listed."""

PLAIN_NAME = re.compile(r"[A-Za-z0-9_.~-]+").fullmatch
"""Tells whether a name is its own quotation, which takes ten times as long to make."""


Scan = Callable[[str], Iterator[os.DirEntry[str]]]
"""Yields the entries of a directory."""


class InputError(Exception):
    """A pattern that names no document, or a place that cannot be listed."""


def list_documents(
    patterns: Sequence[str],
    suffixes: Sequence[str] = DOCUMENT_SUFFIXES,
    named: Iterable[ListedDocument] = (),
) -> DocumentList:
    """Return the documents that the patterns name, and those named already.

    A directory gives all files below it that have one of the suffixes or are containers; a named
    file or a glob takes what it matches. Raises InputError for a pattern that gives nothing.
    """
    endings = document_endings(suffixes)
    documents = DocumentList()
    for pattern in patterns:
        count = 0
        for document in _list_pattern(pattern, endings, _scan):
            documents.add(document)
            count += 1
        if not count:
            raise InputError(_nothing_found(pattern, suffixes))
    for document in named:
        documents.add(document)
    return documents


def find_documents(pattern: str, suffixes: Sequence[str]) -> Iterator[ListedDocument]:
    """Yield what a pattern names at this moment, unordered, some perhaps more than once.

    Nothing is no error, nor is a directory that is gone by the time it is to be listed; another
    that cannot be listed is: InputError, after all that could be found.
    """
    failures: list[InputError] = []

    def scan(place: str) -> Iterator[os.DirEntry[str]]:
        try:
            yield from _scan(place)
        except InputError as error:
            if not (isinstance(error.__cause__, OSError) and error.__cause__.errno in GONE):
                failures.append(error)

    yield from _list_pattern(pattern, document_endings(suffixes), scan)
    if failures:
        raise failures[0]


def listing_sha256(documents: Iterable[ListedDocument]) -> str:
    """Return a fingerprint of a listing: equal ones have the same files, unchanged.

    Nothing for a listing that cannot tell whether all files are unchanged.
    """
    digest = hashlib.sha256()
    for document in documents:
        if document.changed == UNASKED:
            return ""
        digest.update(f"{document.uri}\n{document.state}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def document_endings(suffixes: Sequence[str]) -> tuple[str, ...]:
    """Return the lower-case name endings of documents, plain and compressed, and of containers."""
    plain = [suffix.lower() for suffix in suffixes]
    endings = [suffix + packed for suffix in plain for packed in ("", *COMPRESSED_SUFFIXES)]
    return (*endings, *CONTAINER_SUFFIXES)


def path_to_uri(path: str) -> str:
    """Return the `file:///` uri of a local path, absolute, with links left as they are."""
    if path[:1] != "/" or path[-1] == "/" or "//" in path or "/." in path:
        path = os.path.abspath(path)  # noqa: PTH100 (resolve() would follow links)
    return LOCAL_SCHEME + quote_from_bytes(os.fsencode(path))


def uri_to_path(uri: str) -> str | None:
    """Return the local path of a `file://` uri; None where the uri is no local one."""
    if not uri.startswith(LOCAL_SCHEME):
        return None
    path = uri[len(LOCAL_SCHEME) :]
    return os.fsdecode(unquote_to_bytes(path)) if "%" in path else path


def is_remote(pattern: str) -> bool:
    """Tell whether a pattern or path is in a store, and not on a disk of this machine."""
    return "://" in pattern and not pattern.startswith(LOCAL_SCHEME)


def _list_pattern(pattern: str, endings: tuple[str, ...], scan: Scan) -> Iterator[ListedDocument]:
    """Yield what one pattern names; the same document may come more than once."""
    if is_remote(pattern):
        return _list_remote(pattern, endings)
    path = pattern
    if pattern.startswith(LOCAL_SCHEME) and not os.path.lexists(pattern):
        path = uri_to_path(pattern) or pattern
    if os.path.isdir(path):  # noqa: PTH112 (Path drops what a pattern may end with)
        return _list_directory(path, endings, scan)
    if os.path.lexists(path):
        return iter([listed(path)])
    return _list_glob(path, endings, scan)


def _list_directory(
    directory: str, endings: tuple[str, ...], scan: Scan
) -> Iterator[ListedDocument]:
    """Yield the documents below a directory; links to directories are not followed."""
    root = os.path.realpath(directory)
    waiting = [directory]
    while waiting:
        place = waiting.pop()
        prefix = path_to_uri(place).rstrip("/")  # once: it takes longer than a name
        for entry in scan(place):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            elif entry.is_symlink():
                yield from _list_link(entry, prefix, endings, root)
            elif entry.name.lower().endswith(endings):
                yield _listed(_entry_uri(prefix, entry), entry.path)


def _scan(place: str) -> Iterator[os.DirEntry[str]]:
    """Yield the entries of a directory; raise InputError where it cannot be listed."""
    try:
        with os.scandir(place) as entries:
            yield from entries
    except OSError as error:
        raise InputError(f"cannot list {place!r}: {error.strerror}") from error


def _entry_uri(prefix: str, entry: os.DirEntry[str]) -> str:
    """Return the uri of an entry of the directory whose uri is the prefix."""
    name = entry.name
    quoted = name if PLAIN_NAME(name) else quote_from_bytes(os.fsencode(name))
    return f"{prefix}/{quoted}"


def _list_link(
    entry: os.DirEntry[str], prefix: str, endings: tuple[str, ...], root: str
) -> Iterator[ListedDocument]:
    """Yield the document that a link in a directory is, if any.

    A link to a directory is none where that is searched anyway; out of the root it is refused,
    whatever its name: nobody else would tell of what lies there.
    """
    is_refused = not _is_below(entry.path, root)
    try:
        is_directory = entry.is_dir()
    except OSError:  # a link in a loop: listed, so that it becomes a dead letter
        is_directory = False
    if is_refused if is_directory else entry.name.lower().endswith(endings):
        uri = _entry_uri(prefix, entry)
        if is_refused:
            yield ListedDocument(uri, 0, is_refused=True)
        else:
            yield _listed(uri, entry.path)


def _is_below(path: str, root: str) -> bool:
    """Tell whether a path, with all links followed, is a directory without links, or below it."""
    return f"{os.path.realpath(path)}/".startswith(root.rstrip("/") + "/")


def _list_glob(pattern: str, endings: tuple[str, ...], scan: Scan) -> Iterator[ListedDocument]:
    """Yield what a local glob matches; a directory only where its name is that of a document.

    Such a directory becomes a dead letter: silently leaving it out would lose a name that the
    user asked for.
    """
    root = os.path.realpath(glob_root(pattern))

    @lru_cache(maxsize=1024)
    def is_directory_below(directory: str) -> bool:
        return _is_below(directory, root)

    for path in expand_glob(pattern, scan):
        is_named_so = path.lower().endswith(endings)
        if is_named_so or not (path.endswith("/") or os.path.isdir(path)):  # noqa: PTH112 (2 us, not 10)
            is_link = os.path.islink(path)  # noqa: PTH114 (as above)
            is_inside = is_directory_below(os.path.dirname(path))  # noqa: PTH120 (as above)
            if is_inside and (not is_link or _is_below(path, root)):
                yield listed(path)
            else:
                yield ListedDocument(path_to_uri(path), 0, is_refused=True)


def glob_root(pattern: str) -> str:
    """Return the directory that a glob searches: the path before its first wildcard."""
    fixed: list[str] = []
    for name in pattern.split("/")[:-1]:
        if glob.has_magic(name):
            break
        fixed.append(name)
    return "/".join(fixed) or ("/" if pattern.startswith("/") else ".")


def expand_glob(pattern: str, scan: Scan = _scan) -> Iterator[str]:
    """Yield the paths that match a glob; some may come more than once.

    Python's `**` follows links to directories: two links in a loop are 2^40 paths. Ours does not.
    """
    head, found, rest = _cut_at_any_depth(pattern)
    if not found:
        yield from glob.iglob(pattern)  # noqa: PTH207 (Path.glob takes no absolute pattern)
        return
    tops = glob.iglob(head) if glob.has_magic(head) else [head]  # noqa: PTH207
    for top in tops:
        for directory in _directories(top, scan):
            below = os.path.join(glob.escape(directory), rest or "*")  # noqa: PTH118
            yield from expand_glob(below, scan)


def _cut_at_any_depth(pattern: str) -> tuple[str, bool, str]:
    """Return what is before and after the first `**`, and whether there is one."""
    names = pattern.split("/")
    if ANY_DEPTH not in names:
        return pattern, False, ""
    place = names.index(ANY_DEPTH)
    head = "/".join(names[:place]) or ("/" if place else "")
    return head, True, "/".join(names[place + 1 :])


def _directories(top: str, scan: Scan) -> Iterator[str]:
    """Yield a directory and those below it: neither hidden ones nor links, as `**` has it."""
    waiting = [top]
    while waiting:
        place = waiting.pop()
        if os.path.isdir(place or "."):  # noqa: PTH112 (as the user wrote it)
            yield place
            waiting += [
                os.path.join(place, entry.name)  # noqa: PTH118 (as above)
                for entry in scan(place or ".")
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
            ]


def listed(path: str) -> ListedDocument:
    """Return a local path as a listed document."""
    return _listed(path_to_uri(path), path)


def _listed(uri: str, path: str) -> ListedDocument:
    """Return a local path as a listed document; a broken link, of which reading says more, too."""
    try:
        status = os.stat(path)  # noqa: PTH116 (one of millions)
    except OSError as error:  # a listing tells a broken link from a loop of links
        return ListedDocument(uri, 0, changed=UNASKED - (error.errno or 0))
    changed = status.st_ctime_ns
    return ListedDocument(uri, status.st_size, changed=changed, written=changed)


def _list_remote(pattern: str, endings: tuple[str, ...]) -> Iterator[ListedDocument]:
    """Yield the object of this name, else what the pattern matches, else the documents below it.

    Raises InputError where the store cannot be asked.
    """
    try:
        store = store_of(pattern)
        if found := store.find(pattern):
            yield _stored(found)
        elif glob.has_magic(pattern):
            yield from map(_stored, store.match(pattern))
        else:
            for found in store.below(pattern):
                if found.uri.lower().endswith(endings):
                    yield _stored(found)
    except StoreUnavailableError as error:  # it tells what it could not do
        raise InputError(str(error)) from error
    except OSError as error:
        raise InputError(f"cannot list {pattern!r}: {error}") from error


def _stored(found: StoredObject) -> ListedDocument:
    """Return an object of a store as a listed document."""
    if "\0" in found.uri:
        raise InputError(f"cannot list {found.uri!r}: a name with a NUL byte")
    return ListedDocument(found.uri, found.size, changed=found.changed, written=found.written)


def _nothing_found(pattern: str, suffixes: Sequence[str]) -> str:
    """Return the message for a pattern without a document."""
    if os.path.isdir(pattern):  # noqa: PTH112 (as the user wrote it)
        names = ", ".join(f"*{suffix}" for suffix in suffixes)
        return f"no document below directory {pattern!r} (looked for {names}, plain or compressed)"
    return f"no file matches {pattern!r}"
