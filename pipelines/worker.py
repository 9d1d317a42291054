"""A worker process of the local runner, which ends when the process that started it does."""

import os
import sys
import threading
import time

from pipelines.worker_progress import note_progress

POLL_SECONDS = 1.0


def main() -> None:
    """Run Beam's worker until its parent, whatever became of it, is gone.

    Beam's own worker, started by a process that is killed before the two are connected, waits
    for ever.
    """
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    from apache_beam.runners.worker import sdk_worker_main  # noqa: PLC0415 (seconds: watch first)

    sdk_worker_main.main(sys.argv)


def _watch(parent: int) -> None:
    """Note how far this process is until it belongs to another parent, and end it then."""
    while os.getppid() == parent:
        note_progress()
        time.sleep(POLL_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
