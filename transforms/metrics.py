"""The counters and distributions of a run, as Beam's runners show them.

`docs/metrics.md` says what each means; a test compares that list with these names. Counters add up
what shards report, so they are those of the manifest; distributions are of the documents that this
run itself processed.
"""

import time
from collections import Counter

from apache_beam.metrics.metric import Metrics

from transforms.reports import Tally

NAMESPACE = "suzgi"
NANOSECONDS = 1000
"""Of a microsecond."""

COUNTERS = (
    "documents",
    "articles",
    "articles_<language>",
    "other_languages",
    "duplicates",
    "dead_letters",
    "dead_letters_<code>",
    "removed_lines_<family>",
    "bytes",
    "notifications_unreadable",
    "notifications_of_no_document",
)
DISTRIBUTIONS = ("document_bytes", "decode_microseconds", "process_microseconds")

DOCUMENT_BYTES = Metrics.distribution(NAMESPACE, "document_bytes")
DECODE_MICROSECONDS = Metrics.distribution(NAMESPACE, "decode_microseconds")
PROCESS_MICROSECONDS = Metrics.distribution(NAMESPACE, "process_microseconds")

NOTIFICATIONS_UNREADABLE = Metrics.counter(NAMESPACE, "notifications_unreadable")
NOTIFICATIONS_OF_NO_DOCUMENT = Metrics.counter(NAMESPACE, "notifications_of_no_document")


def count_shard(tally: Tally) -> None:
    """Add the counts of a shard; a counter that would stay at 0 is not made."""
    for name, count in counts_of(tally).items():
        if count:
            Metrics.counter(NAMESPACE, name).inc(count)


def counts_of(tally: Tally) -> dict[str, int]:
    """Return the counters of documents under their names."""
    articles = Counter[str]()
    for key, count in tally.languages.items():
        articles[key.partition("-")[0]] += count
    return {
        "documents": tally.documents,
        "articles": tally.articles,
        **{f"articles_{language}": count for language, count in articles.items()},
        "other_languages": tally.other_languages.total(),
        "duplicates": tally.duplicates,
        "dead_letters": tally.dead_letters.total(),
        **{f"dead_letters_{code}": count for code, count in tally.dead_letters.items()},
        **{f"removed_lines_{family}": count for family, count in tally.removed_lines.items()},
        "bytes": tally.content_bytes,
    }


def microseconds_since(begun: int) -> int:
    """Return the whole microseconds since a time of time.perf_counter_ns."""
    return (time.perf_counter_ns() - begun) // NANOSECONDS
