"""Note the files of a window before work on it begins: what a watch goes on with after a crash.

The note stays beside the manifest: from both, and the rows, the ledger can be made anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.document_list import ListedDocument
from transforms.output_files import LISTINGS
from transforms.parts import join_output, read_whole, write_whole
from transforms.run_records import RunIdentity
from transforms.sealed import seal, unseal


@dataclass(frozen=True, slots=True)
class WindowRecord:
    """A window: its number, what shapes its output, and its files, sorted by uri, as they were."""

    number: int
    identity: RunIdentity
    files: Sequence[ListedDocument]


def window_name(number: int) -> str:
    """Return the name of the note on a window, relative to the output."""
    return f"{LISTINGS}/window-{number:08d}.json"


def record_window(output: str, record: WindowRecord) -> None:
    """Note a window; raise OutputError where that cannot be."""
    content = seal(
        {
            "window": record.number,
            "version": record.identity.version,
            "options": dict(record.identity.options),
            "files": [[document.uri, document.state] for document in record.files],
        }
    )
    write_whole(join_output(output, window_name(record.number)), content, "window")


def recorded_window(output: str, number: int) -> WindowRecord | None:
    """Return what is noted of a window; None where nothing is, or it is damaged.

    Raises OutputError where it cannot be read.
    """
    sealed = read_whole(join_output(output, window_name(number)))
    try:
        held = unseal(sealed) if sealed else {}
        files = [ListedDocument.in_state(uri, state) for uri, state in held["files"]]
        return WindowRecord(held["window"], RunIdentity(held["version"], held["options"]), files)
    except (KeyError, TypeError, ValueError):
        return None
