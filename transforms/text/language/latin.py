"""Texts in Latin script: Kazakh in its spellings, its neighbours, and all the rest."""

from transforms.text.language.detectors import NO_GUESS, Guess
from transforms.text.language.drafts import LONG_WINDOW, SURE, Draft, as_guessed, by_general, weighed
from transforms.text.language.evidence import Weighed, weigh
from transforms.text.language.ngrams import normalise
from transforms.text.language.second import second_opinion

LATIN_TURKIC = frozenset({"az", "crh", "kaa", "kk", "tk", "tr", "tt", "uz"})
_OURS = frozenset({"kaa", "kk"})  # that no detector but our model knows
# Every so manieth letter at most of English is a q; of Kazakh, Uzbek and Karakalpak three in 100.
_RARE_Q = 80
_KNOWN_WITHOUT_CLD2 = 50.0  # nats of lead and above the least: nothing could outweigh them
_KNOWN_ALONE = 12.0  # nats above the least of a language, where no detector says anything like it
# CLD2 falls back to English on Latin text that it hardly knows.
_OUTWEIGHS_ENGLISH = ((600.0, 0.0), (900.0, 0.2))
_SURE_OF_ENGLISH = 900.0
_MISREAD = "ðþ"  # Turkish letters in a wrong encoding


def draft_without_cld2(window: str) -> Draft | None:
    """Return the language of a longer text with many a q that only our model need be asked for.

    None for all others. CLD2, which does not know Kazakh in Latin script, costs as much again.
    """
    if len(window) < LONG_WINDOW or window.count("q") * _RARE_Q < len(window):
        return None
    evidence = weigh("latin", window, normalise(window), NO_GUESS)
    clear = evidence.in_model and min(evidence.lead, evidence.known) >= _KNOWN_WITHOUT_CLD2
    return evidence.draft() if clear else None


def draft_latin(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Latin script."""
    english = guess.language == "en"
    if guess.language in LATIN_TURKIC:
        evidence = weigh("latin", window, normalise(window), guess)
        return evidence.draft() if _is_known(window, evidence) else _by_others(window, guess)
    if guess.score < (_SURE_OF_ENGLISH if english else SURE):
        evidence = weigh("latin", window, normalise(window), guess)
        if evidence.language in _OURS and _is_ours(window, evidence):
            return evidence.draft()
    if english and guess.score < _SURE_OF_ENGLISH:
        return weighed(guess, second_opinion(window), _OUTWEIGHS_ENGLISH)
    return as_guessed(guess) if english else by_general(window, guess)


def _is_known(window: str, evidence: Weighed) -> bool:
    """Return whether a text is in a language of the model."""
    misread = evidence.language in _OURS and any(letter in window for letter in _MISREAD)
    return evidence.in_model and evidence.known >= 0 and not misread


def _is_ours(window: str, evidence: Weighed) -> bool:
    """Return whether a text that CLD2 takes for a far language is Kazakh or Karakalpak."""
    if not _is_known(window, evidence):
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
