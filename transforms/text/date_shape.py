"""Turn a line into its shape: one symbol per number, word or gap, so that one regex reads dates.

A symbol stands for everything its token can be: `05` can be a day, a month, an hour, minutes.
`transforms.text.date_grammar` names these roles; a role is the class of the symbols that have it.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from transforms.text.date_words import UNKNOWN_WORD, DateWord, load_date_words, word_key

FIRST_YEAR = 1990
LAST_YEAR = 2100
SHORT_YEAR_PIVOT = 40
"""Two-digit years: 00-39 are 2000-2039, 90-99 are 1990-1999, the others are no year of a page."""
LARGEST_OFFSET_HOURS = 14
"""Of all zones, that of Kiritimati."""

OTHER_NUMBER = frozenset({"number", "notyear"})
MARKS = "\u0300-\u036f\u064b-\u0655\u0670"
APOSTROPHES = "'’‘ʻʼ`´"
UNIT_CHARACTERS = "年月日号號时時点點分秒년월일시분초"
CAPITAL_ROLES = frozenset({"zone", "unclearzone"})
NAME_ROLES = frozenset({"name", "weakname", "rarename"})
CACHED_TOKENS = 16384
LETTER = r"[^\W\d_]"
TOKEN = re.compile(
    rf"""
    ([\W_]*+)                              # the gap before
    (
      [0-5](?<=[012]\d:.)\d(?=\d)        # 00 of 16:0023/01/2026, or of 22:0024318
    | [12](?<=\d[./-].)(?:(?<=1)9|(?<=2)0)\d\d(?=\d)   # 2018 of 13.06.20184100
    | [12](?:(?<=1)9|(?<=2)0)\d\d(?=[0-2]?\d:[0-5]\d)  # 2018 of 13.06.201818:13
    | \d++
    | [{UNIT_CHARACTERS}](?:(?<=\d.)|(?<=\d\s.))
    | {LETTER}++(?:(?:[{MARKS}]|[{APOSTROPHES}](?={LETTER})){LETTER}*+)*+\.?
    | \Z
    )
    """,
    re.VERBOSE,
)
"""One number or word; a time of day and a year glued to the next number are cut off from it."""

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\xad"))
BREAK = "!"


@dataclass(frozen=True, slots=True)
class Shape:
    """The symbols of a line and, for each, its number, if it has one, and where it starts.

    The number of a month's name is that of the month. What a symbol stands for ends where the
    next one starts; `starts` has one entry more than there are symbols.
    """

    symbols: str
    starts: list[int]
    numbers: list[int | None]


class Sign(NamedTuple):
    """What a token is in a shape; `glued` letters before it belong to a word of another field."""

    symbol: str
    number: int | None
    begins_phrase: bool = False
    glued: int = 0


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The symbols: for number texts, for each set of roles, and the class of each role."""

    numbers: dict[str, Sign]
    symbols: dict[frozenset[str], str]
    classes: dict[str, str]
    phrases: re.Pattern[str]
    tight_gaps: dict[str, str]
    loose_gaps: dict[str, str]


def read_shape(line: str) -> Shape:
    """Return the shape of a line."""
    symbols: list[str] = []
    starts: list[int] = []
    numbers: list[int | None] = []
    position = phrase_end = 0
    for gap, token in TOKEN.findall(line):
        start = position + len(gap)
        if start >= phrase_end:
            if gap:
                symbols.append(_gap_symbol(gap))
                starts.append(position)
                numbers.append(None)
            if token:
                symbol, number, begins_phrase, glued = _token_symbol(token)
                if begins_phrase and (phrase := _lexicon().phrases.match(line, start)):
                    phrase_end = phrase.end()
                    symbol, number, *_ = _token_symbol(phrase[0])
                if glued:
                    symbols.append(BREAK)
                    starts.append(start)
                    numbers.append(None)
                symbols.append(symbol)
                starts.append(start + glued)
                numbers.append(number)
        position = start + len(token)
    starts.append(position)
    return Shape("".join(symbols), starts, numbers)


@cache
def role_class(roles: str) -> str:
    """Return the symbols of a role, or of several (`month|name`), in one string."""
    classes = _lexicon().classes
    return "".join(classes[role] for role in roles.split("|"))


def word_value(text: str) -> int | None:
    """Return the minutes of a zone's name, or the hours that am and pm add."""
    return _read_word(text).value


@lru_cache(CACHED_TOKENS)
def _gap_symbol(gap: str) -> str:
    """Return the symbol of what stands between two tokens."""
    lexicon = _lexicon()
    gap = gap.translate(INVISIBLE)
    if gap in lexicon.tight_gaps:
        return lexicon.tight_gaps[gap]
    return lexicon.loose_gaps.get(" ".join(gap.split()), BREAK)


