"""Texts in Latin script: Kazakh in its spellings, its neighbours, and all the rest."""

from transforms.text.language.detectors import Guess
from transforms.text.language.drafts import (
    LONG_WINDOW,
    SURE,
    SURE_OF_RARE,
    Draft,
    as_guessed,
    by_general,
    weighed,
)
from transforms.text.language.models import load_model
from transforms.text.language.second import second_opinion

LATIN_TURKIC = frozenset({"az", "crh", "kaa", "kk", "tk", "tr", "tt", "uz"})
# Letters of one or the other Latin spelling of Kazakh that Turkish and Crimean Tatar lack.
_KAZAKH_LATIN = "äïýjwáǵńúóx"
# On so long a text the model needs no second opinion when it is so sure.
_SURE_ALONE = 0.99
# CLD2 falls back to English on Latin text that it hardly knows.
_OUTWEIGHS_ENGLISH = ((600.0, 0.0), (900.0, 0.2))


def draft_latin(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Latin script."""
    if guess.language in LATIN_TURKIC:
        return _latin_turkic(window, guess)
    if guess.score < (900.0 if guess.language == "en" else SURE):
        draft = _kazakh_or_karakalpak(window)
        if draft is not None:
            return draft
    if guess.language == "en":
        if guess.score >= _OUTWEIGHS_ENGLISH[-1][0]:
            return as_guessed(guess)
        return weighed(guess, second_opinion(window), _OUTWEIGHS_ENGLISH)
    return by_general(window, guess)


def _kazakh_or_karakalpak(window: str) -> Draft | None:
    """Return Kazakh or Karakalpak where the model sees it in a text that CLD2 hardly knows."""
    label, probability = load_model("latin").best(window)
    label = _by_letters(label, window)
    if label not in {"kk", "kaa"} or probability < 0.5:
        return None
    if probability >= 0.85 or second_opinion(window).language in LATIN_TURKIC:
        return Draft(label, "model", probability)
    return None


def _by_letters(label: str, window: str) -> str:
    """Return the model's label, corrected where the letters contradict it."""
    lowered = window.lower()
    if label == "kk" and ("ð" in lowered or "þ" in lowered):  # Turkish read in a wrong encoding
        return "other"
    if label == "kk" and _foreign_to_kazakh(lowered) > max(
        len(window) / 80, _count(lowered, _KAZAKH_LATIN)
    ):
        return "other"
    if label == "kaa" and _count(lowered, "äöüñğşïý") > _count(lowered, "áóúńǵ"):
        return "kk"
    return label


def _foreign_to_kazakh(lowered: str) -> int:
    """Return how many letters Kazakh has in no Latin spelling: ç, c alone, â, v."""
    return _count(lowered, "çcâv") - lowered.count("ch")


def _is_oghuz(window: str, probability: float) -> bool:
    """Return whether the letters speak for Turkish or Crimean Tatar and against Kazakh."""
    lowered = window.lower()
    ours, theirs = _count(lowered, _KAZAKH_LATIN), _foreign_to_kazakh(lowered)
    return theirs > ours or (ours == theirs and probability < 0.9)


def _count(text: str, letters: str) -> int:
    """Return how often any of the letters occurs in a text."""
    return sum(map(text.count, letters))


def _latin_turkic(window: str, guess: Guess) -> Draft:
    """Return which Turkic language in Latin script a text is in."""
    label, probability = load_model("latin").best(window)
    if guess.score >= SURE and label == guess.language and probability >= 0.9:
        return Draft(label, "model-agreed", probability, guess.code)
    if guess.score >= SURE_OF_RARE and guess.language == "tr" and label != "kk":
        return as_guessed(guess)
    label = _by_letters(label, window)
    if label == "kk" and probability >= _SURE_ALONE and len(window) >= LONG_WINDOW:
        return Draft(label, "model", probability)
    return _latin_turkic_disputed(window, guess, label, probability)


def _latin_turkic_disputed(window: str, guess: Guess, label: str, probability: float) -> Draft:
    """Return which of them a text is in, where model and CLD2 do not settle it."""
    second = second_opinion(window)
    agreed = second.language == guess.language
    if label == "kk" and (second.language == "crh" or "tr" in {second.language, guess.language}):
        if _is_oghuz(window, probability):
            label = "other"
        elif guess.language == "tr" and _count(window.lower(), _KAZAKH_LATIN) >= 2:
            agreed = False
    if label in {"kk", "kaa"} and probability >= (0.9 if agreed and guess.score > 450 else 0.5):
        return Draft(label, "model", probability)
    if agreed:
        return as_guessed(guess, "agreed")
    if second.language == "crh" and second.probability >= 0.5 and not _is_tatar(window):
        return Draft("crh", "second", second.probability)
    if guess.score < SURE and second.probability > 0.5:
        return Draft(second.language, "second", second.probability)
    return as_guessed(guess, "disputed")


def _is_tatar(window: str) -> bool:
    """Return whether a text has the letters of Tatar that Crimean Tatar lacks."""
    return sum(map(window.count, "äwəx")) * 100 > len(window)
