"""A process that has Beam and the models loaded and forks a run for each request: for tests.

Reads a request a line, as JSON, and answers with a line. A run so begins in a few milliseconds,
which makes it possible to kill one at each point of the commit.
"""

import concurrent.futures.thread  # loaded before somebody runs who may not read it  # noqa: F401
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.beam_logging import quiet_beam
from pipelines.main import main
from transforms.commit_points import arm
from transforms.text.document import Document, ExtractOptions
from transforms.text.extract import extract_article, warm_up

DATE = date(2024, 5, 31)
PAGE = """Қалалық кітапхана ашылды

14.05.2025, 18:40 2315

Қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады. Оқырмандар риза.
"""


def serve() -> None:
    """Answer requests until the input ends."""
    quiet_beam()
    from pipelines import watch_rounds  # noqa: F401, PLC0415 (loaded once, for all forks)

    warm_up("routed")
    # All that is loaded with the first page, while it may be read: runs may be somebody else's.
    extract_article(Document("file:///page.txt", PAGE.encode()), ExtractOptions(DATE))
    for line in sys.stdin:
        request = json.loads(line)
        begun = time.monotonic()
        said, says = os.pipe()  # no file: a limit on files would silence the run
        child = os.fork()
        if child == 0:
            os.dup2(says, 1)
            os.dup2(says, 2)
            _run(request)
        os.close(says)
        if (seconds := request.get("kill_after")) is not None:
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)  # a child that has ended waits to be asked
        _, status = os.waitpid(child, 0)
        with open(said, "rb") as stream:  # noqa: PTH123 (a descriptor)
            Path(request["log"]).write_bytes(stream.read())
        code = os.waitstatus_to_exitcode(status)
        answer = {"code": code, "seconds": time.monotonic() - begun}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _run(request: dict[str, Any]) -> None:
    """Run the command in this forked process and end it."""
    os.environ.update(request.get("env", {}))
    if point := request.get("point"):
        number, times = signal.Signals(request["signal"]), request.get("times", 1)
        arm(_stop_at(point, range(request["nth"], request["nth"] + times), number))
    if record := request.get("record"):
        arm(_record_in(record))
    if (most := request.get("file_bytes")) is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
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


def _stop_at(point: str, passes: range, number: signal.Signals) -> Callable[[str], None]:
    """Return an action that sends a signal to this process at some passes of a point, from 1."""
    passed = Counter[str]()

    def stop(name: str) -> None:
        passed[name] += 1
        if name == point and passed[name] in passes:
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
