"""Texts in Arabic script: Kazakh and Uyghur against Sorani, Persian, Urdu and Arabic."""

from schemas.rows import UNDETERMINED
from transforms.text.language.detectors import Guess
from transforms.text.language.drafts import OUTWEIGHS, SURE_OF_FEW, Draft, as_guessed, weighed
from transforms.text.language.evidence import weigh
from transforms.text.language.ngrams import normalise
from transforms.text.language.second import second_opinion

_IN_MODEL = frozenset({"kk", "ky", "ug", UNDETERMINED})
# Yeh and kaf of Persian, Urdu, Pashto and Sorani; Kazakh and Uyghur write U+0649 and U+0643.
_PERSIAN_LETTERS = "\u06cc\u06a9"
# The letter e/ә of Kazakh and Uyghur; Arabic, Persian and Urdu have none of it.
_KAZAKH_ARABIC_LETTER = "\u06d5"


def draft_arabic(window: str, guess: Guess) -> Draft:
    """Return the language of a text in Arabic script."""
    persian = sum(map(window.count, _PERSIAN_LETTERS)) * 50 >= len(window)
    kazakh = window.count(_KAZAKH_ARABIC_LETTER) * 40 > len(window)
    if not persian and (kazakh or guess.language in _IN_MODEL):
        evidence = weigh("arabic", window, normalise(window), guess)
        if evidence.in_model and evidence.known >= 0:
            return evidence.draft()
    if guess.language in _IN_MODEL or guess.score < SURE_OF_FEW:
        return weighed(guess, second_opinion(window), OUTWEIGHS)
    return as_guessed(guess)
