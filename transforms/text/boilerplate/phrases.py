"""Know a line of boilerplate by the phrase that sites print.

Phrases live in `knowledge/boilerplate/<family>.toml`. They are compared folded, so case,
punctuation, digits, look-alike letters and the letters that damaged pages lose do not matter.
A line costs one dictionary look-up, and one more for each of its words: no regex runs unless a
literal of it is in the line, and one automaton finds the literals of all patterns in one pass.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from ahocorasick_rs import AhoCorasick

from transforms.text.fold import LOST_CLASS, fold, strip_numbers
from transforms.text.knowledge_files import load_knowledge_folder

FOLDED_WHOLE_CHARS = 140
"""Longer lines are mostly prose: at first only the sturdiest words of phrases are looked for."""
LONGEST_LINE_CHARS = 600
"""No rule removes a longer line."""
START_CHARS = 80
FIRST_WORD_CHARS = 40
CACHED_LINE_CHARS = 100
CACHED_LINES = 16_384
"""Short lines recur from page to page of a site: most are answered from memory (about 5 MB)."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a line is, why, and whether a block of its kind follows under it."""

    family: str
    layer: str
    evidence: str
    is_header: bool


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One folded phrase and where in a line it counts."""

    folded: str
    match: str
    max_chars: int
    hit: Hit

    def is_in(self, folded: str, chars: int) -> bool:
        """Tell whether a folded line of so many characters has the phrase where it counts."""
        if chars > self.max_chars:
            return False
        padded = f" {folded} "
        if self.match == "start":
            return padded.startswith(f" {self.folded} ")
        return f" {self.folded} " in padded


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A regex with the literals of which a line must hold one."""

    regex: re.Pattern[str]
    needs: Sequence[str]
    max_chars: int
    hit: Hit

    def is_in(self, text: str) -> bool:
        """Tell whether the pattern is in a line that holds one of its literals."""
        return len(text) <= self.max_chars and self.regex.search(text) is not None


class PhraseBook:
    """All phrases and patterns, indexed by what is cheap to ask."""

    def __init__(self, families: Iterable[dict[str, Any]]) -> None:
        self.whole_lines: dict[str, Hit] = {}
        self.by_word: dict[str, list[_Phrase]] = {}
        self.long_line_words: set[str] = set()
        self.patterns: list[_Pattern] = []
        self.free_patterns: list[int] = []
        self.patterns_of_literal: list[list[int]] = []
        self.longest_within = self.longest_pattern = 0
        for family in families:
            for entry in family.get("phrases", ()):
                for text in entry["texts"]:
                    self._add_phrase(family["family"], entry, text)
            for entry in family.get("patterns", ()):
                self._add_pattern(family["family"], entry)
        self.literals = self._index_literals()

    def _add_phrase(self, family: str, entry: dict[str, Any], text: str) -> None:
        """Index one phrase."""
        folded = strip_numbers(fold(text))
        if not folded:
            raise ValueError(f"knowledge of {family}: the phrase {text!r} holds no letter")
        is_header = entry["match"] == "line" and entry.get("header", False)
        hit = Hit(family, "phrase", text, is_header)
        if entry["match"] == "line":
            self.whole_lines.setdefault(folded, hit)
            return
        phrase = _Phrase(folded, entry["match"], entry["max_chars"], hit)
        words = folded.split()
        word = words[0] if entry["match"] == "start" else max(words, key=len)
        self.by_word.setdefault(word, []).append(phrase)
        if entry["match"] == "within" and entry["max_chars"] > FOLDED_WHOLE_CHARS:
            self.long_line_words.add(_sturdiest_word(text))
            self.longest_within = max(self.longest_within, entry["max_chars"])

    def _add_pattern(self, family: str, entry: dict[str, Any]) -> None:
        """Index one pattern."""
        hit = Hit(family, "pattern", entry["name"], entry.get("header", False))
        regex = re.compile(entry["regex"], re.IGNORECASE)
        self.patterns.append(_Pattern(regex, tuple(entry["needs"]), entry["max_chars"], hit))
        self.longest_pattern = max(self.longest_pattern, entry["max_chars"])

    def _index_literals(self) -> AhoCorasick:
        """Return the automaton that finds the literals of all patterns, and index these."""
        of_literal: dict[str, list[int]] = {}
        for number, pattern in enumerate(self.patterns):
            if not pattern.needs:
                self.free_patterns.append(number)
            for literal in pattern.needs:
                of_literal.setdefault(literal, []).append(number)
        self.patterns_of_literal = list(of_literal.values())
        return AhoCorasick(list(of_literal))

    def find(self, text: str) -> Hit | None:
        """Return what a line is by its phrases and patterns; None if they do not know it."""
        chars = len(text)
        if chars > LONGEST_LINE_CHARS:
            return None
        if chars <= FOLDED_WHOLE_CHARS:
            folded = fold(text)
            whole = self.whole_lines.get(strip_numbers(folded))
            return whole or self._find_phrase(folded, chars) or self._find_pattern(text)
        if chars <= self.longest_within and not self.long_line_words.isdisjoint(
            text.lower().split()
        ):
            found = self._find_phrase(fold(text), chars)
        else:
            found = self._find_start(text)
        return found or self._find_pattern(text)

    def _find_phrase(self, folded: str, chars: int) -> Hit | None:
        """Return the hit of a phrase that a folded line has; the first in the line's order."""
        for word in folded.split():
            for phrase in self.by_word.get(word, ()):
                if phrase.is_in(folded, chars):
                    return phrase.hit
        return None

    def _find_start(self, text: str) -> Hit | None:
        """Return the hit of a phrase that a long line begins with."""
        first_word = fold(text[:FIRST_WORD_CHARS].split(None, 1)[0])
        phrases = self.by_word.get(first_word.partition(" ")[0], ())
        for phrase in phrases:
            if phrase.match == "start" and phrase.is_in(fold(text[:START_CHARS]), len(text)):
                return phrase.hit
        return None

    def _find_pattern(self, text: str) -> Hit | None:
        """Return the hit of the first pattern that is in a line."""
        if len(text) > self.longest_pattern:
            return None
        found = self.literals.find_matches_as_indexes(text.lower(), overlapping=True)
        numbers = {number for match in found for number in self.patterns_of_literal[match[0]]}
        for number in sorted(numbers.union(self.free_patterns)):
            if self.patterns[number].is_in(text):
                return self.patterns[number].hit
        return None


def _sturdiest_word(text: str) -> str:
    """Return the word of a phrase that damage is least likely to hit, in lower case."""
    words = [word.strip(".,:;!?«»\"'()") for word in text.lower().split()]
    return max(words, key=lambda word: len(word) - 3 * fold(word).count(LOST_CLASS))


@cache
def phrase_book() -> PhraseBook:
    """Return the phrases that the package ships, read once a process."""
    return PhraseBook(load_knowledge_folder("boilerplate"))


def match_phrase(line: str) -> Hit | None:
    """Return what a line without outer white space is; None if no phrase or pattern knows it."""
    return _match_short(line) if len(line) <= CACHED_LINE_CHARS else phrase_book().find(line)


@lru_cache(maxsize=CACHED_LINES)
def _match_short(line: str) -> Hit | None:
    """Return what a short line is, from memory where it was seen before."""
    return phrase_book().find(line)
