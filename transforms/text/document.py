"""What goes in and what can go wrong: documents, options, and the one error of a document."""

from dataclasses import dataclass
from datetime import date

from transforms.text.language.choice import ROUTED
from transforms.text.lines import MAX_LINE_CHARACTERS, MAX_LINES


@dataclass(frozen=True, slots=True)
class Document:
    """One page as read: where it came from and its (decompressed) bytes.

    `record_date_text` is what the record that held it states as date of publication.
    """

    uri: str
    content: bytes
    record_date_text: str | None = None


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """What the run decides for all documents.

    `timezone` is an IANA name; it places dates that print no zone of their own on the
    time line. None: such a page gets a date, but no point in time. `language_detector` is one
    of `transforms.text.language.choice.DETECTORS`. A page of more lines than `max_lines`, or with
    a line of more characters than `max_line_characters`, is no article.
    """

    ingest_date: date
    timezone: str | None = None
    language_detector: str = ROUTED
    max_lines: int = MAX_LINES
    max_line_characters: int = MAX_LINE_CHARACTERS


class DocumentError(Exception):
    """A document that cannot become an article: at which stage, a stable code, and why."""

    def __init__(self, stage: str, code: str, message: str) -> None:
        super().__init__(f"{stage}/{code}: {message}")
        self.stage = stage
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["DocumentError"], tuple[str, str, str]]:
        """Return what pickling needs: Exception alone would rebuild from one argument."""
        return DocumentError, (self.stage, self.code, self.message)
