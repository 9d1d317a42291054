"""Read the knowledge that is kept as data beside the code."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

KNOWLEDGE = files("transforms.text") / "knowledge"


def load_knowledge(name: str) -> dict[str, Any]:
    """Return one TOML file of the knowledge folder, such as `fields.toml`."""
    return tomllib.loads((KNOWLEDGE / name).read_text("utf-8"))


def load_knowledge_folder(name: str) -> Iterator[dict[str, Any]]:
    """Yield the TOML files of a folder of the knowledge, in the order of their names."""
    for file in sorted((KNOWLEDGE / name).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            yield tomllib.loads(file.read_text("utf-8"))
