"""`suzgi ingest` from and to a file system that only Beam knows, as an object store is."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem

from pipelines.main import main
from transforms import process

OBJECTS: dict[str, bytes] = {}
PAGE = """Кітапхана жаңа зал ашты

Қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
"""


class _Upload(io.BytesIO):
    """An object that is there once it is closed, as in a store."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def close(self) -> None:
        """Store the object."""
        if not self.closed:
            OBJECTS[self._path] = self.getvalue()
        super().close()


class StoreFileSystem(FileSystem):
    """A file system in memory under `store://`; Beam finds it as a subclass of its own."""

    @classmethod
    def scheme(cls) -> str:
        """Return the scheme of its uris."""
        return "store"

    def join(self, basepath: str, *paths: str) -> str:
        """Return a path of parts."""
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path: str) -> tuple[str, str]:
        """Return the path's folder and name."""
        head, _, tail = path.rpartition("/")
        return head, tail

    def has_dirs(self) -> bool:
        """Return False: a store has no directories."""
        return False

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for path, content in OBJECTS.items():
            if path.startswith(dir_or_prefix):
                yield FileMetadata(path, len(content))

    def create(self, path: str, *_: object) -> BinaryIO:
        """Return a stream that stores an object."""
        if "forbidden" in path:
            raise BeamIOError(f"403 for {path}")
        return _Upload(path)

    def open(self, path: str, *_: object) -> BinaryIO:
        """Return a stream over an object."""
        if "vanishing" in path:
            raise RuntimeError("503 backend error")
        return io.BytesIO(OBJECTS[path])

    def exists(self, path: str) -> bool:
        """Tell whether an object is there."""
        return path in OBJECTS

    def metadata(self, path: str) -> FileMetadata:
        """Return path and size of an object."""
        return FileMetadata(path, len(OBJECTS[path]))

    def delete(self, paths: list[str]) -> None:
        """Remove objects."""
        for path in paths:
            del OBJECTS[path]

    def _unused(self, *_: object) -> Any:
        raise AssertionError("not needed for an ingest")

    copy = rename = last_updated = checksum = mkdirs = _unused

    def size(self, path: str) -> int:
        """Return the size of an object."""
        return len(OBJECTS[path])


@pytest.fixture(autouse=True)
def _empty_store() -> Iterator[None]:
    OBJECTS.clear()
    yield
    OBJECTS.clear()


def test_reads_from_and_writes_to_a_store(capsys: pytest.CaptureFixture[str]) -> None:
    OBJECTS["store://raw/a.txt"] = PAGE.encode()
    OBJECTS["store://raw/b/c.txt"] = PAGE.encode()
    OBJECTS["store://raw/b/vanishing.txt"] = b""
    OBJECTS["store://raw/b/picture.png"] = b""
    arguments = ["--input", "store://raw", "store://raw/*.txt", "--output", "store://out/run/"]
    assert main(["ingest", *arguments, "--max-dead-letters=50"]) == 0
    assert "documents 3 = articles 1 + duplicates 1 + dead letters 1" in capsys.readouterr().out
    written = sorted(path for path in OBJECTS if path.startswith("store://out"))
    patterns = [
        r"store://out/run/_listings/[0-9a-f]{32}\.json",
        r"store://out/run/articles/part-00000-[0-9a-f]{16}\.avro",
        r"store://out/run/dead_letters/part-00000-[0-9a-f]{16}\.avro",
        r"store://out/run/duplicates/part-00000-[0-9a-f]{16}\.avro",
        r"store://out/run/manifests/[0-9a-f]{32}\.json",
    ]
    assert len(written) == len(patterns)
    for pattern, path in zip(patterns, written, strict=True):
        assert re.fullmatch(pattern, path)


def test_dead_letters_in_a_store_are_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    OBJECTS["store://raw/large.txt"] = PAGE.encode()
    OBJECTS["store://raw/vanishing.txt"] = b""
    limits = ["--max-document-bytes=100", "--max-dead-letters=100", "--quiet"]
    assert main(["ingest", "--input", "store://raw", "--output", "store://out/1", *limits]) == 0
    assert main(["replay", "store://out/1", "--output", "store://out/2"]) == 0
    shown = capsys.readouterr().out
    assert "documents 2 = articles 1 + duplicates 0 + dead letters 1" in shown
    OBJECTS["store://out/1/manifests/2.json"] = b"{}"
    assert main(["replay", "store://out/1", "--output", "store://out/3"]) == 3
    told = capsys.readouterr().err
    assert "cannot read the runs in store://out/1: store://out/1/manifests/2.json: not a" in told


