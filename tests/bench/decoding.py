"""Measure how often a page in an old encoding, or in UTF-16, is decoded exactly.

`python tests/bench/decoding.py` takes sentences of the benchmark's corpus in Kazakh and Russian and
news made here: as they are, in capitals, Kazakh beside Russian, cut to several lengths. It says for
each encoding which share of the pages comes back character by character.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import corpus

from transforms.text.decode import decode
from transforms.text.document import DocumentError

LENGTHS = (100, 300, 600, 1_500)
LEAST_LENGTH = 600
"""Characters of the pages that a floor is set for."""

KAZAKH, RUSSIAN = "kk", "ru"
ENCODINGS = {
    "kz1048": KAZAKH,
    "ptcp154": KAZAKH,
    "cp1251": RUSSIAN,
    "koi8-r": RUSSIAN,
    "cp866": RUSSIAN,
    "iso8859-5": RUSSIAN,
    "utf-16": KAZAKH,
    "utf-16-le": KAZAKH,
    "utf-16-be": KAZAKH,
}
"""Encodings and the language of the pages; that of UTF-16 counts for nothing."""

SUBSTITUTES = str.maketrans("«»“”„–—…’№\u00a0", '"""""--.\'N ')
"""What authors wrote where their encoding had no such sign."""

NEWS = {
    KAZAKH: (
        "Аудан орталығында жаңа емхана салынып жатыр, құрылысшылар оны күзге дейін аяқтамақ.",
        "Балықшылар биыл көлден бұрынғыдан көп балық ауладық дейді.",
        "«Әр үйде кітап болуы керек», – деп санайды зейнеткер Ұлжан апай.",
        "Ғалымдар ежелгі қорғаннан табылған қыш құмыраны мұражайға тапсырды.",
        "Өрт сөндірушілер түнде шөп маялаған қораны өрттен аман алып қалды.",
        "Қысқы жолда тайғақ болғандықтан, автобустар жай жүреді.",
        "Мектеп оқушылары мүйізі қарағайдай бұғының суретін салып, бәйге алды.",
        "Һәм той, һәм жиын: ауыл тұрғындары наурызды бірге қарсы алды.",
        "Цирк пен вокзал арасындағы көше жөнделіп, фонарьлар орнатылды.",
        "Емтиханға 1 250 талапкер келді, оның 340-ы ауылдан.",
    ),
    RUSSIAN: (
        "В райцентре строят новую поликлинику, закончить её обещают к осени.",
        "Рыбаки говорят, что в этом году поймали больше, чем за три прошлых.",
        "«В каждом доме должна быть книга», — считает пенсионерка Ульяна Щукина.",
        "Археологи передали музею глиняный кувшин из древнего кургана.",
        "Ночью пожарные отстояли у огня сарай, где хранилось сено.",
        "Из-за гололёда автобусы ходят медленнее и реже, чем обычно.",
        "Школьники нарисовали оленя с ветвистыми рогами и выиграли конкурс.",
        "Съезд фермеров объявил: цены на ячмень вырастут на 12,5 %.",
        "Улицу между цирком и вокзалом починили и осветили фонарями.",
        "Экзамен сдавали 1 250 человек, из них 340 приехали из сёл.",
    ),
}


@dataclass(slots=True)
class Score:
    """How many pages of a kind came back exactly, and what the others were taken for."""

    pages: int = 0
    exact: int = 0
    taken_for: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Return the share of exact pages in percent."""
        return 100 * self.exact / max(self.pages, 1)

    def count(self, text: str, encoding: str) -> None:
        """Encode and decode a page and count what comes of it."""
        self.pages += 1
        try:
            decoded = decode(text.encode(encoding))
        except DocumentError as error:
            self.taken_for[error.code] += 1
            return
        if decoded.text == text:
            self.exact += 1
        else:
            self.taken_for[decoded.encoding] += 1


def make_pages(language: str, count: int) -> Iterator[str]:
    """Yield so many pages in a language: half of the corpus, half news in any order."""
    rng = random.Random(f"decoding/{language}")  # noqa: S311 - reproducible pages, not secrets
    words = corpus.load_words()[language]
    other = NEWS[RUSSIAN if language == KAZAKH else KAZAKH]
    for index in range(count):
        lines = rng.choices(NEWS[language], k=30)
        if index % 2:
            lines = [corpus._paragraph(rng, words, 10_000) for _ in range(12)]
        if index % 10 == 4 and language == KAZAKH:  # half of the page in Russian
            lines[::2] = rng.choices(other, k=len(lines[::2]))
        page = "\n".join(lines)
        yield page.upper() if index % 10 == 6 else page


def writable(text: str, encoding: str) -> str:
    """Return a text with what an encoding lacks substituted, or left out."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(SUBSTITUTES).encode(encoding, "ignore").decode(encoding)
    return text


def measure(encoding: str, length: int, pages: int) -> Score:
    """Return the score of pages of so many characters."""
    score = Score()
    for page in make_pages(ENCODINGS[encoding], pages):
        score.count(writable(page, encoding)[:length], encoding)
    return score


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each encoding and length."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=1_000, help="of each kind (default 1,000)")
    options = parser.parse_args(arguments)
    for encoding in ENCODINGS:
        for length in LENGTHS:
            score = measure(encoding, length, options.pages)
            others = ", ".join(f"{name} {count}" for name, count in score.taken_for.most_common())
            print(f"{encoding:<10} {length:>5} characters {score.share:6.1f} %  {others}")  # noqa: T201


if __name__ == "__main__":
    main()
