"""The list of codes is what the code raises and what README.md documents, no more and no less."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from transforms.text.codes import CODES

ROOT = Path(__file__).parents[3]
LISTED = {(stage, code) for stage, codes in CODES.items() for code in codes}
ROW = re.compile(r"^\| (?P<stages>[a-z, ]+) \| (?P<codes>`\w+`(?:, `\w+`)*) \|", re.MULTILINE)


def constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a module gives names to, or imports by name."""
    imported = {
        alias.asname or alias.name: getattr(import_module(node.module), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("transforms.")
        for alias in node.names
        if node.module and alias.name.isupper()
    }
    return imported | {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def raised(path: Path) -> Iterator[tuple[str, str]]:
    """Yield stage and code of each document error that a module makes anew."""
    tree = ast.parse(path.read_text("utf-8"))
    named = constants(tree)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DocumentError"):
            continue
        stage, code = node.args[0], node.args[1]
        if isinstance(code, ast.Constant):
            assert isinstance(stage, ast.Name | ast.Constant), f"{path.name}:{node.lineno}"
            if isinstance(stage, ast.Name) and stage.id == "stage":  # the caller's
                continue
            yield (named[stage.id] if isinstance(stage, ast.Name) else stage.value), code.value  # type: ignore[misc]


def documented() -> set[tuple[str, str]]:
    """Return what the table in README.md has; a row may name several stages and codes."""
    table = (ROOT / "README.md").read_text("utf-8").partition("| stage | code |")[2]
    return {
        (stage, code)
        for row in ROW.finditer(table.partition("\n\n")[0])
        for stage in row["stages"].split(", ")
        for code in re.findall(r"\w+", row["codes"])
    }


def test_every_code_that_is_raised_is_listed_and_every_listed_code_is_raised() -> None:
    found = {pair for path in (ROOT / "transforms").rglob("*.py") for pair in raised(path)}
    assert found == LISTED


def test_the_readme_documents_exactly_these_codes() -> None:
    assert documented() == LISTED
