"""What is started here is what deploy/dataflow builds, where it puts it."""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml
from linters import ROOT
from terraform_runs import HERE

State = Mapping[str, Mapping[str, Any]]

DATAFLOW = ROOT / "deploy/dataflow"
README = (HERE / "README.md").read_text("utf-8")
BUILD: dict[str, Any] = yaml.safe_load((DATAFLOW / "cloudbuild.yaml").read_text("utf-8"))
BUILT = " ".join(word for step in BUILD["steps"] for word in step["args"])


def test_the_load_runs_the_image_that_is_built(made: State) -> None:
    template = made["google_cloud_run_v2_job.load"]["template"][0]["template"][0]
    repository, _, name = template["containers"][0]["image"].rpartition("/")
    assert repository == "europe-west3-docker.pkg.dev/example-news-prod/suzgi"
    assert name == "suzgi:0.1.0"
    assert "--tag=${_REPOSITORY}/suzgi:${_TAG}" in BUILT


def test_templates_lie_where_they_are_looked_for(made: State) -> None:
    settings = made["google_workflows_workflow.day"]["user_env_vars"]
    artifacts = made["google_storage_bucket.artifacts"]["name"]
    of_build = re.findall(r"gs://\$\{_ARTIFACTS\}/(\S+)", BUILT)
    assert settings["SUZGI_TEMPLATE"] == f"gs://{artifacts}/templates/suzgi-ingest.json"
    assert set(of_build) == {"templates/suzgi-ingest.json", "templates/suzgi-stream.json"}
    looked_for = set(re.findall(rf"gs://{artifacts}/(\S+)", README))
    assert looked_for == {"templates/suzgi-stream.json"}


def test_a_stream_is_started_with_parameters_that_there_are() -> None:
    metadata = json.loads((DATAFLOW / "stream_metadata.json").read_text("utf-8"))
    parameters = {each["name"]: each for each in metadata["parameters"]}
    (given,) = re.findall(r"--parameters=(subscription=.*) \\", README)
    names = set(re.findall(r"(\w+)=", given))
    assert names <= set(parameters)
    assert {name for name, each in parameters.items() if not each.get("isOptional")} <= names


def test_make_takes_what_it_is_given() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    commands = re.findall(r"make -C \.\./\.\. (\w+) ((?:.*\\\n)*.*)", README)
    assert [target for target, _ in commands] == ["image", "templates"]
    outputs = (HERE / "outputs.tf").read_text("utf-8")
    for target, arguments in commands:
        (recipe,) = re.findall(rf"^{target}:(.*(?:\n\t.*)*)", makefile, re.MULTILINE)
        needed = set(re.findall(r'-n "\$\((\w+)\)"', recipe))
        assert needed <= set(re.findall(r"(\w+)=", arguments)) <= {*needed, "TAG"}
        for name in re.findall(r"terraform output -raw (\w+)", arguments):
            assert f'output "{name}"' in outputs
