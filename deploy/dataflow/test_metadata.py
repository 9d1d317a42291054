"""The parameters of the templates are the flags of `suzgi ingest`, both ways, with their types."""

import argparse
import json
import re
import subprocess
from typing import Any

import pytest

from deploy.dataflow.cloud import HERE, PROGRAMS, ROOT
from deploy.dataflow.launch import flags_of
from pipelines.ingest import add_arguments
from transforms.text.language.choice import DETECTORS

TEMPLATES = ("ingest", "stream")
METADATA: dict[str, dict[str, Any]] = {
    name: json.loads((HERE / f"{name}_metadata.json").read_text("utf-8")) for name in TEMPLATES
}
PARAMETERS = [
    pytest.param(each, id=f"{name}-{each['name']}")
    for name in TEMPLATES
    for each in METADATA[name]["parameters"]
]

NOT_FOR_A_TEMPLATE = {
    "--help": "nobody is there to read it",
    "--input-list": "a file of the machine on which the command runs",
    "--null": "of such a list",
    "--max-dead-letters": "the command has ended when they are counted; an alert looks",
    "--workers": "of the local runner",
    "--quiet": "what is printed is in the log of the launch",
    "--log-json": "likewise; workers on Dataflow log in a form of its own",
    "--json": "there is no manifest yet",
    "--streaming": "a subscription says it",
}
NOT_FOR_A_RUN = {
    "--subscription": "makes a stream",
    "--window-seconds": "of streams",
    "--allowed-lateness-seconds": "of streams",
    "--poll-seconds": "of streams",
    "--settle-seconds": "of streams",
    "--max-polls": "of streams",
}
NOT_FOR_THE_STREAM = {
    "--input": "a subscription says what is new",
    "--poll-seconds": "of --input",
    "--settle-seconds": "of --input",
    "--max-polls": "of --input",
    "--near-duplicates": "not for streams",
    "--drop-near-duplicates": "not for streams",
    "--near-duplicate-threshold": "not for streams",
}
LEFT_OUT = {
    "ingest": {**NOT_FOR_A_TEMPLATE, **NOT_FOR_A_RUN},
    "stream": {**NOT_FOR_A_TEMPLATE, **NOT_FOR_THE_STREAM},
}
VALUES = (
    *("0", "1", "007", "12345678901", "-1", "+1", "1.5", "0.5", ".5", "0.49", "0.8", "1.0", "1.01"),
    *("2", "0.0", "00.50", "1e3", "nan", "inf", "1 ", "x", "1x", "2026-05-14", "2026-5-14"),
    *("14.05.2026", "Asia/Almaty", "UTC", "Etc/GMT+5", "America/Port-au-Prince", "a b"),
    *("kk", "kk,ru,und", "kk-Cyrl", "KK", ".html", "htm", "text.body"),
)
PARSE = """
import sys
from google.cloud.dataflow_v1beta3.types import TemplateMetadata
from google.protobuf import json_format
json_format.Parse(sys.stdin.read(), TemplateMetadata.pb()(), ignore_unknown_fields=False)
"""


