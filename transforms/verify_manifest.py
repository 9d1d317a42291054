"""Check a manifest by itself: its form, its name, and that its counts balance."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from transforms.manifest import FORMAT, Manifest, parse_manifest
from transforms.parts import (
    ARTICLES,
    DEAD_LETTERS,
    DUPLICATES,
    KINDS,
    OTHER_LANGUAGES,
    PART_NAME,
    PartFile,
)
from transforms.reports import Tally


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in an output that is not as a run leaves it: the file, and what is wrong."""

    name: str
    message: str


def check_manifest(name: str, content: bytes) -> tuple[Manifest | None, list[Fault]]:
    """Return the manifest, None where it is none, and what is wrong with it."""
    return _check(name, content, _form_faults)


def check_counts(name: str, content: bytes) -> tuple[Manifest | None, list[Fault]]:
    """Return as `check_manifest` does; what a later release may have added is no fault."""
    return _check(name, content, _format_faults)


def rows_by_kind(tally: Tally) -> dict[str, int]:
    """Return how many rows the files of each kind must have."""
    return {
        ARTICLES: tally.articles,
        DEAD_LETTERS: tally.dead_letters.total(),
        DUPLICATES: tally.duplicates,
        OTHER_LANGUAGES: tally.other_languages.total(),
    }


def _check(
    name: str, content: bytes, form_faults: Callable[[dict[str, Any], str, Manifest], Iterator[str]]
) -> tuple[Manifest | None, list[Fault]]:
    """Return the manifest, None where it is none, and what is wrong with form and counts."""
    try:
        text = content.decode("utf-8")
        manifest = parse_manifest(text)
        messages = [*form_faults(json.loads(text), text, manifest), *_name_faults(name, manifest)]
        messages += [*_balance_faults(manifest), *_file_faults(manifest.files)]
    except (TypeError, ValueError, AttributeError) as error:
        return None, [Fault(name, str(error))]
    return manifest, [Fault(name, message) for message in messages]


def _format_faults(held: dict[str, Any], *_: object) -> Iterator[str]:
    """Yield the fault of a manifest in a form of another version."""
    if held.get("format") != FORMAT:
        yield f"format {held.get('format')!r}; this version reads {FORMAT}"


def _form_faults(held: dict[str, Any], text: str, manifest: Manifest) -> Iterator[str]:
    """Yield what is not in the form that a run writes; one bit elsewhere is enough."""
    if text != json.dumps(held, sort_keys=True, ensure_ascii=False, indent=2) + "\n":
        yield "not laid out as it was written"
    yield from _format_faults(held)
    held.setdefault("other_languages", {})  # 0.1.0 had none
    held["counts"].setdefault("other_languages", 0)
    meant = manifest.to_json()
    for key in sorted(held.keys() | meant.keys()):
        if held.get(key) != meant.get(key):
            yield f"{key} does not agree with the rest of the manifest"


def _name_faults(name: str, manifest: Manifest) -> Iterator[str]:
    """Yield the fault of a manifest whose name, options, version or inputs were changed."""
    if name != manifest.file_name:
        kind = f"window is that of round {manifest.pane.name}" if manifest.pane else ""
        yield kind or f"version, options and inputs are those of run {manifest.run}"


def _balance_faults(manifest: Manifest) -> Iterator[str]:
    """Yield counts that do not add up."""
    tally = manifest.tally
    wanted = rows_by_kind(tally)
    if tally.documents != sum(wanted.values()):
        yield f"{tally.documents} documents became {sum(wanted.values())} rows"
    if manifest.replay and manifest.replay.documents != tally.documents:
        yield f"{tally.documents} documents, {manifest.replay.documents} of the dead letters"
    if tally.articles != tally.languages.total():
        yield f"{tally.articles} articles, {tally.languages.total()} by language"
    listed = Counter[str]()
    for part in manifest.files:
        listed[part.name.partition("/")[0]] += part.rows
    for kind in KINDS:
        if listed[kind] != wanted[kind]:
            yield f"{wanted[kind]} rows counted in {kind}, {listed[kind]} in its files"


def _file_faults(files: tuple[PartFile, ...]) -> Iterator[str]:
    """Yield files that are listed twice, out of order, or named like none of ours."""
    names = [part.name for part in files]
    if names != sorted(set(names)):
        yield "its files are not sorted, or listed twice"
    for part in files:
        kind, _, file = part.name.partition("/")
        if kind not in KINDS or not PART_NAME.fullmatch(file):
            yield f"lists {part.name!r}, which no run writes"
        elif f"-{part.sha256[:16]}.avro" not in file:
            yield f"lists {part.name} with SHA-256 {part.sha256}"
