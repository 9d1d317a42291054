"""What Cloud Scheduler starts, with what the workflow is told, and what the alerts look for."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from cronsim import CronSim
from discovery import methods
from linters import ROOT
from terraform_runs import HERE
from workflow_settings import SETTINGS, SOURCE

MOST_SETTINGS = 20
"""https://cloud.google.com/workflows/docs/use-environment-variables"""

State = Mapping[str, Mapping[str, Any]]

JOBS = ("suzgi-day", "suzgi-deadline")
WORKFLOW = (HERE / "workflow.yaml").read_text("utf-8")
LOGS = {
    "failed": ("suzgi_failed", "ERROR"),
    "dead_letters": ("suzgi_dead_letters", "WARNING"),
    "drift": ("suzgi_drift", "WARNING"),
}
"""Alerts on entries of the workflow's log, the event of each and its severity."""
METRICS = {"data_watermark_age", "system_lag", "is_failed", "user_counter"}
"""https://cloud.google.com/monitoring/api/metrics_gcp_d_h#gcp-dataflow, all of `job/…`."""


def start(made: State, job: str) -> Mapping[str, Any]:
    """Return a job of Cloud Scheduler."""
    return made[f'google_cloud_scheduler_job.start["{job}"]']


def entries(node: Any) -> list[dict[str, Any]]:
    """Return the arguments of each `sys.log` in a workflow."""
    if isinstance(node, dict):
        here = [node["args"]] if node.get("call") == "sys.log" else []
        return here + [found for each in node.values() for found in entries(each)]
    return [found for each in node for found in entries(each)] if isinstance(node, list) else []