def flags() -> dict[str, argparse.Action]:
    """Return the flags of the command."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return {
        flag: action
        for action in parser._actions
        for flag in action.option_strings
        if flag.startswith("--")
    }


def flag_of(parameter: dict[str, Any]) -> argparse.Action:
    """Return the flag that a parameter stands for."""
    return flags()[f"--{parameter['name'].replace('_', '-')}"]


def accepts(action: argparse.Action, value: str) -> bool:
    """Tell whether the command takes a value of a flag."""
    try:
        parsed = action.type(value) if callable(action.type) else value
    except (argparse.ArgumentTypeError, ValueError):
        return False
    return not action.choices or parsed in action.choices


def matches(parameter: dict[str, Any], value: str) -> bool:
    """Tell whether Dataflow takes a value of a parameter."""
    return all(re.search(regex, value) for regex in parameter.get("regexes", ()))


@pytest.mark.parametrize("template", TEMPLATES)
def test_dataflow_s_own_type_takes_the_metadata(template: str) -> None:
    program = (PROGRAMS / "python", "-c", PARSE)
    text = json.dumps(METADATA[template])
    done = subprocess.run(program, input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_flag_is_a_parameter_or_has_a_reason_not_to_be(template: str) -> None:
    names = [each["name"] for each in METADATA[template]["parameters"]]
    assert len(names) == len(set(names))
    assert {f"--{name.replace('_', '-')}" for name in names} == {*flags()} - {*LEFT_OUT[template]}
    assert {*LEFT_OUT[template]} <= {*flags()}
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_the_command_needs_is_not_optional(template: str) -> None:
    parameters = METADATA[template]["parameters"]
    needed = [each["name"] for each in parameters if not each.get("isOptional")]
    source = {"ingest": "input", "stream": "subscription"}[template]
    assert needed == [source, "output"]
    assert METADATA[template]["streaming"] == (template == "stream")
    assert not METADATA[template].get("supportsAtLeastOnce")


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_types_are_those_of_the_flags(parameter: dict[str, Any]) -> None:
    action, kind = flag_of(parameter), parameter["paramType"]
    assert (kind == "BOOLEAN") == (action.nargs == 0)
    if "defaultValue" in parameter and kind != "BOOLEAN":
        default = action.default if action.default is not None else parameter["defaultValue"]
        assert parameter["defaultValue"] == str(default)
        assert matches(parameter, parameter["defaultValue"])
        assert accepts(action, parameter["defaultValue"])
        assert action.default is not None or f"default: {default}" in str(action.help)
    if kind == "ENUM":
        choices = {each["value"] for each in parameter["enumOptions"]}
        assert choices == set(action.choices or DETECTORS)
        assert all(accepts(action, each) for each in choices)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_regexes_take_what_the_flags_take(parameter: dict[str, Any]) -> None:
    """Of numbers no more than that; of places, those in a bucket alone."""
    action = flag_of(parameter)
    for regex in parameter.get("regexes", ()):
        assert regex.startswith("^")
        assert regex.endswith("$")
        assert "(?" not in regex, "RE2 looks neither ahead nor back"
    if parameter["name"] in ("input", "output"):
        assert matches(parameter, "gs://bucket/2026-05-14/")
        assert matches(parameter, "gs://bucket/**/*.txt.gz")
        assert not matches(parameter, "/srv/pages")
        assert not matches(parameter, "gs://bucket")
    elif parameter["name"] == "subscription":
        assert matches(parameter, "projects/example/subscriptions/pages")
        assert not matches(parameter, "projects/example/topics/pages")
        assert not matches(parameter, "pages")
    elif parameter["paramType"] == "NUMBER":
        assert parameter["regexes"]
        differing = [each for each in VALUES if matches(parameter, each) != accepts(action, each)]
        assert set(differing) <= {"1e3", "+1", "1 "}  # Python takes them for numbers
        assert not any(matches(parameter, each) for each in differing)
    elif parameter.get("regexes") and callable(action.type):
        refused = [
            each for each in VALUES if accepts(action, each) and not matches(parameter, each)
        ]
        assert refused == []


def test_the_workflow_gives_parameters_that_there_are() -> None:
    workflow = (ROOT / "deploy/terraform/workflow.yaml").read_text("utf-8")
    (given,) = re.findall(r"^( +)parameters:\n((?:\1 +\w+: .*\n)+)", workflow, re.MULTILINE)
    names = set(re.findall(r"(\w+): ", given[1]))
    parameters = {each["name"]: each for each in METADATA["ingest"]["parameters"]}
    assert {"input", "output"} <= names <= set(parameters)


def test_parameters_become_flags() -> None:
    given = {
        "--input": "gs://pages/a b/",
        "--ingest_date": "2026-05-14",
        "--languages": "",
        "--near_duplicates": "true",
        "--drop_near_duplicates": "False",
        "--temp_location": "gs://scratch/temp",
        "--enable_streaming_engine": "true",
        "--labels": '{"a": "b=c"}',
    }
    translated = flags_of([f"{name}={value}" for name, value in given.items()], {})
    assert translated == [
        "--input=gs://pages/a b/",
        "--ingest-date=2026-05-14",
        "--near-duplicates",
        "--temp_location=gs://scratch/temp",
        "--enable_streaming_engine",
        '--labels={"a": "b=c"}',
    ]


def test_a_subscription_makes_a_stream_and_workers_get_the_image() -> None:
    environment = {"SUZGI_IMAGE": "registry.example/suzgi:1"}
    assert flags_of(["--subscription=projects/example/subscriptions/p"], environment) == [
        "--subscription=projects/example/subscriptions/p",
        "--streaming",
        "--sdk_container_image=registry.example/suzgi:1",
    ]
    other = ["--sdk_container_image=registry.example/suzgi:2"]
    assert flags_of(other, environment) == other


def test_what_nobody_knows_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert flags_of(["--no_such=1", "--region", "x"], {}) == ["--region", "x"]
    assert capsys.readouterr().err == "suzgi: warning: --no_such is not known, and left out\n"
