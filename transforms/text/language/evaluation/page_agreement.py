"""Whether a page's paragraphs get the language that each gets on its own. Pure.

A page is asked by a sample and by its suspect paragraphs only; this measures what that costs.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from transforms.text.language.answers import LanguageAnswer, PageLanguage
from transforms.text.language.evaluation.labels import (
    LanguageSample,
    label_rules,
    languages_of,
)
from transforms.text.language.evaluation.scores import Tally

_SIZES = (6, 9, 12, 7, 10, 8, 11)  # paragraphs of one page
_MIN_PURE = 6  # paragraphs of a label, of which a page is made
_MIXED_PAGES = 6  # of each pair
_PARAGRAPH_LETTERS = 40  # a paragraph with fewer is a headline, and often a name


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """A page put together from (label, paragraph)."""

    paragraphs: Sequence[tuple[str, str]]

    @property
    def labels(self) -> Sequence[str]:
        """The labels of the page, each once, the one with most paragraphs first."""
        return [label for label, _ in Counter(label for label, _ in self.paragraphs).most_common()]


@dataclass(frozen=True, slots=True)
class AskedParagraph:
    """A paragraph, what its page says of it, and what is said of it alone."""

    label: str
    text: str
    on_page: str | None
    alone: LanguageAnswer

    @property
    def right_on_page(self) -> bool:
        """Whether the page's answer is right."""
        return self.on_page in languages_of(self.label)

    @property
    def right_alone(self) -> bool:
        """Whether the answer to the paragraph alone is right."""
        return self.alone.language in languages_of(self.label)

    @property
    def agrees(self) -> bool:
        """Whether both are the same, or both right: Bosnian and Croatian count as one."""
        both_right = self.right_on_page and self.right_alone
        return both_right or self.on_page == self.alone.language


@dataclass(frozen=True, slots=True)
class AgreementScores:
    """How many paragraphs of pages agree, and how many are right on the page and alone.

    `guests` are the paragraphs that are not in the language of most of their page. `kinds` tells
    for each kind of page (its labels, the host's first) how many paragraphs are right on the page,
    the worst first. `disagreements` are those that do not agree, with the labels of their pages.
    """

    pages: int
    paragraphs: int
    agreeing: int
    right_on_page: int
    right_alone: int
    guests: int
    guests_right: int
    kinds: Sequence[Tally]
    disagreements: Sequence[tuple[Sequence[str], AskedParagraph]]


def pure_pages(samples: Sequence[LanguageSample]) -> list[BuiltPage]:
    """Return pages of 6 to 12 paragraphs of one label; guard languages have none."""
    pages = []
    for label, texts in _paragraphs(samples).items():
        start, sizes = 0, count()
        while label not in label_rules().guards and len(texts) - start >= _MIN_PURE:
            size = _SIZES[next(sizes) % len(_SIZES)]
            pages.append(BuiltPage([(label, text) for text in texts[start : start + size]]))
            start += size
    return pages


def mixed_pages(samples: Sequence[LanguageSample]) -> list[BuiltPage]:
    """Return pages of one label with one or two paragraphs of another, by the pairs we know."""
    texts = _paragraphs(samples)
    pages = []
    for label, other in label_rules().mixed_pages:
        for number in range(_MIXED_PAGES):
            page = _mix(label, other, texts, number)
            if page is not None:
                pages.append(page)
    return pages


def _paragraphs(samples: Sequence[LanguageSample]) -> Mapping[str, Sequence[str]]:
    """Return the paragraphs by label: the lines of the texts, headlines left out."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for sample in samples:
        for line in sample.text.splitlines():
            if sum(map(str.isalpha, line)) >= _PARAGRAPH_LETTERS:
                found[sample.label].append(line)
    return found


def _mix(
    label: str, other: str, texts: Mapping[str, Sequence[str]], number: int
) -> BuiltPage | None:
    """Return page `number` of a pair, its texts in turn; None where there are too few."""
    size = _SIZES[number % len(_SIZES)]
    guests = 1 + number % 2
    own, foreign = texts.get(label, ()), texts.get(other, ())
    if len(own) < size or len(foreign) < guests:
        return None
    host = size - guests
    paragraphs = [(label, own[(number * host + at) % len(own)]) for at in range(host)]
    for guest in range(guests):
        text = foreign[(number * guests + guest) % len(foreign)]
        paragraphs.insert((number * 3 + guest * 4 + 1) % (host + 1), (other, text))
    return BuiltPage(paragraphs)


def score_agreement(
    pages: Sequence[BuiltPage],
    identify_page: Callable[[Sequence[str]], PageLanguage],
    identify_text: Callable[[str], LanguageAnswer],
) -> AgreementScores:
    """Return how the answers of pages compare with those of paragraphs on their own, and truth."""
    asked = [
        (page.labels, one)
        for page in pages
        for one in _ask_paragraphs(page, identify_page, identify_text)
    ]
    guests = [one for labels, one in asked if one.label != labels[0]]
    return AgreementScores(
        pages=len(pages),
        paragraphs=len(asked),
        agreeing=sum(one.agrees for _, one in asked),
        right_on_page=sum(one.right_on_page for _, one in asked),
        right_alone=sum(one.right_alone for _, one in asked),
        guests=len(guests),
        guests_right=sum(one.right_on_page for one in guests),
        kinds=_kinds(asked),
        disagreements=[(labels, one) for labels, one in asked if not one.agrees],
    )


def _kinds(asked: Sequence[tuple[Sequence[str], AskedParagraph]]) -> list[Tally]:
    """Return how many paragraphs are right on each kind of page, the worst kind first."""
    texts = Counter("+".join(labels) for labels, _ in asked)
    right = Counter("+".join(labels) for labels, one in asked if one.right_on_page)
    kinds = [Tally(name, count, right[name]) for name, count in texts.items()]
    return sorted(kinds, key=lambda kind: (kind.right / kind.texts, kind.name))


def _ask_paragraphs(
    page: BuiltPage,
    identify_page: Callable[[Sequence[str]], PageLanguage],
    identify_text: Callable[[str], LanguageAnswer],
) -> Iterator[AskedParagraph]:
    """Yield the paragraphs of a page with both answers."""
    answer = identify_page([text for _, text in page.paragraphs])
    for (label, text), said in zip(page.paragraphs, answer.paragraph_languages, strict=True):
        yield AskedParagraph(label, text, said, identify_text(text))
