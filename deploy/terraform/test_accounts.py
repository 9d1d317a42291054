"""Who may do what is a list; buckets and the network are closed; what is old is deleted."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from terraform_runs import HERE

State = Mapping[str, Mapping[str, Any]]

ALLOWED = {
    ("worker", "project", "roles/dataflow.worker"),
    ("worker", "bucket example-news-pages", "roles/storage.objectViewer"),
    ("worker", "bucket example-news-prod-suzgi-output", "roles/storage.objectAdmin"),
    ("worker", "bucket example-news-prod-suzgi-temp", "roles/storage.objectAdmin"),
    ("worker", "images suzgi", "roles/artifactregistry.reader"),
    ("worker", "subscription suzgi-pages", "roles/pubsub.subscriber"),
    ("worker", "subscription suzgi-pages", "roles/pubsub.viewer"),
    ("launcher", "project", "roles/dataflow.developer"),
    ("launcher", "project", "roles/bigquery.jobUser"),
    ("launcher", "project", "roles/logging.logWriter"),
    ("launcher", "bucket example-news-prod-suzgi-artifacts", "roles/storage.objectViewer"),
    ("launcher", "bucket example-news-prod-suzgi-output", "roles/storage.objectViewer"),
    ("launcher", "account worker", "roles/iam.serviceAccountUser"),
    ("launcher", "dataset suzgi", "roles/bigquery.dataViewer"),
    ("launcher", "run job suzgi-load", "roles/run.jobsExecutorWithOverrides"),
    ("launcher", "run job suzgi-load", "roles/run.viewer"),
    ("loader", "project", "roles/bigquery.jobUser"),
    ("loader", "dataset suzgi", "roles/bigquery.dataEditor"),
    ("loader", "bucket example-news-prod-suzgi-output", "roles/storage.objectViewer"),
    ("scheduler", "project", "roles/workflows.invoker"),
}
"""Account, place and role: one line for each thing that may be done."""

PRIMITIVE = re.compile(r"roles/(owner|editor|viewer|admin|browser)\b|roles/\w+\.(admin|owner)\b")
BUCKETS = [f"google_storage_bucket.{name}" for name in ("output", "temp", "artifacts")]


def account_of(member: str) -> str:
    """Return which of the four accounts a member, a name or an address is."""
    (name,) = re.findall(r"suzgi-(\w+)@example-news-prod\.iam\.gserviceaccount\.com$", member)
    return str(name)


def place_of(address: str, values: Mapping[str, Any]) -> str:
    """Return where a role is given."""
    match re.match(r"google_(\w+?)_iam_member", address):
        case re.Match() as found if found[1] == "project":
            return "project"
        case re.Match() as found if found[1] == "storage_bucket":
            return f"bucket {values['bucket']}"
        case re.Match() as found if found[1] == "artifact_registry_repository":
            return "images suzgi"
        case re.Match() as found if found[1] == "service_account":
            return f"account {account_of(values['service_account_id'])}"
        case re.Match() as found if found[1] == "bigquery_dataset":
            return f"dataset {values['dataset_id']}"
        case re.Match() as found if found[1] == "cloud_run_v2_job":
            return f"run job {values['name']}"
        case re.Match() as found if found[1] == "pubsub_subscription":
            return f"subscription {values['subscription']}"
    return address


def grants(made: State) -> set[tuple[str, str, str]]:
    """Return each account, place and role that is made, but for Google's own account of storage."""
    return {
        (
            account_of(values["member"]),
            place_of(address, values),
            values["role"],
        )
        for address, values in made.items()
        if "_iam_" in address and not address.startswith("google_pubsub_topic_iam_member.storage")
    }


def test_roles_are_these_and_no_others(made: State) -> None:
    assert grants(made) == ALLOWED


def test_there_is_no_primitive_role() -> None:
    text = "".join(path.read_text("utf-8") for path in HERE.glob("*.tf"))
    assert len(re.findall(r"roles/", text)) > 10
    assert [found[0] for found in PRIMITIVE.finditer(text)] == []


def test_no_role_is_taken_from_others() -> None:
    """A `…_iam_policy` or `…_iam_binding` removes what it does not name."""
    text = "".join(path.read_text("utf-8") for path in HERE.glob("*.tf"))
    assert re.findall(r"google_\w+_iam_(?:policy|binding)\b", text) == []


