"""Terraform takes the files, its tests pass, and variables, example and skips are in order."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest
from linters import run_linter
from provider_schema import PROVIDER
from terraform_runs import HERE, Terraform

FILES = sorted(HERE.glob("*.tf"))
EXAMPLES = sorted((HERE / "environments").glob("*/terraform.tfvars"))
TEXT = {path.name: path.read_text("utf-8") for path in FILES}


def read(path: Path) -> dict[str, Any]:
    """Return the content of a file of Terraform."""
    loaded: dict[str, Any] = hcl2.loads(path.read_text("utf-8"))
    return loaded


VARIABLES: dict[str, dict[str, Any]] = {
    name.strip('"'): variable
    for entry in read(HERE / "variables.tf")["variable"]
    for name, variable in entry.items()
}
VALIDATED = {name for name, variable in VARIABLES.items() if "validation" in variable}


def test_files_are_formatted(terraform: Terraform) -> None:
    done = terraform.run("fmt", "-check", "-recursive", "-diff", "-no-color")
    assert done.returncode == 0, done.stdout


def test_terraform_takes_the_files(terraform: Terraform) -> None:
    found = json.loads(terraform.run("validate", "-json").stdout)
    warnings = [each["summary"] for each in found["diagnostics"]]
    assert found["valid"], found["diagnostics"]
    assert warnings == ["Provider development overrides are in effect"]


def test_the_tests_of_terraform_pass(terraform: Terraform) -> None:
    events = terraform.events()
    said = [f"{e['@testfile']}: {e['@message']}" for e in events if e["@level"] == "error"]
    assert said == []
    ended = [e["@testrun"] for e in events if e["type"] == "test_run" if "pass" in e["@message"]]
    written = [
        name
        for path in (HERE / "tests").glob("*.tftest.hcl")
        for name in re.findall(r'^run "(\w+)"', path.read_text("utf-8"), re.MULTILINE)
    ]
    assert sorted(ended) == sorted(written)


def test_checkov_finds_nothing() -> None:
    done = run_linter(
        "checkov", "--directory", HERE, "--framework", "terraform", "--skip-download", "-o", "json"
    )
    found = json.loads(done.stdout)
    failed = found["results"]["failed_checks"]
    assert [f"{each['check_id']} {each['resource']}" for each in failed] == []
    assert found["summary"]["parsing_errors"] == 0
    assert found["summary"]["passed"] > 40


def test_every_skip_says_why() -> None:
    skips = re.findall(r"checkov:skip=(\w+)(:?)(.*)", "".join(TEXT.values()))
    assert skips
    assert [check for check, colon, reason in skips if not colon or len(reason) < 20] == []


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_says_what_it_is(name: str) -> None:
    variable = VARIABLES[name]
    assert len(variable["description"]) > 20
    assert "type" in variable
    assert "validation" in variable or variable["type"] == "bool"
    others = "".join(text for file, text in TEXT.items() if file != "variables.tf")
    assert re.search(rf"\bvar\.{name}\b", others), "nothing uses it"


def test_what_a_variable_refuses_is_tested() -> None:
    tests = (HERE / "tests/variables.tftest.hcl").read_text("utf-8")
    lists = re.findall(r"expect_failures = \[(.*?)\]", tests, re.DOTALL)
    assert {name for each in lists for name in re.findall(r"var\.(\w+)", each)} == VALIDATED


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_has_what_has_no_default_and_nothing_unknown(path: Path) -> None:
    given = set(read(path)) - {"__comments__"}
    needed = {name for name, variable in VARIABLES.items() if "default" not in variable}
    assert needed - given == set()
    assert given - set(VARIABLES) == set()


def test_there_is_an_example() -> None:
    assert [path.parent.name for path in EXAMPLES] == ["example"]


def test_the_example_is_what_the_tests_make() -> None:
    for path in sorted((HERE / "tests").glob("*.tftest.hcl")):
        tested = read(path)["variables"][0]
        example = read(EXAMPLES[0])
        assert {k: v for k, v in tested.items() if not k.startswith("__")} == {
            k: v for k, v in example.items() if not k.startswith("__")
        }


@pytest.mark.parametrize(
    "output", list(read(HERE / "outputs.tf")["output"]), ids=lambda o: next(iter(o))
)
def test_an_output_says_what_it_is(output: dict[str, Any]) -> None:
    ((_, about),) = output.items()
    assert len(about["description"]) > 20


def test_versions_are_pinned() -> None:
    terraform_block = read(HERE / "versions.tf")["terraform"][0]
    assert terraform_block["required_version"].strip('"').startswith(">= ")
    google = terraform_block["required_providers"][0]["google"]
    assert google["version"].strip('"') == f"~> {PROVIDER.rpartition('.')[0]}"


def test_the_readme_names_files_that_there_are() -> None:
    text = (HERE / "README.md").read_text("utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [link for link in links if not (HERE / link).exists()] == []
    plain = {"services.tf", "variables.tf", "outputs.tf", "versions.tf"}
    assert {path.name for path in FILES} - plain <= set(links)
    variables = set(re.findall(r"`(\w+_\w+)`", text)) & set(VARIABLES)
    assert {"max_drift", "max_dead_letters", "max_lag_minutes", "ingest_hours"} <= variables


def test_the_readme_names_what_is_made(made: Mapping[str, Mapping[str, Any]]) -> None:
    text = (HERE / "README.md").read_text("utf-8")
    told = set(re.findall(r"(?:example-news-prod-)?suzgi-[a-z]+(?=[^a-z-]|-DATE)", text))
    of_users = {"example-news-prod-suzgi-state", "suzgi-ingest", "suzgi-stream"}
    names = {values.get("name") for values in made.values()}
    names |= {values.get("account_id") for values in made.values()}
    short = {f"suzgi-{str(name).rpartition('-suzgi-')[2]}" for name in names}
    assert told - of_users - names - short == set()
    assert {"suzgi-day", "suzgi-load", "suzgi-worker", "suzgi-workers"} <= told
