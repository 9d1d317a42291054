"""Texts in Latin script: Kazakh in its spellings, its neighbours, and all the rest."""

import re
from dataclasses import replace

from transforms.text.language.detectors import NO_GUESS, Guess
from transforms.text.language.drafts import (
    LONG_WINDOW,
    SURE,
    Draft,
    as_guessed,
    by_general,
    weighed,
)
from transforms.text.language.evidence import NOTHING, Weighed, against_by_letters, weigh
from transforms.text.language.ngrams import normalise
from transforms.text.language.second import second_opinion

LATIN_TURKIC = frozenset({"az", "crh", "kaa", "kk", "tk", "tr", "tt", "uz"})
_OURS = frozenset({"kaa", "kk"})  # that no detector but our model knows
# Every so manieth letter at most of English is a q; of Kazakh, Uzbek and Karakalpak three in 100.
_RARE_Q = 80
_KNOWN_WITHOUT_CLD2 = 50.0  # nats of lead and above the least: nothing could outweigh them
# Nats above the least of a language, where CLD2 says nothing like it, and where nobody does.
_KNOWN, _KNOWN_ALONE = 8.0, 25.0
# CLD2 falls back to English on Latin text that it hardly knows.
_OUTWEIGHS_ENGLISH = ((600.0, 0.0), (900.0, 0.2))
_SURE_OF_ENGLISH = 900.0
# A letter in ten of Azerbaijani, which its neighbours lack: so many characters have one.
_SCHWA, _SCHWA_BY = re.compile("[əƏ]"), 30
# No Latin spelling of Kazakh has both a w after vowels (one in 80 characters is not a name) and
# letters with an acute accent; that of Karakalpak has.
_ACUTE = re.compile("[áǵńóú]")
_W = re.compile("[aeiouıáóú]w")
_W_IN = 80
_MISREAD = "ðþ"  # Turkish letters in a wrong encoding


def draft_without_cld2(window: str) -> Draft | None:
    """Return the language of a longer text with many a q that only our model need be asked for.

    None for all others. CLD2, which does not know Kazakh in Latin script, costs as much again.
    """
    if len(window) < LONG_WINDOW or window.count("q") * _RARE_Q < len(window):
        return None
    evidence = _weigh(window, NO_GUESS)
    clear = evidence.in_model and min(evidence.lead, evidence.known) >= _KNOWN_WITHOUT_CLD2
    return evidence.draft() if clear else None


def draft_latin(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Latin script."""
    english = guess.language == "en"
    if guess.language in LATIN_TURKIC:
        evidence = _weigh(window, guess)
        return evidence.draft() if _is_known(window, evidence) else _by_others(window, guess)
    if guess.score < (_SURE_OF_ENGLISH if english else SURE):
        evidence = _weigh(window, guess)
        if evidence.language in _OURS and _is_ours(window, evidence):
            return evidence.draft()
    if english and guess.score < _SURE_OF_ENGLISH:
        return weighed(guess, second_opinion(window), _OUTWEIGHS_ENGLISH)
    return as_guessed(guess) if english else by_general(window, guess)


def _weigh(window: str, guess: Guess) -> Weighed:
    """Return the language of a text by the model and the detectors, and by the spelling."""
    normalised = normalise(window)
    against = NOTHING if guess is NO_GUESS else against_by_letters("latin", normalised)
    evidence = weigh("latin", window, normalised, guess, against)
    acute = evidence.language == "kk" and _ACUTE.search(normalised)
    if acute and len(_W.findall(normalised)) * _W_IN >= len(normalised):
        return replace(evidence, language="kaa")
    return evidence


def _is_known(window: str, evidence: Weighed) -> bool:
    """Return whether a text is in a language of the model, its letters not against it."""
    if not evidence.in_model or evidence.known < 0:
        return False
    if evidence.language == "az":
        return len(window) < _SCHWA_BY or _SCHWA.search(window) is not None
    return evidence.language not in _OURS or not any(letter in window for letter in _MISREAD)


def _is_ours(window: str, evidence: Weighed) -> bool:
    """Return whether a text that CLD2 takes for a far language is Kazakh or Karakalpak."""
    if not _is_known(window, evidence) or evidence.known < _KNOWN:
        return False
    return evidence.known >= _KNOWN_ALONE or second_opinion(window).language in LATIN_TURKIC


def _by_others(window: str, guess: Guess) -> Draft:
    """Return the Turkic language that CLD2 and the second opinion see: mostly Turkish."""
    second = second_opinion(window)
    if second.language == guess.language:
        return as_guessed(guess, "agreed")
    if second.language == "crh" and second.probability >= 0.5 and not _is_tatar(window):
        return Draft("crh", "second", second.probability)
    if guess.score < SURE and second.probability > 0.5:
        return Draft(second.language, "second", second.probability)
    return as_guessed(guess, "disputed")


def _is_tatar(window: str) -> bool:
    """Return whether a text has the letters of Tatar that Crimean Tatar lacks."""
    return sum(map(window.count, "äwəx")) * 100 > len(window)