def log_alerts(made: State) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return each alert on the log, and its condition, by its key."""
    found = {}
    for address, values in made.items():
        if name := re.fullmatch(r'google_monitoring_alert_policy\.log\["(\w+)"\]', address):
            condition = values["conditions"][0]["condition_matched_log"][0]
            found[name[1]] = (values, condition)
    return found


@pytest.mark.parametrize("job", JOBS)
def test_a_start_is_a_time_of_every_day(made: State, job: str) -> None:
    times = CronSim(start(made, job)["schedule"], datetime(2026, 3, 1, tzinfo=UTC))
    first, second = next(times), next(times)
    assert second - first == timedelta(days=1)
    assert ZoneInfo(start(made, job)["time_zone"]).key == "Asia/Almaty"


def test_the_deadline_is_when_both_jobs_had_their_time(made: State) -> None:
    midnight = datetime(2026, 5, 14, tzinfo=UTC)
    begin, deadline = (next(CronSim(start(made, job)["schedule"], midnight)) for job in JOBS)
    settings = made["google_workflows_workflow.day"]["user_env_vars"]
    seconds = int(settings["SUZGI_INGEST_SECONDS"]) + int(settings["SUZGI_LOAD_SECONDS"])
    assert deadline - begin > timedelta(seconds=seconds)


@pytest.mark.parametrize("job", JOBS)
def test_what_is_sent_starts_the_workflow(made: State, job: str) -> None:
    target = start(made, job)["http_target"][0]
    path = target["uri"].removeprefix("https://workflowexecutions.googleapis.com/")
    workflow = made["google_workflows_workflow.day"]
    assert path == f"v1/{workflow['id']}/executions"
    (create,) = (
        method
        for method in methods("workflowexecutions.v1")
        if method.verb == target["http_method"] and method.path.fullmatch(path)
    )
    body = json.loads(base64.b64decode(target["body"]))
    assert create.faults_of_request({}, body) == []
    argument = json.loads(body["argument"])
    known = set(re.findall(r'map\.get\(given, "(\w+)"\)', WORKFLOW))
    assert known == {"date", "only_check"}
    assert set(argument) <= known
    assert argument == ({} if job == "suzgi-day" else {"only_check": True})


def test_the_workflow_gets_each_setting_that_it_reads_and_no_other(made: State) -> None:
    given = made["google_workflows_workflow.day"]["user_env_vars"]
    read = set(re.findall(r'sys\.get_env\("(\w+)"\)', WORKFLOW))
    assert set(given) == read - {"GOOGLE_CLOUD_PROJECT_ID"}  # that one Workflows gives itself
    assert set(SETTINGS) == read
    assert [name for name, value in given.items() if not value] == []
    assert len(given) <= MOST_SETTINGS


def test_the_workflow_is_that_of_the_file(made: State) -> None:
    workflow = made["google_workflows_workflow.day"]
    assert yaml.safe_load(workflow["source_contents"]) == SOURCE
    assert len(workflow["source_contents"].encode()) < 128 * 1024  # the most that Workflows takes


def test_the_settings_are_of_what_is_made(made: State) -> None:
    settings = made["google_workflows_workflow.day"]["user_env_vars"]
    subnetwork = made["google_compute_subnetwork.workers"]["name"]
    assert settings["SUZGI_INPUT"] == "gs://example-news-pages/DATE/"
    assert settings["SUZGI_OUTPUT_BUCKET"] == made["google_storage_bucket.output"]["name"]
    assert settings["SUZGI_TEMP"] == f"gs://{made['google_storage_bucket.temp']['name']}"
    assert settings["SUZGI_LOAD_JOB"] == made["google_cloud_run_v2_job.load"]["name"]
    assert settings["SUZGI_DATASET"] == made["google_bigquery_dataset.warehouse"]["dataset_id"]
    assert settings["SUZGI_SUBNETWORK"] == f"regions/europe-west3/subnetworks/{subnetwork}"


def test_the_load_job_has_as_long_as_the_workflow_waits(made: State) -> None:
    template = made["google_cloud_run_v2_job.load"]["template"][0]["template"][0]
    settings = made["google_workflows_workflow.day"]["user_env_vars"]
    assert template["timeout"] == f"{settings['SUZGI_LOAD_SECONDS']}s"
    assert template["containers"][0]["command"] == ["suzgi"]


@pytest.mark.parametrize("name", LOGS)
def test_an_alert_looks_for_what_the_workflow_logs(made: State, name: str) -> None:
    (policy, condition), (event, severity) = log_alerts(made)[name], LOGS[name]
    (logged,) = (each for each in entries(SOURCE) if each["json"]["event"] == event)
    assert logged["severity"] == severity
    assert f'jsonPayload.event="{event}"' in condition["filter"]
    assert 'resource.labels.workflow_id="suzgi-day"' in condition["filter"]
    fields = [re.fullmatch(r"EXTRACT\(jsonPayload\.(\w+)\)", each) for each in labels(condition)]
    assert {each[1] for each in fields if each} <= set(logged["json"])
    assert len(fields) >= 1
    assert None not in fields
    assert policy["alert_strategy"][0]["notification_rate_limit"][0]["period"].endswith("s")


def labels(condition: Mapping[str, Any]) -> list[str]:
    """Return the extractors of the labels of a condition."""
    return list(condition["label_extractors"].values())


def test_every_event_that_is_no_success_has_an_alert() -> None:
    events = {each["json"]["event"] for each in entries(SOURCE) if each["severity"] != "INFO"}
    assert events == {event for event, _ in LOGS.values()}


def test_a_start_that_fails_has_an_alert(made: State) -> None:
    _, condition = log_alerts(made)["schedule"]
    assert 'resource.type="cloud_scheduler_job"' in condition["filter"]
    assert "severity>=ERROR" in condition["filter"]


def test_every_alert_is_told_to_somebody_and_says_what_to_do(made: State) -> None:
    policies = {a: v for a, v in made.items() if a.startswith("google_monitoring_alert_policy.")}
    assert len(policies) == 7
    channel = made['google_monitoring_notification_channel.email["news-team@example.com"]']["id"]
    for address, policy in policies.items():
        assert policy["notification_channels"] == [channel], address
        assert len(policy["documentation"][0]["content"]) > 40, address
        assert policy["enabled"] is not False


def test_alerts_of_a_stream_look_at_metrics_that_there_are(made: State) -> None:
    text = json.dumps({a: v for a, v in made.items() if "alert_policy" in a and "log[" not in a})
    named = set(re.findall(r"dataflow\.googleapis\.com/job/(\w+)", text))
    named |= set(re.findall(r"dataflow_googleapis_com:job_(\w+)", text))
    assert named == METRICS


def test_dead_letters_of_a_stream_are_a_share_of_its_documents(made: State) -> None:
    policy = made["google_monitoring_alert_policy.stream_dead_letters[0]"]
    query = policy["conditions"][0]["condition_prometheus_query_language"][0]["query"]
    over, under = query.split(" / ")
    assert 'metric_name="dead_letters"' in over
    assert 'metric_name="documents"' in under
    assert under.endswith(" > 0.05")
    metrics = (ROOT / "docs/metrics.md").read_text("utf-8")
    counters = set(re.findall(r"^\| `(\w+)` \| counter \|", metrics, re.MULTILINE))
    assert {"dead_letters", "documents"} <= counters
    assert set(re.findall(r'metric_name="(\w+)"', query)) <= counters


def test_lag_is_counted_in_seconds(made: State) -> None:
    conditions = made["google_monitoring_alert_policy.lag[0]"]["conditions"]
    found = {each["condition_threshold"][0]["threshold_value"] for each in conditions}
    assert found == {1800}
