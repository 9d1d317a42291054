"""Languages told by letters and words: those no detector knows, and the closest of twins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from transforms.text.language.tags import read_knowledge

_ANY = "*"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A language that is taken for another, and what shows it (see neighbours.toml)."""

    language: str
    script: str
    instead_of: frozenset[str]
    letters: str
    without: str
    words: frozenset[str]
    sequences: tuple[str, ...]
    least: int
    hits_per_100: float

    def fit(self, normalised: str) -> float:
        """Return how many of the signs that it needs a text in lower case has (1: enough)."""
        if sum(map(normalised.count, self.without)) * 100 > len(normalised):
            return 0.0
        needed = max(float(self.least), self.hits_per_100 * len(normalised) / 100)
        hits = sum(map(normalised.count, self.letters))
        if hits < needed:
            hits += sum(map(normalised.count, self.sequences))
            hits += sum(word in self.words for word in normalised.split())
        return hits / needed


@cache
def _neighbours() -> Mapping[str, Sequence[Neighbour]]:
    """Return the neighbours by script."""
    by_script: dict[str, list[Neighbour]] = {}
    for entry in read_knowledge("neighbours")["neighbour"]:
        neighbour = Neighbour(
            language=entry["language"],
            script=entry["script"],
            instead_of=frozenset(entry["instead_of"]),
            letters=entry["letters"],
            without=entry.get("without", ""),
            words=frozenset(entry["words"]),
            sequences=tuple(entry.get("sequences", ())),
            least=entry["least"],
            hits_per_100=entry["hits_per_100"],
        )
        by_script.setdefault(neighbour.script, []).append(neighbour)
    return by_script


def neighbour_of(
    language: str, script: str | None, normalised: str, enough: float = 1.0
) -> str | None:
    """Return the language that this one was mistaken for, if the text's words show it."""
    best: tuple[float, str] | None = None
    for neighbour in _neighbours().get(script or "", ()):
        if language != neighbour.language and not neighbour.instead_of.isdisjoint((language, _ANY)):
            fit = neighbour.fit(normalised)
            if fit >= enough and (best is None or fit > best[0]):
                best = (fit, neighbour.language)
    return best[1] if best else None


@cache
def _twins() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return for each language of a group of twins the words of all of the group."""
    groups: dict[str, Mapping[str, frozenset[str]]] = {}
    for entry in read_knowledge("twins")["twins"]:
        group = {language: frozenset(words) for language, words in entry["words"].items()}
        groups.update(dict.fromkeys(group, group))
    return groups


def has_twins(language: str) -> bool:
    """Return whether a language has others so close that only words tell them apart."""
    return language in _twins()


def twins_of(language: str) -> frozenset[str]:
    """Return a language's twins and itself; none where it has no twin."""
    return frozenset(_twins().get(language, ()))


def twin_by_words(language: str, normalised: str) -> tuple[str, int]:
    """Return which of a language and its twins the words speak for, and by how many words."""
    group = _twins()[language]
    tokens = normalised.split()
    hits = {name: sum(token in words for token in tokens) for name, words in group.items()}
    best = max(hits, key=lambda name: (hits[name], name == language, name))
    others = max(count for name, count in hits.items() if name != best)
    return (best, hits[best] - others) if hits[best] > others else (language, 0)
