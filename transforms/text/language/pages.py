"""The language of a page from a sample of it, and of its paragraphs where they differ."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from schemas.rows import UNDETERMINED, LanguageShare
from transforms.text.language.answers import LanguageAnswer, PageLanguage
from transforms.text.language.detectors import Opinion, general_detector
from transforms.text.language.evidence import is_ours_alone
from transforms.text.language.lexicon import has_twins, twins_of
from transforms.text.language.markers import foreign_paragraphs, has_markers, page_bytes
from transforms.text.language.routing import identify_with_opinion, is_pure, slices
from transforms.text.language.segments import segment_languages
from transforms.text.language.slavic import SLAVIC
from transforms.text.language.tags import tags

_SLICE = 120  # characters; three of them agree with the whole cleaned text 3,000 of 3,000 times
_WIDER_SLICE = 400  # for languages that only a few words tell apart
_SAMPLED = 600  # characters; shorter pages are read whole
# A paragraph is another language than its page only on an answer that is right this often.
_SURE_OF_OTHER = 0.8
_SURE_OF_EXPECTED = 0.5  # where CLD2 saw that language on the page as well
_MIN_SEGMENTED = 100  # characters of a paragraph that may hold a sentence of another language
_HEAD, _MIN_HEAD = 60, 25  # characters of a paragraph by which a stranger is noticed
_MAX_ASKED = 4_000  # characters of a paragraph that are read
# A paragraph with so much of CLD2's score for the page's language is not asked any further.
_PLAIN_SCORE = 400.0
_PLAIN_SHARE = 0.95
# So much of a paragraph CLD2 often takes for a kindred language; a quotation is mostly more.
_KIN_SHARE = 0.3
_LETTER = re.compile(r"[^\W\d_]")
_BY_PARAGRAPHS = "paragraphs"  # route: their answers add up to another language than the sample's
_UNKNOWN_SCRIPT = "Zyyy"  # ISO 15924: undetermined

Letters = Counter[tuple[str, str]]


def identify_page(paragraphs: Sequence[str]) -> PageLanguage:
    """Return the language of a page and of each of its paragraphs."""
    page, opinion = _sampled(paragraphs)
    suspects = _suspects(paragraphs, page, opinion)
    others = frozenset(guess.language for guess in opinion.guesses)
    own = {
        number: _asked(paragraphs[number], page, others)
        for number in suspects
        if not _is_plainly(paragraphs[number], page)
    }
    if page.language == UNDETERMINED or any(_is_other(letters, page) for letters in own.values()):
        return _mixed(paragraphs, page, own)
    languages = [page.language if _LETTER.search(text) else None for text in paragraphs]
    share = LanguageShare(page.language, page.script or _UNKNOWN_SCRIPT, 1.0)
    return PageLanguage(page.language, page.script, page.confidence, page.route, [share], languages)


def _is_other(letters: Letters, page: LanguageAnswer) -> bool:
    """Return whether a paragraph has letters of another language than its page's."""
    return any(tag != (page.language, page.script or _UNKNOWN_SCRIPT) for tag in letters)


def _suspects(paragraphs: Sequence[str], page: LanguageAnswer, opinion: Opinion) -> set[int]:
    """Return the paragraphs that may be in another language than their page."""
    if page.language == UNDETERMINED:
        return {number for number, text in enumerate(paragraphs) if _LETTER.search(text)}
    pure = is_pure(page, opinion) or _sees_only_kin(page, opinion)
    if not pure and not _found_by_letters(page, opinion):
        return set(range(len(paragraphs)))
    suspects = foreign_paragraphs(page_bytes(paragraphs), page.language, page.script)
    if has_markers(page.language, page.script) or page.script in tags().script_languages:
        return suspects
    return suspects.union(_by_first_words(paragraphs, page.language))


def _by_first_words(paragraphs: Sequence[str], language: str) -> Iterator[int]:
    """Yield the paragraphs whose first words are not in their page's language, CLD2 says."""
    ask, kin = general_detector(), twins_of(language) | {language}
    for number, text in enumerate(paragraphs):
        if len(text) >= _MIN_HEAD:
            guesses = ask(text[:_HEAD]).guesses
            if not guesses or guesses[0].language not in kin:
                yield number


