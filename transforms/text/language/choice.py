"""Which detector identifies languages: the routed one, or one that a user names."""

from collections.abc import Callable, Sequence

from transforms.text.language.answers import LanguageAnswer, PageLanguage
from transforms.text.language.pages import identify_page
from transforms.text.language.routing import identify_language

ROUTED = "routed"
DETECTORS = (ROUTED,)

TextIdentifier = Callable[[str], LanguageAnswer]
PageIdentifier = Callable[[Sequence[str]], PageLanguage]


def text_identifier(detector: str) -> TextIdentifier:
    """Return the detector of this name as a function of a text; raise KeyError for no such one."""
    return {ROUTED: identify_language}[detector]


def page_identifier(detector: str) -> PageIdentifier:
    """Return the detector of this name as a function of paragraphs; raise KeyError likewise."""
    return {ROUTED: identify_page}[detector]
