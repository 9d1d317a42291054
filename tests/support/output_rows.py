"""Read back what a run wrote: for tests."""

from pathlib import Path

from schemas.avro import R, read_rows
from schemas.rows import Article, DeadLetter, Duplicate

KINDS: dict[type, str] = {Article: "articles", Duplicate: "duplicates", DeadLetter: "dead_letters"}
"""The folder in which rows usually are."""


def rows(output: Path, row_type: type[R], kind: str = "") -> list[R]:
    """Return all rows of a type, from its usual folder or another, in the order of the files."""
    found: list[R] = []
    for path in sorted((output / (kind or KINDS[row_type])).glob("*.avro")):
        with path.open("rb") as stream:
            found.extend(read_rows(stream, row_type))
    return found
