"""Whatever files come, change and go: the windows have of each document what a small model says."""

import hashlib
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from output_rows import rows

from schemas.rows import Article, DeadLetter, Duplicate
from tests.transforms.conftest import TEXT, Windows, start
from transforms.ledger import Ledger, remove_ledger
from transforms.ledger_update import add_window
from transforms.limits import WindowLimits
from transforms.listing import find_documents
from transforms.verification import Verification
from transforms.waiting import Waiting

SEQUENCES = int(os.environ.get("SUZGI_TORTURE_SEQUENCES", "8"))
ACTIONS = 60
NAMES = ("a.txt", "b.txt", "records.jsonl")
TEXTS = (TEXT.format(name="бірінші"), TEXT.format(name="екінші қалалық"), "")
"""Two that become articles, and one that fails; no two of a size, or a change might go unseen."""


@dataclass
class Model:
    """What windows must have of files; documents are uris with texts."""

    known: set[tuple[str, str]] = field(default_factory=set)
    latest: dict[str, str] = field(default_factory=dict)  # of files, not of records
    standing: dict[str, str] = field(default_factory=dict)  # texts, and the uris of their articles
    articles: list[tuple[str, str]] = field(default_factory=list)
    copies: list[tuple[str, str, str]] = field(
        default_factory=list
    )  # uri, text, uri of the article
    failed: list[str] = field(default_factory=list)

    def window(self, uris: list[str], texts: dict[str, list[str]]) -> None:
        """Take files, in order, with the texts that each has now."""
        before = dict(self.standing)
        new = [
            (uri, text)
            for file in uris
            for uri, text in documents(file, texts[file])
            if not ((uri, text) in self.known and self.latest.get(uri, text) == text)
        ]
        for uri, text in new:
            if text in before or (text and text in self.standing):
                self.copies.append((uri, text, self.standing[text]))
            elif text:
                self.articles.append((uri, text))
                self.standing[text] = uri
            else:
                self.failed.append(uri)
        self.known.update(new)
        self.latest |= {uri: text for uri, text in new if "!/" not in uri}


def documents(file: str, texts: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the documents of a file: its text, or each of its records."""
    if file.endswith(".jsonl"):
        yield from ((f"{file}!/{line}", text) for line, text in enumerate(texts, 1))
    else:
        yield file, texts[0]


@dataclass
class Watched:
    """A watch without a pipeline: its pages, its output, and what its files hold."""

    windows: Windows
    ledger: Ledger
    waiting: Waiting
    texts: dict[str, list[str]] = field(default_factory=dict)
    now: float = 0.0

    @classmethod
    def over(cls, windows: Windows) -> "Watched":
        """Start over an output."""
        ledger = windows.ledger()
        return cls(windows, ledger, Waiting(ledger.connection, 0.0))

    def start_anew(self, *, loses_ledger: bool) -> None:
        """End, and start once more."""
        self.ledger.close()
        if loses_ledger:
            remove_ledger(self.ledger.path)
        self.ledger = self.windows.ledger()
        self.waiting = Waiting(self.ledger.connection, 0.0)

    def write(self, name: str, texts: list[str]) -> None:
        """Write a file; one of records has them all."""
        path = self.windows.folder / "in" / name
        self.texts[path.as_uri()] = texts
        lines = (json.dumps({"text": text}, ensure_ascii=False) for text in texts)
        content = "\n".join(lines) if name.endswith(".jsonl") else texts[0]
        path.write_text(content, encoding="utf-8")

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        (self.windows.folder / "in" / name).unlink(missing_ok=True)

    def look(self, model: Model) -> None:
        """Look, and make all that waits a window."""
        self.now += 1
        folder = str(self.windows.folder / "in")
        self.waiting.see(find_documents(folder, (".txt",)), lambda: self.now)
        files = self.waiting.take(WindowLimits(100, 10**9), self.now)
        if files:
            manifest = self.windows.make(files, self.ledger)
            add_window(self.ledger, self.windows.output, manifest.run)
            self.waiting.forget(files)
            model.window([document.uri for document in files], self.texts)


def act(chance: random.Random, watched: Watched, model: Model) -> None:
    """Do one thing to the pages or the watch."""
    what = chance.choices(("write", "remove", "look", "start", "lose"), (8, 1, 6, 1, 1))[0]
    name = chance.choice(NAMES)
    if what == "write":
        watched.write(name, chance.choices(TEXTS, k=chance.randint(1, 3)))
    elif what == "remove":
        watched.remove(name)
    elif what == "look":
        watched.look(model)
    else:
        watched.start_anew(loses_ledger=what == "lose")


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_windows_have_what_the_model_says(seed: int, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    watched, model = Watched.over(start(tmp_path)), Model()
    chance = random.Random(seed)  # noqa: S311 (no secret)
    watched.write(NAMES[0], [TEXTS[0]])
    for _ in range(ACTIONS):
        act(chance, watched, model)
    watched.look(model)
    watched.look(model)
    watched.ledger.close()
    assert_equal(tmp_path / "out", model)


def assert_equal(output: Path, model: Model) -> None:
    """Assert that an output has what the model has, and no fault."""
    articles, copies = rows(output, Article), rows(output, Duplicate)
    uris = {article.id: article.source_uri for article in articles}
    assert len(uris) == len(articles)
    assert sorted((row.source_uri, row.content_sha256) for row in articles) == sorted(
        (uri, sha256(text)) for uri, text in model.articles
    )
    assert sorted(
        (row.source_uri, row.content_sha256, uris[row.duplicate_of]) for row in copies
    ) == sorted((uri, sha256(text), of) for uri, text, of in model.copies)
    assert sorted(row.source_uri for row in rows(output, DeadLetter)) == sorted(model.failed)
    assert list(Verification(str(output), sample=1).faults()) == []


def sha256(text: str) -> str:
    """Return the hash of a text as it is read."""
    return hashlib.sha256(text.encode()).hexdigest()
