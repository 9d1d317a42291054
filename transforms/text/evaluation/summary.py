"""Sum page scores into the figures that are reported."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from transforms.text.evaluation.fields import FieldOutcome
from transforms.text.evaluation.gold import EXACT_FIELDS
from transforms.text.evaluation.scores import Confusion, ErrorKind, Extent, Mistake, PageScore


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a set of pages. Shares are 0 to 1; None where there was nothing to count.

    `judged_pages` are those with a line labelled body or boilerplate; the shares of intact and
    perfect pages and `keep_page_f1`, the mean of their line F1, are taken over them.
    """

    pages: int
    judged_pages: int
    lines: Confusion
    removal_precision: float | None
    removal_recall: float | None
    removal_f1: float | None
    body_tokens_lost: float | None
    body_tokens_lost_to_fields: float | None
    pages_intact: float | None
    pages_perfect: float | None
    keep_line_f1: float | None
    keep_token_f1: float | None
    keep_page_f1: float | None
    roles_right: int
    roles_total: int
    families: Mapping[str, Confusion]
    fields: Mapping[str, Mapping[FieldOutcome, int]]


def summarize(scores: Sequence[PageScore]) -> Summary:
    """Return the figures of all pages together."""
    judged = [score for score in scores if score.lines != Confusion()]
    lines = sum((score.lines for score in judged), Confusion())
    families = _sum_families(scores)
    body = lines.body_kept + lines.body_lost
    to_fields = sum((c.body_lost for name, c in families.items() if _is_field(name)), Extent())
    removed, lost = lines.boiler_removed.lines, lines.body_lost.lines
    return Summary(
        pages=len(scores),
        judged_pages=len(judged),
        lines=lines,
        removal_precision=ratio(removed, removed + lost),
        removal_recall=ratio(removed, removed + lines.boiler_kept.lines),
        removal_f1=f1(removed, lost, lines.boiler_kept.lines),
        body_tokens_lost=ratio(lines.body_lost.tokens, body.tokens),
        body_tokens_lost_to_fields=ratio(to_fields.tokens, body.tokens),
        pages_intact=ratio(sum(score.is_intact for score in judged), len(judged)),
        pages_perfect=ratio(sum(score.is_perfect for score in judged), len(judged)),
        keep_line_f1=_keep_line_f1(lines),
        keep_token_f1=f1(lines.body_kept.tokens, lines.boiler_kept.tokens, lines.body_lost.tokens),
        keep_page_f1=_mean([_keep_line_f1(score.lines) for score in judged]),
        roles_right=sum(score.roles_right for score in scores),
        roles_total=sum(score.roles_total for score in scores),
        families=families,
        fields=_count_outcomes(scores),
    )


def group_scores(scores: Iterable[PageScore], key: str) -> dict[str, list[PageScore]]:
    """Return the scores by the value of one group key, largest group first."""
    groups: dict[str, list[PageScore]] = {}
    for score in scores:
        groups.setdefault(score.groups.get(key, "-"), []).append(score)
    return dict(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])))


def worst_pages(
    scores: Iterable[PageScore], count: int, kinds: Sequence[ErrorKind]
) -> list[tuple[PageScore, list[Mistake]]]:
    """Return the pages with the gravest mistakes of these kinds, and those mistakes.

    Body tokens lost come first, then the number of mistakes, then the name.
    """
    pages = []
    for score in scores:
        mistakes = [mistake for mistake in score.mistakes if mistake.kind in kinds]
        if mistakes:
            lost = score.lines.body_lost.tokens if "lost" in kinds else 0
            pages.append((-lost, -len(mistakes), score.name, score, mistakes))
    pages.sort(key=lambda page: page[:3])
    return [(score, mistakes) for *_, score, mistakes in pages[:count]]


def ratio(part: int, whole: int) -> float | None:
    """Return the share; None of nothing."""
    return part / whole if whole else None


def f1(hits: int, false_alarms: int, misses: int) -> float | None:
    """Return the harmonic mean of precision and recall; None where there was nothing to find."""
    return ratio(2 * hits, 2 * hits + false_alarms + misses)


def _keep_line_f1(lines: Confusion) -> float | None:
    """Return the F1 of keeping body lines."""
    return f1(lines.body_kept.lines, lines.boiler_kept.lines, lines.body_lost.lines)


def _mean(shares: Sequence[float | None]) -> float | None:
    """Return the mean; a page without body of which nothing was kept counts as 1."""
    return (
        sum(1.0 if share is None else share for share in shares) / len(shares) if shares else None
    )


def _is_field(family: str) -> bool:
    """Tell whether a line was taken as a field rather than removed."""
    return family.startswith("field:")


def _sum_families(scores: Iterable[PageScore]) -> dict[str, Confusion]:
    """Return the counts of each family, most lines first."""
    families: dict[str, Confusion] = {}
    for score in scores:
        for name, confusion in score.families.items():
            families[name] = families.get(name, Confusion()) + confusion
    return dict(
        sorted(
            families.items(),
            key=lambda family: (
                -family[1].boiler_removed.lines - family[1].body_lost.lines,
                family[0],
            ),
        )
    )


def _count_outcomes(scores: Iterable[PageScore]) -> dict[str, dict[FieldOutcome, int]]:
    """Return how often each field came out in each way, in the order of the article."""
    fields: dict[str, Counter[FieldOutcome]] = {}
    for score in scores:
        for name, outcome in score.fields.items():
            fields.setdefault(name, Counter())[outcome] += 1
    order = [*EXACT_FIELDS, "language", "script"]
    return {name: dict(fields[name]) for name in sorted(fields, key=order.index)}
