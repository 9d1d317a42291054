"""The metrics of a watch in Prometheus' names; docs/metrics.md says what each means.

Counters are of the output, not of the process: a watch that starts adds up the manifests that are
there, so that they go on where the one before ended, however it did. The rest is of the process.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from transforms.manifest import Manifest
from transforms.reports import Tally
from transforms.text.codes import CODES

PREFIX = "suzgi_"

WINDOW_SECONDS = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
"""Bounds of the buckets. A full window of 10,000 pages takes some ten seconds."""

HELP = {
    "windows": "Windows that have committed.",
    "files": "Files that they read; a container is one.",
    "documents": "Documents that became a row, by its kind.",
    "unchanged_documents": "Documents that an earlier window has, with the same content.",
    "content_bytes": "Bytes of the documents, unpacked and decompressed.",
    "articles": "Articles, by language and script.",
    "dead_letters": "Dead letters, by code.",
    "removed_lines": "Lines removed from articles, by family.",
    "window_seconds": "How long windows took, from the choice of their files to their commit.",
    "files_waiting": "Files that no window has yet.",
    "lag_seconds": "How long the file has waited that waits longest.",
    "inputs_unlisted": "Inputs that could not be listed at the last look.",
    "last_look_timestamp_seconds": "When the inputs were looked at last, in seconds since 1970.",
    "last_commit_timestamp_seconds": "When a window committed last, in seconds since 1970.",
    "build_info": "Always 1.",
}

ALL_CODES = sorted({code for of_stage in CODES.values() for code in of_stage})
"""Shown from the start: what Prometheus first sees at 1 it takes for no increase."""

Counts = Mapping[tuple[str, ...], int]
"""Counts by the values of labels."""


@dataclass(slots=True, eq=False)  # the registry has it as a key
class WatchMetrics(Collector):
    """What the windows of an output have, and how its watch stands.

    The watch writes, whoever serves the metrics reads, in another thread.
    """

    output: str  # tells the series of one watch from those of another on the same machine
    version: str
    tally: Tally = field(default_factory=Tally)
    windows: int = 0
    files: int = 0
    unchanged: int = 0
    waiting: int = 0
    oldest: float | None = None  # since when the first of them waits, as time.monotonic has it
    unlisted: int = 0
    last_look: float | None = None  # in seconds since 1970, as is the next; None: there was none
    last_commit: float | None = None
    registry: CollectorRegistry = field(
        default_factory=lambda: CollectorRegistry(auto_describe=False)
    )
    window_seconds: Histogram = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Put all metrics into the registry."""
        disable_created_metrics()  # when a counter began says nothing where it goes on
        self.registry.register(self)
        self.window_seconds = Histogram(
            f"{PREFIX}window_seconds",
            HELP["window_seconds"],
            ["output"],
            buckets=WINDOW_SECONDS,
            registry=self.registry,
        ).labels(self.output)

    def add(self, manifest: Manifest, committed: float) -> None:
        """Count a window that has committed, at a time in seconds since 1970."""
        window = manifest.window
        if window is None:
            raise ValueError(f"run {manifest.run} is no window")
        with self._lock:
            self.tally.add(manifest.tally)
            self.windows += 1
            self.files += window.files
            self.unchanged += window.unchanged
            self.last_commit = max(committed, self.last_commit or 0.0)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now, but those of a library's own."""
        with self._lock:
            families = [*self._counters(), *self._gauges()]
        yield from families

    def _counters(self) -> Iterator[Metric]:
        tally = self.tally
        yield self._counter("windows", {(): self.windows})
        yield self._counter("files", {(): self.files})
        outcomes: Counts = {
            ("article",): tally.articles,
            ("other_language",): tally.other_languages.total(),
            ("duplicate",): tally.duplicates,
            ("dead_letter",): tally.dead_letters.total(),
        }
        yield self._counter("documents", outcomes, "outcome")
        yield self._counter("unchanged_documents", {(): self.unchanged})
        yield self._counter("content_bytes", {(): tally.content_bytes})
        languages: Counts = {_language_and_script(key): n for key, n in tally.languages.items()}
        yield self._counter("articles", languages, "language", "script")
        codes: Counts = {(code,): tally.dead_letters[code] for code in ALL_CODES}
        yield self._counter("dead_letters", codes, "code")
        families: Counts = {(family,): n for family, n in tally.removed_lines.items()}
        yield self._counter("removed_lines", families, "family")

    def _gauges(self) -> Iterator[Metric]:
        lag = 0.0 if self.oldest is None else max(time.monotonic() - self.oldest, 0.0)
        yield self._gauge("files_waiting", self.waiting)
        yield self._gauge("lag_seconds", lag)
        yield self._gauge("inputs_unlisted", self.unlisted)
        if self.last_look is not None:
            yield self._gauge("last_look_timestamp_seconds", self.last_look)
        if self.last_commit is not None:
            yield self._gauge("last_commit_timestamp_seconds", self.last_commit)
        yield self._gauge("build_info", 1, version=self.version)

    def _counter(self, name: str, counts: Counts, *labels: str) -> Metric:
        """Return a counter of the counts by the values of its labels; its name gets `_total`."""
        names = ["output", *labels]
        family = CounterMetricFamily(f"{PREFIX}{name}", HELP[name], labels=names)
        for values, count in counts.items():
            family.add_metric([self.output, *values], count)
        return family

    def _gauge(self, name: str, value: float, **labels: str) -> Metric:
        """Return a gauge."""
        names = ["output", *labels]
        family = GaugeMetricFamily(f"{PREFIX}{name}", HELP[name], labels=names)
        family.add_metric([self.output, *labels.values()], value)
        return family


def _language_and_script(key: str) -> tuple[str, str]:
    """Return language and script of a key such as `kk-Cyrl`."""
    language, _, script = key.partition("-")
    return language, script
