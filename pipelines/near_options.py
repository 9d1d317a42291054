"""The options about near duplicates: whether to look for them, how alike they are, what then."""

import argparse
from dataclasses import dataclass

from pipelines.exit_codes import CommandError, ExitCode

LEAST_THRESHOLD = 0.5
"""Below it, pages made from one template are near duplicates, and so is nearly everything."""

THRESHOLD = 0.8
"""Reprints with another byline, an added sentence or a few words changed are above it."""


@dataclass(frozen=True, slots=True)
class NearOptions:
    """What the user wants of near duplicates; none of it without a threshold."""

    threshold: float | None = None
    drops: bool = False

    def shaping(self) -> dict[str, str | int | None]:
        """Return the options as the manifest has them."""
        return {
            "near_duplicates": None if self.threshold is None else "yes",
            "near_duplicate_threshold": None if self.threshold is None else str(self.threshold),
            "drop_near_duplicates": "yes" if self.drops else None,
        }


def add_near_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `read_near_options` reads."""
    add = parser.add_argument
    add(
        "--near-duplicates",
        action="store_true",
        help="name in each article the one that it nearly equals, if any; extracts twice",
    )
    add(
        "--drop-near-duplicates",
        action="store_true",
        help="look for near duplicates, and keep of each cluster the first article alone: the "
        "others become rows of duplicates",
    )
    add(
        "--near-duplicate-threshold",
        type=_likeness,
        metavar="SHARE",
        help="how much of their text near duplicates have in common, from 0.5 to 1 "
        f"(default: {THRESHOLD:g})",
    )


def read_near_options(arguments: argparse.Namespace) -> NearOptions:
    """Return the options of the arguments; raise CommandError for a threshold of nothing."""
    threshold = arguments.near_duplicate_threshold
    if arguments.near_duplicates or arguments.drop_near_duplicates:
        return NearOptions(threshold or THRESHOLD, arguments.drop_near_duplicates)
    if threshold is not None:
        message = "--near-duplicate-threshold needs --near-duplicates or --drop-near-duplicates"
        raise CommandError(ExitCode.USAGE, message)
    return NearOptions()


def _likeness(text: str) -> float:
    try:
        likeness = float(text)
    except ValueError:
        likeness = -1.0
    if not LEAST_THRESHOLD <= likeness <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from {LEAST_THRESHOLD:g} to 1")
    return likeness
