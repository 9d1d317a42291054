"""The lines of `--log-json`, checked against docs/logs.md and for words of pages."""

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

DOCUMENT = (Path(__file__).parents[2] / "docs/logs.md").read_text(encoding="utf-8")
FIELDS = {
    name
    for cell in re.findall(r"^\| (`[^|]+`) \|", DOCUMENT, re.MULTILINE)
    for name in re.findall(r"`(\w+)`", cell)
}
ALWAYS = {"time", "severity", "message", "command", "execution"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def words_of(text: str) -> set[str]:
    """Return the words of a text by which it could be told in a log."""
    return set(re.findall(r"\w{5,}", text))


def log_objects(text: str, words: Collection[str]) -> list[dict[str, Any]]:
    """Return the objects of a log, each of which keeps to the document and has none of the words.

    Names of files do not count: a uri may have any word.
    """
    told: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    for each in told:
        assert ALWAYS <= set(each) <= FIELDS, each
        assert TIME.fullmatch(each["time"])
        assert each["severity"] in {"INFO", "WARNING", "ERROR", "CRITICAL"}
        named = json.dumps(each, ensure_ascii=False)
        for name in ("uri", "output", "to"):
            named = named.replace(json.dumps(each.get(name), ensure_ascii=False)[1:-1], "")
        assert not [word for word in words if word in named], each
    assert len({each["execution"] for each in told}) <= 1
    return told
