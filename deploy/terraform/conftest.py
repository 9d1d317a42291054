"""Terraform, and what it would make of the example."""

import os
from collections.abc import Mapping
from typing import Any

import pytest
from terraform_runs import Terraform, missing_programs, prepare


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Return Terraform with the schemas of the provider."""
    missing = missing_programs()
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"there is no {' and no '.join(missing)}")
    assert not missing, f"CI checks deploy/terraform: install {' and '.join(missing)}"
    return prepare(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="session")
def made(terraform: Terraform) -> Mapping[str, Mapping[str, Any]]:
    """Return the values of all that the example makes with a stream, by address."""
    events = terraform.events("-verbose", "-filter=tests/example.tftest.hcl")
    (state,) = (
        event["test_state"]
        for event in events
        if event["type"] == "test_state" and event["@testrun"] == "stream"
    )
    return {each["address"]: each["values"] for each in state["root_module"]["resources"]}
