"""Where the metrics of a watch go: a text file, a port, or both."""

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import start_http_server, write_to_textfile

from pipelines.exit_codes import CommandError, ExitCode
from pipelines.output_directory import read_manifests
from pipelines.printable import printable
from pipelines.watch_metrics import WatchMetrics
from pipelines.watch_options import MetricsOptions
from transforms.manifest import Manifest
from transforms.parts import OutputError
from transforms.text.extract import EXTRACTOR_VERSION

REFRESH_SECONDS = 5.0
"""Between two writes of the text file where nothing happens: only the lag grows meanwhile."""


@dataclass(slots=True)
class MetricsOutput:
    """The metrics of a watch, and the text file that has them, if one is wanted."""

    metrics: WatchMetrics
    output: str  # of the watch
    path: str | None
    warn: Callable[[str], None]
    _next: float = 0.0
    _is_told: bool = False

    def looked(self, unlisted: int) -> None:
        """Tell that the inputs were looked at, but those that cannot be listed."""
        self.metrics.last_look, self.metrics.unlisted = time.time(), unlisted
        self._write()

    def committed(self, manifest: Manifest, seconds: float) -> None:
        """Count a window that has committed, and how long it took."""
        self.metrics.add(manifest, committed_at(self.output, manifest))
        self.metrics.window_seconds.observe(seconds)
        self._write()

    def refresh(self) -> None:
        """Write the text file if that is some time ago."""
        if time.monotonic() >= self._next:
            self._write()

    def _write(self) -> None:
        """Write the text file, whole or not at all; a failure is told once, and tried again."""
        if not self.path:
            return
        self._next = time.monotonic() + REFRESH_SECONDS
        try:
            write_to_textfile(self.path, self.metrics.registry)
            self._is_told = False
        except OSError as error:
            if not self._is_told:
                self.warn(f"--metrics-file {self.path}: {error.strerror or error}; trying again")
            self._is_told = True


@contextlib.contextmanager
def metrics_output(
    options: MetricsOptions, output: str, warn: Callable[[str], None]
) -> Iterator[MetricsOutput]:
    """Return a context in which the metrics of an output go where they are wanted.

    Raises CommandError where they cannot.
    """
    metrics = WatchMetrics(printable(output), EXTRACTOR_VERSION)
    if options.is_wanted:
        _add_up(output, metrics)
    with contextlib.ExitStack() as stack:
        if options.path:
            _begin_file(options.path, metrics)
        if options.port is not None:
            stack.enter_context(_served(options.address, options.port, metrics))
        yield MetricsOutput(metrics, output, options.path, warn)


def _add_up(output: str, metrics: WatchMetrics) -> None:
    """Count the windows that an output has; raise CommandError where they cannot be read."""
    try:
        for manifest in read_manifests(output):
            metrics.add(manifest, committed_at(output, manifest))
    except (OSError, OutputError) as error:
        message = f"cannot read the windows of {output}: {error}"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error


def committed_at(output: str, manifest: Manifest) -> float:
    """Return when a manifest of a local output was written, in seconds since 1970."""
    return os.stat(f"{output}/{manifest.file_name}").st_mtime  # noqa: PTH116 (paths are strings)


def _begin_file(path: str, metrics: WatchMetrics) -> None:
    """Write the text file for the first time; remove what a killed watch left beside it."""
    unfinished = re.compile(rf"{re.escape(Path(path).name)}\.\d+\.\d+")  # as the library names it
    try:
        write_to_textfile(path, metrics.registry)
        for each in list(Path(path).absolute().parent.iterdir()):
            if unfinished.fullmatch(each.name):
                each.unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot write --metrics-file {path}: {error.strerror or error}"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error


@contextlib.contextmanager
def _served(address: str, port: int, metrics: WatchMetrics) -> Iterator[None]:
    """Return a context in which a port answers requests."""
    try:
        server, thread = start_http_server(port, address, metrics.registry)
    except OSError as error:
        message = f"cannot serve at --metrics-port {address}:{port}: {error.strerror or error}"
        raise CommandError(ExitCode.OUTPUT_UNUSABLE, message) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
