"""Which language the evidence speaks for: our models, CLD2 and the second opinion, in one unit.

All of it is counted in nats (natural units of log likelihood) for the whole text: a model's fit
times the characters, CLD2's score and the second opinion's probability at a fixed rate. A language
that the model does not have starts from the least fit of one that it has: so a text that fits
nothing goes to what the detectors say, or, if they say only what it does not fit, to nobody.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from schemas.rows import UNDETERMINED
from transforms.text.language.detectors import Guess
from transforms.text.language.drafts import Draft
from transforms.text.language.models import load_model
from transforms.text.language.ngrams import normalise
from transforms.text.language.second import second_opinion
from transforms.text.language.tags import read_knowledge

# Rates and limits were set in coarse steps with development results at hand: a third more or less
# of a rate changes less than one Cyrillic line in 200, and one Turkic line in 50 in Latin script.
_SCORE_OF_A_NAT = 30.0  # CLD2's score
_TOP_SCORE = 1_000.0  # more of it does not make CLD2 any surer
# Of a text that seems to be in a language of the model: CLD2 gives real ones rarely less than
# this score, and those in a language that nobody knows rarely more.
_USUAL_SCORE = 600.0
_SCORE_OF_A_DOUBT = 10.0  # a nat
_AGAINST, _FOR = -20.0, 15.0  # nats at most
_NATS_OF_SECOND = 25.0  # of a second opinion with probability 1
_CLEAR = 30.0  # nats of lead and above the least: such a text needs no second opinion
# Nats a character that 99 in 100 endless texts of a language reach, and how much lower short
# texts may be: one of 38 characters by 0.65, one of 124 by 0.36.
_LEAST_FIT = -2.4
_ALLOWANCE = 4.0
_DOUBT_A_NAT = 0.85
_NATS_OF_LETTER = 3.0  # against a language, for each letter that it lacks: names have few

OTHERS = "others"
NOTHING: Mapping[str, float] = MappingProxyType({})
MODEL_OF_SCRIPT = {"Arab": "arabic", "Cyrl": "cyrillic", "Latn": "latin"}


@dataclass(frozen=True, slots=True)
class Weighed:
    """The language that the evidence speaks for.

    `in_model`: whether our model has it. `lead`: nats ahead of the next language. `known`: nats
    above the least that texts of a language of the model reach; below 0 it is probably in one
    that no detector knows. `route`: who beside the model says so.
    """

    language: str
    in_model: bool
    lead: float
    known: float
    route: str

    def draft(self) -> Draft:
        """Return the model's answer: half sure without a lead, 0.95 at 14 nats."""
        strength = 1 - 0.5 * _DOUBT_A_NAT ** max(0.0, min(self.lead, self.known))
        return Draft(self.language, self.route, strength)


def weigh(
    model: str,
    window: str,
    normalised: str,
    guess: Guess,
    against: Mapping[str, float] = NOTHING,
) -> Weighed:
    """Return the language of a text: as it is (`window`) and normalised, and CLD2's guess.

    `against` are the nats that speak against a language, under OTHERS against all those that the
    model does not have.
    """
    scale = _Scale(model, len(normalised))
    fits = load_model(model).fits(normalised)
    others = scale.stranger - against.get(OTHERS, 0.0)
    evidence = {label: scale.nats(fit) - against.get(label, 0.0) for label, fit in fits.items()}
    if guess.language != UNDETERMINED:
        by_cld2 = min(guess.score, _TOP_SCORE) / _SCORE_OF_A_NAT
        evidence.setdefault(guess.language, others - against.get(guess.language, 0.0))
        evidence[guess.language] += by_cld2
    first, lead = _leader(evidence)
    second = UNDETERMINED
    unsure = first in fits and scale.known(first, fits[first], guess) < _CLEAR
    if lead < _CLEAR or unsure:
        opinion = second_opinion(window)
        second = opinion.language
        if second != UNDETERMINED:
            by_second = opinion.probability * _NATS_OF_SECOND
            evidence.setdefault(second, others - against.get(second, 0.0))
            evidence[second] += by_second
            first, lead = _leader(evidence)
    if first not in fits:
        return Weighed(first, False, lead, 0.0, "others")
    agreed = {second: "model-second", guess.language: "model-agreed"}
    known = scale.known(first, fits[first], guess)
    return Weighed(first, True, lead, known, agreed.get(first, "model"))


@dataclass(frozen=True, slots=True)
class _Scale:
    """What a model's fits mean for a text of this length."""

    model: str
    length: int

    @property
    def allowance(self) -> float:
        """How much lower a text of this length may fit, in nats a character."""
        return _ALLOWANCE / math.sqrt(self.length)

    @property
    def stranger(self) -> float:
        """Nats of a text that just might be in a language of the model."""
        return self.nats(_LEAST_FIT - self.allowance)

    def nats(self, fit: float) -> float:
        """Return the nats of the whole text."""
        return self.length * fit

    def above_least(self, label: str, fit: float) -> float:
        """Return by how many nats a text is above the least that texts of a label reach."""
        least = _least_fits(self.model).get(label, _LEAST_FIT)
        return self.nats(fit - least + self.allowance)

    def known(self, label: str, fit: float, guess: Guess) -> float:
        """Return the same with CLD2's word on it."""
        if guess.language == label:
            by_cld2 = (guess.score - _USUAL_SCORE) / _SCORE_OF_A_DOUBT
            return self.above_least(label, fit) + max(_AGAINST, min(_FOR, by_cld2))
        unheard = label in _unknown_to_cld2(self.model)
        return self.above_least(label, fit) + (0.0 if unheard else _AGAINST)


def against_by_letters(script: str, normalised: str) -> dict[str, float]:
    """Return the nats that the letters of a text speak against languages that lack them."""
    missing = _missing_letters(script)
    against: dict[str, float] = {}
    for letter in missing.keys() & set(normalised):
        nats = _NATS_OF_LETTER * normalised.count(letter)
        for language in missing[letter]:
            against[language] = against.get(language, 0.0) + nats
    return against


def is_ours_alone(text: str, language: str, script: str | None) -> bool:
    """Return whether a text is in a language that our model knows and CLD2 does not."""
    model = MODEL_OF_SCRIPT.get(script or "")
    if model is None or language not in _unknown_to_cld2(model):
        return False
    normalised = normalise(text)
    fits = load_model(model).fits(normalised)
    best = fits[language] == max(fits.values())
    return best and _Scale(model, len(normalised)).above_least(language, fits[language]) >= 0


def _leader(evidence: Mapping[str, float]) -> tuple[str, float]:
    """Return the language with most evidence and its lead over the next."""
    first, second = sorted(evidence, key=lambda name: (-evidence[name], name))[:2]
    return first, evidence[first] - evidence[second]


@cache
def _missing_letters(script: str) -> Mapping[str, Sequence[str]]:
    """Return for each letter that some languages of a script lack these languages."""
    languages: dict[str, list[str]] = {}
    for language, letters in read_knowledge("letters")[script].items():
        for letter in letters:
            languages.setdefault(letter, []).append(language)
    return languages


@cache
def _least_fits(model: str) -> Mapping[str, float]:
    """Return the least fit of the labels that learned from few texts."""
    fits: Mapping[str, float] = read_knowledge("models")["models"][model]["least_fits"]
    return fits


@cache
def _unknown_to_cld2(model: str) -> frozenset[str]:
    """Return the labels that CLD2 never names, or not in this script."""
    return frozenset(read_knowledge("models")["models"][model]["unknown_to_cld2"])
