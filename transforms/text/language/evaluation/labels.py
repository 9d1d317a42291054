"""Labelled texts, and how labels are compared: which are merged, which only guard others."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache

from transforms.text.language.answers import LanguageAnswer
from transforms.text.language.tags import read_knowledge

_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class LanguageSample:
    """A labelled text; `label` is a language, with a script where the label states one."""

    label: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class LabelRules:
    """The knowledge of `evaluation.toml`: how labels are scored, and which pages are mixed."""

    merged: Mapping[str, str]
    guards: frozenset[str]
    cluster: frozenset[str]
    mixed_pages: Sequence[tuple[str, str]]


class SampleError(ValueError):
    """A line that is no labelled text; the message says what is wrong with it."""


def parse_sample(line: str) -> LanguageSample:
    r"""Return a sample from a line `label<TAB>source<TAB>text`, where `\n` is a line end."""
    columns = line.rstrip("\r\n").split("\t", _COLUMNS - 1)
    if len(columns) < _COLUMNS:
        raise SampleError("not a label, a source and a text with tabs between them")
    label, source, text = columns
    if not label.strip():
        raise SampleError("no label before the first tab")
    return LanguageSample(label, source, text.replace("\\n", "\n"))


@cache
def label_rules() -> LabelRules:
    """Return how labels are scored."""
    groups = read_knowledge("evaluation")
    return LabelRules(
        merged=groups["merged"],
        guards=frozenset(groups["guards"]["labels"]),
        cluster=frozenset(groups["cluster"]["labels"]),
        mixed_pages=[(page, other) for page, other in groups["mixed_pages"]["pairs"]],
    )


def counted_as(label: str) -> str:
    """Return the label that a label is counted as."""
    return label_rules().merged.get(label, label)


def label_of(answer: LanguageAnswer, labels: Set[str]) -> str:
    """Return an answer as a label: with its script where `labels` have the language with one."""
    with_script = f"{answer.language}-{answer.script}"
    return with_script if with_script in labels else answer.language


def language_of(label: str) -> str:
    """Return the language of a label."""
    return label.partition("-")[0]


@cache
def languages_of(label: str) -> frozenset[str]:
    """Return the languages that are right for a label, scripts aside: those it is merged with."""
    kin = {one for one, into in label_rules().merged.items() if into == counted_as(label)}
    return frozenset(language_of(one) for one in {label, counted_as(label), *kin})
