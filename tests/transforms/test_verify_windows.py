"""What only all windows of a watch together can show is found, too."""

from pathlib import Path

from tests.transforms.conftest import Windows
from transforms.ledger_update import ledger_path
from transforms.manifest import Window
from transforms.verification import LOST_FILES, UNFINISHED, Verification
from transforms.verify_duplicates import CopyCheck
from transforms.verify_manifest import Fault
from transforms.verify_rows import RowCheck
from transforms.verify_windows import WindowsCheck
from transforms.windows import window_name


def faults(windows: Windows) -> list[str]:
    """Return the faults of an output."""
    found = Verification(windows.output, sample=1).faults()
    return [f"{fault.name}: {fault.message}" for fault in found]


def forget(windows: Windows) -> None:
    """Let the next window know nothing of the earlier documents, as no watch would."""
    windows.ledger().close()
    ledger = Path(ledger_path(windows.output))
    tables = ("documents", "contents")
    connection = windows.ledger().connection
    for table in tables:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 (ours)
        connection.execute("UPDATE sums SET total = 0 WHERE name = ?", (table,))
    connection.close()
    assert ledger.exists()


def test_windows_have_no_fault(windows: Windows) -> None:
    page = windows.write("a.txt")
    windows.commit([page])
    windows.commit([windows.write("b.txt", page.read_text(encoding="utf-8"))])
    windows.commit([page])  # touched
    assert faults(windows) == []


def test_a_content_in_two_windows_is_found(windows: Windows) -> None:
    page = windows.write("a.txt")
    windows.commit([page])
    forget(windows)
    windows.commit([windows.write("b.txt", page.read_text(encoding="utf-8"))])
    assert faults(windows) == ["manifests: 1 contents have articles in several windows"]


def test_an_article_in_two_windows_is_found(windows: Windows) -> None:
    page = windows.write("a.txt")
    windows.commit([page])
    forget(windows)
    windows.commit([page])
    assert faults(windows) == [
        "manifests: 1 ids of articles are in several windows",
        "manifests: 1 contents have articles in several windows",
    ]


def test_a_window_that_is_gone_is_found(windows: Windows) -> None:
    first = windows.commit([windows.write("a.txt")])
    windows.commit([windows.write("b.txt")])
    (Path(windows.output) / "manifests" / f"{first.run}.json").unlink()
    assert faults(windows) == [
        "manifests: 1 windows are missing, first number 1",
        f"{window_name(1)}: {UNFINISHED}",
        f"{first.files[0].name}: {UNFINISHED}",
    ]


def test_lost_notes_are_told_as_harmless(windows: Windows) -> None:
    for name in ("a.txt", "b.txt"):
        windows.commit([windows.write(name)])
    (Path(windows.output) / window_name(1)).unlink()
    (Path(windows.output) / window_name(2)).write_bytes(b"{}")
    assert faults(windows) == [f"{window_name(number)}: {LOST_FILES}" for number in (1, 2)]


def check_of(articles: bytes = b"", relied_on: bytes = b"") -> RowCheck:
    """Return what the rows of a window added up to."""
    copies = CopyCheck(named=bytearray(relied_on))
    return RowCheck(1, is_window=True, articles=bytearray(articles), copies=copies)


def test_duplicates_may_name_articles_of_any_window() -> None:
    windows = WindowsCheck()
    windows.add(Window(1, 1), check_of(articles=b"a" * 16))
    windows.add(Window(2, 1), check_of(relied_on=b"a" * 16))
    assert list(windows.faults()) == []
    windows.add(Window(3, 1), check_of(relied_on=b"b" * 16))
    message = "1 articles that duplicates name are not there"
    assert list(windows.faults()) == [Fault("manifests", message)]


def test_numbers_are_unique_and_an_ingest_is_no_window() -> None:
    windows = WindowsCheck()
    for window in (Window(1, 1), Window(1, 2), None):
        windows.add(window, check_of())
    assert [fault.message for fault in windows.faults()] == [
        "1 runs beside windows of a watch are none",
        "1 numbers of windows are not unique",
    ]
