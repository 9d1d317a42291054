"""Where in a text one language ends and another begins.

A text is cut to sentences; each is asked. A sentence in Cyrillic is then looked through word by
word for where Russian and a language that our model knows meet, with or without a full stop
between them: a Viterbi search over how likely each word is in that language. Any other weak answer
takes its nearest neighbour's language.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from schemas.rows import UNDETERMINED
from transforms.text.language.answers import LanguageAnswer
from transforms.text.language.models import load_model
from transforms.text.language.routing import identify_language
from transforms.text.language.slavic import SLAVIC, votes_by_words

# A sentence ends with its mark, closing quotes and space, where a capital, a digit, a dash or an
# opening quote follows; a line always ends one.
_END = re.compile(r"\n+|[.!?…]+[»”\"')\]]*\s+(?=[\w«“\"(—–-])")
_MIN_SENTENCE = 12  # characters: shorter pieces ("A.", "No. 5") go with what follows
_SURE = 0.9  # confidence from which a sentence's own answer stands against its neighbours'
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_MODEL = "cyrillic"
_KAZAKH, _RUSSIAN = "kk", "ru"
_CYRILLIC_LETTER = re.compile("[а-яА-Я]")
# Nats a character between those that a text reaches in its own language (-1.7) and in another
# (Russian read as Kazakh: -3.9).
_NEITHER = -2.8
_MOST_OF_A_WORD = 6.0  # nats that a single word, maybe a name, can say
_SLAVIC_WORD = 6.0  # nats against a language of the model: a frequent word of a Slavic one
_SLAVIC_LETTERS = frozenset("ёъщ")  # in few words of the languages of the model
_CHANGE = 8.0  # nats that a change of language between two words costs
_UNEXPECTED = 6.0  # nats that it costs to begin otherwise than the sentence's own answer


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
    pair = (
        _most_frequent(answers, load_model(_MODEL).labels, _KAZAKH),
        _most_frequent(answers, SLAVIC, _RUSSIAN),
    )
    segments: list[Segment] = []
    for (start, end), answer, smooth in zip(spans, answers, _smoothed(answers), strict=True):
        if _may_mix(answer):
            segments.extend(_by_words(text, start, end, answer, pair))
        else:
            segments.append(Segment(start, end, smooth.language, smooth.script))
    return _joined(segments)


def _most_frequent(
    answers: Sequence[LanguageAnswer], languages: Collection[str], default: str
) -> str:
    """Return the one of these languages that most sentences are in for sure."""
    sure = (answer.language for answer in answers if answer.confidence >= _SURE)
    found = Counter(language for language in sure if language in languages)
    return max(found, key=lambda name: (found[name], name), default=default)


def _may_mix(answer: LanguageAnswer) -> bool:
    """Return whether a sentence may hold Russian and a language of the model."""
    either = answer.language in SLAVIC or answer.language in load_model(_MODEL).labels
    unclear = answer.language == UNDETERMINED and answer.confidence == 0.0
    return answer.script == "Cyrl" and (either or unclear)


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


def _by_words(
    text: str, start: int, end: int, answer: LanguageAnswer, pair: tuple[str, str]
) -> list[Segment]:
    """Return the stretches of one sentence, mostly one.

    `pair`: a language of the model and a Slavic one, which stand for what the answer leaves open.
    """
    is_slavic, sure = answer.language in SLAVIC, answer.confidence >= _SURE
    unclear = answer.language == UNDETERMINED
    ours = pair[0] if is_slavic or unclear else answer.language
    theirs = answer.language if is_slavic and sure else pair[1]
    words = [(start + word.start(), word[0]) for word in _WORD.finditer(text[start:end])]
    if not words:  # marks without letters
        return [Segment(start, end, answer.language, answer.script)]
    odds = _word_odds([word for _, word in words], ours)
    prior = _UNEXPECTED * answer.confidence
    path = best_path(odds, -prior if is_slavic else prior)
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
    lowered = [word.lower() for word in words]
    sums = model.sums(f" {' '.join(lowered)} ", language).tolist()
    odds, begin, before = [], 0, 0
    for word in lowered:
        end = begin + len(word) + 1
        total = sums[end - 1]
        nats = (total - before) * model.scale - _NEITHER * (end - begin) - _slavic_nats(word)
        nats = max(-_MOST_OF_A_WORD, min(_MOST_OF_A_WORD, nats))
        odds.append(nats if _CYRILLIC_LETTER.search(word) else 0.0)
        begin, before = end, total
    return odds


def _slavic_nats(word: str) -> float:
    """Return how many nats speak for a Slavic language: its small words, endings and letters."""
    if not _SLAVIC_LETTERS.isdisjoint(word):
        return _SLAVIC_WORD
    return _SLAVIC_WORD * min(1.0, sum(votes_by_words(word).values()))


def best_path(odds: Sequence[float], prior: float) -> list[bool]:
    """Return for each word whether it is in our language: the likeliest path (Viterbi).

    `odds` are those of each word in nats, `prior` those of the first one before it is seen; each
    change of language costs.
    """
    ours, theirs = prior, 0.0
    back: list[tuple[bool, bool]] = []  # was the word before ours, if this one is, if it is not
    for value in odds:
        back.append((ours >= theirs - _CHANGE, ours - _CHANGE > theirs))
        ours, theirs = max(ours, theirs - _CHANGE) + value, max(theirs, ours - _CHANGE)
    path = [ours >= theirs]
    for if_ours, if_theirs in reversed(back[1:]):
        path.append(if_ours if path[-1] else if_theirs)
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
