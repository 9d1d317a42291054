"""Documents as bad as they come, each with what must become of it.

Small ones are bytes, others are made in place. `make torture` takes the large ones at full size.
"""

import base64
import bz2
import gzip
import io
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from backports import zstd

IS_FULL = os.environ.get("SUZGI_TORTURE") == "full"
SCALE = 1.0 if IS_FULL else 0.02
"""How large the large ones are: several MB, or a fiftieth of that."""

TITLE = "Өзен жағасында жаңа саябақ ашылды"
PARAGRAPHS = (
    "Қаланың шетіндегі өзен жағасында жаңа саябақ ашылды, оған тұрғындар екі жыл бойы ағаш екті.",
    "Саябақта жүгіретін жол, балалар алаңы және кітап оқитын күркелер бар, кіру баршаға тегін.",
)
TEXT = "\n".join((TITLE, *PARAGRAPHS)) + "\n"
LONG_KAZAKH = TEXT * 1 + (
    "Бағбандар көктемде тағы үш жүз түп шырша мен қайың отырғызбақ, көмекке оқушылар келеді.\n"
    "Кешке шамдар жанады, ал демалыс күндері үрлемелі аспаптар оркестрі ән салады.\n"
)
RUSSIAN_TITLE = "На берегу реки открыли новый парк"
RUSSIAN_PARAGRAPHS = (
    "На окраине города у реки открыли новый парк, деревья для него жители сажали два года.",
    "В парке есть беговая дорожка, детская площадка и беседки для чтения, вход для всех свободный.",
    "Весной садовники посадят ещё триста ёлок и берёз, помогать им придут школьники.",
    "По вечерам зажигаются фонари, а в выходные играет духовой оркестр.",
)
RUSSIAN = "\n".join((RUSSIAN_TITLE, *RUSSIAN_PARAGRAPHS)) + "\n"


@dataclass(frozen=True, slots=True)
class Article:
    """What becomes of a page that can be read: its title and its paragraphs, exactly."""

    title: str | None = TITLE
    paragraphs: tuple[str, ...] = PARAGRAPHS


@dataclass(frozen=True, slots=True)
class Failed:
    """What becomes of a page that cannot be: stage and code of the dead letter."""

    stage: str
    code: str


@dataclass(frozen=True, slots=True)
class Copied:
    """A page whose bytes another one has, too."""


@dataclass(frozen=True, slots=True)
class Case:
    """A document: its name, how it is made, and what must become of it."""

    name: str
    make: bytes | Callable[[Path], object]
    expected: Article | Failed | Copied
    suffix: bytes = b".txt"
    content: bytes | None = None  # as the row must have hashed it, where that is not the file's

    def write(self, folder: bytes, prefix: str) -> bytes:
        """Make the document in a folder; return its path."""
        path = folder + b"/" + f"{prefix}-b-{self.name}".encode() + self.suffix
        if isinstance(self.make, bytes):
            Path(os.fsdecode(path)).write_bytes(self.make)
        else:
            self.make(Path(os.fsdecode(path)))
        return path


KAZAKH = Article()
LONGER = Article(TITLE, tuple(LONG_KAZAKH.splitlines()[1:]))
IN_RUSSIAN = Article(RUSSIAN_TITLE, RUSSIAN_PARAGRAPHS)
EMPTY, BINARY = Failed("decode", "empty"), Failed("decode", "binary")
UNDECODABLE = Failed("decode", "undecodable")
NO_TEXT, GARBLED = Failed("extract", "no_text"), Failed("extract", "garbled")
NO_PARAGRAPHS = Failed("extract", "no_paragraphs")
TOO_MANY_LINES = Failed("extract", "too_many_lines")
LINE_TOO_LONG = Failed("extract", "line_too_long")
TOO_LARGE = Failed("process", "too_large")
UNREADABLE, NOT_FOUND = Failed("read", "unreadable"), Failed("read", "not_found")
OUTSIDE_ROOT = Failed("read", "outside_root")


def cases() -> list[Case]:
    """Return all cases."""
    groups = (
        _blank,
        _binary,
        _damaged,
        _encodings,
        _line_ends,
        _large,
        _archives,
        _places,
        _names,
        _odd,
    )
    return [case for group in groups for case in group()]


