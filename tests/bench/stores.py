"""Measure reading from gs:// and s3:// beside Beam's MatchFiles and ReadMatches, at a latency.

`python tests/bench/stores.py --beam-python PYTHON` puts generated pages into a store on this
machine (fake-gcs-server, moto) and lets each contender read them through a proxy that holds every
request back for 40 ms. Start-up is not counted. PYTHON is that of an environment with
`apache-beam[gcp,aws]`, which is no dependency of ours.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import corpus
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
SUPPORT = HERE.parent / "support"
sys.path.insert(0, str(SUPPORT))

import store_servers  # noqa: E402 (found only now)

BUCKET = "pages"
DOCUMENTS = 1_000
LATENCY = 0.04
"""Seconds. A small object of a store in the same region takes 20 to 60 ms to its first byte."""

BEAM = """
import json, logging, sys, time
from apache_beam import Map, Pipeline
from apache_beam.io import fileio
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.combiners import Count

def note(count):
    print(json.dumps([count, time.perf_counter() - begun]))

logging.disable(logging.WARNING)
options = PipelineOptions(["--runner=FnApiRunner", "--no_auth"])
FileSystems.set_options(options)
FileSystems.match([sys.argv[1] + "/000000.txt"])  # looks for credentials, for half a minute
begun = time.perf_counter()
with Pipeline(options=options) as pipeline:
    pages = pipeline | fileio.MatchFiles(sys.argv[1] + "/**") | fileio.ReadMatches()
    pages | Map(lambda page: len(page.read())) | Count.Globally() | Map(note)
"""

READING = """
import json, sys, time
from transforms.documents import ReadSettings
from transforms.listing import list_documents
from transforms.shards import plan_shards
from transforms.sources import Census, read_sources

begun = time.perf_counter()
count = sum(
    reading.content is not None
    for shard in plan_shards(list_documents([sys.argv[1]]))
    for readings in read_sources(shard, ReadSettings(), Census())
    for reading in readings
)
print(json.dumps([count, time.perf_counter() - begun]))
"""

INGEST = """
import json, sys, time
from pipelines import ingest_run
from pipelines.main import main
from transforms.text.extract import warm_up

warm_up("routed")
begun = time.perf_counter()
assert main(["ingest", "--input", sys.argv[1], "--output", sys.argv[2], "--quiet"]) == 0
print(json.dumps([int(sys.argv[3]), time.perf_counter() - begun]))
"""


@dataclass(frozen=True, slots=True)
class Store:
    """A store that holds the pages, and the environment in which its clients find the proxy."""

    scheme: str
    environment: Mapping[str, str]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--beam-python", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, metavar="N")
    parser.add_argument("--latency", type=float, default=LATENCY, metavar="SECONDS")
    parser.add_argument("--store", choices=("gs", "s3"), action="append", help="repeatable")
    arguments = parser.parse_args()
    for name in arguments.store or ("gs", "s3"):
        serve = google if name == "gs" else s3
        with serve(arguments.documents, arguments.latency) as store:
            show(store, measure(store, arguments.documents, arguments.beam_python))


def measure(store: Store, documents: int, beam_python: str) -> dict[str, float]:
    """Return documents per second of each contender."""
    place = f"{store.scheme}://{BUCKET}/in"
    output = f"{store.scheme}://{BUCKET}/out"
    contenders = {
        "Beam's MatchFiles and ReadMatches": [beam_python, "-c", BEAM, place],
        "our reading alone": [sys.executable, "-c", READING, place],
        "suzgi ingest, from and to the store": [
            *(sys.executable, "-c", INGEST, place, output),
            str(documents),
        ],
    }
    return {name: run(command, store, documents) for name, command in contenders.items()}


def run(command: list[str], store: Store, documents: int) -> float:
    """Return the documents per second that a contender tells; raise where it read too few."""
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, **store.environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    count, seconds = json.loads(done.stdout.splitlines()[-1])
    if count != documents:
        raise RuntimeError(f"{count} of {documents} documents were read: {command}")
    return documents / float(seconds)


@contextlib.contextmanager
def google(documents: int, latency: float) -> Iterator[Store]:
    """Give a store under gs:// with the pages."""
    with store_servers.google_server() as url:
        fill(store_servers.google_bucket(url, BUCKET), documents)
        with delayed(url, latency) as address:
            yield Store("gs", {"STORAGE_EMULATOR_HOST": address})


@contextlib.contextmanager
def s3(documents: int, latency: float) -> Iterator[Store]:
    """Give a store under s3:// with the pages."""
    with store_servers.s3_server() as url:
        fill(store_servers.s3_bucket(url, BUCKET), documents)
        with delayed(url, latency) as address:
            keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
            place = {"AWS_ENDPOINT_URL": address, "AWS_DEFAULT_REGION": "us-east-1"}
            yield Store("s3", {**keys, **place})


def fill(bucket: store_servers.Bucket, documents: int) -> None:
    """Put the pages into a bucket."""
    pages = [page.encode() for page in corpus.make_pages(documents)]
    names = [f"in/{number:06}.txt" for number in range(documents)]
    with ThreadPoolExecutor(8) as crew:
        list(crew.map(bucket.put, names, pages))


@contextlib.contextmanager
def delayed(url: str, latency: float) -> Iterator[str]:
    """Give the address of a proxy, in a process of its own, that holds requests back."""
    command = [sys.executable, str(SUPPORT / "fault_proxy.py"), url, str(latency)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as proxy:
        if not (proxy.stdin and proxy.stdout):
            raise RuntimeError("no pipe to the proxy")
        yield proxy.stdout.readline().strip()
        proxy.stdin.close()


def show(store: Store, measured: Mapping[str, float]) -> None:
    """Print the figures of a store."""
    table = Table(title=f"{store.scheme}://")
    for heading in ("", "documents a second", "times Beam's"):
        table.add_column(heading, justify="left" if not heading else "right")
    slowest = next(iter(measured.values()))
    for name, speed in measured.items():
        table.add_row(name, f"{speed:,.1f}", f"{speed / slowest:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
