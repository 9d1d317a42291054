"""The workflow of GitHub is one that GitHub takes, is safe, and does what .ci/run does."""

import re
from typing import Any

import yaml
from linters import ROOT, run_linter

PATH = ROOT / ".github/workflows/ci.yml"
TEXT = PATH.read_text("utf-8")
WORKFLOW: dict[str, Any] = yaml.safe_load(TEXT)
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["ci"]["steps"]


def settings_of(action: str) -> dict[str, Any]:
    """Return what a step gives an action."""
    (found,) = (step["with"] for step in STEPS if step.get("uses", "").startswith(f"{action}@"))
    given: dict[str, Any] = found
    return given


def test_it_is_of_the_published_schema() -> None:
    done = run_linter("check-jsonschema", "--builtin-schema", "vendor.github-workflows", PATH)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing() -> None:
    done = run_linter("zizmor", "--offline", "--pedantic", "--no-progress", PATH)
    assert done.returncode == 0, done.stdout


def test_actions_are_pinned_by_commit_with_their_version_beside() -> None:
    uses = re.findall(r"uses: (.*)", TEXT)
    assert len(uses) == sum("uses" in step for step in STEPS) >= 3
    pinned = r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
    assert [each for each in uses if not re.fullmatch(pinned, each)] == []


def test_it_runs_what_ci_runs_last() -> None:
    assert [step["run"] for step in STEPS if "run" in step] == [".ci/run"]
    assert STEPS[-1] == {"run": ".ci/run"}
    assert WORKFLOW["permissions"] == {}
    assert WORKFLOW["jobs"]["ci"]["permissions"] == {"contents": "read"}


def test_it_has_the_pythons_and_the_terraform_that_are_needed() -> None:
    pythons = settings_of("actions/setup-python")["python-version"].split()
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (lowest,) = re.findall(r'^requires-python = ">=([\d.]+),', project, re.MULTILINE)
    assert pythons == ["3.13", lowest]  # the last is `python3`
    terraform = settings_of("hashicorp/setup-terraform")
    versions = (ROOT / "deploy/terraform/versions.tf").read_text("utf-8")
    (needed,) = re.findall(r'required_version = ">= (\d+)\.(\d+)"', versions)
    major, minor, _ = terraform["terraform_version"].split(".")
    assert (int(major), int(minor)) >= (int(needed[0]), int(needed[1]))
    assert terraform["terraform_wrapper"] is False
