"""What a run decides for every shard, as its workers get it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from schemas.avro import Codec
from schemas.rows import DeadLetter, Duplicate
from transforms.documents import ReadSettings
from transforms.limits import MAX_DOCUMENT_BYTES
from transforms.parts import ARTICLES, DEAD_LETTERS, DUPLICATES, OTHER_LANGUAGES
from transforms.reports import Row
from transforms.rounds import Round
from transforms.sketches import NearSettings
from transforms.text.document import ExtractOptions
from transforms.text.language.choice import ROUTED
from transforms.text.language.wanted import is_wanted
from transforms.text.lines import MAX_LINE_CHARACTERS, MAX_LINES


@dataclass(frozen=True, slots=True)
class ShardSettings:
    """What the run decides for every shard."""

    output: str
    ingest_date: date
    timezone: str | None = None
    codec: Codec = "deflate"
    max_document_bytes: int = MAX_DOCUMENT_BYTES
    max_lines: int = MAX_LINES
    max_line_characters: int = MAX_LINE_CHARACTERS
    language_detector: str = ROUTED
    languages: Sequence[str] | None = None  # tags of those to keep; None: all
    text_field: str = "text"
    uri_field: str | None = None
    date_field: str | None = None
    timeout: float | None = None  # seconds that extraction may take; None: any time
    near_threshold: float | None = None  # the likeness of near duplicates; None: nobody looks
    drops_near_duplicates: bool = False
    identity: str | None = None  # stands for version and options; None: keep no reports
    is_resumed: bool = False  # an earlier run may have finished some of the shards
    window: int | None = None  # of a watch: its files are others than those of any other window
    ledger: str | None = None  # path; knows the documents of earlier windows. None: there are none
    execution: str = ""  # of the command: names it in the logs of its workers
    is_dated_by_window: bool = False  # rows of a stream: the date is that of their window

    def of_round(self, of: Round) -> "ShardSettings":
        """Return the settings for the shards of a round."""
        return replace(self, ingest_date=of.date) if self.is_dated_by_window else self

    def extract_options(self) -> ExtractOptions:
        """Return what of this the text code has to know."""
        return ExtractOptions(
            self.ingest_date,
            self.timezone,
            self.language_detector,
            self.max_lines,
            self.max_line_characters,
        )

    def read_settings(self) -> ReadSettings:
        """Return what of this reading has to know."""
        return ReadSettings(
            self.max_document_bytes, self.text_field, self.uri_field, self.date_field
        )

    def near_settings(self) -> NearSettings | None:
        """Return what of this the search for near duplicates has to know; None: there is none."""
        if self.near_threshold is None:
            return None
        return NearSettings(
            self.extract_options(),
            self.near_threshold,
            self.drops_near_duplicates,
            self.timeout,
            self.languages,
        )

    def kind_of(self, row: Row) -> str:
        """Return the kind of file that a row goes into."""
        if isinstance(row, Duplicate):
            return DUPLICATES
        if isinstance(row, DeadLetter):
            return DEAD_LETTERS
        if self.languages is None or is_wanted(row.language, row.script, self.languages):
            return ARTICLES
        return OTHER_LANGUAGES
