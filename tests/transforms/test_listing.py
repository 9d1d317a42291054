"""What patterns name: every document once, whatever its name, and never silently nothing."""

import contextlib
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.listing import (
    DOCUMENT_SUFFIXES,
    InputError,
    expand_glob,
    find_documents,
    list_documents,
    listing_sha256,
    path_to_uri,
    uri_to_path,
)


def make_files(root: Path, *names: str) -> list[str]:
    """Create files with one byte each and return their uris, sorted."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return sorted((root / name).as_uri() for name in names)


def list_uris(*patterns: str, suffixes: tuple[str, ...] = (".txt",)) -> list[str]:
    return [document.uri for document in list_documents(patterns, suffixes)]


def test_directory_gives_text_files_of_all_depths_plain_and_compressed(tmp_path: Path) -> None:
    wanted = make_files(tmp_path, "b.txt", "a/c.txt.gz", "a/d/e.txt.bz2", "f.TXT", "g.txt.zst")
    make_files(tmp_path, "h.md", "i.gz", "txt")
    assert list_uris(str(tmp_path)) == wanted


def test_suffixes_add_to_what_a_directory_gives(tmp_path: Path) -> None:
    wanted = make_files(tmp_path, "b.txt", "c.md", "d.md.gz")
    assert list_uris(str(tmp_path), suffixes=(".txt", ".md")) == wanted


def test_size_is_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"12345")
    assert [document.size for document in list_documents([str(tmp_path)])] == [5]


def test_named_files_and_globs_take_any_suffix(tmp_path: Path) -> None:
    uris = make_files(tmp_path, "a.html", "b/c.html", "b/d/e.html")
    assert list_uris(str(tmp_path / "a.html")) == uris[:1]
    assert list_uris(str(tmp_path / "*.html")) == uris[:1]
    assert list_uris(str(tmp_path / "**" / "*.html")) == uris


def test_document_named_twice_is_one_document(tmp_path: Path) -> None:
    uris = make_files(tmp_path, "a.txt", "b.txt")
    patterns = [str(tmp_path / "b.txt"), str(tmp_path), f"{tmp_path}/../{tmp_path.name}/*.txt"]
    assert list_uris(*patterns) == uris
    assert list_uris(*reversed(patterns)) == uris


def test_relative_pattern_gives_absolute_uris(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uris = make_files(tmp_path, "a.txt")
    monkeypatch.chdir(tmp_path)
    assert list_uris("a.txt") == list_uris("./*.txt") == list_uris(".") == uris


def test_file_uri_is_a_pattern_too(tmp_path: Path) -> None:
    uris = make_files(tmp_path, "a b.txt")
    assert list_uris(uris[0]) == list_uris(tmp_path.as_uri()) == uris


def test_name_with_glob_characters_is_taken_literally(tmp_path: Path) -> None:
    make_files(tmp_path, "a.txt")
    uris = make_files(tmp_path, "[a].txt")
    assert list_uris(str(tmp_path / "[a].txt")) == uris


def test_odd_names_are_listed_and_lead_back_to_their_files(tmp_path: Path) -> None:
    names = [b"new\nline.txt", b"sp ace.txt", b"#%?.txt", b"\xff\xfe.txt", b"k" * 251 + b".txt"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(name)
    paths = [uri_to_path(uri) for uri in list_uris(str(tmp_path))]
    assert sorted(Path(path).read_bytes() for path in paths if path) == sorted(names)


@given(st.binary(min_size=1, max_size=80).filter(lambda name: b"\0" not in name))
def test_uri_of_a_path_is_that_of_pathlib_and_leads_back(name: bytes) -> None:
    path = os.path.abspath(os.fsdecode(b"/" + name))  # noqa: PTH100 (what the code promises)
    uri = path_to_uri(path)
    assert uri_to_path(uri) == path
    if not path.startswith("//"):
        assert uri == Path(path).as_uri()
    assert uri.isascii()


def test_broken_and_looping_links_are_listed_for_their_dead_letters(tmp_path: Path) -> None:
    (tmp_path / "broken.txt").symlink_to("nowhere")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    wanted = [f"{tmp_path.as_uri()}/{name}" for name in ("broken.txt", "loop.txt")]
    assert list_uris(str(tmp_path)) == wanted
    assert list_uris(str(tmp_path / "*.txt")) == wanted
    assert list_uris(str(tmp_path / "broken.txt")) == wanted[:1]


def test_listing_tells_a_broken_link_from_a_loop(tmp_path: Path) -> None:
    """Both become dead letters, but not the same ones."""
    (tmp_path / "one.txt").symlink_to("two.txt")
    broken = listing_sha256(list_documents([str(tmp_path / "one.txt")]))
    (tmp_path / "two.txt").symlink_to("one.txt")
    assert listing_sha256(list_documents([str(tmp_path / "one.txt")])) != broken


def test_links_to_directories_are_not_followed(tmp_path: Path) -> None:
    uris = make_files(tmp_path, "a/b.txt")
    (tmp_path / "a" / "up.txt").symlink_to(tmp_path, target_is_directory=True)
    assert list_uris(str(tmp_path)) == uris


def refused_uris(*patterns: str) -> list[str]:
    return [document.uri for document in list_documents(patterns) if document.is_refused]


def test_links_out_of_the_directory_are_listed_as_refused(tmp_path: Path) -> None:
    make_files(tmp_path, "out/secret.txt", "in/a/b.txt")
    links = {
        "in/file.txt": "../out/secret.txt",
        "in/a/folder": "../../out",
        "in/a/folder.txt": "../../out",
        "in/a/inside.txt": "b.txt",
        "in/a/around.txt": "../../in/a/b.txt",
    }
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    refused = [
        f"{tmp_path.as_uri()}/in/{name}" for name in ("a/folder", "a/folder.txt", "file.txt")
    ]
    taken = [f"{tmp_path.as_uri()}/in/a/{name}.txt" for name in ("around", "b", "inside")]
    assert refused_uris(str(tmp_path / "in")) == refused
    assert list_uris(str(tmp_path / "in")) == sorted([*refused, *taken])
    assert refused_uris(str(tmp_path / "in/**/*.txt")) == refused[1:]
    assert refused_uris(str(tmp_path / "in/a/folder/*.txt")) == []
    assert refused_uris(str(tmp_path / "in/*/folder/*.txt")) == [
        f"{tmp_path.as_uri()}/in/a/folder/secret.txt"
    ]


def test_link_that_is_named_is_taken_wherever_it_leads(tmp_path: Path) -> None:
    make_files(tmp_path, "out/secret.txt", "in/a.txt")
    (tmp_path / "in" / "link.txt").symlink_to("../out/secret.txt")
    link = str(tmp_path / "in" / "link.txt")
    assert refused_uris(link) == refused_uris(str(tmp_path / "in"), link) == []


def test_loops_of_links_come_to_an_end(tmp_path: Path) -> None:
    uris = make_files(tmp_path, "a/a.txt", "b/b.txt")
    for name in ("a/up", "a/over", "b/up", "b/over"):
        (tmp_path / name).symlink_to("../../" + tmp_path.name + "/" + "ab"[name[0] == "a"])
    assert list_uris(str(tmp_path)) == list_uris(f"{tmp_path}/**/*.txt") == uris


@given(st.lists(st.sampled_from(["a", ".h", "b.txt", "c"]), min_size=1, max_size=4))
def test_any_depth_is_that_of_python(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder, *names[:-1])
        directory.mkdir(parents=True, exist_ok=True)
        (directory / names[-1]).write_bytes(b"x")
        for rest in ("**", "**/*.txt", "**/b.txt", "a/**", "**/a/**/*", "*/**/c"):
            pattern = f"{folder}/{rest}"
            found = glob.glob(pattern, recursive=True)  # noqa: PTH207 (Path.glob has other rules)
            wanted = {path for path in found if Path(path).is_file() and path[-1] != "/"}
            assert {path for path in expand_glob(pattern) if Path(path).is_file()} == wanted


def test_directory_named_like_a_document_is_searched_and_matched(tmp_path: Path) -> None:
    inner = make_files(tmp_path, "x.txt/y.txt")
    assert list_uris(str(tmp_path)) == inner
    assert list_uris(str(tmp_path / "*.txt")) == [(tmp_path / "x.txt").as_uri()]


def test_glob_leaves_plain_directories_out(tmp_path: Path) -> None:
    uris = make_files(tmp_path, "a.txt", "b/c.txt")
    assert list_uris(str(tmp_path / "*")) == uris[:1]


@pytest.mark.parametrize("pattern", ["no.txt", "*.rtf", "no/**", "", "nosuchscheme://x/y"])
def test_pattern_without_a_match_is_an_error_that_names_it(pattern: str, tmp_path: Path) -> None:
    make_files(tmp_path, "a.txt")
    with pytest.raises(InputError, match=r"no file") as caught:
        list_documents([str(tmp_path), pattern])
    assert repr(pattern) in str(caught.value)


def test_directory_without_documents_is_an_error_that_says_what_was_looked_for(
    tmp_path: Path,
) -> None:
    make_files(tmp_path, "a.html")
    with pytest.raises(InputError, match=r"looked for \*\.txt, \*\.md"):
        list_documents([str(tmp_path)], (".txt", ".md"))


def test_directory_that_cannot_be_listed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    make_files(tmp_path, "a.txt")
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match="Permission denied"):
        list_documents([str(tmp_path)])


@pytest.mark.parametrize("pattern", ["", "**/*.txt"])
def test_a_directory_that_vanishes_is_no_end_of_a_look(pattern: str, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.txt").touch()
    found = find_documents(str(tmp_path / pattern), DOCUMENT_SUFFIXES)
    seen = [next(found).uri]
    (other, *_) = (tmp_path / name for name in "abc" if f"/{name}/" not in seen[0])
    shutil.rmtree(other)
    seen += [document.uri for document in found]
    assert len(seen) == 2
    assert sorted(seen) == sorted(path.as_uri() for path in tmp_path.glob("*/*.txt"))


def test_a_directory_that_cannot_be_listed_keeps_a_look_from_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uris = make_files(tmp_path, "a/page.txt", "b/page.txt", "c/page.txt")
    scandir = os.scandir

    def refuse_b(path: str) -> contextlib.AbstractContextManager[Iterator[os.DirEntry[str]]]:
        if path.endswith("/b"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse_b)
    found = find_documents(str(tmp_path), DOCUMENT_SUFFIXES)
    assert sorted(next(found).uri for _ in range(2)) == [uris[0], uris[2]]
    with pytest.raises(InputError, match="/b': Permission denied"):
        next(found)


def test_fingerprint_of_a_listing_notices_every_change(tmp_path: Path) -> None:
    """A touched or replaced file, too, whose size and mtime are as before."""
    path = tmp_path / "a.txt"
    path.write_text("a")
    (tmp_path / "b.txt").write_text("b")
    seen = [listing_sha256(list_documents([str(tmp_path)]))]
    assert seen[0] == listing_sha256(list_documents([str(path), str(tmp_path / "*.txt")]))

    status = path.stat()
    (tmp_path / "new").write_text("c")
    os.utime(tmp_path / "new", ns=(status.st_atime_ns, status.st_mtime_ns))
    (tmp_path / "new").rename(path)
    seen.append(listing_sha256(list_documents([str(tmp_path)])))
    path.write_text("longer")
    seen.append(listing_sha256(list_documents([str(tmp_path)])))
    path.unlink()
    seen.append(listing_sha256(list_documents([str(tmp_path)])))
    assert len(set(seen)) == len(seen)