def _blank() -> Iterator[Case]:
    yield Case("empty", b"", EMPTY)
    yield Case("white-space", b" \t\r\n\n \x0b\x0c" * 50, EMPTY)
    yield Case("no-break-spaces", "\u00a0\u2007\u3000\n".encode() * 9, EMPTY)
    yield Case("mark-and-nothing", b"\xef\xbb\xbf", EMPTY)
    yield Case("mark-of-utf-16-and-nothing", b"\xff\xfe", EMPTY)
    yield Case("mark-of-utf-32-and-nothing", b"\x00\x00\xfe\xff", EMPTY)
    yield Case("zero-width-only", "\u200b\u200d\ufeff\n".encode() * 9, NO_TEXT)
    yield Case("combining-marks-only", "\u0301\u0308\u0327 ".encode() * 30, NO_TEXT)
    yield Case("direction-marks-only", "\u200e\u200f\u202a\u202c\n".encode() * 30, NO_TEXT)
    yield Case("digits-only", b"12 345 678,90\n" * 20, NO_TEXT)
    yield Case("emoji-only", "😀🎉👍🏽 👨\u200d👩\u200d👧\n".encode() * 20, NO_TEXT)
    yield Case("rules-only", b"-----=====*****\n" * 20, NO_TEXT)
    boilerplate = "Бөлісу\nCtrl + Enter\nМәтіннен қате таптыңыз ба?\nТағы да оқыңыз\n"
    yield Case("boilerplate-only", boilerplate.encode(), NO_PARAGRAPHS)


def _binary() -> Iterator[Case]:
    rng = random.Random("torture")  # noqa: S311 - the same bytes in every run
    png = b"\x89PNG\r\n\x1a\n" + rng.randbytes(3_000)
    yield Case("png", png, BINARY)
    yield Case("jpeg", b"\xff\xd8\xff\xe0" + rng.randbytes(3_000), BINARY)
    yield Case("pdf", b"%PDF-1.4\n" + TEXT.encode(), BINARY)
    yield Case("elf", b"\x7fELF\x02\x01\x01" + bytes(200) + rng.randbytes(500), BINARY)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("page.txt"), TEXT)
    yield Case("zip", packed.getvalue(), BINARY)
    yield Case("gzip-named-txt", gzip.compress(TEXT.encode(), mtime=0), BINARY)
    yield Case("zstandard-named-txt", zstd.compress(TEXT.encode()), BINARY)
    yield Case("noise", rng.randbytes(5_000), BINARY)
    yield Case("all-bytes", bytes(range(256)) * 20, BINARY)
    yield Case("zeros", bytes(10_000), BINARY)
    yield Case("doubles", struct.pack("<999d", *(rng.random() for _ in range(999))), BINARY)


def _damaged() -> Iterator[Case]:
    whole = TEXT.encode()
    yield Case("one-nul", whole.replace(b"\n", b"\0\n", 1), KAZAKH)
    yield Case("many-nuls", whole.replace(b"\xd2", b"\xd2\0"), UNDECODABLE)
    # Control characters are no lines and no words, but they were there: they stay.
    yield Case("bell-and-backspace", whole.replace(b"\n", b"\a\b\n", 1), Article(f"{TITLE}\a\b"))
    marked = _with(PARAGRAPHS[0], "{}")
    yield Case("one-bad-byte", _put(b" \xff"), marked("\ufffd"))
    yield Case("lone-surrogate", _put(b" \xed\xa0\x80"), marked("\ufffd\ufffd\ufffd"))
    yield Case("overlong", _put(b" \xc0\xaf"), marked("\ufffd\ufffd"))
    yield Case("beyond-unicode", _put(b" \xf5\x80\x80\x80"), marked("\ufffd" * 4))
    torn = Article(TITLE, (PARAGRAPHS[0], PARAGRAPHS[1][:-1] + "\ufffd"))
    yield Case("torn-character", whole[:-2] + b"\xd2", torn)
    mixed = whole + RUSSIAN.encode("cp1251")
    all_of_it = (*PARAGRAPHS, RUSSIAN_TITLE, *RUSSIAN_PARAGRAPHS)
    yield Case("two-encodings", mixed, Article(TITLE, all_of_it))


def _put(insert: bytes) -> bytes:
    """Return the text with bytes put behind the first paragraph."""
    first = PARAGRAPHS[0].encode()
    return TEXT.encode().replace(first, first + insert)


def _with(paragraph: str, _: str) -> Callable[[str], Article]:
    """Return what makes an article whose first paragraph has something behind it."""
    return lambda shown: Article(TITLE, (f"{paragraph} {shown}", PARAGRAPHS[1]))


