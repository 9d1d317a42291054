"""The outputs of the model-based test, how a run is killed, and a look at what it left."""

import hashlib
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from output_rows import rows

from schemas.rows import Article, DeadLetter, Duplicate
from tests.pipelines.conftest import contents
from tests.pipelines.model_oracle import (
    ArticleRow,
    DuplicateRow,
    LetterRow,
    Row,
    Rows,
    codes,
    counts,
    key_of,
)
from transforms.commit_points import POINTS
from transforms.manifest import parse_manifest

COMMITTED_FROM = POINTS.index("manifest.renamed")


@dataclass(frozen=True, slots=True)
class At:
    """A kill at the n-th pass of a point of the commit."""

    point: str
    nth: int


@dataclass(frozen=True, slots=True)
class After:
    """A kill after this share of the time that a run may take."""

    share: float


Kill = At | After
KILLS = st.builds(At, st.sampled_from(POINTS), st.integers(1, 4)) | st.builds(
    After, st.floats(0, 1)
)


def request_of(kill: Kill, seconds: float) -> dict[str, Any]:
    """Return what the server of runs is asked for; `seconds` is what a run may take."""
    if isinstance(kill, At):
        return {"point": kill.point, "nth": kill.nth, "signal": int(signal.SIGKILL)}
    return {"kill_after": kill.share * seconds}


@dataclass(slots=True)
class Output:
    """An output directory: what makes it, and what must be in it once a manifest is there.

    `cap` is --max-document-bytes.
    """

    path: Path
    cap: int
    replay_of: "Output | None" = None
    code: str | None = None  # of the dead letters to replay; None: all
    was_killed: bool = False
    rows: Rows = field(default_factory=dict)
    bits: dict[str, str] | None = None  # SHA-256 of each file; None: not committed

    def take(self, expected: Rows, bits: dict[str, str]) -> None:
        """Note what is committed."""
        self.rows, self.bits = expected, bits

    def has_inputs(self, expected: Rows) -> bool:
        """Tell whether the rows that a run must give now are of the content that it had."""
        was, is_now = (
            {key: getattr(row, "unread", "") for key, row in each.items()}
            for each in (self.rows, expected)
        )
        return was == is_now

    def verdict(self) -> int:
        """Return how `suzgi verify` must end."""
        if not self.path.exists():
            return 3
        is_clean = self.bits is not None and self.bits.keys() == contents(self.path).keys()
        return 0 if is_clean else 7


def bits_of(output: Path, *, with_listing: bool = False) -> dict[str, str]:
    """Return the SHA-256 of each file of an output.

    Without that of listings: they hold times, and a re-run over the same content renews them.
    """
    return {
        name: hashlib.sha256(content).hexdigest()
        if with_listing or not name.startswith("_listings/")
        else ""
        for name, content in contents(output).items()
    }


def check_rows(output: Path, expected: Rows) -> None:
    """Check that an output has the rows that it must have, and counts them so."""
    found: list[tuple[str, Row]] = [
        *((_key(row), _article(row)) for row in rows(output, Article)),
        *((_key(row), _duplicate(row)) for row in rows(output, Duplicate)),
        *((_key(row), _letter(row)) for row in rows(output, DeadLetter)),
    ]
    assert dict(found) == expected
    assert len(found) == len(expected)
    (path,) = (output / "manifests").iterdir()
    manifest = parse_manifest(path.read_text(encoding="utf-8"))
    assert manifest.to_json()["counts"] == counts(expected)
    assert manifest.tally.dead_letters == codes(expected)


def _key(row: Article | Duplicate | DeadLetter) -> str:
    return key_of(row.source_uri, row.content_sha256)


def _article(row: Article) -> ArticleRow:
    paragraphs = tuple(paragraph.text for paragraph in row.paragraphs)
    return ArticleRow(row.id, row.content_sha256, row.title, paragraphs, row.language)


def _duplicate(row: Duplicate) -> DuplicateRow:
    return DuplicateRow(row.content_sha256, row.duplicate_of)


def _letter(row: DeadLetter) -> LetterRow:
    return LetterRow(row.id, row.content_sha256, row.stage, row.code, row.content, row.attempt)
