"""Which language a text is in: gates, census, the general detector, then the specialists."""

from dataclasses import replace

from transforms.text.language.answers import LanguageAnswer, undetermined
from transforms.text.language.census import Census, count_scripts
from transforms.text.language.cleaning import clean, fold_lookalikes
from transforms.text.language.confidence import calibrated
from transforms.text.language.detectors import (
    NO_GUESS,
    NO_OPINION,
    Guess,
    Opinion,
    general_detector,
)
from transforms.text.language.drafts import Draft
from transforms.text.language.latin import draft_without_cld2
from transforms.text.language.specialists import by_specialist
from transforms.text.language.tags import is_written_in, script_of, tags

MIN_LETTERS = 3
# Languages that CLD2 does not see by chance in texts of a language that it does not know.
_KNOWN = frozenset({"en", "ru"})
# Of a longer text three slices are read: CLD2 is sure after 400 characters, and the cost of
# cleaning and asking grows with the text.
_SLICE = 200  # characters
_WIDER_SLICE = 1_500  # where the three slices are not of one language
_MOST_OF_TEXT = 0.6
_SECOND_LANGUAGE = 0.1  # share of a text from which CLD2's second language counts


def identify_language(text: str) -> LanguageAnswer:
    """Return the language of a text; `und` where it does not say."""
    answer, opinion = identify_with_opinion(slices(text, _SLICE))
    if len(text) > 3 * _SLICE and not is_pure(answer, opinion):
        answer, _ = identify_with_opinion(slices(text, _WIDER_SLICE))
    return answer


def is_pure(answer: LanguageAnswer, opinion: Opinion) -> bool:
    """Return whether CLD2 sees no second language of any weight.

    Of a language that it does not know it sees pieces of several others: those say nothing.
    """
    least = _SECOND_LANGUAGE
    if not any(guess.language == answer.language for guess in opinion.guesses):
        return not any(
            guess.share >= 2 * least and guess.language in _KNOWN for guess in opinion.guesses
        )
    return (
        sum(guess.share for guess in opinion.guesses if guess.language != answer.language) < least
    )


def identify_with_opinion(text: str) -> tuple[LanguageAnswer, Opinion]:
    """Return the answer to a text as it is, and CLD2's opinion of it."""
    window = clean(text)
    census = count_scripts(window)
    if census.letters < MIN_LETTERS:
        return undetermined(census.script, "letter-gate"), NO_OPINION
    return identify_clean(fold_lookalikes(window, census), census)


def identify_clean(window: str, census: Census) -> tuple[LanguageAnswer, Opinion]:
    """Return the answer to a cleaned, folded and counted text, and CLD2's opinion of it."""
    draft, opinion = draft_language(window, census)
    if draft is None:
        return undetermined(census.script, "unknown"), opinion
    confidence = calibrated(draft.route, draft.strength, census.letters)
    script = script_of(draft.code or draft.language, census.script)
    return LanguageAnswer(draft.language, script, confidence, draft.route), opinion


def draft_language(window: str, census: Census) -> tuple[Draft | None, Opinion]:
    """Return the language with its evidence, not yet weighed; None where nothing says it."""
    if census.script == "Latn" and (draft := draft_without_cld2(window)):
        return draft, NO_OPINION
    opinion = general_detector()(window)
    known = tags()
    sole = known.script_languages.get(census.script or "")
    if sole is not None:
        return Draft(sole, "script", 1.0), opinion
    draft = by_specialist(window, census.script, _best_guess(opinion, census.script))
    if draft is None and (default := known.script_default.get(census.script or "")):
        draft = Draft(default, "script-default", 0.0)
    return draft, opinion


def slices(text: str, size: int) -> str:
    """Return the text, or three slices (begin, middle, end) of a longer one."""
    if len(text) <= 3 * size:
        return text
    middle = len(text) // 2
    return " ".join((text[:size], text[middle : middle + size], text[-size:]))


def _best_guess(opinion: Opinion, script: str | None) -> Guess:
    """Return the guess that the text's script allows and that has most of the text.

    Where none has most of it, the score counts too: names in a Russian text look Kazakh to
    CLD2, but not much.
    """
    allowed = [guess for guess in opinion.guesses if is_written_in(_named(guess, script), script)]
    if not allowed:
        return NO_GUESS
    best = allowed[0]
    if best.share < _MOST_OF_TEXT:
        best = max(allowed, key=lambda guess: guess.share * guess.score)
    return replace(best, language=_named(best, script))


def _named(guess: Guess, script: str | None) -> str:
    """Return a guess's language: Kurdish in Arabic script is Sorani."""
    return "ckb" if guess.language == "ku" and script == "Arab" else guess.language
