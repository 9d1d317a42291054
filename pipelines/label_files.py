"""Read files of labels line by line, plain or compressed."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pipelines.exit_codes import CommandError, ExitCode

Parsed = TypeVar("Parsed")


def read_lines(path: Path, parse: Callable[[str], Parsed]) -> Iterator[Parsed]:
    """Yield each line of a file that is not blank, parsed, `.gz` unpacked.

    Raise CommandError where the file cannot be read, or where `parse` raises a ValueError.
    """
    number = 0
    try:
        with path.open("rb") as stored:
            lines = gzip.GzipFile(fileobj=stored) if path.suffix == ".gz" else stored
            for number, line in enumerate(lines, 1):  # noqa: B007 - the error names the line
                if line.strip():
                    yield parse(line.decode("utf-8-sig"))
    except ValueError as error:  # not UTF-8, not JSON, no labels
        raise CommandError(ExitCode.NO_INPUT, f"{path}:{number}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise CommandError(ExitCode.NO_INPUT, f"{path}: cannot be read: {error}") from error
