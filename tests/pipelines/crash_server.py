"""A process that has Beam and the models loaded and forks a run for each request: for tests.

Reads a request a line, as JSON, and answers with a line. A run so begins in a few milliseconds,
which makes it possible to kill one at each point of the commit.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from pipelines.beam_logging import quiet_beam
from pipelines.main import main
from transforms.commit_points import arm
from transforms.text.extract import warm_up


def serve() -> None:
    """Answer requests until the input ends."""
    quiet_beam()
    from pipelines import ingest_run  # noqa: F401, PLC0415 (loaded once, for all forks)

    warm_up("routed")
    for line in sys.stdin:
        request = json.loads(line)
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            _run(request)
        if (seconds := request.get("kill_after")) is not None:
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)  # a child that has ended waits to be asked
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        answer = {"code": code, "seconds": time.monotonic() - begun}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _run(request: dict[str, Any]) -> None:
    """Run the command in this forked process and end it."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if point := request.get("point"):
        arm(_stop_at(point, request["nth"], signal.Signals(request["signal"])))
    if record := request.get("record"):
        arm(_record_in(record))
    if user := request.get("user"):
        os.setgid(user)
        os.setuid(user)
    code = 99
    try:
        code = main(request["argv"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _stop_at(point: str, nth: int, number: signal.Signals) -> Callable[[str], None]:
    """Return an action that sends a signal to this process at the n-th pass of a point."""
    passed = Counter[str]()

    def stop(name: str) -> None:
        passed[name] += 1
        if name == point and passed[name] == nth:
            os.kill(os.getpid(), number)

    return stop


def _record_in(path: str) -> Callable[[str], None]:
    """Return an action that writes the name of every point into a file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def record(name: str) -> None:
        os.write(descriptor, f"{name}\n".encode())

    return record


if __name__ == "__main__":
    serve()
