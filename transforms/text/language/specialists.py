"""What CLD2's guess becomes: each script has its specialist, close languages their words."""

from collections.abc import Callable

from schemas.rows import UNDETERMINED
from transforms.text.language.arabic import draft_arabic
from transforms.text.language.cyrillic import draft_cyrillic, looks_kyrgyz
from transforms.text.language.detectors import Guess
from transforms.text.language.drafts import FULL_SCORE, SURE, Draft, as_guessed, by_other_script
from transforms.text.language.latin import LATIN_TURKIC, draft_latin
from transforms.text.language.lexicon import has_twins, neighbour_of, twin_by_words
from transforms.text.language.ngrams import normalise

# On texts of this length no answer with such a score was wrong, but for the languages that CLD2
# mixes up with each other or (English) falls back to.
_LONG = 90  # characters
_SURE_OF_LONG = 700.0
_QUICK = (
    dict.fromkeys(("ba", "be", "kk", "ky", "mn", "ru", "tg", "uk"), 550.0)
    | dict.fromkeys(("bs", "da", "hr", "id", "ms", "nb", "nn", "rn", "rw"), 1_600.0)
    | {
        "en": 1_000.0,
        "zh": float("inf"),
        "sr": 1_000.0,
        "tr": 1_000.0,
        "xh": 1_200.0,
        "zu": 1_200.0,
    }
)


def by_specialist(window: str, script: str | None, guess: Guess) -> Draft | None:
    """Return the language of a text whose script has several; None if nothing says it."""
    sure = len(window) >= _LONG and guess.score >= _QUICK.get(guess.language, _SURE_OF_LONG)
    if sure and not _may_be_kin(window, script, guess.language):
        return as_guessed(guess)
    draft = _BY_SCRIPT.get(script or "", by_other_script)(window, guess)
    if draft.language == UNDETERMINED:
        return None
    if script in {"Latn", "Hani"}:
        return _by_words(window, script, draft)
    return draft


def _may_be_kin(window: str, script: str | None, guessed: str) -> bool:
    """Return whether CLD2 may name a language for its nearest kin, and with a high score.

    Kazakh without its own letters is Kyrgyz to it, Crimean Tatar in Latin script Tatar.
    """
    if guessed == "ky":
        return not looks_kyrgyz(window)
    return guessed == "tt" and script == "Latn"


def _by_words(window: str, script: str, draft: Draft) -> Draft:
    """Return the draft, or the neighbour or twin that the words of the text speak for."""
    if has_twins(draft.language):
        language, lead = twin_by_words(draft.language, normalise(window))
        if lead == 0:
            return Draft(draft.language, "twins", 0.0, draft.code)
        if language == draft.language or lead > 1 or draft.route in {"disputed", "second"}:
            return Draft(language, "twins", min(1.0, lead / 5), draft.code)
        return Draft(draft.language, "twins", 0.0, draft.code)
    sure = (draft.route == "model" and draft.strength >= 0.9) or (
        draft.route == "agreed" and draft.strength * FULL_SCORE >= SURE
    )
    if script == "Latn" and (sure or draft.language not in LATIN_TURKIC):
        return draft
    neighbour = neighbour_of(draft.language, script, normalise(window))
    return draft if neighbour is None else Draft(neighbour, "words", 0.5)


_BY_SCRIPT: dict[str, Callable[[str, Guess], Draft]] = {
    "Cyrl": draft_cyrillic,
    "Arab": draft_arabic,
    "Latn": draft_latin,
}
