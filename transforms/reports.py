"""Count what became of documents, and add the counts of shards up to those of the run."""

import json
from collections import Counter
from dataclasses import dataclass, field

from schemas.rows import Article, DeadLetter, Duplicate
from transforms.documents import Reading
from transforms.parts import OTHER_LANGUAGES, PartFile
from transforms.rounds import WHOLE_RUN, Round

MAX_EXAMPLES = 5
"""Names of failed documents that the report of a run shows for each code."""

Row = Article | Duplicate | DeadLetter


@dataclass(frozen=True, slots=True)
class Example:
    """A document that failed, and why."""

    source_uri: str
    message: str


@dataclass(frozen=True, slots=True)
class ChangedDocument:
    """A document that is not what the first pass found, and the article that counted on it."""

    source_uri: str
    article_id: str


@dataclass(slots=True)
class Tally:
    """What became of documents, and the lines of those that became articles.

    Articles in languages that nobody asked for are counted under `other_languages` alone. Near
    duplicates are among the articles, or where they are dropped, among the duplicates.
    `record_dates` counts the dates that records state, `read` and `unread`. `content_bytes` adds
    up those of all rows.
    """

    documents: int = 0
    content_bytes: int = 0
    articles: int = 0
    duplicates: int = 0
    near_duplicates: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    kept_lines: int = 0
    field_lines: Counter[str] = field(default_factory=Counter)
    removed_lines: Counter[str] = field(default_factory=Counter)
    repairs: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    other_languages: Counter[str] = field(default_factory=Counter)
    record_dates: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Example]] = field(default_factory=dict)

    def count(self, row: Row, kind: str) -> None:
        """Count a document by the row that it became and the kind of file that has the row."""
        self.documents += 1
        self.content_bytes += row.content_bytes
        if isinstance(row, Article) and kind == OTHER_LANGUAGES:
            self.other_languages[language_key(row)] += 1
        elif isinstance(row, Article):
            self._count_article(row)
        elif isinstance(row, Duplicate):
            self.duplicates += 1
            self.near_duplicates += row.similarity is not None
        else:
            self.dead_letters[row.code] += 1
            self._add_examples(row.code, [Example(row.source_uri, row.message)])

    def add(self, other: "Tally") -> None:
        """Add the counts of other documents, which come later in the order of the run."""
        self.documents += other.documents
        self.content_bytes += other.content_bytes
        self.articles += other.articles
        self.duplicates += other.duplicates
        self.near_duplicates += other.near_duplicates
        self.languages += other.languages
        self.kept_lines += other.kept_lines
        self.field_lines += other.field_lines
        self.removed_lines += other.removed_lines
        self.repairs += other.repairs
        self.dead_letters += other.dead_letters
        self.other_languages += other.other_languages
        self.record_dates += other.record_dates
        for code, examples in other.examples.items():
            self._add_examples(code, examples)

    def _count_article(self, article: Article) -> None:
        self.articles += 1
        self.languages[language_key(article)] += 1
        self.kept_lines += len(article.paragraphs)
        for metadata_line in article.metadata_lines:
            self.field_lines[metadata_line.field] += 1
        for removed_line in article.removed_lines:
            self.removed_lines[removed_line.family] += 1
        self.repairs += len(article.repairs)
        self.near_duplicates += article.near_duplicate_of is not None
        if article.record_date_text is not None:
            self.record_dates["read" if has_record_date(article) else "unread"] += 1

    def _add_examples(self, code: str, examples: list[Example]) -> None:
        held = self.examples.setdefault(code, [])
        held += examples[: MAX_EXAMPLES - len(held)]


@dataclass(frozen=True, slots=True)
class ShardReport:
    """What one shard wrote and counted, and a hash over its uris and contents.

    `sources` are the listed files; `containers_changed` names those among them in which the two
    passes found different documents. `settled` and `recovered` are those of a `Census`;
    `unchanged` are documents that earlier windows of a watch have, which count nowhere else.
    """

    shard: int
    sources: int
    parts: tuple[PartFile, ...]
    tally: Tally
    inputs_sha256: bytes
    winners_lost: tuple[ChangedDocument, ...]  # chosen to stand for others, and no article
    ids_relied_on: frozenset[str]  # articles that the shard's duplicates name
    containers_changed: tuple[str, ...] = ()
    copies_changed: tuple[ChangedDocument, ...] = ()  # no longer of the content of an article
    ids_counted: frozenset[str] = frozenset()  # articles of the shard that count copies
    clusters: frozenset[str] = frozenset()  # articles that the shard's near duplicates name
    settled: int = 0
    recovered: int = 0
    unchanged: int = 0
    round: Round = WHOLE_RUN  # to which the shard belongs


def has_record_date(article: Article) -> bool:
    """Tell whether the date of an article is that which its record states."""
    is_same = article.published_text == article.record_date_text
    return article.published_date is not None and is_same


def input_line(reading: Reading, content_sha256: str) -> bytes:
    """Return what a document adds to the hash over the inputs of its shard.

    A replay knows the hash of a document without its bytes: why it could not read them counts.
    """
    stated = json.dumps(reading.record_date_text) if reading.record_date_text else ""
    failure = f"{reading.source_failure}\n" if reading.source_failure else ""
    line = f"{reading.uri}\n{content_sha256}{stated}\n{failure}"
    return line.encode("utf-8", "surrogatepass")


def language_key(article: Article) -> str:
    """Return language and script as one name, such as `kk-Cyrl`."""
    return f"{article.language}-{article.script}" if article.script else article.language
