"""Train the small language models from a folder of texts, one `<label>.txt.gz` a language.

Run: python training/language/train.py FOLDER [--output DIR]. The same folder gives the same
files, byte for byte: the order of the texts is fixed by a seed and all sums are made in one
thread.
"""

import argparse
import gzip
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.language.scripts import (
    OTHER,
    karakalpak_like,
    latin_variants,
    on_russian_keyboard,
    romanised,
)
from transforms.text.language.ngrams import hashed_ngrams, normalise

SEED = 20_250
EPOCHS = 4
BATCH = 256  # texts
LEARNING_RATE = 0.35
L2 = 1e-6
# Lengths (characters) into which the texts are cut: a headline, a line, a sentence.
PIECES = (24, 45, 90, 160)
PER_LABEL = 9_000  # pieces at most, so that a language with ten times the text weighs the same


@dataclass(frozen=True, slots=True)
class Plan:
    """What one model learns: its labels by file, its size, and whether Latin is varied."""

    name: str
    labels: dict[str, str]
    bits: int


PLANS = (
    Plan(
        "cyrillic",
        {
            name: name.removesuffix("-Cyrl")
            for name in ("ba", "be", "cv", "kk", "ky", "mn", "sah", "sr", "tg", "tt", "uz-Cyrl")
        },
        15,
    ),
    Plan(
        "latin",
        {"kk-Latn": "kk", "az": "az", "tk": "tk", "uz": "uz"},
        15,
    ),
    Plan("arabic", {"kk-Arab": "kk", "ug": "ug"}, 13),
)
KARAKALPAK = "kaa"
TYPED_IN_RUSSIAN = ("kk", "ky")
ROMANISED = ("ba", "be", "cv", "ky", "mn", "sah", "sr", "tg", "tt")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train all models; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=Path, help="the texts: <label>.txt.gz, one text a line")
    parser.add_argument("--output", type=Path, default=Path("transforms/text/knowledge/language"))
    options = parser.parse_args(arguments)
    for plan in PLANS:
        pieces = _pieces(plan, options.folder)
        labels = tuple(sorted({label for _, label in pieces}))
        weights, bias = train(
            [text for text, _ in pieces], [label for _, label in pieces], labels, plan.bits
        )
        save(options.output / f"{plan.name}.npz", labels, weights, bias)
        sys.stderr.write(f"{plan.name}: {len(pieces)} pieces, {len(labels)} labels\n")
    return 0


def _pieces(plan: Plan, folder: Path) -> list[tuple[str, str]]:
    """Return the texts of a model's labels, cut to pieces, in an order fixed by the seed."""
    dice = random.Random(SEED)  # noqa: S311 (an order to repeat, no secret)
    pieces: list[tuple[str, str]] = []
    for name, label in plan.labels.items():
        lines = _read(folder, name)
        if plan.name == "latin" and label == "kk":
            lines = [variant for line in lines for variant in latin_variants(line, dice)]
        if label in TYPED_IN_RUSSIAN and plan.name == "cyrillic":
            lines = [on_russian_keyboard(x) if dice.random() < 0.15 else x for x in lines]
        pieces += [(text, label) for text in _cut(lines, dice, PER_LABEL)]
    if plan.name == "latin":
        lines = [karakalpak_like(line) for line in _read(folder, "kk")]
        pieces += [(text, KARAKALPAK) for text in _cut(lines, dice, PER_LABEL // 2)]
        for name in ROMANISED:
            lines = [romanised(line, dice) for line in _read(folder, name)]
            pieces += [(text, OTHER) for text in _cut(lines, dice, PER_LABEL // 4)]
    dice.shuffle(pieces)
    return pieces


def _read(folder: Path, name: str) -> list[str]:
    """Return the lines of one label's file."""
    with gzip.open(folder / f"{name}.txt.gz", "rt", encoding="utf-8") as stream:
        return [line.strip() for line in stream if line.strip()]


def _cut(lines: list[str], dice: random.Random, limit: int) -> list[str]:
    """Return pieces of the lines, of mixed lengths; short neighbours are joined."""
    lines = lines[:]
    dice.shuffle(lines)
    pieces: list[str] = []
    at, running = 0, " ".join(lines)
    while at < len(running) and len(pieces) < limit:
        end = at + dice.choice(PIECES)
        piece = running[at:end]
        if sum(map(str.isalpha, piece)) >= len(piece) // 2:
            pieces.append(piece.upper() if dice.random() < 0.03 else piece)
        at = end
    return pieces


def train(
    texts: Sequence[str], wanted: Sequence[str], labels: Sequence[str], bits: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights and bias of a softmax regression, learned with Adagrad."""
    rows = [hashed_ngrams(normalise(text), bits) for text in texts]
    targets = np.array([labels.index(label) for label in wanted])
    weights = np.zeros((1 << bits, len(labels)), dtype=np.float32)
    memory = np.full_like(weights, 1e-3)
    bias = np.zeros(len(labels), dtype=np.float32)
    order = np.random.default_rng(SEED)
    for _ in range(EPOCHS):
        shuffled = order.permutation(len(rows))
        for start in range(0, len(rows), BATCH):
            batch = shuffled[start : start + BATCH]
            _step([rows[at] for at in batch], targets[batch], weights, memory, bias)
    return weights, bias


def _step(
    rows: list[NDArray[np.uint32]],
    targets: NDArray[np.int64],
    weights: NDArray[np.float32],
    memory: NDArray[np.float32],
    bias: NDArray[np.float32],
) -> None:
    """Move weights and bias along the gradient of one batch, in place."""
    lengths = np.array([len(row) for row in rows])
    flat = np.concatenate(rows)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    norms = (1.0 / np.sqrt(lengths)).astype(np.float32)
    logits = np.add.reduceat(weights[flat], starts, axis=0) * norms[:, None] + bias
    logits -= logits.max(axis=1, keepdims=True)
    errors = np.exp(logits)
    errors /= errors.sum(axis=1, keepdims=True)
    errors[np.arange(len(rows)), targets] -= 1.0
    bias -= 0.01 * errors.mean(axis=0)
    per_feature = np.repeat(errors * norms[:, None], lengths, axis=0)
    ranked = np.argsort(flat, kind="stable")
    buckets, firsts = np.unique(flat[ranked], return_index=True)
    gradient = np.add.reduceat(per_feature[ranked], firsts, axis=0) + L2 * weights[buckets]
    memory[buckets] += gradient * gradient
    weights[buckets] -= LEARNING_RATE * gradient / np.sqrt(memory[buckets])


def save(
    path: Path, labels: Sequence[str], weights: NDArray[np.float32], bias: NDArray[np.float32]
) -> None:
    """Write a model, its weights rounded to 8 bits."""
    scale = float(np.quantile(np.abs(weights[weights != 0]), 0.999)) / 127
    rounded = np.clip(np.rint(weights / scale), -127, 127).astype(np.int8)
    np.savez_compressed(
        path,
        labels=np.array(labels),
        weights=rounded,
        bias=bias,
        scale=np.float32(scale),
    )


if __name__ == "__main__":
    raise SystemExit(main())
