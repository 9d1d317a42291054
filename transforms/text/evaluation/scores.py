"""Score one page: lines kept and lost, fields right and wrong, and each line that is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from transforms.text.evaluation.fields import FieldOutcome, judge_fields
from transforms.text.evaluation.gold import BODY, PARAGRAPH, REMOVED_PREFIX, GoldPage
from transforms.text.evaluation.tokens import count_tokens

ErrorKind = Literal["lost", "kept", "role", "field"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an extraction said of a page: a role per non-blank line, and its fields.

    Roles are `paragraph` (also of a line that is one in part), `removed:<family>` or fields;
    `failed` is the dead-letter code of a page that gave no article.
    """

    roles: Mapping[int, str]
    fields: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    script: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """A number of lines and of their tokens."""

    lines: int = 0
    tokens: int = 0

    def __add__(self, other: "Extent") -> "Extent":
        """Return both together."""
        return Extent(self.lines + other.lines, self.tokens + other.tokens)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Lines labelled body or boilerplate, by whether they were kept as a paragraph."""

    body_kept: Extent = Extent()
    body_lost: Extent = Extent()
    boiler_kept: Extent = Extent()
    boiler_removed: Extent = Extent()

    def __add__(self, other: "Confusion") -> "Confusion":
        """Return the counts of both together."""
        return Confusion(
            self.body_kept + other.body_kept,
            self.body_lost + other.body_lost,
            self.boiler_kept + other.boiler_kept,
            self.boiler_removed + other.boiler_removed,
        )


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong line or field. `line` is None for a field."""

    kind: ErrorKind
    line: int | None
    said: str
    gold: str
    text: str


@dataclass(frozen=True, slots=True)
class PageScore:
    """All that is known about one page; `families` counts what each reason took away."""

    name: str
    groups: Mapping[str, str]
    lines: Confusion
    families: Mapping[str, Confusion]
    fields: Mapping[str, FieldOutcome]
    roles_right: int
    roles_total: int
    mistakes: Sequence[Mistake]

    @property
    def is_intact(self) -> bool:
        """Tell whether no line of the body was lost."""
        return self.lines.body_lost.lines == 0

    @property
    def is_perfect(self) -> bool:
        """Tell whether no line of the body was lost and no boilerplate kept."""
        return self.is_intact and self.lines.boiler_kept.lines == 0


def score_page(gold: GoldPage, lines: Sequence[str], answer: Answer) -> PageScore:
    """Return the score of one answer; `lines` are the page's decoded lines."""
    cells: dict[str, Confusion] = {}
    mistakes = []
    for number, text in enumerate(lines):
        label = gold.line_class(number)
        if label is None or not text.strip():
            continue
        said = answer.roles.get(number, "nothing")
        cell = _count_line(label == BODY, said == PARAGRAPH, text)
        cells[said] = cells.get(said, Confusion()) + cell
        if not gold.exact and (label == BODY) != (said == PARAGRAPH):
            kind: ErrorKind = "lost" if label == BODY else "kept"
            mistakes.append(Mistake(kind, number, said, label, text))
    outcomes = judge_fields(gold, answer.fields)
    if gold.exact:
        mistakes += _wrong_roles(gold, lines, answer)
        outcomes |= _judge_language(gold, answer)
    roles_wrong = sum(mistake.kind == "role" for mistake in mistakes)
    roles_total = len(gold.roles.keys() | answer.roles.keys()) if gold.exact else 0
    return PageScore(
        name=gold.name,
        groups=gold.groups,
        lines=sum(cells.values(), Confusion()),
        families=_by_family(cells),
        fields=outcomes,
        roles_right=roles_total - roles_wrong,
        roles_total=roles_total,
        mistakes=[*mistakes, *_wrong_fields(gold, answer, outcomes)],
    )


def _count_line(is_body: bool, is_kept: bool, text: str) -> Confusion:
    """Return the counts of one line."""
    extent = Extent(1, count_tokens(text))
    if is_body:
        return Confusion(body_kept=extent) if is_kept else Confusion(body_lost=extent)
    return Confusion(boiler_kept=extent) if is_kept else Confusion(boiler_removed=extent)


def _by_family(cells: Mapping[str, Confusion]) -> dict[str, Confusion]:
    """Return the counts of what was not kept: by family, or `field:<name>` for field lines."""
    return {
        role.removeprefix(REMOVED_PREFIX) if role.startswith(REMOVED_PREFIX) else f"field:{role}": c
        for role, c in cells.items()
        if role != PARAGRAPH
    }


def _wrong_roles(gold: GoldPage, lines: Sequence[str], answer: Answer) -> list[Mistake]:
    """Return a mistake for each line whose role is not exactly the labelled one."""
    return [
        Mistake(
            kind="role",
            line=number,
            said=answer.roles.get(number, "nothing"),
            gold=gold.roles.get(number, "nothing"),
            text=lines[number] if number < len(lines) else "",
        )
        for number in sorted(gold.roles.keys() | answer.roles.keys())
        if answer.roles.get(number) != gold.roles.get(number)
    ]


def _judge_language(gold: GoldPage, answer: Answer) -> dict[str, FieldOutcome]:
    """Return the outcome of language and script, where they are labelled."""
    pairs = {
        "language": (gold.language, answer.language),
        "script": (gold.script, answer.script),
    }
    return {
        name: "right" if said == stated else ("missing" if said is None else "wrong")
        for name, (stated, said) in pairs.items()
        if stated is not None
    }


def _wrong_fields(
    gold: GoldPage, answer: Answer, outcomes: Mapping[str, FieldOutcome]
) -> list[Mistake]:
    """Return a mistake for each field that is wrong, missing or invented."""
    said = {**answer.fields, "language": answer.language, "script": answer.script}
    stated = {**gold.fields, "language": gold.language, "script": gold.script}
    return [
        Mistake("field", None, str(said.get(name)), str(stated.get(name)), name)
        for name, outcome in outcomes.items()
        if outcome in ("wrong", "missing", "invented")
    ]