@lru_cache(CACHED_TOKENS)
def _token_symbol(text: str) -> Sign:
    """Return what a number or a word is in a shape."""
    lexicon = _lexicon()
    if text[0].isdecimal():
        if not text.isascii():
            text = "".join(str(int(digit)) for digit in text)
        return lexicon.numbers.get(text, lexicon.numbers["other"])
    word, glued = _read_word(text), 0
    if word is UNKNOWN_WORD and (capital := _last_capital(text)):
        month = _read_word(text[capital:])
        if month.roles & NAME_ROLES:
            word, glued = month, capital
    number = word.value if word.roles & NAME_ROLES else None
    return Sign(lexicon.symbols[word.roles], number, word.begins_phrase, glued)


def _last_capital(text: str) -> int:
    """Return where the last word of `EditorJune` or `HealthDECEMBER` begins; 0: it is one word."""
    places = range(len(text) - 1, 0, -1)
    return next((at for at in places if text[at].isupper() and text[at - 1].islower()), 0)


def _read_word(text: str) -> DateWord:
    """Return what a word can stand for, with what its case adds."""
    if text == "T":
        return DateWord(frozenset({"isotime"}))
    if text == "Z":
        return DateWord(frozenset({"zone"}), 0)
    word = load_date_words().by_key.get(word_key(text.rstrip(".")), UNKNOWN_WORD)
    if word is UNKNOWN_WORD:
        return word
    roles = word.roles if text.isupper() else _without_capital_roles(word.roles)
    if text[0].isupper():
        roles = _strengthen(roles, "weakname", "name")
    if text[-1] == ".":
        roles = _strengthen(roles, "weakweekday", "weekday")
    return DateWord(roles, word.value, word.begins_phrase)


def _without_capital_roles(roles: frozenset[str]) -> frozenset[str]:
    """Return what a word can stand for that is not in capitals: `EST` is a zone, `est` is not."""
    return roles - CAPITAL_ROLES or UNKNOWN_WORD.roles


def _strengthen(roles: frozenset[str], weak: str, strong: str) -> frozenset[str]:
    """Return the roles with a weak one made strong: `May` is a month where `may` need not be."""
    return roles - {weak} | {strong} if weak in roles else roles


def _number_roles(text: str) -> frozenset[str]:
    """Return what a number of one, two or four digits can stand for."""
    number = int(text)
    two = len(text) == 2
    tests = {
        "number": True,
        "day": 1 <= number <= 31 and len(text) <= 2,
        "dayonly": 13 <= number <= 31,
        "month": 1 <= number <= 12 and len(text) <= 2,
        "hour": number <= 23 and len(text) <= 2,
        "offsethour": number <= LARGEST_OFFSET_HOURS and len(text) <= 2,
        "twoday": two and 1 <= number <= 31,
        "twomonth": two and 1 <= number <= 12,
        "twohour": two and number <= 23,
        "minute": two and number <= 59,
        "shortyear": two and (number < SHORT_YEAR_PIVOT or number >= FIRST_YEAR % 100),
        "fullyear": len(text) == 4 and FIRST_YEAR <= number <= LAST_YEAR,
        "notyear": not (len(text) == 4 and FIRST_YEAR <= number <= LAST_YEAR),
        "oldyear": 1000 <= number < FIRST_YEAR,
        "offset": len(text) == 4
        and number <= LARGEST_OFFSET_HOURS * 100
        and number % 100 in (0, 30, 45),
    }
    return frozenset(role for role, holds in tests.items() if holds)


@cache
def _lexicon() -> Lexicon:
    """Return the symbols of all role sets there are."""
    words = load_date_words()
    texts = [str(n) for n in range(10)] + [f"{n:02}" for n in range(100)]
    texts += [f"{hour:02}{minute}" for hour in range(15) for minute in ("00", "30", "45")]
    texts += [str(year) for year in range(1000, LAST_YEAR + 1)]
    number_roles = {text: _number_roles(text) for text in texts} | {"other": OTHER_NUMBER}
    role_sets = {word.roles for word in words.by_key.values()}
    role_sets |= {_without_capital_roles(roles) for roles in role_sets}
    role_sets |= {_strengthen(roles, "weakname", "name") for roles in role_sets}
    role_sets |= {_strengthen(roles, "weakweekday", "weekday") for roles in role_sets}
    role_sets |= {frozenset({"isotime"}), frozenset({"zone"}), UNKNOWN_WORD.roles}
    role_sets |= set(number_roles.values())
    symbols = {
        roles: chr(0x4E00 + place) for place, roles in enumerate(sorted(role_sets, key=sorted))
    }
    classes = {
        role: "".join(symbol for roles, symbol in symbols.items() if role in roles)
        for role in {role for roles in role_sets for role in roles}
    }
    numbers = {
        text: Sign(symbols[roles], None if text == "other" else int(text))
        for text, roles in number_roles.items()
    }
    spellings = "|".join(re.escape(phrase) for phrase in words.phrases)
    phrases = re.compile(rf"(?i:{spellings})(?!{LETTER})\.?")
    return Lexicon(numbers, symbols, classes, phrases, words.tight_gaps, words.loose_gaps)