def _found_by_letters(page: LanguageAnswer, opinion: Opinion) -> bool:
    """Return whether the letters alone find the paragraphs of the other language."""
    others = {guess.language for guess in opinion.guesses} - {page.language}
    return has_markers(page.language, page.script) and others <= {"ru", "kk", "en"}


def _sampled(paragraphs: Sequence[str]) -> tuple[LanguageAnswer, Opinion]:
    """Return the answer to a sample of the page, and what it rests on."""
    text = " ".join(paragraphs)
    if len(text) <= _SAMPLED:
        return identify_with_opinion(text)
    answer, opinion = identify_with_opinion(slices(text, _SLICE))
    if has_twins(answer.language):
        return identify_with_opinion(slices(text, _WIDER_SLICE))
    return answer, opinion


def _mixed(
    paragraphs: Sequence[str], page: LanguageAnswer, asked: Mapping[int, Letters]
) -> PageLanguage:
    """Return the answer for a page on which some paragraphs have their own language."""
    letters: Letters = Counter()
    languages: list[str | None] = []
    for number, text in enumerate(paragraphs):
        own = asked[number] if number in asked else _inherited(text, page)
        letters.update(own)
        languages.append(max(own, key=lambda tag: (own[tag], tag))[0] if own else None)
    shares = letter_shares(letters)
    if not shares:
        return PageLanguage(
            page.language, page.script, page.confidence, page.route, shares, languages
        )
    first = shares[0]
    same = first.language == page.language
    confidence = page.confidence if same else min(_SURE_OF_OTHER, first.share)
    route = page.route if same else _BY_PARAGRAPHS
    return PageLanguage(first.language, first.script, confidence, route, shares, languages)


def _asked(text: str, page: LanguageAnswer, others: frozenset[str]) -> Letters:
    """Return the letters of a paragraph by its own languages; `others` CLD2 saw on the page."""
    own, opinion = identify_with_opinion(text[:_MAX_ASKED])
    sure = _SURE_OF_EXPECTED if own.language in others else _SURE_OF_OTHER
    unsure = own.confidence < sure and own.language != page.language
    if unsure and page.language != UNDETERMINED and own.script == page.script:
        return _inherited(text, page)
    if own.language == UNDETERMINED or unsure:
        return Counter()
    if len(text) < _MIN_SEGMENTED or is_pure(own, opinion) or _sees_only_kin(own, opinion):
        return count_letters(text, own.language, own.script)
    letters: Letters = Counter()
    for segment in segment_languages(text):
        if segment.language != UNDETERMINED:
            part = text[segment.start : segment.end]
            letters += count_letters(part, segment.language, segment.script)
    return letters


def _sees_only_kin(own: LanguageAnswer, opinion: Opinion) -> bool:
    """Return whether all that CLD2 sees beside a Slavic language is a little of its kin."""
    others = [guess for guess in opinion.guesses if guess.language != own.language]
    kin = all(guess.language in SLAVIC and guess.share <= _KIN_SHARE for guess in others)
    return own.language in SLAVIC and kin


def _is_plainly(text: str, page: LanguageAnswer) -> bool:
    """Return whether CLD2 alone is sure that all of a paragraph is in its page's language.

    Of a language that CLD2 does not know our model must be sure, by the first words.
    """
    if is_ours_alone(text, page.language, page.script):
        return True
    guesses = general_detector()(text[:_MAX_ASKED]).guesses
    if not guesses or guesses[0].language != page.language:
        return False
    return guesses[0].score >= _PLAIN_SCORE and guesses[0].share >= _PLAIN_SHARE


def _inherited(text: str, page: LanguageAnswer) -> Letters:
    """Return the letters of a paragraph that is in its page's language."""
    return count_letters(text, page.language, page.script) if _LETTER.search(text) else Counter()


def count_letters(text: str, language: str, script: str | None) -> Letters:
    """Return how many letters a text has, under its language."""
    count = sum(map(str.isalpha, text))
    return Counter({(language, script or _UNKNOWN_SCRIPT): count} if count else {})


def letter_shares(letters: Letters) -> list[LanguageShare]:
    """Return each language's share of the letters, the largest first."""
    total = sum(letters.values())
    ranked = sorted(letters.items(), key=lambda entry: (-entry[1], entry[0]))
    return [LanguageShare(*tag, count / total) for tag, count in ranked]
