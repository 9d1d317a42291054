"""The small learned models: hashed n-grams, one row of weights a bucket, softmax over labels."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from transforms.text.language.ngrams import hashed_ngrams, normalise


@dataclass(frozen=True, slots=True)
class Model:
    """A linear model: `weights` (buckets x labels, steps of `scale`) over mean n-grams."""

    labels: tuple[str, ...]
    weights: NDArray[np.int8]
    bias: NDArray[np.float32]
    scale: float
    bits: int

    def probabilities(self, text: str) -> dict[str, float]:
        """Return the probability of each label for a text."""
        buckets = hashed_ngrams(normalise(text), self.bits)
        sums = self.weights[buckets].sum(axis=0, dtype=np.int32)
        logits = sums * (self.scale / np.sqrt(len(buckets))) + self.bias
        exponents = np.exp(logits - logits.max())
        shares = exponents / exponents.sum()
        return dict(zip(self.labels, shares.tolist(), strict=True))

    def best(self, text: str) -> tuple[str, float]:
        """Return the most probable label and its probability."""
        shares = self.probabilities(text)
        label = max(shares, key=lambda name: (shares[name], name))
        return label, shares[label]


@cache
def load_model(name: str) -> Model:
    """Return a model of the package: `cyrillic`, `latin` or `arabic`."""
    source = files("transforms.text") / "knowledge" / "language" / f"{name}.npz"
    with source.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return Model(
            labels=tuple(arrays["labels"].tolist()),
            weights=arrays["weights"],
            bias=arrays["bias"],
            scale=float(arrays["scale"]),
            bits=int(arrays["weights"].shape[0]).bit_length() - 1,
        )
