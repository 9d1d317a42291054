"""Compare a stated field with the gold one."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from transforms.text.evaluation.gold import GoldPage

FieldOutcome = Literal["right", "wrong", "missing", "invented", "not_shown", "unlabelled"]
"""`missing`: stated, not found. `invented`: found, not stated. `not_shown`: the gold title or
authors are nowhere in the lines given, or no line of them is labelled a date. `unlabelled`:
found, and the labels do not say."""

OUTCOMES: Sequence[FieldOutcome] = get_args(FieldOutcome)

SITE_SEPARATOR = re.compile(r"\s+[-|–—·•»:]{1,2}\s+")
MAX_SITE_WORDS = 5
NAME_SEPARATOR = re.compile(r"\s*[,;&|/、]\s*|\s+(?:and|und|et|y|e|i|и|й|және|мен|та|with)\s+")
ESCAPE = re.compile(r"\\(?=[^\w\s])")
"""Renderers to Markdown escape what would be a mark of theirs."""

EDGES = " \t'\"«»“”„‘’.,:;!?…#*_-–—|()[]"
LEADING_BY = re.compile(r"^(?:by|von|par|por|автор|авторы|text)\b[: ]*")

WEST_OF_UTC = timedelta(hours=-12)
EAST_OF_UTC = timedelta(hours=14)
"""The widest offsets of civil time: an instant falls on a date somewhere between them."""


def fold_text(text: str) -> str:
    """Return text for comparison: NFKC, lower case, single spaces, no marks at its edges."""
    folded = ESCAPE.sub("", unicodedata.normalize("NFKC", text).casefold()).replace("ё", "е")
    return " ".join(folded.split()).strip(EDGES)


def same_title(said: str, gold: str) -> bool:
    """Tell whether two titles are one, but for case, spaces, edge marks and a site's name."""
    return bool(_title_forms(said) & _title_forms(gold))


def _title_forms(title: str) -> set[str]:
    """Return the folded title with and without what may be the name of its site."""
    folded = fold_text(title)
    forms = {folded}
    for separator in SITE_SEPARATOR.finditer(folded):
        before, after = folded[: separator.start()], folded[separator.end() :]
        if len(after.split()) <= MAX_SITE_WORDS and len(before) > len(after):
            forms.add(before.strip(EDGES))
    return forms


def fold_names(names: Iterable[str]) -> frozenset[str]:
    """Return the set of folded names; a string that lists several is split."""
    parts = (
        part for name in names for part in NAME_SEPARATOR.split(LEADING_BY.sub("", fold_text(name)))
    )
    return frozenset(folded for part in parts if (folded := part.strip(EDGES)))


def same_authors(said: Iterable[str], gold: Iterable[str]) -> bool:
    """Tell whether two lists name the same people, in any order, surname first or last."""
    said_names, gold_names = fold_names(said), fold_names(gold)
    return said_names == gold_names or _words_of(said_names) == _words_of(gold_names)


def _words_of(names: Iterable[str]) -> set[str]:
    """Return all words of some names."""
    return {word.strip(EDGES) for name in names for word in name.split()}


def same_date(said: str, gold: str) -> bool:
    """Tell whether a date is the gold one.

    Where the gold is an instant with an offset, every date counts that some clock on Earth shows
    at that instant: a page prints its local date. Midnight is taken for a date without a time.
    """
    if said[:10] == gold[:10]:
        return True
    try:
        instant, day = datetime.fromisoformat(gold), date.fromisoformat(said[:10])
    except ValueError:
        return False
    if instant.tzinfo is None or instant.time().isoformat() == "00:00:00":
        return False
    utc = (instant - (instant.utcoffset() or timedelta())).replace(tzinfo=None)
    return (utc + WEST_OF_UTC).date() <= day <= (utc + EAST_OF_UTC).date()


def judge_fields(gold: GoldPage, said: Mapping[str, Any]) -> dict[str, FieldOutcome]:
    """Return the outcome of each field of which the labels or the extraction say something."""
    judge = _judge_exact if gold.exact else _judge_coarse
    outcomes = {name: judge(gold, name, said.get(name)) for name in gold.fields}
    return {name: outcome for name, outcome in outcomes.items() if outcome is not None}


def _judge_exact(gold: GoldPage, name: str, said: object) -> FieldOutcome | None:
    """Return the outcome where silence of the labels means that the page states nothing."""
    stated = gold.fields[name]
    if _is_nothing(stated):
        return None if _is_nothing(said) else "invented"
    if _is_nothing(said):
        return "missing"
    return "right" if said == stated else "wrong"


def _judge_coarse(gold: GoldPage, name: str, said: Any) -> FieldOutcome | None:
    """Return the outcome where silence of the labels means nothing."""
    stated = gold.fields[name]
    if _is_nothing(stated):
        return None if _is_nothing(said) else "unlabelled"
    if name == "published_date":
        is_shown = not _is_nothing(said) or not gold.roles or "date" in gold.roles.values()
    else:
        is_shown = _is_shown(name, stated, gold.lines or ())
    if not is_shown:
        return "not_shown"
    if _is_nothing(said):
        return "missing"
    if name == "title":
        right = same_title(said, stated)
    elif name == "authors":
        right = same_authors(said, stated)
    else:
        right = same_date(said, stated)
    return "right" if right else "wrong"


def _is_nothing(value: object) -> bool:
    """Tell whether a field is empty (0 views are something)."""
    return value is None or value in ("", [])


def _is_shown(name: str, stated: Any, lines: Sequence[str]) -> bool:
    """Tell whether a line holds the gold title, or an author's whole name."""
    wanted = _title_forms(stated) if name == "title" else fold_names(stated)
    return any(form in folded for folded in map(fold_text, lines) for form in wanted)
