"""Ask one general detector alone: the gates of the routed detection, and none of its rules.

The confidence is the detector's own probability, for CLD2 its score with 1,000 as full: neither
says how often such an answer is right, as the routed detection's confidence does.
"""

from collections import Counter
from collections.abc import Sequence

from schemas.rows import UNDETERMINED
from transforms.text.language.answers import LanguageAnswer, PageLanguage, undetermined
from transforms.text.language.census import count_scripts
from transforms.text.language.cleaning import clean
from transforms.text.language.detectors import Detector
from transforms.text.language.pages import Letters, count_letters, letter_shares
from transforms.text.language.routing import MIN_LETTERS
from transforms.text.language.tags import script_of

READ = 10_000
"""Characters of a text or a page that are read; langdetect reads no more of its own accord."""

FULL_SCORE = 1_000.0
DIGITS = 4
"""Of a confidence: the last bits of langdetect's differ between versions of Python."""


def identify_bare(text: str, detector: Detector, route: str) -> LanguageAnswer:
    """Return the language of a text by a detector alone; `route` is the detector's name."""
    window = clean(text[:READ])
    census = count_scripts(window)
    if census.letters < MIN_LETTERS:
        return undetermined(census.script, "letter-gate")
    guesses = detector(window).guesses
    if not guesses or guesses[0].language == UNDETERMINED:
        return undetermined(census.script, "unknown")
    best = guesses[0]
    confidence = round(min(1.0, best.score / FULL_SCORE), DIGITS)
    script = script_of(best.code, census.script)
    return LanguageAnswer(best.language, script, confidence, route)


def identify_page_bare(paragraphs: Sequence[str], detector: Detector, route: str) -> PageLanguage:
    """Return the language of a page from its whole text, and of each paragraph from its own.

    The shares count the letters of the paragraphs that say their language: on a mixed page the
    largest share may be another language than the page's.
    """
    whole = " ".join(paragraphs)
    page = identify_bare(whole, detector, route)
    answers = [identify_bare(text, detector, route) for text in paragraphs]
    letters: Letters = Counter()
    for text, answer in zip(paragraphs, answers, strict=True):
        if answer.language != UNDETERMINED:
            letters += count_letters(text, answer.language, answer.script)
    if not letters and page.language != UNDETERMINED:  # each paragraph is too short
        letters = count_letters(whole, page.language, page.script)
    languages = [None if answer.language == UNDETERMINED else answer.language for answer in answers]
    shares = letter_shares(letters)
    return PageLanguage(page.language, page.script, page.confidence, page.route, shares, languages)