def _encodings() -> Iterator[Case]:
    for encoding in (
        "utf-8-sig",
        "utf-16-le",
        "utf-16-be",
        "utf-16",
        "utf-32-le",
        "utf-32-be",
        "utf-32",
    ):
        yield Case(encoding, LONG_KAZAKH.encode(encoding), LONGER)
    yield Case("utf-16-be-with-mark", b"\xfe\xff" + LONG_KAZAKH.encode("utf-16-be"), LONGER)
    yield Case("two-marks", b"\xef\xbb\xbf" * 2 + TEXT.encode(), KAZAKH)
    yield Case("mark-in-the-middle", TEXT.replace("\n", "\n\ufeff", 1).encode(), KAZAKH)
    yield Case("half-a-unit-of-utf-16", b"\xff\xfe" + TEXT.encode("utf-16-le") + b"a", UNDECODABLE)
    yield Case("lone-unit-of-utf-16", b"\xff\xfe\x00\xd8" + TEXT.encode("utf-16-le"), UNDECODABLE)
    for encoding in ("kz1048", "ptcp154"):
        yield Case(encoding, LONG_KAZAKH.encode(encoding), LONGER)
    for encoding in ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic"):
        yield Case(encoding, RUSSIAN.encode(encoding), IN_RUSSIAN)


def _line_ends() -> Iterator[Case]:
    for name, end in {
        "crlf": "\r\n", "cr": "\r", "nel": "\x85", "ls": "\u2028", "ps": "\u2029",
        "lf-ff": "\n\x0c", "vt-lf": "\x0b\n", "blank-crlf": "\r\n\r\n",
        "lfcr": "\n\r", "crcrlf": "\r\r\n",
    }.items():  # fmt: skip
        yield Case(f"lines-{name}", TEXT.replace("\n", end).encode(), KAZAKH)
    joined = "\f".join((TITLE, *PARAGRAPHS))  # a form feed alone ends no line
    yield Case("form-feeds-only", joined.encode(), Article(None, (joined,)))
    yield Case("no-last-line-end", TEXT.rstrip("\n").encode(), KAZAKH)
    yield Case("mixed-ends", "\r\n".join((TITLE, "\r".join(PARAGRAPHS))).encode(), KAZAKH)


def _large() -> Iterator[Case]:
    sentence = "Бұл сөйлем ұзын жолда қайта-қайта келеді. "
    line = (sentence * int(20_000 * SCALE)).strip()
    yield Case("long-line", line.encode(), Article(None, (line,)))
    longer = sentence * 25_000  # over a million characters
    yield Case("too-long-line", f"{TEXT}{longer}\n{TEXT}".encode(), LINE_TOO_LONG)
    yield Case("too-long-blank-line", TEXT.encode() + b" " * 1_000_001, LINE_TOO_LONG)
    paragraph = PARAGRAPHS[0]
    repeated = (paragraph,) * int(30_000 * SCALE)
    yield Case("repeated", "\n".join((TITLE, *repeated)).encode(), Article(TITLE, repeated))
    items = tuple(f"Тармақ {number} туралы мәлімет." for number in range(int(100_000 * SCALE)))
    yield Case("list", "\n".join((TITLE, *items)).encode(), Article(None, (TITLE, *items)))
    short = ("а",) * int(200_000 * SCALE)
    yield Case("short-lines", "\n".join(short).encode(), Article(None, short))
    blanks = b"\n" * int(95_000 * SCALE)
    yield Case("blank-lines", blanks + TEXT.encode() + blanks, KAZAKH)
    for name, line in {"short": "а\n", "blank": "\n", "invisible": "\u200b\n"}.items():
        content = TEXT.encode() + line.encode() * 1_000_000
        yield Case(f"too-many-{name}-lines", content, TOO_MANY_LINES)
    numbers = "\n".join(f"Тармақ {number} " + "туралы " * 4 for number in range(150_000))
    yield Case("large-row", numbers.encode()[: 8 * 2**20 - 9], TOO_LARGE)


