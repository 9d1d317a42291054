"""Measure how often the routes are right; print the steps of `confidence.toml`.

Run: python -m training.language.calibrate FILE... > confidence.toml, where each FILE (gzip) has
lines `label<TAB>source<TAB>text`. Weights are not touched: this only counts.
"""

import argparse
import gzip
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from transforms.text.language.census import count_scripts
from transforms.text.language.cleaning import clean, fold_lookalikes
from transforms.text.language.confidence import calibration_key
from transforms.text.language.evaluation import LanguageSample, parse_sample
from transforms.text.language.routing import MIN_LETTERS, draft_language

MIN_STEP = 60  # answers: a step of fewer says little
# Added to each step's count as if one of so many more had been wrong: nothing is certain.
CAUTION = 1.0
_HEADER = """\
# Share of right answers by route, length of text (short: below 60 letters) and strength of
# evidence, in steps [least strength, confidence].
# Counted by training/language/calibrate.py on the development texts.
[steps]
other = [[0.0, 0.5]]
"""
SAME = {"prs": "fa"}  # a label by which no detector goes


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    answers: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for path in options.files:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for line in stream:
                _count(parse_sample(line), answers)
    sys.stdout.write(_HEADER)
    for key in sorted(answers):
        steps = ", ".join(f"[{least:.3f}, {share:.3f}]" for least, share in _steps(answers[key]))
        sys.stdout.write(f"{key} = [{steps}]\n")
    return 0


def _count(sample: LanguageSample, answers: dict[str, list[tuple[float, bool]]]) -> None:
    """Add whether the route that decides a sample is right."""
    window = clean(sample.text[:600])
    census = count_scripts(window)
    if census.letters < MIN_LETTERS:
        return
    draft, _ = draft_language(fold_lookalikes(window, census), census)
    if draft is not None:
        wanted = SAME.get(sample.label, sample.label).partition("-")[0]
        key = calibration_key(draft.route, census.letters)
        answers[key].append((draft.strength, draft.language == wanted))


def _steps(counted: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Return rising steps: neighbours that do not rise are pooled."""
    ranked = sorted(counted)
    pools: list[tuple[float, int, int]] = []  # least strength, answers, right ones
    for start in range(0, len(ranked), MIN_STEP):
        part = ranked[start : start + MIN_STEP]
        pools.append((part[0][0], len(part), sum(right for _, right in part)))
        while len(pools) > 1 and _must_pool(pools[-2], pools[-1]):
            (least, many, right), (_, more, rest) = pools[-2:]
            pools[-2:] = [(least, many + more, right + rest)]
    pools[0] = (0.0, *pools[0][1:])
    return [(least, right / (many + CAUTION)) for least, many, right in pools]


def _must_pool(lower: tuple[float, int, int], upper: tuple[float, int, int]) -> bool:
    """Return whether two neighbours are too small, or not in rising order."""
    rising = lower[2] / (lower[1] + CAUTION) < upper[2] / (upper[1] + CAUTION)
    return not rising or upper[1] < MIN_STEP // 2 or lower[0] == upper[0]


if __name__ == "__main__":
    raise SystemExit(main())
