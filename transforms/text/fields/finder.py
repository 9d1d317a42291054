"""Find all fields of a page, before anything is judged as boilerplate.

Fields come first because what looks like boilerplate to a rule is often one: a model that ran
first ate a quarter of the titles and two thirds of the dates.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice

from schemas.rows import Dateline
from transforms.text.dates import FoundDate, to_date, to_instant
from transforms.text.draft import DraftLine, Part, Removal
from transforms.text.fields.credits import (
    find_glued_byline,
    is_press_service,
    read_labelled_credit,
    tail_bylines,
)
from transforms.text.fields.datelines import find_dateline
from transforms.text.fields.names import is_person_name, is_plain_name, split_names
from transforms.text.fields.stamps import Stamp, parse_count, read_stamp, unit_kind
from transforms.text.fields.titles import clean_title, find_title
from transforms.text.fold import fold
from transforms.text.words import field_words

MAX_HEAD_LINES = 60
MAX_TAIL_LINES = 8
DATELINE_PARAGRAPHS = 3
MAX_COUNT_DIGITS = 8
LONG_PROSE_CHARS = 120
PROSE_AFTER_HEADER = 3
"""A header with so many long paragraphs after it heads no block: the page goes on."""
NEAR_PARAGRAPHS = 3
NEAR_LINES = 10
"""A body begins where so many paragraphs stand within so many lines."""
UPDATED = {"published": "updated"}
NEAR_DATE_LINES = 2
DATE_FIELDS = ("published", "updated", "read_time")
MAX_TAGS = 30
MAX_TAG_CHARS = 40
MAX_SECTION_CHARS = 40


@dataclass(slots=True)
class PageFields:
    """What a page states, in the names of the article. None: the page does not say."""

    title: str | None = None
    title_line: int | None = None
    authors: list[str] = field(default_factory=list)
    published_at: datetime | None = None
    published_date: date | None = None
    published_text: str | None = None
    dateline: Dateline | None = None
    section: str | None = None
    source: str | None = None
    view_count: int | None = None
    comment_count: int | None = None
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stamped:
    """A stamp and the index of its line among the non-blank lines."""

    index: int
    stamp: Stamp


class _Finder:
    """One page's search for fields; each step marks the lines that it takes."""

    def __init__(self, lines: Sequence[DraftLine]) -> None:
        self.lines = lines
        self.fields = PageFields()
        self.stamped: list[_Stamped] = []
        prose = [index for index, line in enumerate(lines) if line.is_prose and line.hit is None]
        self.first_prose = _body_start(prose, len(lines))
        self.last_prose = self._last_prose(prose)

    def _last_prose(self, prose: Sequence[int]) -> int:
        """Return the index of the last paragraph before the blocks at the page's end."""
        if not prose:
            return len(self.lines) - 1
        long = [index for index in prose if len(self.lines[index].text) >= LONG_PROSE_CHARS]
        goes_on_until = long[-PROSE_AFTER_HEADER] if len(long) >= PROSE_AFTER_HEADER else prose[0]
        for index in range(max(goes_on_until, prose[0]), len(self.lines)):
            hit = self.lines[index].hit
            if hit and hit.is_header:
                return prose[bisect_left(prose, index) - 1]
        return prose[-1]

    @property
    def head(self) -> Sequence[DraftLine]:
        """Return the lines before the first paragraph."""
        return self.lines[max(self.first_prose - MAX_HEAD_LINES, 0) : self.first_prose]

    @property
    def tail(self) -> Sequence[DraftLine]:
        """Return the first lines after the last paragraph."""
        return self.lines[self.last_prose + 1 : self.last_prose + 1 + MAX_TAIL_LINES]

    def find_stamps(self) -> None:
        """Take the lines that hold nothing but dates and counts."""
        for index, line in enumerate(self.lines):
            if line.is_prose or not self._is_beside_body(index):
                continue
            stamp = read_stamp(line.text)
            if stamp:
                self.stamped.append(_Stamped(index, stamp))
                line.parts = list(stamp.parts)

    def _is_beside_body(self, index: int) -> bool:
        """Tell whether a line stands before the first or after the last paragraph, or close."""
        return index <= self.first_prose + 2 or index > self.last_prose

    def find_counts(self) -> None:
        """Take numbers and units that stand on lines of their own in the head."""
        start = max(self.first_prose - MAX_HEAD_LINES, 0)
        for index, line in enumerate(self.lines[start : self.first_prose + 2], start):
            if line.is_open and _is_bare_number(line.text):
                self._take_number(index, line)
            elif line.is_open and len(line.text) <= MAX_TAG_CHARS:
                kind = unit_kind(line.text)
                above = self.lines[index - 1] if index else None
                if kind and above and above.parts and above.parts[-1].field in (kind, "read_time"):
                    line.take(above.parts[-1].field)

    def _take_number(self, index: int, line: DraftLine) -> None:
        """Take a number by the unit under it, or by the stamp or title beside it."""
        below = self.lines[index + 1] if index + 1 < len(self.lines) else None
        kind = unit_kind(below.text) if below and below.is_open and not below.is_prose else None
        if below and kind:
            line.take(kind)
            below.take(kind)
        elif self._touches_field(index):
            taken = self.fields.view_count is not None
            kind = "comments" if taken else "views"
            if taken and self.fields.comment_count is not None:
                return
            line.take(kind)
        else:
            return
        self._note_count(kind, parse_count(line.text))

    def _touches_field(self, index: int) -> bool:
        """Tell whether the line above or below states a field."""
        neighbours = [*self.lines[max(index - 1, 0) : index], *self.lines[index + 1 : index + 2]]
        return any(line.parts for line in neighbours)

    def _note_count(self, kind: str, count: int | None) -> None:
        """Keep the first count of each kind."""
        if kind == "views" and self.fields.view_count is None:
            self.fields.view_count = count
        elif kind == "comments" and self.fields.comment_count is None:
            self.fields.comment_count = count

    def find_sections(self) -> None:
        """Take the line of the head that names the section."""
        words = field_words()
        for line in self.head:
            if not line.is_open or len(line.text) > MAX_SECTION_CHARS:
                continue
            label, colon, value = line.text.partition(":")
            if colon and value.strip() and fold(label) in words.section_labels:
                self._take_section(line, value.strip())
            elif fold(line.text) in words.sections:
                self._take_section(line, line.text.strip(" ,.:"))

    def _take_section(self, line: DraftLine, section: str) -> None:
        """Take a line as section; of several the last before the title is the page's own."""
        line.take("section")
        self.fields.section = self.fields.section or section

    def find_title(self) -> None:
        """Take the title and its repetitions."""
        found = find_title(self.lines, self.first_prose)
        for line in found:
            line.take("title")
        if found:
            self.fields.title = clean_title(found[0].text)
            self.fields.title_line = found[0].number

    def find_credits(self) -> None:
        """Take bylines, sources and press-service signatures around the body."""
        for line in (*self.head, *self.tail):
            if line.is_open and not line.is_prose:
                self._take_credit(line)
        for line in tail_bylines(self.tail):
            line.take("author")
            if is_person_name(line.text.rstrip(" ,.")):
                self._add_authors([line.text.rstrip(" ,.")])
        self._take_names_under_title()

    def _take_names_under_title(self) -> None:
        """Take names between the title and the body; less sure ones only beside a date."""
        title = self.fields.title_line
        if title is None:
            return
        start = max(self.first_prose - MAX_HEAD_LINES, 0)
        for index in range(start, self.first_prose):
            line = self.lines[index]
            if line.number < title or not line.is_open or line.hit:
                continue
            if is_person_name(line.text) or (is_plain_name(line.text) and self._is_credited(index)):
                line.take("author")
                self._add_authors(split_names(line.text))

    def _is_credited(self, index: int) -> bool:
        """Tell whether a possible name stands under a label such as `By`, or close to a date."""
        above = self.lines[index - 1] if index else None
        if above and above.is_open and fold(above.text) in field_words().author:
            above.take("author")
            return True
        near = self.lines[max(index - NEAR_DATE_LINES, 0) : index + NEAR_DATE_LINES + 1]
        return any(part.field in DATE_FIELDS for line in near for part in line.parts)

    def _take_credit(self, line: DraftLine) -> None:
        """Take one line that credits somebody."""
        credit = read_labelled_credit(line.text)
        if credit and credit.field == "author":
            line.take("author")
            self._add_authors(credit.names)
        elif credit:
            line.take("source")
            self.fields.source = self.fields.source or credit.names[0]
        elif is_press_service(line.text):
            line.take("source")
            self.fields.source = self.fields.source or line.text.rstrip(". ")

    def _add_authors(self, names: Sequence[str]) -> None:
        """Keep authors in the order of the page, each once."""
        self.fields.authors += [name for name in names if name not in self.fields.authors]

    def find_inside_prose(self) -> None:
        """Take the dateline at the beginning and the byline at the end of the prose."""
        paragraphs = (line for line in self.lines if line.is_prose and line.is_open)
        for line in islice(paragraphs, DATELINE_PARAGRAPHS):
            found = find_dateline(line.text)
            if found:
                self.fields.dateline = found.dateline
                line.parts = [Part("dateline", 0, found.end)]
                line.has_prose = True
                break
        last = self.lines[self.last_prose] if self.lines else None
        byline = find_glued_byline(last.text) if last and _has_open_prose(last) else None
        if last and byline:
            last.parts = [*last.parts, byline]
            last.has_prose = True
            self._add_authors([last.text[byline.start :].strip()])

    def find_tags(self) -> None:
        """Take tags: a labelled line, or the short lines under a label."""
        labels = field_words().tags
        for index, line in enumerate(self.lines):
            if line.is_prose or line.parts or len(line.text) > MAX_TAG_CHARS * 10:
                continue
            label, colon, value = line.text.partition(":")
            if len(label) > MAX_TAG_CHARS or fold(label) not in labels:
                continue
            if colon and value.strip():
                line.take("tags")
                self.fields.tags += [tag.strip() for tag in value.split(",") if tag.strip()]
            elif index > self.first_prose:
                self._take_tag_lines(index)

    def _take_tag_lines(self, index: int) -> None:
        """Take the short lines under a label as tags."""
        following = self.lines[index + 1 : index + 1 + MAX_TAGS]
        taken = 0
        for line in following:
            if line.is_prose or line.hit or not line.is_open or len(line.text) > MAX_TAG_CHARS:
                break
            line.take("tags")
            self.fields.tags.append(line.text.strip("# ,;"))
            taken += 1
        if taken:
            self.lines[index].take("tags")

    def choose_published(self, timezone: str | None) -> None:
        """Choose the publication date among the stamps and note the counts that they hold."""
        for entry in self.stamped:
            stamp = entry.stamp
            self._note_count("views", stamp.view_count)
            self._note_count("comments", stamp.comment_count)
            self.fields.section = self.fields.section or stamp.section
            if stamp.author:
                self._add_authors([stamp.author])
        dated = [(entry, found) for entry in self.stamped for found in entry.stamp.dates]
        if not dated:
            return
        own, chosen = max(dated, key=lambda pair: self._date_score(*pair))
        if to_date(chosen) is None and chosen.weekday:
            self.lines[own.index].parts = []
            self.lines[own.index].removal = Removal(
                "widget_clock", "position", "a weekday without a year", 0.8
            )
            return
        for entry in self.stamped:
            if entry is not own and entry.stamp.dates:
                self._judge_other_date(entry, chosen)
        self.fields.published_text = chosen.text
        self.fields.published_date = to_date(chosen)
        self.fields.published_at = to_instant(chosen, timezone)

    def _judge_other_date(self, entry: _Stamped, chosen: FoundDate) -> None:
        """Judge a stamp whose date is not the publication's: an update, a clock, a teaser."""
        line = self.lines[entry.index]
        if to_date(entry.stamp.dates[0]) == to_date(chosen) or entry.stamp.view_count is not None:
            return
        if entry.stamp.has_label:
            line.parts = [replace(p, field=UPDATED.get(p.field, p.field)) for p in line.parts]
            return
        family = "related_items" if entry.index > self.last_prose else "widget_clock"
        line.parts = []
        line.removal = Removal(family, "position", "a date that is not the page's own", 0.8)

    def _date_score(self, entry: _Stamped, found: FoundDate) -> float:
        """Return how likely a date is the page's own rather than a clock's or another story's."""
        score = 3.0 if to_date(found) else 0.0
        score += 1.0 if found.hour is not None else 0.0
        score += 1.5 if entry.stamp.has_label else 0.0
        score -= 1.5 if found.weekday else 0.0
        if entry.index > self.last_prose:
            score -= 1.5
        return score - 0.1 * min(abs(self.first_prose - entry.index), 15)


