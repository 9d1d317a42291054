"""How well identification does on labelled texts: F1, confusions, calibration. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from transforms.text.language.answers import LanguageAnswer
from transforms.text.language.tags import read_knowledge


@dataclass(frozen=True, slots=True)
class LanguageSample:
    """A labelled text; `label` is a language, with a script where the label states one."""

    label: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How one label fared (shares 0 to 1) among `support` texts of it."""

    label: str
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class CalibrationBand:
    """The answers with a confidence from `least` to below `below`, and how many were right."""

    least: float
    below: float
    answers: int
    right: int


@dataclass(frozen=True, slots=True)
class LanguageScores:
    """The scores of a run: macro-F1 over the languages, over the cluster, over Kazakh."""

    macro_f1: float
    cluster_f1: float
    kazakh_f1: float
    false_kazakh: Mapping[str, float]
    labels: Sequence[LabelScore]
    confusions: Sequence[tuple[str, str, int]]
    calibration: Sequence[CalibrationBand]


_BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)


def parse_sample(line: str) -> LanguageSample:
    r"""Return a sample from a line `label<TAB>source<TAB>text`, where `\n` is a line end."""
    label, source, text = line.rstrip("\n").split("\t", 2)
    return LanguageSample(label, source, text.replace("\\n", "\n"))


def score_languages(
    samples: Sequence[LanguageSample], answers: Sequence[LanguageAnswer]
) -> LanguageScores:
    """Return the scores of answers to labelled texts, one answer a text."""
    groups = read_knowledge("evaluation")
    merged: Mapping[str, str] = groups["merged"]
    labels = {sample.label for sample in samples}
    pairs = [
        (_merge(sample.label, merged), _merge(_named(answer, labels), merged))
        for sample, answer in zip(samples, answers, strict=True)
    ]
    guards = frozenset(groups["guards"]["labels"])
    scores = _label_scores(pairs)
    counted = [one for one in scores if one.label not in guards]
    cluster = [one for one in scores if one.label in frozenset(groups["cluster"]["labels"])]
    return LanguageScores(
        macro_f1=_mean(one.f1 for one in counted),
        cluster_f1=_mean(one.f1 for one in cluster),
        kazakh_f1=_f1([(_base(truth), _base(said)) for truth, said in pairs], "kk"),
        false_kazakh=_false_kazakh(pairs),
        labels=scores,
        confusions=_confusions(pairs),
        calibration=_calibration(pairs, answers),
    )


def _named(answer: LanguageAnswer, labels: Iterable[str]) -> str:
    """Return an answer as a label: with its script where labels of the language have one."""
    with_script = f"{answer.language}-{answer.script}"
    return with_script if with_script in labels else answer.language


def _merge(label: str, merged: Mapping[str, str]) -> str:
    """Return the label that a label is counted as."""
    return merged.get(label, label)


def _base(label: str) -> str:
    """Return the language of a label."""
    return label.partition("-")[0]


def _label_scores(pairs: Sequence[tuple[str, str]]) -> list[LabelScore]:
    """Return precision, recall and F1 of each label, by name."""
    support = Counter(truth for truth, _ in pairs)
    said = Counter(answer for _, answer in pairs)
    right = Counter(truth for truth, answer in pairs if truth == answer)
    return [
        LabelScore(
            label=label,
            support=support[label],
            precision=right[label] / said[label] if said[label] else 0.0,
            recall=right[label] / support[label],
            f1=2 * right[label] / (support[label] + said[label]),
        )
        for label in sorted(support)
    ]


def _f1(pairs: Sequence[tuple[str, str]], label: str) -> float:
    """Return F1 of one label; 0 where nothing has it."""
    found = [one.f1 for one in _label_scores(pairs) if one.label == label]
    return found[0] if found else 0.0


def _mean(values: Iterable[float]) -> float:
    """Return the mean; 0 of nothing."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def _false_kazakh(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Return for each other language the share of its texts that were called Kazakh."""
    support = Counter(truth for truth, _ in pairs)
    wrong = Counter(truth for truth, said in pairs if _base(said) == "kk" != _base(truth))
    return {label: count / support[label] for label, count in wrong.most_common()}


def _confusions(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Return (label, answer, count) of the wrong answers, the most frequent first."""
    wrong = Counter(pair for pair in pairs if pair[0] != pair[1])
    ranked = sorted(wrong.items(), key=lambda entry: (-entry[1], entry[0]))
    return [(truth, said, count) for (truth, said), count in ranked]


def _calibration(
    pairs: Sequence[tuple[str, str]], answers: Sequence[LanguageAnswer]
) -> list[CalibrationBand]:
    """Return the reliability table: per band of confidence, how many answers were right."""
    tops = (*_BANDS[1:], 1.01)
    bands = []
    for least, below in zip(_BANDS, tops, strict=True):
        hits = [
            truth == said
            for (truth, said), answer in zip(pairs, answers, strict=True)
            if least <= answer.confidence < below
        ]
        bands.append(CalibrationBand(least, below, len(hits), sum(hits)))
    return bands
