"""Where in a text one language ends and another begins.

A text is cut to sentences; each is asked, and a weak answer takes its neighbours' language. A
sentence that itself holds two languages (Kazakh and Russian without a full stop between them) is
cut between words by a Viterbi search over how Kazakh or Slavic each word looks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from schemas.rows import UNDETERMINED
from transforms.text.language.answers import LanguageAnswer
from transforms.text.language.models import load_model
from transforms.text.language.ngrams import normalise
from transforms.text.language.routing import identify_language

# A sentence ends with its mark, closing quotes and space, where a capital, a digit, a dash or an
# opening quote follows; a line always ends one.
_END = re.compile(r"\n+|[.!?…]+[»”\"')\]]*\s+(?=[\w«“\"(—–-])")
_MIN_SENTENCE = 12  # characters: shorter pieces ("A.", "No. 5") go with what follows
_SURE = 0.9  # confidence from which a sentence's own answer stands against its neighbours'
_MIN_WORDS = 6  # of a sentence that is looked through word by word
# What a change of language between two words costs, in the units of the words' log odds.
_CHANGE = 5.0
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_KAZAKH, _SLAVIC = 0, 1
_SLAVIC_LABELS = ("be", "sr")  # what the model knows of Slavic
_KAZAKH_LETTERS = frozenset("әғқңөұүһі")
_RUSSIAN_LETTERS = frozenset("ёъьщ")
_LETTER_ODDS = 5.0
_MAX_ODDS = 4.0  # a single word never says more


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch (code points `start` to `end`) of a text in one language."""

    start: int
    end: int
    language: str
    script: str | None


def segment_languages(text: str) -> list[Segment]:
    """Return the stretches of a text by language, without gaps; neighbours differ."""
    spans = list(_sentences(text))
    answers = [identify_language(text[start:end]) for start, end in spans]
    segments: list[Segment] = []
    for (start, end), answer in zip(spans, _smoothed(answers), strict=True):
        segments.extend(_within(text, start, end, answer))
    return _joined(segments)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a text, each with the space after it."""
    start = 0
    for match in _END.finditer(text):
        if match.end() - start >= _MIN_SENTENCE:
            yield start, match.end()
            start = match.end()
    if start < len(text):
        yield start, len(text)


def _smoothed(answers: Sequence[LanguageAnswer]) -> list[LanguageAnswer]:
    """Return the answers, weak ones replaced by the nearest sure one's of the same script."""
    sure = [at for at, answer in enumerate(answers) if answer.confidence >= _SURE]
    if not sure:
        return list(answers)
    smoothed = []
    for at, answer in enumerate(answers):
        nearest = answers[min(sure, key=lambda other: (abs(other - at), other))]
        weak = answer.confidence < _SURE and answer.script in {nearest.script, None}
        smoothed.append(nearest if weak else answer)
    return smoothed


def _within(text: str, start: int, end: int, answer: LanguageAnswer) -> list[Segment]:
    """Return the stretches of one sentence, mostly one."""
    whole = [Segment(start, end, answer.language, answer.script)]
    if answer.language not in {"kk", "ru"} or answer.script != "Cyrl":
        return whole
    words = [(start + word.start(), word[0]) for word in _WORD.finditer(text[start:end])]
    if len(words) < _MIN_WORDS:
        return whole
    path = _best_path([_odds(word) for _, word in words], answer.language)
    segments = []
    begin = start
    for at in range(1, len(words) + 1):
        if at == len(words) or path[at] != path[at - 1]:
            stop = end if at == len(words) else words[at][0]
            segments.append(Segment(begin, stop, ("kk", "ru")[path[at - 1]], "Cyrl"))
            begin = stop
    return segments


def _odds(word: str) -> float:
    """Return how much more a word looks Kazakh than Slavic (log odds)."""
    letters = set(word.lower())
    if letters & _KAZAKH_LETTERS:
        return _LETTER_ODDS
    if letters & _RUSSIAN_LETTERS:
        return -_LETTER_ODDS
    shares = load_model("cyrillic").probabilities(normalise(word))
    slavic = sum(shares[label] for label in _SLAVIC_LABELS)
    odds = float(np.log((shares["kk"] + 0.02) / (slavic + 0.02)))
    return max(-_MAX_ODDS, min(_MAX_ODDS, odds))


def _best_path(odds: Sequence[float], prior: str) -> list[int]:
    """Return for each word Kazakh or Slavic: the likeliest path with few changes (Viterbi)."""
    scores = [0.5 if prior == "kk" else 0.0, 0.5 if prior == "ru" else 0.0]
    back: list[tuple[int, int]] = []
    for value in odds:
        stay = [scores[_KAZAKH], scores[_SLAVIC]]
        come = [scores[_SLAVIC] - _CHANGE, scores[_KAZAKH] - _CHANGE]
        back.append(
            (
                _KAZAKH if stay[0] >= come[0] else _SLAVIC,
                _SLAVIC if stay[1] >= come[1] else _KAZAKH,
            )
        )
        scores = [max(stay[0], come[0]) + value / 2, max(stay[1], come[1]) - value / 2]
    path = [_KAZAKH if scores[0] >= scores[1] else _SLAVIC]
    for step in reversed(back[1:]):
        path.append(step[path[-1]])
    return path[::-1]


def _joined(segments: Sequence[Segment]) -> list[Segment]:
    """Return the segments, neighbours of one language and those without any joined."""
    joined: list[Segment] = []
    for segment in segments:
        last = joined[-1] if joined else None
        same = last is not None and (segment.language, segment.script) == (
            last.language,
            last.script,
        )
        if last is not None and (same or segment.language == UNDETERMINED):
            joined[-1] = Segment(last.start, segment.end, last.language, last.script)
        else:
            joined.append(segment)
    return joined
