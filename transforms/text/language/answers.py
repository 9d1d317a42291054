"""What language identification says of a text and of a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.rows import UNDETERMINED, LanguageShare


@dataclass(frozen=True, slots=True)
class LanguageAnswer:
    """The language of one text.

    `language` is a BCP 47 language (`und`: the text does not say), `script` an ISO 15924
    code (None: no letters), `confidence` 0 to 1, `route` the rule that decided.
    """

    language: str
    script: str | None
    confidence: float
    route: str


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """The language of a page, the shares of all of its languages, and each paragraph's own.

    `shares` begins with the largest; `paragraph_languages` has one entry a paragraph, None
    where a paragraph is too short or has too few letters to say anything on a mixed page.
    `route` is the rule that decided on the page's language, `paragraphs` where it is the one that
    most of their letters are in.
    """

    language: str
    script: str | None
    confidence: float
    route: str
    shares: Sequence[LanguageShare]
    paragraph_languages: Sequence[str | None]


def undetermined(script: str | None, route: str) -> LanguageAnswer:
    """Return the answer to a text that does not say its language."""
    return LanguageAnswer(UNDETERMINED, script, 0.0, route)