def find_fields(lines: Sequence[DraftLine], timezone: str | None = None) -> PageFields:
    """Return the fields of a page and mark the lines that state them.

    `timezone` (IANA) places a date without a zone of its own on the time line.
    """
    finder = _Finder(lines)
    finder.find_stamps()
    finder.find_sections()
    finder.find_title()
    finder.choose_published(timezone)
    finder.find_counts()
    finder.find_credits()
    finder.find_tags()
    finder.find_inside_prose()
    return finder.fields


def _has_open_prose(line: DraftLine) -> bool:
    """Tell whether a line is a paragraph, or has one after its dateline."""
    return line.is_prose and (line.is_open or line.has_prose)


def _is_bare_number(text: str) -> bool:
    """Tell whether a line is one count, perhaps after a bullet."""
    digits = text.strip("•·| \xa0").replace(" ", "").replace("\xa0", "")
    return digits.isdigit() and len(digits) <= MAX_COUNT_DIGITS


def _body_start(prose: Sequence[int], line_count: int) -> int:
    """Return the index of the first paragraph of the body, among the indexes of prose lines.

    A lone paragraph far above the next ones is a notice of the site. Without any prose, the
    number of lines.
    """
    for position, index in enumerate(prose):
        near = prose[position : position + NEAR_PARAGRAPHS]
        if len(near) == NEAR_PARAGRAPHS and near[-1] - index <= NEAR_LINES:
            return index
    return prose[0] if prose else line_count
