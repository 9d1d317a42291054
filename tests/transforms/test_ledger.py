"""The ledger is what the committed windows say, whatever becomes of its file."""

import contextlib
import hashlib
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.transforms.conftest import Windows
from transforms.documents import Reading
from transforms.earlier_windows import Earlier, open_earlier
from transforms.ledger import KEYS, LedgerDamagedError, WindowRow, open_ledger
from transforms.ledger_update import ledger_path, update_ledger
from transforms.parts import OutputError
from transforms.text.document import DocumentError
from transforms.text.extract import article_id

FLIPS = int(os.environ.get("SUZGI_TORTURE_FLIPS", "80"))
SEED = 20240531
SHA256 = "00112233445566778899aabbccddeeff" * 2


@pytest.fixture
def filled(windows: Windows) -> Windows:
    """Return an output with three windows: articles, a dead letter, a copy."""
    windows.commit([windows.write("a.txt"), windows.write("empty.txt", "")])
    windows.commit([windows.write("b.txt")])
    windows.commit([windows.write("copy.txt", (windows.folder / "a.txt").read_text())])
    return windows


def tables(windows: Windows) -> dict[str, list[Any]]:
    """Return all that the ledger of an output holds, after it was brought up to date."""
    with contextlib.closing(windows.ledger().connection) as connection:
        connection.text_factory = os.fsdecode  # a flipped bit leaves no UTF-8
        names = [*KEYS, "sums"]
        return {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 (ours)
            for name in names
        }


def test_it_has_what_the_windows_have(filled: Windows) -> None:
    held = tables(filled)
    assert [number for number, _, _ in held["windows"]] == [1, 2, 3]
    assert [uri.rpartition("/")[2] for uri, *_ in held["files"]] == [
        "a.txt",
        "b.txt",
        "copy.txt",
        "empty.txt",
    ]
    assert len(held["documents"]) == 4
    assert len(held["contents"]) == 2


def test_it_is_brought_up_to_date_window_by_window(windows: Windows) -> None:
    windows.commit([windows.write("a.txt")])
    with contextlib.closing(windows.ledger().connection):
        pass
    windows.commit([windows.write("b.txt")])
    windows.commit([windows.write("c.txt")])
    by_windows = tables(windows)
    Path(ledger_path(windows.output)).unlink()
    assert tables(windows) == by_windows


@pytest.fixture
def damaged(filled: Windows) -> Callable[[bytes], dict[str, list[Any]]]:
    """Return a function that puts other bytes in the ledger's place and reads it anew."""
    path = Path(ledger_path(filled.output))

    def read(content: bytes) -> dict[str, list[Any]]:
        path.write_bytes(content)
        return tables(filled)

    return read


def test_any_flipped_bit_is_mended_or_harmless(
    filled: Windows, damaged: Callable[[bytes], dict[str, list[Any]]]
) -> None:
    """The name or the state of a file may be wrong: then it is only read once more."""
    wanted = tables(filled)
    content = Path(ledger_path(filled.output)).read_bytes()
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    mended = 0
    for _ in range(FLIPS):
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        held = damaged(bytes(flipped))
        mended += Path(ledger_path(filled.output)).read_bytes() != flipped
        files = [
            (mine, theirs) for mine, theirs in zip(held.pop("files"), wanted["files"], strict=True)
        ]
        assert sum(mine[:2] != theirs[:2] for mine, theirs in files) <= 1
        assert all(mine[2:] == theirs[2:] for mine, theirs in files)
        assert held == {name: wanted[name] for name in held}
    assert 0 < mended < FLIPS


@pytest.mark.parametrize("size", [0, 1, 100, 4096, 5000])
def test_a_torn_ledger_is_made_anew(
    size: int, filled: Windows, damaged: Callable[[bytes], dict[str, list[Any]]]
) -> None:
    wanted = tables(filled)
    content = Path(ledger_path(filled.output)).read_bytes()
    assert len(content) > size
    assert damaged(content[:size]) == wanted


@pytest.mark.parametrize("table", KEYS)
def test_every_changed_value_is_noticed(table: str, filled: Windows) -> None:
    path, trigger = ledger_path(filled.output), f"{table}_UPDATE"
    with contextlib.closing(filled.ledger().connection) as connection:
        made = "SELECT sql FROM sqlite_schema WHERE name = ?"
        (statement,) = connection.execute(made, (trigger,)).fetchone()
        connection.execute(f"DROP TRIGGER {trigger}")
        column = KEYS[table][-1]
        connection.execute(f"UPDATE {table} SET {column} = {column} + 1")  # noqa: S608 (ours)
        connection.execute(statement)
    with pytest.raises(LedgerDamagedError, match=f"changed values in {table}"):
        open_ledger(path)


