"""The Slavic languages in Cyrillic: what letters rule out, and what small words say."""

from collections import Counter
from functools import cache

from transforms.text.language.tags import read_knowledge

SLAVIC = frozenset({"be", "bg", "mk", "ru", "sr", "uk"})


@cache
def _letters() -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the telling letters, each with the languages that use it."""
    letters = read_knowledge("slavic")["letters"]
    return tuple((letter, frozenset(languages)) for letter, languages in letters.items())


@cache
def _words() -> dict[str, frozenset[str]]:
    """Return for each frequent word the languages that write it."""
    owners: dict[str, set[str]] = {}
    for language, words in read_knowledge("slavic")["words"].items():
        for word in words:
            owners.setdefault(word, set()).add(language)
    return {word: frozenset(languages) for word, languages in owners.items()}


def languages_by_letters(normalised: str) -> frozenset[str]:
    """Return the Slavic languages whose letters fit a text in lower case best."""
    against: Counter[str] = Counter()
    for letter, languages in _letters():
        if count := normalised.count(letter):
            against.update(dict.fromkeys(SLAVIC - languages, count))
    least = min(against[language] for language in SLAVIC)
    return frozenset(language for language in SLAVIC if against[language] == least)


def votes_by_words(normalised: str) -> Counter[str]:
    """Return how many of its own words each language has, a shared word counted in parts."""
    votes: Counter[str] = Counter()
    known = _words()
    for word in normalised.split():
        for language in (owners := known.get(word, frozenset())):
            votes[language] += 1 / len(owners)  # type: ignore[assignment]  # parts of a word
    return votes
