"""Tell names of people, as bylines print them, from other short lines."""

import re

from transforms.text.fold import fold
from transforms.text.words import field_words

MAX_NAME_TOKENS = 4
MAX_NAME_CHARS = 60
INITIAL = re.compile(r"[^\W\d_]{1,2}\.")
INITIALS_AND_NAME = re.compile(r"(?:[^\W\d_]{1,2}\.\s?){1,2}[^\W\d_][\w’'ʼ-]+")
NAME_TOKEN = re.compile(r"[^\W\d_](?:[\w’'ʼ`-]*[^\W\d_])?")
MIN_ENDING_STEM = 2
SEPARATORS = re.compile(r"\s*(?:,|;|&|\s+және\s+|\s+мен\s+|\s+и\s+|\s+and\s+|\s+und\s+|/)\s*")


def is_person_name(text: str) -> bool:
    """Tell whether a short text looks like one person's name and shows it.

    At most four capitalised words without a digit or final stop, one of which has the ending of
    a family name or patronymic, is in capitals, or is an initial.
    """
    if len(text) > MAX_NAME_CHARS or not has_name_form(text):
        return False
    tokens = text.replace(".", ". ").split()
    if any(INITIAL.fullmatch(token) for token in tokens):
        return True
    if len(tokens) < 2:
        return False
    capitals = [len(token) > 2 and token.isupper() for token in tokens]
    if any(capitals) and not all(capitals):
        return True
    return any(_has_name_ending(token) for token in tokens)


def is_plain_name(text: str) -> bool:
    """Tell whether a text could be a name of two or three words, such as `Jane Q. Doe`.

    Many headings look so too: only for lines beside a date.
    """
    tokens = text.split()
    if not 2 <= len(tokens) <= 3 or not has_name_form(text):
        return False
    return all(token.istitle() for token in tokens) and fold(text) not in field_words().sections


def has_name_form(text: str) -> bool:
    """Tell whether a text has the form of a name: up to four capitalised words or initials."""
    if INITIALS_AND_NAME.fullmatch(text):
        return True
    tokens = text.replace(".", ". ").split()
    if not 1 <= len(tokens) <= MAX_NAME_TOKENS or not text[-1].isalpha():
        return False
    return all(_is_name_token(token) for token in tokens)


def split_names(text: str) -> list[str]:
    """Return the names of a list such as `A, B және C`, without empty ones."""
    return [name for name in (piece.strip(" .,") for piece in SEPARATORS.split(text)) if name]


def _is_name_token(token: str) -> bool:
    """Tell whether a word could be part of a name."""
    if INITIAL.fullmatch(token):
        return token[0].isupper()
    return (token[0].isupper() or _is_unicased(token)) and NAME_TOKEN.fullmatch(token) is not None


def _is_unicased(token: str) -> bool:
    """Tell whether a word is in a script without capitals, such as Arabic."""
    return token[0].isalpha() and token.lower() == token.upper()


def _has_name_ending(token: str) -> bool:
    """Tell whether a word ends like a family name or patronymic."""
    folded = fold(token)
    endings = field_words().name_endings
    return folded.endswith(endings) and folded[MIN_ENDING_STEM:].endswith(endings)