def test_changed_tables_are_noticed(filled: Windows) -> None:
    """A column of another name would be missed only when a file is looked up."""
    path = ledger_path(filled.output)
    with contextlib.closing(filled.ledger().connection) as connection:
        connection.execute("ALTER TABLE files RENAME COLUMN state TO stage")
    with pytest.raises(LedgerDamagedError, match="changed tables"):
        open_ledger(path)


def test_the_ledger_of_another_output_is_made_anew(filled: Windows) -> None:
    for path in (Path(filled.output) / "manifests").iterdir():
        path.unlink()
    assert tables(filled)["documents"] == []


def test_a_missing_window_is_told(filled: Windows) -> None:
    runs = {number: run for number, run, _ in tables(filled)["windows"]}
    (Path(filled.output) / "manifests" / f"{runs[2]}.json").unlink()
    with pytest.raises(OutputError, match="window 2 is missing, 3 is there"):
        filled.ledger()


def test_a_damaged_file_of_rows_is_told(filled: Windows) -> None:
    part = next((Path(filled.output) / "articles").iterdir())
    part.write_bytes(part.read_bytes()[:-1])
    Path(ledger_path(filled.output)).unlink()
    with pytest.raises(OutputError, match="is not as its manifest says"):
        filled.ledger()


def test_a_window_is_entered_whole_or_not_at_all(filled: Windows) -> None:
    manifest = filled.commit([filled.write("c.txt")])
    ledger = open_ledger(ledger_path(filled.output))

    def rows() -> Iterator[WindowRow]:
        yield WindowRow("file:///c.txt", "0" * 32, SHA256)
        raise OutputError("cannot read on")

    with pytest.raises(OutputError, match="cannot read on"):
        ledger.add(manifest, [], rows())
    assert ledger.last_window == 3
    update_ledger(ledger, filled.output)
    assert (ledger.last_window, manifest.run in ledger.runs()) == (4, True)
    ledger.close()


def find(windows: Windows, path: Path, content: bytes) -> Earlier | None:
    """Return what the ledger knows of a content at a path."""
    windows.ledger().close()
    with open_earlier(ledger_path(windows.output)) as earlier:
        return earlier.find(Reading(path.as_uri(), content))


def test_documents_are_found_by_uri_and_content(filled: Windows) -> None:
    content = (filled.folder / "a.txt").read_bytes()
    path = filled.folder / "a.txt"
    article = article_id(path.as_uri(), hashlib.sha256(content).hexdigest())
    assert find(filled, path, content) == Earlier(is_unchanged=True, article_id=article)
    copy = filled.folder / "copy.txt"
    assert find(filled, copy, content) == Earlier(is_unchanged=True, article_id=article)
    for name in ("b.txt", "new.txt"):
        found = find(filled, filled.folder / name, content)
        assert found == Earlier(is_unchanged=False, article_id=article)
    assert find(filled, path, b"something else") is None


def test_a_file_that_goes_back_is_not_unchanged(filled: Windows) -> None:
    """A dead letter has no article that could stand for it: it is processed again."""
    path = filled.folder / "empty.txt"
    assert find(filled, path, b"") == Earlier(is_unchanged=True, article_id=None)
    filled.commit([filled.write("empty.txt", "Кітапхана жаңа оқу залын ашты, қоры толық екен.")])
    assert find(filled, path, b"") is None


def test_what_could_not_be_read_is_found_by_what_is_stored(filled: Windows) -> None:
    """The dead letter of a file that is gone has the hash of no bytes."""
    path = filled.folder / "gone.txt"
    path.symlink_to("nowhere")
    filled.commit([path])
    filled.ledger().close()
    failure = DocumentError("read", "not_found", "gone")
    with open_earlier(ledger_path(filled.output)) as earlier:
        found = earlier.find(Reading(path.as_uri(), failure=failure))
    assert found == Earlier(is_unchanged=True, article_id=None)


def test_a_ledger_that_cannot_be_read_fails_the_shard(tmp_path: Path) -> None:
    with open_earlier(None) as earlier:
        assert earlier.find(Reading("file:///a.txt", b"")) is None
    (tmp_path / "ledger").write_bytes(b"no ledger " * 500)
    with pytest.raises(OutputError, match="made anew from the output"):
        look_up(str(tmp_path / "ledger"))


def look_up(path: str) -> None:
    """Look a document up in a ledger."""
    with open_earlier(path) as earlier:
        earlier.find(Reading("file:///a.txt", b""))
