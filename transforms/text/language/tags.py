"""Detectors' language codes as BCP 47 tags, and which of them a script allows."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.rows import UNDETERMINED


@dataclass(frozen=True, slots=True)
class Tags:
    """The knowledge of `tags.toml`."""

    aliases: dict[str, str]
    second_aliases: dict[str, str]
    refused: frozenset[str]
    script_languages: dict[str, str]
    script_default: dict[str, str]
    script_of_code: dict[str, str]
    script_allows: dict[str, frozenset[str]]
    never_latin: frozenset[str]
    rare: frozenset[str]


def read_knowledge(name: str) -> dict[str, Any]:
    """Return a TOML file of the language knowledge."""
    source = files("transforms.text") / "knowledge" / "language" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def tags() -> Tags:
    """Return the table of codes."""
    table = read_knowledge("tags")
    return Tags(
        aliases=table["aliases"],
        second_aliases=table["second_aliases"],
        refused=frozenset(table["refused"]["codes"]),
        script_languages=table["script_languages"],
        script_default=table["script_default"],
        script_of_code=table["script_of_code"],
        script_allows={k: frozenset(v) for k, v in table["script_allows"].items()},
        never_latin=frozenset(table["never_latin"]["languages"]),
        rare=frozenset(table["rare"]["languages"]),
    )


@cache
def language_of_code(code: str) -> str:
    """Return the BCP 47 language of CLD2's or langdetect's code; `und` if it names none."""
    known = tags()
    if code in known.refused or code.startswith("xx-"):
        return UNDETERMINED
    return known.aliases.get(code, code)


def second_language(code: str) -> str:
    """Return the BCP 47 language of a code of the second opinion."""
    return tags().second_aliases.get(code, code)


def is_written_in(language: str, script: str | None) -> bool:
    """Return whether pages in this language may be in this script."""
    if script == "Latn":
        return language not in tags().never_latin
    allowed = tags().script_allows.get(script or "")
    return allowed is None or language in allowed


def script_of(code: str, counted: str | None) -> str | None:
    """Return the script: as counted, but for Chinese, where only the code tells."""
    if counted != "Hani":
        return counted
    return "Jpan" if code == "ja" else tags().script_of_code.get(code, "Hant")
