"""How well identification does on labelled texts: F1, confusions, calibration. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from transforms.text.language.answers import LanguageAnswer
from transforms.text.language.evaluation.labels import (
    LanguageSample,
    counted_as,
    label_of,
    label_rules,
    language_of,
)

SURE = 0.9
"""A confidence from which an answer should be right 99 times in 100."""
_BANDS = (0.0, 0.5, 0.7, 0.8, SURE, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A text with its answer, and both as the labels that they are counted as."""

    sample: LanguageSample
    answer: LanguageAnswer
    truth: str
    said: str

    @property
    def right(self) -> bool:
        """Whether the answer is what the label says."""
        return self.truth == self.said


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How one label fared (shares 0 to 1) among `support` texts of it."""

    label: str
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Tally:
    """The texts of one group, such as those that one route decided, and how many are right."""

    name: str
    texts: int
    right: int


@dataclass(frozen=True, slots=True)
class CalibrationBand:
    """The answers with a confidence from `least` to below `below`, and how many were right."""

    least: float
    below: float
    answers: int
    right: int


@dataclass(frozen=True, slots=True)
class LanguageScores:
    """The scores of a run; a mean is None where no text has a label that it is of.

    `cluster_f1` counts a language in two scripts as two labels, `cluster_languages_f1` as one.
    `labels` and `false_kazakh` begin with the worst; `routes` with the most frequent.
    """

    texts: int
    right: int
    macro_f1: float | None
    cluster_f1: float | None
    cluster_languages_f1: float | None
    kazakh_f1: float | None
    false_kazakh: Mapping[str, float]
    labels: Sequence[LabelScore]
    confusions: Sequence[tuple[str, str, int]]
    calibration: Sequence[CalibrationBand]
    sure: Tally
    routes: Sequence[Tally]
    sources: Sequence[Tally]


def judge_answers(
    samples: Sequence[LanguageSample], answers: Sequence[LanguageAnswer]
) -> list[JudgedText]:
    """Return each text with its answer, one answer a text."""
    labels = {sample.label for sample in samples}
    return [
        JudgedText(sample, answer, counted_as(sample.label), counted_as(label_of(answer, labels)))
        for sample, answer in zip(samples, answers, strict=True)
    ]


def score_languages(judged: Sequence[JudgedText]) -> LanguageScores:
    """Return the scores of judged texts."""
    rules = label_rules()
    pairs = [(one.truth, one.said) for one in judged]
    scores = _label_scores(pairs)
    languages = [(language_of(truth), language_of(said)) for truth, said in pairs]
    merged = _label_scores(languages)
    cluster_languages = {language_of(label) for label in rules.cluster}
    sure = [one for one in judged if one.answer.confidence >= SURE]
    return LanguageScores(
        texts=len(judged),
        right=_right(judged),
        macro_f1=_mean(one.f1 for one in scores if one.label not in rules.guards),
        cluster_f1=_mean(one.f1 for one in scores if one.label in rules.cluster),
        cluster_languages_f1=_mean(one.f1 for one in merged if one.label in cluster_languages),
        kazakh_f1=_mean(one.f1 for one in merged if one.label == "kk"),
        false_kazakh=_false_kazakh(pairs),
        labels=scores,
        confusions=_confusions(pairs),
        calibration=_calibration(judged),
        sure=Tally(f"confidence >= {SURE}", len(sure), _right(sure)),
        routes=_tallies(judged, lambda one: one.answer.route),
        sources=_tallies(judged, lambda one: one.sample.source),
    )


def wrong_answers(judged: Iterable[JudgedText]) -> list[JudgedText]:
    """Return the texts with a wrong answer, the most confident first."""
    wrong = [one for one in judged if not one.right]
    return sorted(wrong, key=lambda one: -one.answer.confidence)


def _right(judged: Iterable[JudgedText]) -> int:
    """Return how many answers are right."""
    return sum(one.right for one in judged)


def _label_scores(pairs: Sequence[tuple[str, str]]) -> list[LabelScore]:
    """Return precision, recall and F1 of each label, the worst first."""
    support = Counter(truth for truth, _ in pairs)
    said = Counter(answer for _, answer in pairs)
    right = Counter(truth for truth, answer in pairs if truth == answer)
    scores = [
        LabelScore(
            label=label,
            support=support[label],
            precision=right[label] / said[label] if said[label] else 0.0,
            recall=right[label] / support[label],
            f1=2 * right[label] / (support[label] + said[label]),
        )
        for label in support
    ]
    return sorted(scores, key=lambda one: (one.f1, one.label))


def _mean(values: Iterable[float]) -> float | None:
    """Return the mean; None of nothing."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else None


def _false_kazakh(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Return for each other language the share of its texts called Kazakh, the largest first."""
    support = Counter(truth for truth, _ in pairs)
    wrong = Counter(
        truth for truth, said in pairs if language_of(said) == "kk" != language_of(truth)
    )
    shares = {label: count / support[label] for label, count in wrong.items()}
    return dict(sorted(shares.items(), key=lambda entry: (-entry[1], entry[0])))


def _confusions(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Return (label, answer, count) of the wrong answers, the most frequent first."""
    wrong = Counter(pair for pair in pairs if pair[0] != pair[1])
    ranked = sorted(wrong.items(), key=lambda entry: (-entry[1], entry[0]))
    return [(truth, said, count) for (truth, said), count in ranked]


def _tallies(judged: Sequence[JudgedText], name_of: Callable[[JudgedText], str]) -> list[Tally]:
    """Return how many texts each group has and how many are right, the largest group first."""
    texts = Counter(map(name_of, judged))
    right = Counter(name_of(one) for one in judged if one.right)
    ranked = sorted(texts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [Tally(name, count, right[name]) for name, count in ranked]


def _calibration(judged: Sequence[JudgedText]) -> list[CalibrationBand]:
    """Return the reliability table: per band of confidence, how many answers were right."""
    tops = (*_BANDS[1:], 1.01)
    bands = []
    for least, below in zip(_BANDS, tops, strict=True):
        inside = [one for one in judged if least <= one.answer.confidence < below]
        bands.append(CalibrationBand(least, below, len(inside), _right(inside)))
    return bands