def _archives() -> Iterator[Case]:
    packers: dict[bytes, Callable[[bytes], bytes]] = {
        b".txt.gz": lambda content: gzip.compress(content, mtime=0),
        b".txt.bz2": bz2.compress,
        b".txt.zst": zstd.compress,
    }
    for suffix, pack in packers.items():
        name = suffix.decode()[5:]
        last = f"Бұл бет {name} пішімінде сығылған, ашылғанда мәтіні түгел шығуы керек."
        text = f"{LONG_KAZAKH}{last}\n".encode()
        whole = Article(TITLE, (*LONGER.paragraphs, last))
        packed = pack(text)
        half = len(text) // 2
        yield Case(f"whole-{name}", packed, whole, suffix, text)
        yield Case(f"torn-{name}", packed[:-7], Failed("decompress", "torn_archive"), suffix)
        members = pack(text[:half]) + pack(text[half:])
        yield Case(f"members-{name}", members, Copied(), suffix, text)
        rest = packed + b"rest"
        yield Case(f"rest-{name}", rest, Failed("decompress", "trailing_garbage"), suffix)
        bomb = pack(bytes(8 * 2**20))
        yield Case(f"bomb-{name}", bomb, Failed("decompress", "bomb"), suffix)
        yield Case(f"text-named-{name}", text, Failed("decompress", "not_compressed"), suffix)
        yield Case(f"empty-{name}", b"", Failed("decompress", "torn_archive"), suffix)
        yield Case(f"nothing-in-{name}", pack(b""), EMPTY, suffix, b"")
    text = LONG_KAZAKH.encode()
    flipped = bytearray(gzip.compress(text, mtime=0))
    flipped[-6] ^= 1  # in the checksum
    yield Case("flipped-gz", bytes(flipped), Failed("decompress", "corrupt_archive"), b".txt.gz")
    twice = gzip.compress(gzip.compress(text, mtime=0), mtime=0)
    yield Case("twice-gz", twice, BINARY, b".txt.gz", gzip.compress(text, mtime=0))
    yield Case("zlib-named-gz", zlib.compress(text), Failed("decompress", "not_compressed"), b".gz")


def _places() -> Iterator[Case]:
    yield Case("directory", Path.mkdir, UNREADABLE)
    yield Case("broken-link", lambda path: path.symlink_to("nowhere"), NOT_FOUND)
    yield Case("link-loop", lambda path: path.symlink_to(path.name), UNREADABLE)
    yield Case("link-to-directory", lambda path: path.symlink_to("."), UNREADABLE)
    yield Case("named-pipe", os.mkfifo, UNREADABLE)
    yield Case("device", lambda path: path.symlink_to("/dev/zero"), OUTSIDE_ROOT)


def _names() -> Iterator[Case]:
    for number, name in enumerate(
        [
            b"new\nline", b"space space ", b"#fragment", b"100%", b"%41", b"a?b=c", b"[x]*", b"a;b",
            b"\xff\xfe", b"\xed\xa0\x80", "атау".encode(), b"..txt", b"-rf", b"~", b"$(id)",
            b"a\\b",
        ]
    ):  # fmt: skip
        paragraph = (
            f"Бұл бет атауы {number} түрлі таңбадан тұратын құжаттан оқылды, бірақ мәтіні түзу."
        )
        content = f"{TITLE}\n{paragraph}\n".encode()
        yield Case(f"name-{number}", content, Article(TITLE, (paragraph,)), name + b".txt")
    paragraph = (
        "Бұл бет атауы екі жүз елу бес байттан тұратын құжаттан оқылды, одан ұзағы болмайды."
    )
    longest = b"n" * (255 - len("000-b-longest.txt")) + b".txt"
    yield Case("longest", f"{TITLE}\n{paragraph}\n".encode(), Article(TITLE, (paragraph,)), longest)


def _odd() -> Iterator[Case]:
    blob = base64.b64encode(random.Random("blob").randbytes(30_000))  # noqa: S311
    yield Case("base64", blob, Article(None, (blob.decode(),)))
    word = "ұзақ" * 5_000
    yield Case(
        "long-word",
        f"{TITLE}\n{word} деген сөз бар.\n".encode(),
        Article(TITLE, (f"{word} деген сөз бар.",)),
    )
    more = "Бұл беттің көшірмесі бар, екеуінің мәтіні бірдей."
    yield Case("copy", f"{TEXT}{more}".encode(), Article(TITLE, (*PARAGRAPHS, more)))
    yield Case("copy-again", f"{TEXT}{more}".encode(), Copied())
    tags = "<html><head></head><body><div class='x'><br/></div><p></p></body></html>\n" * 20
    yield Case("tags-only", tags.encode(), NO_PARAGRAPHS)
    marked = "<h1>{}</h1>\n<p>{}</p>\n<p>{}</p>\n".format(TITLE, *PARAGRAPHS)
    yield Case("html", marked.encode(), KAZAKH)
    rtl = TEXT.replace(" ", "\u200f ", 1)
    yield Case("direction-marks", rtl.encode(), Article(TITLE.replace(" ", "\u200f ", 1)))
    zalgo = "".join(letter + "\u0335\u0336" for letter in "қала")
    stacked = f"{PARAGRAPHS[0]} {zalgo}"
    yield Case("stacked-marks", f"{TITLE}\n{stacked}\n".encode(), Article(TITLE, (stacked,)))
