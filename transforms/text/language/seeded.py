"""langdetect with profiles of Kazakh and its neighbours, and the same answer to a text each time.

Alone langdetect has no Kazakh, and what it answers depends on chance and on the order in which
the file system lists its profiles. Here each text is asked with the same seed and the profiles
are loaded by name; nothing of the library that others share is set.
"""

import importlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

LANGDETECT = "langdetect"
FASTER = "langdetect_rs"
"""The same answers, to the last bit, from compiled code; used where it is installed."""

SEED = 0

Ranking = Sequence[tuple[str, float]]
"""Codes of languages with their probabilities, the highest first; none under 0.1."""


@cache
def seeded_ranking() -> Callable[[str], Ranking]:
    """Return langdetect, or the faster package if installed, as a function of clean text."""
    try:
        return load_ranking(FASTER)
    except ImportError:
        return load_ranking(LANGDETECT)


def load_ranking(package: str) -> Callable[[str], Ranking]:
    """Return one of the two packages, with all profiles, as a function of clean text."""
    library = importlib.import_module(package)
    profile_class = importlib.import_module(f"{package}.utils.lang_profile").LangProfile
    factory = library.DetectorFactory()
    factory.seed = SEED  # of this factory; the class has another one, which all others share
    profiles = list(_profiles())
    for index, profile in enumerate(profiles):
        factory.add_profile(profile_class(**profile), index, len(profiles))

    def rank(text: str) -> Ranking:
        detector = factory.create()
        detector.append(text)
        try:
            return [(one.lang, one.prob) for one in detector.get_probabilities()]
        except library.LangDetectException:  # no letters that it knows
            return []

    return rank


def langdetect_codes() -> frozenset[str]:
    """Return the codes of all languages that langdetect, with our profiles, may answer."""
    return frozenset([*_built_in(), *_ours()])


def _profiles() -> Iterator[dict[str, Any]]:
    """Yield langdetect's own profiles, then ours, each in the order of their names."""
    for profile in (*_built_in().values(), *_ours().values()):
        yield json.loads(profile.read_text(encoding="utf-8"))


def _built_in() -> dict[str, Path]:
    """Return langdetect's own profiles by their codes."""
    folder = Path(importlib.import_module(LANGDETECT).PROFILES_DIRECTORY)
    return {path.name: path for path in sorted(folder.iterdir())}


def _ours() -> dict[str, Any]:
    """Return our profiles by their codes, such as `kk-Latn`."""
    folder = files("transforms.text") / "knowledge" / "language" / "profiles"
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".json"): file for file in found}
