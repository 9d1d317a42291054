"""How well segments meet the truth on Kazakh and Russian texts that are put together. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from transforms.text.language.evaluation.labels import LanguageSample
from transforms.text.language.segments import Segment, segment_languages

KAZAKH, RUSSIAN = "kk-Cyrl", "ru"
ON_LINES, TOGETHER = "\n", " "
_TEXTS = 12  # in one mixed text
# How many texts of one language follow each other, Kazakh and Russian in turn: an even number of
# entries, so that both languages meet long and short runs.
_RUNS = (1, 2, 1, 1, 3, 1, 2, 3, 1, 2)


@dataclass(frozen=True, slots=True)
class MixedText:
    """A text put together from texts of two languages; `parts` are (start, end, language)."""

    text: str
    parts: Sequence[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class SegmentMiss:
    """A stretch of one part of a mixed text that was given another language."""

    language: str
    said: str
    letters: int
    text: str
    part: str


@dataclass(frozen=True, slots=True)
class SegmentScores:
    """How many letters of mixed texts were given their language; misses, the longest first."""

    texts: int
    letters: int
    right: int
    misses: Sequence[SegmentMiss]

    @property
    def accuracy(self) -> float | None:
        """The share of letters that were given their language; None without letters."""
        return self.right / self.letters if self.letters else None


def mix_texts(samples: Sequence[LanguageSample], separator: str) -> list[MixedText]:
    """Return Kazakh and Russian samples in mixed texts, in runs of one to three of a language.

    Each sample becomes one line first. When one language has no more, what the other has left is
    not used.
    """
    kazakh, russian = _lines_of(samples, KAZAKH), _lines_of(samples, RUSSIAN)
    order = list(_alternate(kazakh, russian)) if kazakh and russian else []
    return [
        _put_together(order[first : first + _TEXTS], separator)
        for first in range(0, len(order), _TEXTS)
    ]


def _lines_of(samples: Sequence[LanguageSample], label: str) -> list[str]:
    """Return the texts of a label, each on one line."""
    return [" ".join(sample.text.split()) for sample in samples if sample.label == label]


def _alternate(kazakh: Sequence[str], russian: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (text, language) in runs of both languages in turn, until one has no more texts."""
    left = [("kk", iter(kazakh)), ("ru", iter(russian))]
    for turn, length in enumerate(cycle(_RUNS)):
        language, texts = left[turn % 2]
        for _ in range(length):
            text = next(texts, None)
            if text is None:
                return
            yield text, language


def _put_together(texts: Sequence[tuple[str, str]], separator: str) -> MixedText:
    """Return texts as one, with what is where."""
    parts = []
    start = 0
    for text, language in texts:
        parts.append((start, start + len(text), language))
        start += len(text) + len(separator)
    return MixedText(separator.join(text for text, _ in texts), parts)


def score_segments(mixed: Sequence[MixedText]) -> SegmentScores:
    """Return how many letters get the language of their part; other characters do not count."""
    letters = 0
    misses: list[SegmentMiss] = []
    for one in mixed:
        letters += sum(map(str.isalpha, one.text))
        misses.extend(_misses(one, segment_languages(one.text)))
    misses.sort(key=lambda miss: -miss.letters)
    right = letters - sum(miss.letters for miss in misses)
    return SegmentScores(len(mixed), letters, right, misses)


def _misses(mixed: MixedText, segments: Sequence[Segment]) -> Iterator[SegmentMiss]:
    """Yield the stretches of a mixed text that were given another language than theirs."""
    for start, end, language in mixed.parts:
        for segment in segments:
            text = mixed.text[max(start, segment.start) : min(end, segment.end)]
            if segment.start >= end or segment.end <= start or segment.language == language:
                continue
            if letters := sum(map(str.isalpha, text)):
                said = segment.language
                yield SegmentMiss(language, said, letters, text.strip(), mixed.text[start:end])
