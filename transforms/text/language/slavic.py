"""The Slavic languages in Cyrillic: what letters rule out, and what small words say."""

from collections import Counter
from functools import cache

from transforms.text.language.tags import read_knowledge

SLAVIC = frozenset({"be", "bg", "mk", "ru", "sr", "uk"})
_MIN_INFLECTED = 5  # letters of a word whose end is looked at
_ENDING_WEIGHT = 0.4  # of a word
# Letters of languages in Cyrillic that are not Slavic.
_FOREIGN_LETTERS = "ӕәғқңөұүһҥҕӧӱӕӑӗҫӳҡҙҗӣӯҳҷ"


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


def foreign_letters(normalised: str) -> int:
    """Return how many characters of a text in lower case are letters no Slavic language has."""
    return sum(map(normalised.count, _FOREIGN_LETTERS))


def languages_by_letters(normalised: str) -> frozenset[str]:
    """Return the Slavic languages whose letters fit a text in lower case best."""
    against: Counter[str] = Counter()
    for letter, languages in _letters():
        if count := normalised.count(letter):
            against.update(dict.fromkeys(SLAVIC - languages, count))
    least = min(against[language] for language in SLAVIC)
    return frozenset(language for language in SLAVIC if against[language] == least)


@cache
def _endings() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the telling ends of words by language, as `str.endswith` takes them."""
    endings = read_knowledge("slavic")["endings"]
    return tuple((language, tuple(ends)) for language, ends in endings.items())


def votes_by_words(normalised: str) -> dict[str, float]:
    """Return how many of its own words and endings each language has, shared ones in parts."""
    votes = dict.fromkeys(SLAVIC, 0.0)
    known = _words()
    for word in normalised.split():
        if owners := known.get(word):
            for language in owners:
                votes[language] += 1 / len(owners)
        elif len(word) >= _MIN_INFLECTED:
            for language, ends in _endings():
                if word.endswith(ends):
                    votes[language] += _ENDING_WEIGHT
    return votes
