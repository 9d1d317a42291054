"""Find the dateline with which a report begins: place, day, agency and a dash."""

import re
from dataclasses import dataclass

from schemas.rows import Dateline
from transforms.text.fold import fold
from transforms.text.words import field_words

SEARCHED_CHARS = 90
MAX_AGENCY_WORDS = 4
DASH = r"(?:\s+[-–—―]+\s*|-+\s+|[–—―]+\s*)"
DASH_BESIDE_SPACE = re.compile(r"\s[-–—―]|[-–—―]\s|[–—―]")
PLACE = r"[«\"]?(?P<place>[^\W\d_][\w’'ʼ-]*(?: [^\W\d_][\w’'ʼ-]*){0,2})"
DAY = r"(?P<day>\d{1,2}(?:\s|-)?[^\W\d_]+\.?|[^\W\d_]+ \d{1,2})"
AGENCY = r"(?P<agency>[^\W\d_][\w«»“”\"'’. -]{1,39}?)"
FORMS = tuple(
    re.compile(form)
    for form in (
        rf"\W?{PLACE}[.,] {DAY}[.,]? {AGENCY}\.?{DASH}",  # Astana. 13 June. Agency -
        rf"\W?{PLACE}[.,] {DAY}{DASH}(?P<agency>[\w .«»-]{{2,30}})\. ",  # Astana, 17 June - Agency.
        rf"\W?{PLACE}[.,] {AGENCY}\.?{DASH}",  # Astana. Agency -
        rf"\W?{PLACE}(?:, {DAY})? ?\((?P<agency>[^()]{{2,30}})\){DASH}",  # Astana (Agency) -
        rf"\((?P<place>[^\W\d_][\w-]+), {DAY}, (?P<agency>[^(),]+?)(?:, [^()]+)?\)\.?\s*",
        r"(?P<agency>[A-Za-z][\w-]*\.(?:kz|ru|kg|uz|com|org|net|info))\.?" + DASH,
        r"(?P<agency>[A-Z][A-Z]+\.COM)" + DASH,
    )
)


@dataclass(frozen=True, slots=True)
class FoundDateline:
    """A dateline and how many code points of the paragraph it takes."""

    dateline: Dateline
    end: int


def find_dateline(text: str) -> FoundDateline | None:
    """Return the dateline with which a paragraph begins; None where that is not sure.

    A dateline is taken only if it names a day, an agency that is known, or a place in capitals:
    `Sarah. A friend - ...` begins a sentence.
    """
    start = text[:SEARCHED_CHARS]
    if start[0] != "(" and not DASH_BESIDE_SPACE.search(start):
        return None
    for form in FORMS:
        match = form.match(start)
        if match and match.end() < len(text) and _is_sure(match):
            return FoundDateline(_dateline(match), match.end())
    return None


def _is_sure(match: re.Match[str]) -> bool:
    """Tell whether a match has the marks of a dateline."""
    groups = match.groupdict()
    place, agency = groups.get("place") or "", (groups.get("agency") or "").strip(" .")
    if not agency or len(agency.split()) > MAX_AGENCY_WORDS or not _is_capitalised(agency[:1]):
        return False
    if not place:
        return True
    if not _is_capitalised(place):
        return False
    if groups.get("day"):
        return any(character.isdigit() for character in groups["day"])
    if not _is_capitalised(agency):
        return False
    return fold(agency) in field_words().agencies or (len(place) > 3 and place.isupper())


def _is_capitalised(text: str) -> bool:
    """Tell whether the first and last word begin with a capital, or have no case at all."""
    words = text.strip("«»“”\"' ").split()
    ends = (words[0], words[-1]) if words else ("",)
    return all(word[:1].isupper() or word[:1] != word[:1].swapcase().lower() for word in ends)


def _dateline(match: re.Match[str]) -> Dateline:
    """Return what a match says."""
    groups = match.groupdict()
    return Dateline(
        place=groups.get("place"),
        date_text=(groups.get("day") or "").rstrip(".,") or None,
        agency=groups["agency"].strip(' .«»“”"') or None,
    )
