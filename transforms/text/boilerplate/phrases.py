"""Know a line of boilerplate by the phrase that sites print.

Phrases live in `knowledge/boilerplate/<family>.toml`. They are compared folded, so case,
punctuation, digits, look-alike letters and the letters that damaged pages lose do not matter.

Short lines cost one dictionary look-up, and one more for each word; no regex runs unless a literal
of it is in the line. Prose is asked only where it begins like a phrase or, at the edges of the
body, where an automaton has seen two words of a phrase or a literal of a pattern in it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

from ahocorasick_rs import AhoCorasick

from transforms.text.fold import LOST_CLASS, fold, strip_numbers
from transforms.text.knowledge_files import load_knowledge_folder

MIN_PROSE_RULE_CHARS = 60
"""A rule for shorter lines only is not looked for in prose."""
LONGEST_LINE_CHARS = 600
"""No rule removes a longer line."""
REMEMBERED_LINE_CHARS = 100
REMEMBERED_LINES = 4096
"""Short lines recur from page to page of a site: most are answered from memory (about 2 MB)."""
FIRST_WORD_CHARS = 24
OPENING_CHARS = 48
EDGE_PARAGRAPHS = 3
"""So many at either end are searched for licences and notices; two or five find the same lines."""
MIN_TELLING_CHARS = 8
TELLING_LITERALS = ("©", "ⓒ", "(c)", "ctrl", "enter")
"""Shorter literals that prose hardly ever holds."""
PUNCTUATION = " .,:;!?«»\"'()-–—"
CASES = (str, str.capitalize, str.upper)
"""The gate reads the page as it is: a page in lower case costs as much as the gate itself."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a line is, why, and whether a block of its kind follows under it."""

    family: str
    layer: str
    evidence: str
    is_header: bool


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One folded phrase between spaces, and the longest line that it may remove."""

    spaced: str
    max_chars: int
    hit: Hit


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
        self.starts: dict[str, list[_Phrase]] = {}
        self.inner: dict[str, list[_Phrase]] = {}
        self.prose_literals: set[str] = set()
        self.openings: set[str] = set()
        self.first_words: set[str] = set()
        self.patterns: list[_Pattern] = []
        self.free_patterns: list[int] = []
        self.patterns_of_literal: list[list[int]] = []
        self.longest_pattern = 0
        for family in families:
            for entry in family.get("phrases", ()):
                for text in entry["texts"]:
                    self._add_phrase(family["family"], entry, text)
            for entry in family.get("patterns", ()):
                self._add_pattern(family["family"], entry)
        self.literals = self._index_literals()
        self.prose_gate = AhoCorasick(
            sorted({case(text) for text in self.prose_literals for case in CASES})
        )

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
        phrase = _Phrase(f" {folded} ", entry["max_chars"], hit)
        words = folded.split()
        if entry["match"] == "start":
            self.starts.setdefault(words[0], []).append(phrase)
        else:
            self.inner.setdefault(max(words, key=len), []).append(phrase)
        if phrase.max_chars < MIN_PROSE_RULE_CHARS:
            return
        if entry["match"] == "start":
            self.openings.add(opening_of(text))
            self.first_words.add(first_word_of(text))
        else:
            self.prose_literals.update(filter(_is_telling, [_sturdiest_words(text)]))

    def _add_pattern(self, family: str, entry: dict[str, Any]) -> None:
        """Index one pattern."""
        hit = Hit(family, "pattern", entry["name"], entry.get("header", False))
        regex = re.compile(entry["regex"], re.IGNORECASE)
        self.patterns.append(_Pattern(regex, tuple(entry["needs"]), entry["max_chars"], hit))
        if entry["max_chars"] >= MIN_PROSE_RULE_CHARS:
            self.prose_literals.update(need for need in entry["needs"] if _is_telling(need))
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
        if not text or len(text) > LONGEST_LINE_CHARS:
            return None
        folded = fold(text)
        whole = self.whole_lines.get(strip_numbers(folded))
        return whole or self._find_phrase(folded, len(text)) or self._find_pattern(text)

    def lines_to_ask(self, lines: Sequence[str]) -> set[int]:
        """Return the indexes of the prose lines that a rule may remove.

        Any that begins with the first words of a phrase; and of those at the edges, where
        licences and notices stand, any that holds a literal of a rule.
        """
        suspects = {index for index, line in enumerate(lines) if self._begins_like_phrase(line)}
        last = max(len(lines) - EDGE_PARAGRAPHS, EDGE_PARAGRAPHS)
        return suspects.union(
            self._with_literal(lines[:EDGE_PARAGRAPHS], 0), self._with_literal(lines[last:], last)
        )

    def _begins_like_phrase(self, line: str) -> bool:
        """Tell whether a line's first word, or first two, are those of a phrase."""
        first_word = first_word_of(line)
        if first_word not in self.first_words:
            return False
        return first_word in self.openings or opening_of(line) in self.openings

    def _with_literal(self, lines: Sequence[str], first: int) -> set[int]:
        """Return the indexes, counted from `first`, of lines that hold a literal for prose."""
        found = self.prose_gate.find_matches_as_indexes("\n".join(lines))
        if not found:
            return set()
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        return {bisect_right(starts, match[1]) - 1 + first for match in found}

    def _find_phrase(self, folded: str, chars: int) -> Hit | None:
        """Return the hit of a phrase that a folded line begins with, or has in it."""
        words = folded.split()
        spaced = f" {folded} "
        for phrase in self.starts.get(words[0], ()) if words else ():
            if chars <= phrase.max_chars and spaced.startswith(phrase.spaced):
                return phrase.hit
        for word in words:
            for phrase in self.inner.get(word, ()):
                if chars <= phrase.max_chars and phrase.spaced in spaced:
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


def first_word_of(text: str) -> str:
    """Return the first word of a text in lower case, without punctuation around it."""
    return text[:FIRST_WORD_CHARS].partition(" ")[0].lower().strip(PUNCTUATION)


def opening_of(text: str) -> str:
    """Return the first two words of a text in lower case, without punctuation around them."""
    return " ".join(text[:OPENING_CHARS].split(None, 2)[:2]).lower().strip(PUNCTUATION)


def _sturdiest_words(text: str) -> str:
    """Return two neighbouring words of a phrase that damage is least likely to hit."""
    words = text.lower().strip(PUNCTUATION).split()
    pairs = [" ".join(words[index : index + 2]) for index in range(max(len(words) - 1, 1))]
    return max(pairs, key=lambda pair: len(pair) - 3 * fold(pair).count(LOST_CLASS))


def _is_telling(literal: str) -> bool:
    """Tell whether a literal is rare enough in prose to ask for its patterns there."""
    return len(literal.strip()) >= MIN_TELLING_CHARS or literal in TELLING_LITERALS


@cache
def phrase_book() -> PhraseBook:
    """Return the phrases that the package ships, read once a process."""
    return PhraseBook(load_knowledge_folder("boilerplate"))


def match_phrase(line: str) -> Hit | None:
    """Return what a line without outer white space is; None if no phrase or pattern knows it."""
    return _match_short(line) if len(line) <= REMEMBERED_LINE_CHARS else phrase_book().find(line)


@lru_cache(maxsize=REMEMBERED_LINES)
def _match_short(line: str) -> Hit | None:
    """Return what a short line is, from memory where it was seen before."""
    return phrase_book().find(line)
