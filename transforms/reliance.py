"""Note in each shard which articles other rows rely on, and what those rows cannot rely on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.rows import Article, Duplicate
from transforms.reports import ChangedDocument, Row, ShardReport
from transforms.text.extract import article_id
from transforms.verdicts import Verdict


@dataclass(slots=True)
class Reliance:
    """What the rows of a shard rely on, as the report of the shard has it."""

    winners_lost: list[ChangedDocument] = field(default_factory=list)
    copies_changed: list[ChangedDocument] = field(default_factory=list)
    ids_relied_on: set[str] = field(default_factory=set)
    ids_counted: set[str] = field(default_factory=set)
    clusters: set[str] = field(default_factory=set)

    def note(self, uri: str, row: Row, verdict: Verdict | None) -> None:
        """Note the row of a document and what the first pass found out about it."""
        if isinstance(row, Duplicate):
            named = self.ids_relied_on if row.similarity is None else self.clusters
            named.add(row.duplicate_of)
        elif isinstance(row, Article):
            self._note_article(row)
        is_same = bool(verdict and row.content_sha256 == verdict.sha256.hex())
        if verdict and not (isinstance(row, Duplicate) and is_same):
            self._compare(uri, row if is_same else None, verdict)

    def note_unchanged(self, uri: str, verdict: Verdict | None) -> None:
        """Note a document that an earlier window has: it was another one where it has a verdict."""
        if verdict:
            self._compare(uri, None, verdict)

    def _note_article(self, article: Article) -> None:
        """Note what an article counts, and what it nearly equals."""
        if article.source_uri_count and article.source_uri_count > 1:
            self.ids_counted.add(article.id)
        if article.near_duplicate_of:
            self.clusters.add(article.near_duplicate_of)

    def _compare(self, uri: str, row: Row | None, verdict: Verdict) -> None:
        """Note a document that is not what the first pass found; None: its content is another."""
        is_chosen = article_id(uri, verdict.sha256.hex()) == verdict.article_id
        if is_chosen and not verdict.is_repeated:
            if not (isinstance(row, Article) and row.id == verdict.article_id):
                self.winners_lost.append(ChangedDocument(uri, verdict.article_id))
        elif row is None:
            self.copies_changed.append(ChangedDocument(uri, verdict.article_id))


def changed_documents(reports: Sequence[ShardReport]) -> list[str]:
    """Return the uris, sorted, of documents that changed and for which rows now tell an untruth.

    Either duplicates, or near ones, name an article that is not there, or an article counts a
    copy that is not.
    """
    relied_on = frozenset[str]().union(*(each.ids_relied_on | each.clusters for each in reports))
    counted = frozenset[str]().union(*(report.ids_counted for report in reports))
    lost = {each for report in reports for each in report.winners_lost}
    changed = {each for report in reports for each in report.copies_changed}
    return sorted(
        {each.source_uri for each in lost if each.article_id in relied_on}
        | {each.source_uri for each in changed if each.article_id in counted}
    )
