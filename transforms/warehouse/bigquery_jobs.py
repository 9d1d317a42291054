"""Jobs of BigQuery that are begun once, whatever happens to the process which began them.

A job runs on where it is: a process that is killed does not end it. Its id is of its begetter's
choice and is given once in a project, so that who comes next finds it:
https://cloud.google.com/bigquery/docs/running-jobs
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from google.api_core.exceptions import Conflict, GoogleAPICallError, NotFound
from google.cloud import bigquery

Job = Any
"""A job of Google's client: a load or a query."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of a project in a place, such as EU or europe-west4."""

    client: bigquery.Client
    location: str

    def find(self, job_id: str) -> Job | None:
        """Return a job; None where there is none of this id."""
        try:
            return self.client.get_job(job_id, location=self.location)
        except NotFound:
            return None

    def start(
        self, name: str, begin: Callable[[str], Job], is_of_use: Callable[[Job], bool]
    ) -> Job:
        """Return the job of a name: one of use that is there, or else a new one.

        A name may have any number of attempts, numbered from 0. Those of no use, as they failed,
        are passed over, or a job that failed once would stand in the way for ever.
        """
        for attempt in count():
            job_id = f"{name}_{attempt}"
            job = self.find(job_id)
            if job is None:
                try:
                    return begin(job_id)
                except Conflict:  # another process was faster, or the answer to us was lost
                    job = self.client.get_job(job_id, location=self.location)
            if is_of_use(job):
                return job
        raise AssertionError("unreachable")


def has_failed(job: Job) -> bool:
    """Tell whether a job has ended, and without success."""
    return bool(job.error_result)


def wait_for(job: Job) -> GoogleAPICallError | None:
    """Return None once a job has succeeded, or else why it failed."""
    error: GoogleAPICallError | None = job.exception()
    return error
