"""Cancel a job on a Flink cluster: Beam's job server only stops waiting for a batch job."""

import json
import urllib.request
from typing import Any

ANSWER_SECONDS = 10.0

ENDED = ("FINISHED", "CANCELED", "FAILED")

AUTOMATIC = "["
"""With which names begin that stand for no cluster: `[auto]`, `[local]`."""


def cancel_flink_jobs(master: str, name: str) -> None:
    """Cancel the jobs of a name, as far as they have not ended; raise OSError where that fails.

    `master` is what Beam takes as `--flink_master`; one that names no cluster has no jobs.
    """
    if master.startswith(AUTOMATIC):
        return
    cluster = master if "://" in master else f"http://{master}"
    for job in _ask(f"{cluster}/jobs/overview")["jobs"]:
        if job["name"] == name and job["state"] not in ENDED:
            _ask(f"{cluster}/jobs/{job['jid']}?mode=cancel", "PATCH")


def _ask(url: str, method: str = "GET") -> dict[str, Any]:
    """Return what the REST interface of a cluster answers."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 (the user names the cluster)
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
        held: dict[str, Any] = json.load(answer)
    return held
