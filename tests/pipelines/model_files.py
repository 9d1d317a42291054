"""The files of the model-based test: pages, and what holds them.

Files are made from pages whose title and paragraphs are known, so that nobody has to read a file
to tell what must become of it.
"""

import gzip
import io
import json
import zipfile
from dataclasses import dataclass, replace
from typing import Literal

Form = Literal["plain", "gz", "zip", "jsonl"]
SUFFIXES: dict[Form, str] = {"plain": ".txt", "gz": ".txt.gz", "zip": ".zip", "jsonl": ".jsonl"}

TEXTS = {
    "kk": (
        "{n}-мектептің құрылысы қала шетінде басталды",
        "Қала әкімдігі {n} орындық жаңа мектеп салуды биыл көктемде бастайтынын хабарлады.",
        "Құрылысқа облыстық бюджеттен {n} миллион теңге бөлініп, жоба екі жылға есептелген.",
        "Тұрғындар мектеп жанынан {n} шаршы метр спорт алаңы ашылатынын айтып қуанып отыр.",
    ),
    "ru": (
        "На окраине города строят школу номер {n}",
        "Городские власти сообщили, что весной начнут строить новую школу на {n} мест.",
        "На строительство из областного бюджета выделено {n} миллионов, работы займут два года.",
        "Жители рады, что рядом со школой появится спортивная площадка в {n} квадратных метров.",
    ),
}
"""A title and sentences, each a paragraph."""

BOILERPLATE = ("Бөлісу", "Ctrl + Enter", "Мәтіннен қате таптыңыз ба?", "Тағы да оқыңыз")

FAILURES = {
    "picture": ("decode", "binary"),
    "digits": ("extract", "no_text"),
    "boilerplate": ("extract", "no_paragraphs"),
}


@dataclass(frozen=True, slots=True)
class Body:
    """What an article must have: title, paragraphs and language."""

    title: str
    paragraphs: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What a dead letter must have: stage and code."""

    stage: str
    code: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of so many paragraphs or lines; of none: without a byte."""

    kind: Literal["kk", "ru", "picture", "digits", "boilerplate"] = "kk"
    number: int = 0
    count: int = 2
    encoding: str = "utf-8"

    def content(self) -> bytes:
        """Return the bytes of the page."""
        if not self.count:
            return b""
        if self.kind == "picture":
            return b"\x89PNG\r\n\x1a\n" + bytes([self.number]) * 20 * self.count
        return self.text().encode(self.encoding)

    def outcome(self) -> Body | Failure:
        """Return what the page becomes where it can be read."""
        if not self.count:
            return Failure("decode", "empty")
        if self.kind in FAILURES:
            return Failure(*FAILURES[self.kind])
        title, *paragraphs = self.text().split("\n")
        return Body(title, tuple(paragraphs), self.kind)

    def text(self) -> str:
        """Return the text of a page that has one; no two lines of an article are equal."""
        if not self.count:
            return ""
        if self.kind == "digits":
            return "\n".join([f"{self.number} 345 678,90"] * self.count)
        if self.kind == "boilerplate":
            return "\n".join(BOILERPLATE[place % len(BOILERPLATE)] for place in range(self.count))
        title, *sentences = TEXTS[self.kind]
        paragraphs = (
            sentences[place % len(sentences)].format(n=100 * (self.number + 1) + place)
            for place in range(self.count)
        )
        return "\n".join((title.format(n=self.number + 1), *paragraphs))


@dataclass(frozen=True, slots=True)
class File:
    """A file with pages: one where it is plain or compressed, any number in a container."""

    form: Form
    pages: tuple[Page, ...]
    damage: Literal["", "cut", "rest", "emptied"] = ""

    def stored(self) -> bytes:
        """Return the bytes of the file."""
        if self.damage == "emptied":
            return b""
        return {"plain": _plain, "gz": _gz, "zip": _zip, "jsonl": _json_lines}[self.form](self)

    def appended(self) -> "File":
        """Return the file with a paragraph, a record or a member more; a damaged one is whole."""
        if self.form in ("plain", "gz"):
            (page,) = self.pages
            return File(self.form, (replace(page, count=page.count + 1),))
        return File(self.form, (*self.pages, Page(number=len(self.pages))))

    def shortened(self) -> "File":
        """Return the file without its end: a plain one loses a paragraph, others are torn."""
        if self.form == "plain":
            (page,) = self.pages
            return File(self.form, (replace(page, count=max(0, page.count - 1)),))
        return self if self.damage == "emptied" else replace(self, damage="cut")

    def emptied(self) -> "File":
        """Return the file without a byte."""
        if self.form == "plain":
            return File(self.form, (replace(self.pages[0], count=0),))
        return replace(self, damage="emptied")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a file of the directory, which may be there or not."""

    target: str


def record(page: Page) -> bytes:
    """Return the line of JSON that holds a page."""
    return json.dumps({"text": page.text()}, ensure_ascii=False).encode() + b"\n"


def _plain(file: File) -> bytes:
    return file.pages[0].content()


def _gz(file: File) -> bytes:
    """Return two members, or what is left of them, or something after them."""
    content = file.pages[0].content()
    half = len(content) // 2
    packed = b"".join(gzip.compress(part, mtime=0) for part in (content[:half], content[half:]))
    return {"": packed, "cut": packed[:-7], "rest": packed + b"junk"}[file.damage]


def _zip(file: File) -> bytes:
    """Return an archive; a torn one ends in the header of its last member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, page in enumerate(file.pages):
            archive.writestr(zipfile.ZipInfo(f"{place}.txt"), page.content())
        last = archive.infolist()[-1].header_offset if file.pages else 0
    return stream.getvalue()[: last + 12 if file.damage else None]


def _json_lines(file: File) -> bytes:
    """Return a record a line; the last one of a torn file has no end."""
    return b"".join(map(record, file.pages))[: -10 if file.damage else None]
