"""A worker process of the local runner, which ends when the process that started it does."""

import os
import sys
import threading
import time

POLL_SECONDS = 1.0


def main() -> None:
    """Run Beam's worker until its parent, whatever became of it, is gone.

    Beam's own worker, started by a process that is killed before the two are connected, waits
    for ever.
    """
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    from apache_beam.runners.worker import sdk_worker_main  # noqa: PLC0415 (seconds: watch first)

    sdk_worker_main.main(sys.argv)


def _end_with_parent(parent: int) -> None:
    """End this process as soon as it belongs to another parent."""
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
