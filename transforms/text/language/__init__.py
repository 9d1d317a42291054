"""Language identification: of a text, and of a page with its paragraphs."""

from transforms.text.language.answers import LanguageAnswer, PageLanguage
from transforms.text.language.pages import identify_page
from transforms.text.language.routing import identify_language

__all__ = ["LanguageAnswer", "PageLanguage", "identify_language", "identify_page"]
