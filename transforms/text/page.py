"""Read a page: from its lines to paragraphs, fields and removed lines, each with its number."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.rows import MetadataLine, Paragraph, RemovedLine, Repair
from transforms.text.boilerplate.blocks import mark_blocks, mark_phrases
from transforms.text.boilerplate.guards import restore_body
from transforms.text.boilerplate.position import mark_fragments
from transforms.text.draft import DraftLine, Removal, draft_lines
from transforms.text.fields.finder import PageFields, find_fields
from transforms.text.repair import repair_lines, undo_repairs

NOTHING_LEFT = ("technical", "repair", "nothing is left of the line", 1.0)
"""The reason for a line of mere markup: family, layer, evidence, score."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: each non-blank line is a paragraph, fields, a removed line, or parts of them."""

    lines: Sequence[str]
    prose: Sequence[tuple[int, str]]
    """The number and text of each paragraph."""
    metadata_lines: Sequence[MetadataLine]
    removed_lines: Sequence[RemovedLine]
    repairs: Sequence[Repair]
    fields: PageFields
    line_count: int
    """Of non-blank lines."""

    @property
    def paragraphs(self) -> list[Paragraph]:
        """Return the paragraphs, of which nobody has asked the language yet."""
        return [Paragraph(number, text, None) for number, text in self.prose]


def read_page(lines: Sequence[str], timezone: str | None = None) -> Page:
    """Return what the lines of a page are; total on any lines.

    `timezone` (IANA) places dates that print no zone of their own on the time line.
    """
    repaired, repairs = repair_lines(lines)
    drafts = draft_lines(repaired)
    fields = find_fields(drafts, timezone)
    mark_phrases(drafts)
    mark_blocks(drafts)
    restore_body(drafts)
    mark_fragments(drafts)
    emptied = [
        number
        for number, (line, text) in enumerate(zip(lines, repaired, strict=True))
        if not text and line and not line.isspace()
    ]
    return Page(
        lines=lines,
        prose=[
            (draft.number, text)
            for draft in drafts
            if (text := draft.text if draft.is_open else _prose(draft))
        ],
        metadata_lines=[
            part for draft in drafts if draft.parts or draft.prefix for part in _metadata(draft)
        ],
        removed_lines=[_removed(draft, draft.removal) for draft in drafts if draft.removal]
        + [RemovedLine(number, "", *NOTHING_LEFT) for number in emptied],
        repairs=repairs,
        fields=fields,
        line_count=len(drafts) + len(emptied),
    )


def line_roles(page: Page) -> dict[int, str]:
    """Return the role of each non-blank line by its number.

    `paragraph` where any of it is prose; `removed:<family>`; or the fields that it states,
    joined by `+` in their order.
    """
    roles = {line.line: f"removed:{line.family}" for line in page.removed_lines}
    stated: dict[int, list[str]] = defaultdict(list)
    for part in page.metadata_lines:
        if part.field not in stated[part.line]:
            stated[part.line].append(part.field)
    roles |= {number: "+".join(names) for number, names in stated.items() if number not in roles}
    roles |= {paragraph.line: "paragraph" for paragraph in page.paragraphs}
    return dict(sorted(roles.items()))


def rebuild_lines(
    paragraphs: Iterable[Paragraph],
    metadata_lines: Iterable[MetadataLine],
    removed_lines: Iterable[RemovedLine],
    repairs: Iterable[Repair],
) -> dict[int, str]:
    r"""Return the page's non-blank lines as they were decoded, without outer white space.

    A bad byte, which no text can hold, comes back as its escape `\\xNN`.
    """
    texts: dict[int, str] = {line.line: line.text for line in removed_lines}
    prose = {paragraph.line: paragraph.text for paragraph in paragraphs}
    stated: dict[int, list[MetadataLine]] = defaultdict(list)
    for part in metadata_lines:
        stated[part.line].append(part)
    for number in prose.keys() | stated.keys():
        texts[number] = _join(prose.get(number), stated[number], texts.get(number))
    done: dict[int, list[Repair]] = defaultdict(list)
    for repair in repairs:
        done[repair.line].append(repair)
    return {number: undo_repairs(texts[number], done[number]) for number in sorted(texts)}


def _join(prose: str | None, parts: Sequence[MetadataLine], removed: str | None) -> str:
    """Return a line from its parts; what is no field fills the gap between them."""
    filling = prose if prose is not None else removed
    text = ""
    for part in sorted(parts, key=lambda part: part.start):
        if part.start > len(text) and filling is not None:
            text += filling
            filling = None
        text += part.text
    return text + (filling or "")


def _prose(draft: DraftLine) -> str:
    """Return what of a line is prose; nothing where it is a field or removed."""
    if draft.removal:
        return ""
    if not draft.parts:
        return draft.text
    if not draft.has_prose:
        return ""
    start = draft.parts[0].end if draft.parts[0].start == 0 else 0
    end = draft.parts[-1].start if draft.parts[-1].start > 0 else len(draft.text)
    return draft.text[start:end]


def _removed(draft: DraftLine, removal: Removal) -> RemovedLine:
    """Return a removed line with its reason."""
    return RemovedLine(
        draft.number,
        draft.text,
        removal.family,
        removal.layer,
        removal.evidence,
        removal.score,
    )


def _metadata(draft: DraftLine) -> list[MetadataLine]:
    """Return the parts of a line that state fields, the crawler's prefix among them."""
    shift = len(draft.prefix)
    parts = [
        MetadataLine(
            draft.number, part.field, draft.text[part.start : part.end], part.start + shift
        )
        for part in draft.parts
    ]
    if draft.prefix:
        parts.insert(0, MetadataLine(draft.number, "crawl_date", draft.prefix, 0))
    return parts
