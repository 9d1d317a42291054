"""The house: its layout, its imports, its pins, and that the example pages are whole."""

import gzip
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"

TOP_LEVEL = [
    ".ci/run",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "deploy/README.md",
    "examples/labels.jsonl",
    "examples/languages.tsv",
    "examples/pages",
    "pipelines/__init__.py",
    "pyproject.toml",
    "schemas/__init__.py",
    "tests",
    "transforms/__init__.py",
    "transforms/text/__init__.py",
    "uv.lock",
]

COPIES = {
    "pages/samal-qala.example/kitaphana-2.txt": "kitaphana.txt",
    "pages/svetloozersk-vesti.example/basseyn.txt.gz": "basseyn.txt",
}
"""Example files that show duplicates, and the labelled page of the same site that each repeats."""
BROKEN = {"pages/rechnoy-yar.example/foto.txt"}
"""Example files that show dead letters: they hold no text, so they have no labels."""
ENCODINGS = {"pages/rechnoy-yar.example/yarmarka.txt": "cp1251"}
"""Labelled pages that are not UTF-8."""

METADATA_ROLES = {
    "author",
    "comments",
    "crawl_date",
    "crawl_date+title",
    "published",
    "published+views",
    "read_time",
    "section",
    "source",
    "tags",
    "views",
}


