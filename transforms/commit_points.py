"""The named points of a commit, at which a test can stop a run.

Between two neighbours lies at most one change of the output. A process that nobody armed passes
them at the cost of a call.
"""

from collections.abc import Callable

STEPS = ("opened", "written", "flushed", "renamed", "settled")
"""Of a file: empty beside its place, filled, on the disk, moved into place, its directory too.
An object of a store is only ever settled, as is the `claim` that precedes its listing."""

FILES = ("run", "part", "report", "listing", "manifest")
"""What a run writes, in order; parts and reports once a shard."""

POINTS = (
    "work.locked",
    *(f"run.{step}" for step in STEPS),
    "directories.made",
    *(f"{what}.{step}" for what in FILES[1:] for step in STEPS),
    "cleanup.begun",
    "cleanup.leftover_removed",
    "cleanup.work_removed",
    "cleanup.lock_removed",
    "cleanup.ended",
)

WINDOW_FILES = ("window", "part", "report", "manifest")
"""What a watch writes for each window, in order."""

WATCH_POINTS = (
    "work.locked",
    "directories.made",
    "window.tidied",
    *(f"{what}.{step}" for what in WINDOW_FILES for step in STEPS),
    "ledger.written",
    "ledger.settled",
    "window.cleared",
    "cleanup.lock_removed",
)
"""Those of a watch. The ledger, too, is written at once or not at all; a window is cleared when
its reports are removed, the output tidied when nothing is left of those that did not commit."""

LOAD_POINTS = (
    "load.opened",
    "load.prepared",
    "load.begun",
    "load.batch",
    "load.merged",
    "load.noted",
    "load.committed",
)
"""Those of a load into DuckDB: the database is open, its tables are there, a run has begun, a batch
of its rows was read, a file of them is in, its entry is, all of it is committed."""

BIGQUERY_POINTS = (
    "load.opened",
    "load.table_made",
    "load.prepared",
    "load.begun",
    "load.stage_made",
    "load.batch",
    "load.staged",
    "load.merging",
    "load.committed",
    "load.cleared",
)
"""Those of a load into BigQuery: the dataset is found, a table was made, all are there, a run has
begun, a stage is there, a job was begun that loads files into it, all of them have ended, the
transaction was begun, it is committed, the stages are gone."""

_actions: list[Callable[[str], None]] = []


def reach(name: str) -> None:
    """Do what a test wants done at a point; nothing in a run."""
    for action in _actions:
        action(name)


def arm(action: Callable[[str], None]) -> None:
    """Let an action see every point that this process reaches from now on: for tests."""
    _actions.append(action)
