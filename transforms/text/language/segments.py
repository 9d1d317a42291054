"""Where in a text one language ends and another begins.

A text is cut to sentences; each is asked, and a weak answer takes its neighbours' language. A
sentence that itself holds two languages (Kazakh and Russian without a full stop between them) is
cut between words by a Viterbi search over how Kazakh or Slavic each word looks.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.rows import UNDETERMINED
from transforms.text.language.answers import LanguageAnswer
from transforms.text.language.models import load_model

from transforms.text.language.routing import identify_language
from transforms.text.language.slavic import SLAVIC

# A sentence ends with its mark, closing quotes and space, where a capital, a digit, a dash or an
# opening quote follows; a line always ends one.
_END = re.compile(r"\n+|[.!?…]+[»”\"')\]]*\s+(?=[\w«“\"(—–-])")
_MIN_SENTENCE = 12  # characters: shorter pieces ("A.", "No. 5") go with what follows
_SURE = 0.9  # confidence from which a sentence's own answer stands against its neighbours'
_MIN_WORDS = 6  # of a sentence that is looked through word by word
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_MODEL = "cyrillic"
_RUSSIAN = "ru"
# Nats a character between those that a text reaches in its own language (-1.7) and in another
# (Russian read as Kazakh: -3.9).
_NEITHER = -2.8
_CHANGE = 6.0  # nats that a change of language between two words costs
_UNEXPECTED = 1.0  # nats
_MOST_OF_A_WORD = 5.0  # nats that a single word, maybe a name, can say


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
    other = _mixed_with_russian(answers)
    segments: list[Segment] = []
    for (start, end), answer in zip(spans, _smoothed(answers), strict=True):
        segments.extend(_within(text, start, end, answer, other))
    return _joined(segments)


def _mixed_with_russian(answers: Sequence[LanguageAnswer]) -> str:
    """Return the most frequent language of a text that the model knows; Kazakh if none is."""
    known = load_model(_MODEL).labels
    found = Counter(answer.language for answer in answers if answer.language in known)
    return max(found, key=lambda name: (found[name], name), default="kk")


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


def _within(text: str, start: int, end: int, answer: LanguageAnswer, other: str) -> list[Segment]:
    """Return the stretches of one sentence, mostly one.

    `other` is the language of the model that Russian is mixed with on this page.
    """
    whole = [Segment(start, end, answer.language, answer.script)]
    ours = other if answer.language in SLAVIC else answer.language
    if answer.script != "Cyrl" or ours not in load_model(_MODEL).labels:
        return whole
    words = [(start + word.start(), word[0]) for word in _WORD.finditer(text[start:end])]
    if len(words) < _MIN_WORDS:
        return whole
    theirs = answer.language if answer.language in SLAVIC else _RUSSIAN
    path = best_path(_word_odds([word for _, word in words], ours), answer.language == ours)
    segments = []
    begin = start
    for at in range(1, len(words) + 1):
        if at == len(words) or path[at] != path[at - 1]:
            stop = end if at == len(words) else words[at][0]
            segments.append(Segment(begin, stop, ours if path[at - 1] else theirs, "Cyrl"))
            begin = stop
    return segments


def _word_odds(words: Sequence[str], language: str) -> list[float]:
    """Return for each word by how many nats it looks like a language of the model, or not (< 0)."""
    model = load_model(_MODEL)
    running = f" {' '.join(words)} ".lower()
    sums = model.sums(running, language).tolist()
    odds, begin, before = [], 0, 0
    for word in words:
        end = begin + len(word.lower()) + 1
        total = sums[min(end, len(sums)) - 1]
        nats = (total - before) * model.scale - _NEITHER * (end - begin)
        odds.append(max(-_MOST_OF_A_WORD, min(_MOST_OF_A_WORD, nats)))
        begin, before = end, total
    return odds


def best_path(odds: Sequence[float], ours: bool) -> list[bool]:
    """Return for each word whether it is in our language: the likeliest path (Viterbi).

    `odds` are those of each word in nats; each change costs, and so does it to begin otherwise
    than expected (`ours`).
    """
    yes, no = (0.0, -_UNEXPECTED) if ours else (-_UNEXPECTED, 0.0)
    back: list[tuple[bool, bool]] = []  # whether the word before is ours, if this one is or is not
    for value in odds:
        back.append((yes >= no - _CHANGE, yes - _CHANGE > no))
        yes, no = max(yes, no - _CHANGE) + value, max(no, yes - _CHANGE)
    path = [yes >= no]
    for if_yes, if_no in reversed(back[1:]):
        path.append(if_yes if path[-1] else if_no)
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