@cache
def load_pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def load_labels() -> list[dict[str, Any]]:
    text = (EXAMPLES / "labels.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def read_lines(name: str) -> list[str]:
    text = (EXAMPLES / name).read_bytes().decode(ENCODINGS.get(name, "utf-8"))
    return text.split("\n")


def modules_after(statement: str) -> set[str]:
    """Return the names of all modules that a fresh interpreter has loaded after a statement."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded: list[str] = json.loads(done.stdout)
    return set(loaded)


def requirement(text: str) -> tuple[str, frozenset[str]]:
    """Return the name of a requirement and the set of its version clauses."""
    found = re.match(r"([\w.-]+)(?:\[[^\]]*\])? *([^;]*)", text)
    assert found, text
    clauses = found[2].replace(" ", "").split(",")
    return found[1].replace(".", "-"), frozenset(filter(None, clauses))


def recipe_of(target: str) -> list[str]:
    """Return the commands of a Makefile target."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"^{target}:[^\n]*\n((?:\t[^\n]*\n)*)", makefile, re.MULTILINE)
    assert found, f"the Makefile has no target {target}"
    return [line.strip() for line in found[1].splitlines()]


@pytest.mark.parametrize("path", TOP_LEVEL)
def test_layout(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("package", ["pipelines", "schemas", "transforms"])
def test_package_names_are_ours(package: str, tmp_path: Path) -> None:
    """In this process, and in a new one that was started somewhere else."""
    ours = str(ROOT / package / "__init__.py")
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin == ours
    elsewhere = subprocess.run(
        [sys.executable, "-c", f"import {package}; print({package}.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout.strip() == ours


def test_the_wheel_gets_every_file_of_the_packages() -> None:
    """Schemas, phrases and models are no Python: setuptools takes only what is listed."""
    listed = load_pyproject()["tool"]["setuptools"]["package-data"]
    taken = {
        path
        for package, patterns in listed.items()
        for pattern in patterns
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
    }
    kept = {
        path
        for package in ("pipelines", "schemas", "transforms")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert {path.relative_to(ROOT).as_posix() for path in kept - taken} == set()
    folders = {path.parent for path in ROOT.glob("[pst]*/**/*.py") if "tests" not in path.parts}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize(
    "module", ["pipelines.main", "transforms.text.extract", "transforms.text.page", "schemas.rows"]
)
def test_importing_it_loads_no_beam_and_no_cloud(module: str) -> None:
    loaded = modules_after(f"import {module}")
    assert module in loaded
    assert not {name for name in loaded if name.split(".")[0] in {"apache_beam", "google", "grpc"}}


def test_the_text_code_imports_nothing_else_of_transforms() -> None:
    """The rest of the import directions is import-linter's; this one it has no words for."""
    pattern = re.compile(r"^\s*(?:from|import) (transforms(?:\.\w+)*)", re.MULTILINE)
    found = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in (ROOT / "transforms/text").rglob("*.py")
        for module in pattern.findall(path.read_text(encoding="utf-8"))
        if module.split(".")[:2] != ["transforms", "text"]
    }
    assert found == set()


@pytest.mark.parametrize("arguments", ["--help", "--version"])
def test_command_line_answers_without_beam(arguments: str) -> None:
    statement = (
        "import pipelines.main, contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    pipelines.main.main([{arguments!r}])"
    )
    assert "apache_beam" not in modules_after(statement)


def test_beam_is_pinned_once() -> None:
    project = load_pyproject()["project"]
    named = [line for line in project["dependencies"] if line.startswith("apache-beam")]
    extras = [
        line
        for group in project["optional-dependencies"].values()
        for line in group
        if line.startswith("apache-beam")
    ]
    assert len(named) == 1
    pinned = re.fullmatch(r"apache-beam==([\d.]+)", named[0])
    assert pinned
    assert all("=" not in line for line in extras), "an extra pins Beam a second time"
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    assert [p["version"] for p in locked if p["name"] == "apache-beam"] == [pinned[1]]


def test_lock_is_of_this_pyproject() -> None:
    """`uv sync --frozen` installs from an outdated lock without a word."""
    project = load_pyproject()
    extras = project["project"]["optional-dependencies"].values()
    wanted = {
        requirement(line)
        for group in [project["project"]["dependencies"], *extras]
        for line in group
    }
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    ours = next(package for package in locked if package["name"] == "suzgi")
    assert wanted == {
        requirement(f"{entry['name']}{entry.get('specifier', '')}")
        for entry in ours["metadata"]["requires-dist"]
    }
    for group, lines in project["dependency-groups"].items():
        assert {requirement(line) for line in lines} == {
            requirement(f"{entry['name']}{entry.get('specifier', '')}")
            for entry in ours["metadata"]["requires-dev"][group]
        }


def test_ci_runs_make_check_and_the_engines() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in script
    commands = [
        line
        for line in script.splitlines()
        if line and not line.startswith(("#", "set ", 'cd "$(dirname'))
    ]
    assert commands == [
        "make --no-print-directory check",
        "make --no-print-directory deploy-test",
        "make --no-print-directory bigquery-test",
        "make --no-print-directory prism-test",
        "make --no-print-directory flink-test",
    ]


def test_make_check_runs_every_tool_and_pytest_last() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"^check: ([\w ]+?) *##", makefile, re.MULTILINE)
    assert found
    commands = [command for target in found[1].split() for command in recipe_of(target)]
    assert [command.split()[0].rpartition("/")[2] for command in commands] == [
        "ruff",
        "ruff",
        "mypy",
        "lint-imports",
        "pytest",
        "pytest",
    ]
    tests = [command.partition("pytest ")[2] for command in commands[-2:]]
    assert tests == ["-n 2 --ignore tests/readers", "-n 2 --dist loadgroup tests/readers"]


def test_pre_commit_runs_the_tools_of_make_check() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"entry: \.venv/bin/([\w-]+(?: format| check)?)", hooks)
    assert entries == ["ruff check", "ruff format", "mypy", "lint-imports"]
    assert "repo: http" not in hooks, "a hook from elsewhere is not at the locked version"


def test_changelog_knows_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{load_pyproject()['project']['version']}]" in changelog


def test_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert load_pyproject()["project"]["license"] == "Apache-2.0"


def test_every_example_file_is_accounted_for() -> None:
    files = [
        path.relative_to(EXAMPLES).as_posix()
        for path in (EXAMPLES / "pages").rglob("*")
        if path.is_file()
    ]
    labelled = [page["file"] for page in load_labels()]
    assert Counter(files) == Counter([*labelled, *COPIES, *BROKEN])


def test_dead_letters_stay_under_five_percent() -> None:
    count = len(load_labels()) + len(COPIES) + len(BROKEN)
    assert len(BROKEN) / count < 0.05


@pytest.mark.parametrize("page", load_labels(), ids=lambda page: page["file"])
def test_every_line_of_a_labelled_page_has_a_role(page: dict[str, Any]) -> None:
    printed = [str(n) for n, line in enumerate(read_lines(page["file"])) if line.strip()]
    assert list(page["roles"]) == printed
    unknown = {
        role
        for role in page["roles"].values()
        if role not in {"title", "paragraph", *METADATA_ROLES}
        and not re.fullmatch(r"removed:[a-z]+(_[a-z]+)*", role)
    }
    assert not unknown


@pytest.mark.parametrize("page", load_labels(), ids=lambda page: page["file"])
def test_labelled_fields_stand_on_lines_of_their_role(page: dict[str, Any]) -> None:
    fields, roles = page["fields"], set(page["roles"].values())
    assert "title" in page["roles"][str(fields["title"]["line"])].split("+")
    assert sum(role == "paragraph" for role in page["roles"].values()) >= 5
    assert ("view_count" in fields) == bool(roles & {"views", "published+views"})
    assert ("published_text" in fields) == bool(roles & {"published", "published+views"})
    for field, role in (("section", "section"), ("source", "source"), ("tags", "tags")):
        assert (field in fields) == (role in roles)
    if "published_text" in fields:
        assert any(fields["published_text"] in line for line in read_lines(page["file"]))


@pytest.mark.parametrize(("copy", "original"), COPIES.items())
def test_copies_repeat_their_original(copy: str, original: str) -> None:
    content = (EXAMPLES / copy).read_bytes()
    if copy.endswith(".gz"):
        content = gzip.decompress(content)
    assert content == (EXAMPLES / copy).with_name(original).read_bytes()


def test_broken_example_is_a_picture() -> None:
    for name in BROKEN:
        assert (EXAMPLES / name).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_examples_show_every_script_and_several_languages() -> None:
    assert {page["script"] for page in load_labels()} == {"Cyrl", "Latn", "Arab"}
    assert {page["language"] for page in load_labels()} == {"kk", "ru", "ky", "uz", "en"}


def test_example_sites_cannot_exist() -> None:
    """RFC 2606 keeps `.example` out of the public name system."""
    sites = [path.name for path in (EXAMPLES / "pages").iterdir()]
    assert sites
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*\.example", site) for site in sites)
