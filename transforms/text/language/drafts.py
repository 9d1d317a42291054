"""An answer in the making, and the rule that weighs two detectors against each other."""

from dataclasses import dataclass

from schemas.rows import UNDETERMINED
from transforms.text.language.detectors import Guess
from transforms.text.language.lexicon import has_twins
from transforms.text.language.second import Second, second_knows, second_opinion
from transforms.text.language.tags import tags

Scale = tuple[tuple[float, float], ...]

FULL_SCORE = 1_500.0  # CLD2's score of a text that it cannot be surer of
LONG_WINDOW = 300  # characters, from which a sample of a page is asked rather than a line
SURE_OF_LONG = 450.0  # CLD2's score that is enough there
SURE = 600.0  # CLD2's score from which 94 % of short lines are right
SURE_OF_FEW = 450.0  # where a script has two or three languages, not a hundred
SURE_OF_RARE = 1_000.0
# A second opinion of this probability outweighs a CLD2 score below the limit.
OUTWEIGHS = ((200.0, 0.0), (400.0, 0.3), (600.0, 0.5))


@dataclass(frozen=True, slots=True)
class Draft:
    """A language, the rule that found it, and how strong (0 to 1) its evidence is."""

    language: str
    route: str
    strength: float
    code: str = ""


def _strength(score: float) -> float:
    """Return CLD2's score as a strength of evidence."""
    return min(1.0, score / FULL_SCORE)


def as_guessed(guess: Guess, route: str = "cld2") -> Draft:
    """Return CLD2's guess as it is."""
    return Draft(guess.language, route, _strength(guess.score), guess.code)


def by_general(window: str, guess: Guess) -> Draft:
    """Return CLD2's guess, or the second opinion where that outweighs it."""
    least = SURE_OF_RARE if guess.language in tags().rare else SURE
    if guess.score >= least and not has_twins(guess.language):
        return as_guessed(guess)
    return weighed(guess, second_opinion(window), OUTWEIGHS)


def by_other_script(window: str, guess: Guess) -> Draft:
    """Return the language of a text in a script of few languages."""
    if guess.score >= (SURE if guess.language == "hi" else SURE_OF_FEW):
        return as_guessed(guess)
    return weighed(guess, second_opinion(window), OUTWEIGHS)


def weighed(guess: Guess, second: Second, scale: Scale) -> Draft:
    """Return the better one of CLD2's guess and the second opinion."""
    if second.language == guess.language:
        return as_guessed(guess, "agreed")
    if second.language == UNDETERMINED:
        return as_guessed(guess)
    if guess.language in tags().rare and guess.score < SURE_OF_RARE:
        return Draft(second.language, "second", second.probability)
    if guess.score >= 100.0 and not second_knows(guess.language):
        return as_guessed(guess)
    needed = next((needed for limit, needed in scale if guess.score < limit), 2.0)
    if second.probability >= needed:
        return Draft(second.language, "second", second.probability)
    return as_guessed(guess, "disputed")
