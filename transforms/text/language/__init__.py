"""Language identification: of a text, and of a page with its paragraphs."""

from transforms.text.language.answers import LanguageAnswer, PageLanguage
from transforms.text.language.models import load_model
from transforms.text.language.pages import identify_page
from transforms.text.language.routing import identify_language
from transforms.text.language.second import has_second_opinion

__all__ = ["LanguageAnswer", "PageLanguage", "identify_language", "identify_page", "load_models"]


def load_models() -> None:
    """Load all models of this process now (0.5 s, 85 MB) instead of with the first weak answer."""
    has_second_opinion()
    for name in ("arabic", "cyrillic", "latin"):
        load_model(name)