def test_every_account_runs_something(made: State) -> None:
    accounts = {
        address: values["email"]
        for address, values in made.items()
        if address.startswith("google_service_account.of")
    }
    workflow = made["google_workflows_workflow.day"]
    starts = [values for address, values in made.items() if "google_cloud_scheduler_job" in address]
    used = {
        workflow["user_env_vars"]["SUZGI_WORKER"],
        workflow["service_account"].rpartition("/")[2],
        made["google_cloud_run_v2_job.load"]["template"][0]["template"][0]["service_account"],
        *(start["http_target"][0]["oauth_token"][0]["service_account_email"] for start in starts),
    }
    assert used == set(accounts.values())
    assert len(used) == 4


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_closed_and_emptied(made: State, bucket: str) -> None:
    values = made[bucket]
    assert values["uniform_bucket_level_access"] is True
    assert values["public_access_prevention"] == "enforced"
    assert values["location"] == "europe-west3"
    assert values["lifecycle_rule"]


def test_there_is_no_other_bucket(made: State) -> None:
    assert sorted(a for a in made if a.startswith("google_storage_bucket.")) == sorted(BUCKETS)


def test_what_is_deleted_was_asked_for(made: State) -> None:
    """Articles are deleted only after output_days; templates keep five versions."""

    def deletes(bucket: str) -> list[dict[str, Any]]:
        rules = made[f"google_storage_bucket.{bucket}"]["lifecycle_rule"]
        found = [r["condition"][0] for r in rules if r["action"][0]["type"] == "Delete"]
        return [{k: v for k, v in each.items() if v} for each in found]

    assert [rule["age"] for rule in deletes("output")] == [90]
    assert [rule["matches_prefix"] for rule in deletes("temp")] == [["temp/"], ["staging/"]]
    assert [rule["num_newer_versions"] for rule in deletes("artifacts")] == [5]
    assert made["google_storage_bucket.artifacts"]["versioning"] == [{"enabled": True}]
    assert made["google_storage_bucket.output"]["force_destroy"] is False


def test_workers_reach_google_without_public_addresses_and_nobody_reaches_them(
    made: State,
) -> None:
    assert made["google_compute_subnetwork.workers"]["private_ip_google_access"] is True
    firewalls = {a: v for a, v in made.items() if a.startswith("google_compute_firewall.")}
    (rule,) = firewalls.values()
    assert rule["network"] == made["google_compute_network.workers"]["id"]
    assert (rule["source_tags"], rule["target_tags"]) == (["dataflow"], ["dataflow"])
    assert [(each["protocol"], each["ports"]) for each in rule["allow"]] == [
        ("tcp", ["12345-12346"])
    ]


def test_images_of_ten_versions_are_kept_and_old_ones_are_not(made: State) -> None:
    images = made["google_artifact_registry_repository.images"]
    policies = {policy["action"]: policy for policy in images["cleanup_policies"]}
    assert policies["KEEP"]["most_recent_versions"][0]["keep_count"] == 10
    assert policies["DELETE"]["condition"][0]["older_than"] == "7776000s"
    assert not images["cleanup_policy_dry_run"]


def test_the_interfaces_of_all_resources_are_on(made: State) -> None:
    """The name of a resource begins with the interface that makes it, or with one of these."""
    interfaces = {
        "artifact_registry": "artifactregistry",
        "bigquery": "bigquery",
        "cloud_run": "run",
        "cloud_scheduler": "cloudscheduler",
        "compute": "compute",
        "monitoring": "monitoring",
        "project": "cloudresourcemanager",
        "pubsub": "pubsub",
        "service_account": "iam",
        "storage": "storage",
        "workflows": "workflows",
    }
    on = {
        values["service"] for address, values in made.items() if "google_project_service" in address
    }
    for address in made:
        kind = re.sub(r"^(data\.)?google_", "", address)
        (interface,) = {value for name, value in interfaces.items() if kind.startswith(name)}
        assert f"{interface}.googleapis.com" in on, address
    called = set(
        re.findall(r"https://(\w+)\.googleapis\.com", (HERE / "workflow.yaml").read_text())
    )
    assert called == {"bigquery", "dataflow", "run", "storage"}
    assert {f"{name}.googleapis.com" for name in called} <= on