def test_used_place_in_a_store_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    OBJECTS["store://raw/a.txt"] = PAGE.encode()
    OBJECTS["store://out/manifests/1.json"] = b"{}"
    assert main(["ingest", "--input", "store://raw", "--output", "store://out", "--quiet"]) == 4
    assert "store://out/manifests/1.json: not a manifest of suzgi" in capsys.readouterr().err


def test_failed_run_leaves_nothing_in_a_store(capsys: pytest.CaptureFixture[str]) -> None:
    OBJECTS["store://raw/a.txt"] = PAGE.encode()
    output = "store://forbidden"
    assert main(["ingest", "--input", "store://raw", "--output", output, "--quiet"]) == 4
    assert "403 for store://forbidden/_work/run.json" in capsys.readouterr().err
    assert list(OBJECTS) == ["store://raw/a.txt"]


def test_local_input_may_go_to_a_store(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    assert main(["ingest", "--input", str(tmp_path), "--output", "store://out", "--quiet"]) == 0
    assert len(OBJECTS) == 3


def in_store(place: str) -> dict[str, bytes]:
    """Return the objects of a place by their names in it."""
    return {
        path.removeprefix(place): content
        for path, content in OBJECTS.items()
        if path.startswith(place)
    }


def test_run_in_a_store_goes_on_and_ends_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(4):
        OBJECTS[f"store://raw/{number}.txt"] = PAGE.replace("үш", f"{number} жүз").encode()
    command = ["ingest", "--input", "store://raw", "--shard-bytes=300", "--quiet", "--output"]
    assert main([*command, "store://undisturbed"]) == 0
    create = StoreFileSystem.create

    def fail(self: StoreFileSystem, path: str, *more: object) -> BinaryIO:
        if "/manifests/" in path:
            raise BeamIOError(f"503 for {path}")
        return create(self, path, *more)

    monkeypatch.setattr(StoreFileSystem, "create", fail)
    assert main([*command, "store://out"]) == 6
    assert "what is finished (4 shards) is kept in store://out" in capsys.readouterr().err
    assert main([*command, "store://out", "--codec=null"]) == 4
    assert "an interrupted run of other options (--codec deflate)" in capsys.readouterr().err
    monkeypatch.setattr(StoreFileSystem, "create", create)
    monkeypatch.setattr(process, "process_shard", None)  # nothing is done again
    for _ in ("goes on", "ends at once"):
        assert main([*command, "store://out"]) == 0
        assert in_store("store://out") == in_store("store://undisturbed")
    OBJECTS["store://raw/4.txt"] = PAGE.encode()
    assert main([*command, "store://out"]) == 4
    assert "its inputs were others, or have changed" in capsys.readouterr().err


def test_store_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    OBJECTS["store://raw/a.txt"] = PAGE.encode()
    assert main(["ingest", "--input", "store://raw", "--output", "store://out", "--quiet"]) == 0
    assert main(["verify", "store://out"]) == 0
    OBJECTS["store://out/notes"] = b""
    assert main(["verify", "--quiet", "store://out"]) == 7
    assert "store://out/notes: no run wrote it" in capsys.readouterr().out


def test_names_in_a_list_say_nothing_of_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody asked the store about them: a re-run reads what they name."""
    OBJECTS["store://raw/a.txt"] = PAGE.encode()
    (tmp_path / "list").write_text("store://raw/a.txt")
    argv = ["ingest", "--input-list", str(tmp_path / "list"), "--output", str(tmp_path / "out")]
    assert main(argv) == 0
    assert list((tmp_path / "out" / "_listings").iterdir()) == []
    capsys.readouterr()
    assert main(argv) == 0
    assert "comparing it with the inputs" in capsys.readouterr().err
    OBJECTS["store://raw/a.txt"] = PAGE.encode() + PAGE.encode()
    assert main(argv) == 4
