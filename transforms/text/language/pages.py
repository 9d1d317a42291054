"""The language of a page from a sample of it, and of its paragraphs where they differ."""

import re
from collections import Counter
from collections.abc import Sequence

from schemas.rows import UNDETERMINED, LanguageShare
from transforms.text.language.answers import LanguageAnswer, PageLanguage
from transforms.text.language.census import count_scripts
from transforms.text.language.cleaning import clean, fold_lookalikes
from transforms.text.language.detectors import Opinion
from transforms.text.language.markers import foreign_paragraphs, page_bytes
from transforms.text.language.routing import MIN_LETTERS, identify_clean, identify_language

_SLICE = 150  # characters; three of them agree with the whole cleaned text 3,000 of 3,000 times
_SAMPLED = 4 * _SLICE  # shorter pages are read whole
_ONE_LANGUAGE = 0.9  # CLD2's share of the largest language, from which a sample counts as pure
# A paragraph is another language than its page only on an answer that is right this often.
_SURE_OF_OTHER = 0.8
_LETTER = re.compile(r"[^\W\d_]")
_UNKNOWN_SCRIPT = "Zyyy"  # ISO 15924: undetermined


def identify_page(paragraphs: Sequence[str]) -> PageLanguage:
    """Return the language of a page and of each of its paragraphs."""
    answer, opinion = _sampled(paragraphs)
    if answer.language == UNDETERMINED or _is_mixed(opinion):
        suspects = set(range(len(paragraphs)))
    else:
        suspects = foreign_paragraphs(page_bytes(paragraphs), answer.language, answer.script)
    if suspects:
        return _mixed(paragraphs, answer, suspects)
    languages = [answer.language if _LETTER.search(text) else None for text in paragraphs]
    share = LanguageShare(answer.language, answer.script or _UNKNOWN_SCRIPT, 1.0)
    return PageLanguage(answer.language, answer.script, answer.confidence, [share], languages)


def _is_mixed(opinion: Opinion) -> bool:
    """Return whether the general detector sees more than one language in a sample."""
    return bool(opinion.guesses) and opinion.guesses[0].share < _ONE_LANGUAGE


def _sampled(paragraphs: Sequence[str]) -> tuple[LanguageAnswer, Opinion]:
    """Return the answer to a sample of the page, and what it rests on."""
    text = clean(_sample(paragraphs))
    census = count_scripts(text)
    if census.letters < MIN_LETTERS:
        return LanguageAnswer(UNDETERMINED, census.script, 0.0, "letter-gate"), Opinion((), False)
    return identify_clean(fold_lookalikes(text, census), census)


def _sample(paragraphs: Sequence[str]) -> str:
    """Return the page's text, or three slices of a longer one."""
    text = " ".join(paragraphs)
    if len(text) <= _SAMPLED:
        return text
    middle = len(text) // 2
    return " ".join((text[:_SLICE], text[middle : middle + _SLICE], text[-_SLICE:]))


def _mixed(paragraphs: Sequence[str], page: LanguageAnswer, suspects: set[int]) -> PageLanguage:
    """Return the answer for a page on which some paragraphs are asked one by one."""
    answers = [
        _asked(text, page) if number in suspects else _inherited(text, page)
        for number, text in enumerate(paragraphs)
    ]
    letters: Counter[tuple[str, str]] = Counter()
    for text, answer in zip(paragraphs, answers, strict=True):
        if answer is not None:
            letters[answer.language, answer.script or _UNKNOWN_SCRIPT] += _letter_count(text)
    shares = _shares(letters)
    languages = [answer.language if answer else None for answer in answers]
    if not shares or shares[0].language == page.language:
        return PageLanguage(page.language, page.script, page.confidence, shares, languages)
    sure = max(a.confidence for a in answers if a and a.language == shares[0].language)
    return PageLanguage(shares[0].language, shares[0].script, sure, shares, languages)


def _asked(text: str, page: LanguageAnswer) -> LanguageAnswer | None:
    """Return a paragraph's own language; the page's where its own is not certain."""
    own = identify_language(text)
    if own.confidence >= _SURE_OF_OTHER or own.language == page.language:
        return own
    if own.script == page.script and page.language != UNDETERMINED:
        return _inherited(text, page)
    return None


def _inherited(text: str, page: LanguageAnswer) -> LanguageAnswer | None:
    """Return the page's language for a paragraph that has letters."""
    return page if _LETTER.search(text) else None


def _letter_count(text: str) -> int:
    """Return how many letters a text has, of any script."""
    return sum(map(str.isalpha, text))


def _shares(letters: Counter[tuple[str, str]]) -> list[LanguageShare]:
    """Return each language's share of the letters, the largest first."""
    total = sum(letters.values())
    ranked = sorted(letters.items(), key=lambda entry: (-entry[1], entry[0]))
    return [LanguageShare(*tag, count / total) for tag, count in ranked if count]
