"""Tell in the log of a worker which documents failed: a line each, of the first of a shard.

A line has the uri, the stage and the code, and never the message of the dead letter or a byte of
the document: both may be text of the page. All dead letters are in the output.
"""

import json
import logging
import re
from dataclasses import dataclass

from schemas.rows import DeadLetter

MAX_LINES = 10
"""Of a shard. A million pages of which all fail are 750 shards: 7,500 lines."""

FACT = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"]+)')

NUMBERS = frozenset({"shard", "window", "count"})

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class DeadLetterLog:
    """What is told of the dead letters of a shard, and how many there were."""

    shard: int
    execution: str  # of the command: tells its lines from those of others; nothing: nobody asks
    window: int | None  # of a watch
    round: str  # of a stream; nothing: there is none
    _count: int = 0

    def tell(self, letter: DeadLetter) -> None:
        """Write a line on a dead letter, unless there were many."""
        self._count += 1
        if self._count <= MAX_LINES:
            fate = f"stage={letter.stage} code={letter.code}"
            _log.warning(
                "dead letter: %s", f"{fate} {self._place()} uri={_quoted(letter.source_uri)}"
            )

    def end(self) -> None:
        """Write how many dead letters got no line, if any."""
        if self._count > MAX_LINES:
            _log.warning("more dead letters: count=%d %s", self._count - MAX_LINES, self._place())

    def _place(self) -> str:
        """Return where in the run the shard is."""
        facts = {
            "shard": self.shard,
            "window": self.window,
            "round": self.round,
            "execution": self.execution,
        }
        return " ".join(
            f"{name}={value}" for name, value in facts.items() if value not in ("", None)
        )


def facts_of(line: str) -> dict[str, str | int]:
    """Return the facts of a line, by name."""
    found: dict[str, str | int] = {}
    for name, value in FACT.findall(line):
        text: str = json.loads(value) if value.startswith('"') else value
        found[name] = int(text) if name in NUMBERS and text.isdecimal() else text
    return found


def _quoted(uri: str) -> str:
    """Return a uri in quotation marks as JSON has it: letters as they are, all in one line."""
    encodable = uri.encode("utf-8", "backslashreplace").decode()
    quoted = json.dumps(encodable, ensure_ascii=False)
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in quoted)
