"""The words by which lines state a field, folded and indexed, read once a process."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from transforms.text.fold import fold, strip_numbers
from transforms.text.knowledge_files import load_knowledge


@dataclass(frozen=True, slots=True)
class FieldWords:
    """What `knowledge/fields.toml` lists, each phrase folded and without numbers at its ends."""

    views: frozenset[str]
    comments: frozenset[str]
    read_time: frozenset[str]
    minutes: frozenset[str]
    published: frozenset[str]
    author: frozenset[str]
    source: frozenset[str]
    source_words: frozenset[str]
    section_labels: frozenset[str]
    sections: frozenset[str]
    tags: frozenset[str]
    name_endings: tuple[str, ...]
    agencies: frozenset[str]


@cache
def field_words() -> FieldWords:
    """Return the field words that the package ships."""
    lists = load_knowledge("fields.toml")
    endings = tuple(sorted(_folded(lists.pop("name_endings"))))
    return FieldWords(
        name_endings=endings, **{name: _folded(phrases) for name, phrases in lists.items()}
    )


def _folded(phrases: Iterable[str]) -> frozenset[str]:
    """Return phrases as they look in a folded line."""
    return frozenset(strip_numbers(fold(phrase)) for phrase in phrases)
