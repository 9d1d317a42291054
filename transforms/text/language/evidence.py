"""Which language the evidence speaks for: our models, CLD2 and the second opinion, in one unit.

All of it is counted in nats (natural units of log likelihood) for the whole text: a model's fit
times the characters, CLD2's score and the second opinion's probability at a fixed rate. A language
that the model does not have starts from the least fit of one that it has: so a text that fits
nothing goes to what the detectors say, or, if they say only what it does not fit, to nobody.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from schemas.rows import UNDETERMINED
from transforms.text.language.detectors import Guess
from transforms.text.language.drafts import Draft
from transforms.text.language.models import load_model
from transforms.text.language.ngrams import normalise
from transforms.text.language.second import second_opinion
from transforms.text.language.tags import read_knowledge

# Rates and limits were set in coarse steps with development results at hand; half or double of
# each changes less than one line in a hundred.
_SCORE_OF_A_NAT = 30.0  # CLD2's score
_TOP_SCORE = 1_000.0  # more of it does not make CLD2 any surer
# Of a text that seems to be in a language of the model: CLD2 gives real ones rarely less than
# this score, and those in a language that nobody knows rarely more.
_USUAL_SCORE = 600.0
_SCORE_OF_A_DOUBT = 10.0  # a nat
_AGAINST, _FOR = -20.0, 15.0  # nats at most
_NATS_OF_SECOND = 25.0  # of a second opinion with probability 1
_CLEAR_LEAD = 30.0  # nats: whoever leads by so much needs no second opinion
# Nats a character that 99 in 100 endless texts of a language reach, and how much lower short
# texts may be: one of 38 characters by 0.65, one of 124 by 0.36.
_LEAST_FIT = -2.4
_ALLOWANCE = 4.0
_DOUBT_A_NAT = 0.85


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
    model: str, window: str, normalised: str, guess: Guess, against_others: float = 0.0
) -> Weighed:
    """Return the language of a text: as it is (`window`) and normalised, and CLD2's guess.

    `against_others` are the nats that speak against all languages which the model does not have.
    """
    length = len(normalised)
    allowance = _ALLOWANCE / math.sqrt(length)
    stranger = length * (_LEAST_FIT - allowance) - against_others
    fits = load_model(model).fits(normalised)
    evidence = {label: length * fit for label, fit in fits.items()}
    if guess.language != UNDETERMINED:
        by_cld2 = min(guess.score, _TOP_SCORE) / _SCORE_OF_A_NAT
        evidence[guess.language] = evidence.get(guess.language, stranger) + by_cld2
    least = _least_fits(model)
    first, lead = _leader(evidence)
    second = UNDETERMINED
    if lead < _CLEAR_LEAD or evidence[first] < length * (least.get(first, _LEAST_FIT) - allowance):
        opinion = second_opinion(window)
        second = opinion.language
        if second != UNDETERMINED:
            by_second = opinion.probability * _NATS_OF_SECOND
            evidence[second] = evidence.get(second, stranger) + by_second
            first, lead = _leader(evidence)
    if first not in fits:
        return Weighed(first, False, lead, 0.0, "others")
    known = length * (fits[first] - least.get(first, _LEAST_FIT) + allowance)
    if guess.language == first:
        known += max(_AGAINST, min(_FOR, (guess.score - _USUAL_SCORE) / _SCORE_OF_A_DOUBT))
        return Weighed(first, True, lead, known, "model-agreed")
    if first not in _unknown_to_cld2(model):
        known += _AGAINST
    return Weighed(first, True, lead, known, "model-second" if second == first else "model")


def is_ours_alone(text: str, language: str, script: str | None) -> bool:
    """Return whether a text is in a language that our model knows and CLD2 does not."""
    model = MODEL_OF_SCRIPT.get(script or "")
    if model is None or language not in _unknown_to_cld2(model):
        return False
    normalised = normalise(text)
    fits = load_model(model).fits(normalised)
    least = _least_fits(model).get(language, _LEAST_FIT) - _ALLOWANCE / math.sqrt(len(normalised))
    return fits[language] >= least and fits[language] == max(fits.values())


def _leader(evidence: Mapping[str, float]) -> tuple[str, float]:
    """Return the language with most evidence and its lead over the next."""
    first, second = sorted(evidence, key=lambda name: (-evidence[name], name))[:2]
    return first, evidence[first] - evidence[second]


@cache
def _least_fits(model: str) -> Mapping[str, float]:
    """Return the least fit of the labels that learned from few texts."""
    fits: Mapping[str, float] = read_knowledge("models")["models"][model]["least_fits"]
    return fits


@cache
def _unknown_to_cld2(model: str) -> frozenset[str]:
    """Return the labels that CLD2 never names, or not in this script."""
    return frozenset(read_knowledge("models")["models"][model]["unknown_to_cld2"])
