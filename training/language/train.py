"""Train the small language models from a folder of texts, one `<label>.txt.gz` a language.

Run: python training/language/train.py FOLDER [--output DIR]. The same folder gives the same
files, byte for byte.
"""

import argparse
import gzip
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.language.scripts import (
    KAZAKH_LATIN,
    bare_letters,
    cyrillic_karakalpak_like,
    karakalpak_like,
    karakalpak_like_of_1995,
    latin_kazakh,
    on_russian_keyboard,
)
from transforms.text.language.census import count_scripts
from transforms.text.language.cleaning import fold_lookalikes
from transforms.text.language.models import MOST_NGRAMS, SLOT_SHIFT, slots_of
from transforms.text.language.ngrams import MAX_CHARACTERS, MAX_ORDER, ngram_hashes, normalise

Variant = Callable[[str], str]

# How often (in the texts of one label) an n-gram of order 1, 2, 3, 4 must occur to be kept.
LEAST_COUNTS = (2, 2, 3, 5)
# Each variant of a text is added for every so manieth line, from a line of its own on.
EVERY_LINE = 1
EVERY_SECOND = 2
EVERY_SIXTH = 6
_ANY_CHARACTER = 1 / 50_000  # probability of a character that was never seen
_PRIOR = 5.0  # weight (characters) of even odds among single characters
_EVEN_ODDS = 1 / 500


@dataclass(frozen=True, slots=True)
class Source:
    """A file of texts that a label learns from, and how they are rewritten."""

    file: str
    variant: Variant | None = None
    every: int = EVERY_LINE
    first: int = 0


def _kazakh_latin() -> tuple[Source, ...]:
    """Return the Latin texts as they are, and the Cyrillic ones in each Latin spelling."""
    spelled = tuple(
        Source("kk", partial(latin_kazakh, spelling=name), EVERY_SECOND, number % 2)
        for number, name in enumerate(sorted(KAZAKH_LATIN))
    )
    return (Source("kk-Latn"), Source("kk-Latn", bare_letters, EVERY_SIXTH), *spelled)


def _karakalpak() -> tuple[Source, ...]:
    """Return Kazakh texts in the two spellings of Karakalpak, which has no texts of its own."""
    return (
        Source("kk", karakalpak_like),
        Source("kk", karakalpak_like_of_1995, EVERY_SIXTH),
    )


def _plain(*names: str) -> dict[str, tuple[Source, ...]]:
    """Return labels that learn from the file of their name."""
    return {name.partition("-")[0]: (Source(name),) for name in names}


def _typed_in_russian(name: str) -> tuple[Source, ...]:
    """Return the texts of a file, some of them once more as typed on a Russian keyboard."""
    return Source(name), Source(name, on_russian_keyboard, EVERY_SECOND)


MODELS: Mapping[str, Mapping[str, tuple[Source, ...]]] = {
    "arabic": _plain("kk-Arab", "ug"),
    "cyrillic": _plain("ba", "cv", "mn", "sah", "tg", "tt", "uz-Cyrl")
    | {
        "kk": _typed_in_russian("kk"),
        "ky": _typed_in_russian("ky"),
        "kaa": (Source("kk", cyrillic_karakalpak_like),),
    },
    "latin": _plain("az", "tk", "uz") | {"kk": _kazakh_latin(), "kaa": _karakalpak()},
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Train all models; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=Path, help="the texts: <label>.txt.gz, one text a line")
    parser.add_argument("--output", type=Path, default=Path("transforms/text/knowledge/language"))
    options = parser.parse_args(arguments)
    for name, sources in MODELS.items():
        ngrams = make_model(options.folder, sources, options.output / f"{name}.npz")
        sys.stderr.write(f"{name}: {ngrams} n-grams, {len(sources)} labels\n")
    return 0


def make_model(folder: Path, sources: Mapping[str, tuple[Source, ...]], output: Path) -> int:
    """Train a model on the sources of each label and write it; return its number of n-grams."""
    labels = tuple(sorted(sources))
    counted = [
        NgramCounts(text for each in sources[label] for text in _read(folder, each))
        for label in labels
    ]
    keys, rows = train(counted)
    save(output, labels, keys, rows)
    return len(keys)


def _read(folder: Path, source: Source) -> Iterator[str]:
    """Yield the texts of a source."""
    with gzip.open(folder / f"{source.file}.txt.gz", "rt", encoding="utf-8") as stream:
        for number, line in enumerate(stream):
            if number % source.every == source.first and (text := line.strip()):
                text = source.variant(text) if source.variant else text
                yield fold_lookalikes(text, count_scripts(text))


class NgramCounts:
    """How often each n-gram occurs in the texts of one label, and what may follow it."""

    def __init__(self, texts: Iterator[str]) -> None:
        self.counts: Counter[str] = Counter()
        for text in texts:
            for start in range(0, len(text), MAX_CHARACTERS):
                self._add(normalise(text[start : start + MAX_CHARACTERS]))
        self.followers: Counter[str] = Counter()  # characters after a context
        self.kinds: Counter[str] = Counter()  # different ones
        for ngram, count in self.counts.items():
            self.followers[ngram[:-1]] += count
            self.kinds[ngram[:-1]] += 1

    def _add(self, normalised: str) -> None:
        for order in range(1, MAX_ORDER + 1):
            last = len(normalised) - order
            self.counts.update([normalised[at : at + order] for at in range(last + 1)])

    def probability(self, ngram: str) -> float:
        """Return how likely the last character is after the others (Witten and Bell, 1991)."""
        seen = self.counts[ngram[-1]] + _PRIOR * _EVEN_ODDS
        probability = seen / (self.followers[""] + _PRIOR)
        for order in range(2, len(ngram) + 1):
            tail = ngram[-order:]
            followers, kinds = self.followers[tail[:-1]], self.kinds[tail[:-1]]
            if not followers:
                break
            probability = (self.counts[tail] + kinds * probability) / (followers + kinds)
        return probability


def train(
    counted: Sequence[NgramCounts],
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Return the hashes of the n-grams worth keeping, and their log probabilities by label.

    The most frequent come first: they keep the slot (see slots_of) that others share. The last
    row stands for an unknown character.
    """
    totals: Counter[str] = Counter()
    for one in counted:
        for ngram, count in one.counts.items():
            if count >= LEAST_COUNTS[len(ngram) - 1]:
                totals[ngram] += count
    ranked = sorted(totals, key=lambda ngram: (-totals[ngram], ngram))
    ranked = ranked[:MOST_NGRAMS]
    keys = np.array([ngram_hashes(ngram)[len(ngram) - 1][0] for ngram in ranked], dtype=np.uint32)
    kept = np.unique(slots_of(keys)[keys >> SLOT_SHIFT])
    rows = [[math.log(one.probability(ranked[at])) for one in counted] for at in kept.tolist()]
    rows.append([math.log(_ANY_CHARACTER)] * len(counted))
    return keys[kept], np.array(rows, dtype=np.float32)


def save(
    path: Path, labels: Sequence[str], keys: NDArray[np.uint32], rows: NDArray[np.float32]
) -> None:
    """Write a model, its log probabilities rounded to 8 bits."""
    scale = -float(rows.min()) / 127
    np.savez_compressed(
        path,
        labels=np.array(labels),
        keys=keys,
        rows=np.rint(rows / scale).astype(np.int8),
        scale=np.float32(scale),
    )


if __name__ == "__main__":
    raise SystemExit(main())
