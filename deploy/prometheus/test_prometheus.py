"""The rules for alerts: on metrics that there are, as the README tells, right in the engine."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from pipelines.ingest_options import MAX_DEAD_LETTERS
from tests.pipelines.test_watch_metrics import full
from transforms.text.codes import CODES

HERE = Path(__file__).parent
README = (HERE / "README.md").read_text("utf-8")
RULES = yaml.safe_load((HERE / "suzgi-alerts.yml").read_text("utf-8"))
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
SELECTOR = re.compile(r"(suzgi_\w+)(?:\{([^}]*)\})?(\[\w+\])?")
METRICS = {
    sample.name: (family.type, set(sample.labels))
    for family in text_string_to_metric_families(generate_latest(full().registry).decode())
    for sample in family.samples
}


def selectors() -> list[tuple[str, str, str]]:
    """Return the metrics that alerts name, each with its matchers and its range."""
    return [found for rule in ALERTS for found in SELECTOR.findall(rule["expr"])]


def test_alerts_are_on_metrics_that_a_watch_shows() -> None:
    assert {name for name, *_ in selectors()} <= set(METRICS)


def test_matchers_are_on_labels_and_values_that_there_are() -> None:
    told = [
        (name, *matcher)
        for name, matchers, _ in selectors()
        for matcher in re.findall(r'(\w+)="(\w+)"', matchers)
    ]
    assert told
    codes = {code for of_stage in CODES.values() for code in of_stage}
    outcomes = {"article", "other_language", "duplicate", "dead_letter"}
    known = {"outcome": outcomes, "code": codes}
    for name, label, value in told:
        assert label in METRICS[name][1]
        assert value in known[label]


def test_ranges_are_of_counters_and_counters_have_ranges() -> None:
    for name, _, window in selectors():
        assert (METRICS[name][0] == "counter") == bool(window), name


def test_groups_are_by_the_label_of_a_watch() -> None:
    """Otherwise one watch would hide another."""
    for rule in ALERTS:
        for grouped in re.findall(r"\b(?:by|on) \(([^)]*)\)", rule["expr"]):
            assert grouped == "output, instance, job"
        assert ("sum" in rule["expr"]) == ("sum by" in rule["expr"])


def test_dead_letters_alarm_where_a_run_would() -> None:
    (rule,) = (rule for rule in ALERTS if rule["alert"] == "SuzgiDeadLetters")
    assert f"> {MAX_DEAD_LETTERS / 100:g}\n" in rule["expr"].replace(" and ", "\nand ")


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["annotations"]["description"].endswith((".", "?"))
    assert f"| `{rule['alert']}` | {rule['labels']['severity']} |" in README


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_annotation_names_labels_that_its_alert_has(rule: dict[str, Any]) -> None:
    """Others are expanded to nothing, without an error."""
    named = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    assert named <= {"output", "instance", "job"}
    assert not named or "absent" not in rule["expr"]


def test_the_readme_tells_of_no_other_alert() -> None:
    assert sorted(re.findall(r"^\| `(\w+)`", README, re.MULTILINE)) == sorted(
        rule["alert"] for rule in ALERTS
    )


def test_the_readme_names_the_version_of_the_engine() -> None:
    module = (HERE / "go.mod").read_text("utf-8")
    (version,) = re.findall(r"prometheus/prometheus v([\d.]+)", module)
    assert version in README.replace("\n", " ")


def test_the_scrape_of_the_readme_is_that_of_the_command() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    ports = re.findall(r"--metrics-port[ =](\d+)", README)
    (job,) = yaml.safe_load(block)["scrape_configs"]
    assert yaml.safe_load(block)["rule_files"] == ["suzgi-alerts.yml"]
    assert job["static_configs"] == [{"targets": [f"127.0.0.1:{ports[0]}"]}]
    assert len(set(ports)) == 1


@pytest.mark.parametrize("arguments", [["vet", "./..."], ["test", "-count=1", "./..."]])
def test_alerts_fire_where_they_must_and_nowhere_else(arguments: list[str]) -> None:
    if not shutil.which("go"):
        assert os.environ.get("CI") != "true", "CI checks deploy/prometheus: install Go"
        pytest.skip("there is no Go")
    assert subprocess.check_output(["gofmt", "-l", "."], cwd=HERE, text=True) == ""
    done = subprocess.run(["go", *arguments], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
