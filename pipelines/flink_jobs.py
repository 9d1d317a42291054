"""Cancel a job on a Flink cluster: Beam's job server only stops waiting for a batch job.

`python -m pipelines.flink_jobs MASTER NAME` cancels the jobs of a name and waits for their end: for
one that is left because its command was killed.
"""

import argparse
import json
import sys
import time
import urllib.request
from collections.abc import Sequence
from typing import Any

from pipelines.exit_codes import ExitCode

ANSWER_SECONDS = 10.0

END_SECONDS = 300.0
"""How long a job may take to end: it ends with the bundles that it has begun."""

POLL_SECONDS = 0.5

ENDED = ("FINISHED", "CANCELED", "FAILED")

AUTOMATIC = "["
"""With which names begin that stand for no cluster: `[auto]`, `[local]`."""


def cancel_flink_jobs(master: str, name: str) -> None:
    """Cancel the jobs of a name, as far as they have not ended; raise OSError where that fails.

    `master` is what Beam takes as `--flink_master`; one that names no cluster has no jobs.
    """
    if master.startswith(AUTOMATIC):
        return
    for job in _running(master, name):
        _ask(f"{_url(master)}/jobs/{job}?mode=cancel", "PATCH")


def main(arguments: Sequence[str] | None = None) -> int:
    """Cancel jobs and wait until they have ended; return the exit code."""
    parser = argparse.ArgumentParser(description="Cancel jobs on a Flink cluster, and wait.")
    parser.add_argument("master", help="HOST:PORT of its REST interface")
    parser.add_argument("name", help="of the jobs")
    options = parser.parse_args(arguments)
    deadline = time.monotonic() + END_SECONDS
    try:
        cancel_flink_jobs(options.master, options.name)
        while running := _running(options.master, options.name):
            if time.monotonic() > deadline:
                sys.stderr.write(f"suzgi: error: {running[0]} did not end on {options.master}\n")
                return ExitCode.RUN_FAILED
            time.sleep(POLL_SECONDS)
    except OSError as error:
        sys.stderr.write(f"suzgi: error: {options.master} does not answer: {error}\n")
        return ExitCode.RUN_FAILED
    return ExitCode.OK


def _running(master: str, name: str) -> list[str]:
    """Return the ids of the jobs of a name that have not ended."""
    jobs = _ask(f"{_url(master)}/jobs/overview")["jobs"]
    return [job["jid"] for job in jobs if job["name"] == name and job["state"] not in ENDED]


def _url(master: str) -> str:
    """Return the address of a cluster."""
    return master if "://" in master else f"http://{master}"


def _ask(url: str, method: str = "GET") -> dict[str, Any]:
    """Return what the REST interface of a cluster answers."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 (the user names the cluster)
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
        held: dict[str, Any] = json.load(answer)
    return held


if __name__ == "__main__":
    sys.exit(main())
