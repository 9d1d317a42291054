"""Measure what a run does before its first document: list a bucket, sort the paths, cut shards.

`python tests/bench/listing.py --paths 10000000` lists that many objects from a server on this
machine that gives names as a store of Google's does, a thousand a page, and keeps none of them. It
prints the seconds and the memory of the process that lists, and what the shards take.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from transforms.listing import list_documents
from transforms.shards import plan_shards

PAGE_OBJECTS = 1_000
OBJECTS_OF_A_DAY = 250
"""Of one site: names share a long beginning with their neighbours, as those of a crawl do."""

DAYS_OF_A_SITE = 360
OBJECT_BYTES = 5_600


def object_name(number: int) -> str:
    """Return the name of an object; they sort by their numbers."""
    day, page = divmod(number, OBJECTS_OF_A_DAY)
    site, day = divmod(day, DAYS_OF_A_SITE)
    folder = f"site-{site:05}.example/2026/{1 + day // 30:02}/{1 + day % 30:02}"
    slug = f"{number * 2_654_435_761 % 2**32:08x}"
    return f"crawl/{folder}/{page:03}-{slug}.txt"


class Listing(BaseHTTPRequestHandler):
    """A bucket that can be listed and nothing else."""

    protocol_version = "HTTP/1.1"
    paths = 0

    def do_GET(self) -> None:
        """Answer with the page that the token names; nothing else is there."""
        asked = urlsplit(self.path)
        query = parse_qs(asked.query)
        if not asked.path.endswith("/o"):
            self.send_error(404)
            return
        start = int(query.get("pageToken", ["0"])[0])
        end = min(start + PAGE_OBJECTS, self.paths)
        page: dict[str, object] = {
            "items": [
                {
                    "name": object_name(number),
                    "size": str(OBJECT_BYTES),
                    "generation": str(1_795_732_918_606_242 + number),
                    "timeCreated": "2026-05-14T18:40:00.125Z",
                }
                for number in range(start, end)
            ]
        }
        if end < self.paths:
            page["nextPageToken"] = str(end)
        body = json.dumps(page).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(paths: int) -> None:
    """Serve the listing until the process ends; print the port first."""
    Listing.paths = paths
    server = HTTPServer(("127.0.0.1", 0), Listing)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


@contextmanager
def server(paths: int) -> Iterator[str]:
    """Return a context with the address of a server in a process of its own."""
    command = [sys.executable, __file__, "--serve", "--paths", str(paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def measure() -> dict[str, float]:
    """Return what it takes to list and to plan, in this process."""
    begun, cpu = time.perf_counter(), time.process_time()
    documents = list_documents(["gs://pages/crawl/**"])
    listed, listed_cpu = time.perf_counter(), time.process_time()
    shards = list(plan_shards(documents))
    planned = time.perf_counter()
    paths = sum(shard.document_count for shard in shards)
    packed = sum(len(shard.packed_uris) for shard in shards)
    return {
        "paths": paths,
        "listing_seconds": round(listed - begun, 1),
        "listing_cpu_us_a_path": round(1e6 * (listed_cpu - cpu) / paths, 2),
        "planning_seconds": round(planned - listed, 1),
        "peak_mb": peak_mb(),
        "shards": len(shards),
        "shard_bytes_a_path": round(packed / paths, 2),
    }


def peak_mb() -> int:
    """Return the most memory that this process held, in MB; Linux only."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1000
    raise OSError("/proc/self/status has no VmHWM")


def main() -> None:
    """Measure in a new process, and print what it says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--paths", type=int, default=1_000_000, help="default 1,000,000")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.paths)
    elif arguments.measure:
        sys.stdout.write(f"{json.dumps(measure())}\n")
    else:
        with server(arguments.paths) as address:
            environment = {**os.environ, "STORAGE_EMULATOR_HOST": address}
            command = [sys.executable, __file__, "--measure"]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
