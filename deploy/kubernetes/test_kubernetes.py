"""The manifests keep to the schemas, to our versions and exit codes, and run what they say."""

import datetime as dt
import hashlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import cronsim
import duckdb
import jsonschema
import pytest
import yaml
from linters import ROOT, run_linter

from pipelines.exit_codes import ExitCode

HERE = Path(__file__).parent
FILES = ("batch.yaml", "streaming.yaml")
OPERATOR = "org/apache/flink/flink-kubernetes-operator-api/1.10.0"
OPERATOR_SHA256 = "b1f44814e17514fa8395c61b329a3ee9087123a5bda5b21fe1a495d5182c30b6"
"""Of the jar on Maven Central, which has the definitions of the operator's resources."""

DEFINITION = "META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml"
SKIPPED = {
    "CKV_K8S_8": "nothing here answers requests",
    "CKV_K8S_9": "nothing here answers requests",
    "CKV_K8S_11": "a limit of CPU slows a batch on an idle node",
    "CKV_K8S_15": "tags are versions, and never move",
    "CKV_K8S_21": "kubectl --namespace says which",
    "CKV_K8S_43": "the image is in the user's registry",
}
QUANTITY = re.compile(r"\d+[KMG]i")
PAGE = "Қалада жаңа кітапхана ашылды\n\nКітапхана таңғы тоғызда ашылады, кешке жабылады.\n"

Resource = Mapping[str, Any]


def resources(name: str) -> list[Resource]:
    """Return the resources of a file."""
    held: list[Resource] = list(yaml.safe_load_all((HERE / name).read_text("utf-8")))
    return held


def resource(kind: str) -> Resource:
    """Return the only resource of a kind."""
    (found,) = (each for name in FILES for each in resources(name) if each["kind"] == kind)
    return found


def values_of(node: object, key: str) -> Iterator[Any]:
    """Yield each value that has a key, anywhere in a resource."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name == key:
                yield value
            yield from values_of(value, key)
    elif isinstance(node, list):
        for each in node:
            yield from values_of(each, key)


def flink_definition() -> Any:
    """Return the schema of a FlinkDeployment, as the operator's jar has it; fetched once."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    jar = Path(base, "suzgi", "kubernetes", f"operator-api-{OPERATOR_SHA256[:12]}.jar")
    if not jar.exists():
        name = "flink-kubernetes-operator-api-1.10.0.jar"
        url = f"https://repo1.maven.org/maven2/{OPERATOR}/{name}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            content = answer.read()
        assert hashlib.sha256(content).hexdigest() == OPERATOR_SHA256
        jar.parent.mkdir(parents=True, exist_ok=True)
        jar.write_bytes(content)
    with zipfile.ZipFile(jar) as archive:
        definition = yaml.load(archive.read(DEFINITION), Loader=yaml.CSafeLoader)
    return strict(definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"])


def strict(schema: Any) -> Any:
    """Return a schema that refuses what it does not name, as the API server drops it silently."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(value) for name, value in schema.items()}
    if "properties" in made and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


@pytest.mark.parametrize("name", FILES)
def test_kubernetes_takes_the_resources(name: str, tmp_path: Path) -> None:
    known = [each for each in resources(name) if each["kind"] != "FlinkDeployment"]
    path = tmp_path / name
    path.write_text(yaml.safe_dump_all(known), encoding="utf-8")
    done = run_linter("kubernetes-validate", "--strict", path)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert said.count("INFO") == len(known) > 0
    assert "WARN" not in said


def test_the_operator_takes_the_cluster() -> None:
    cluster = dict(resource("FlinkDeployment"))
    schema = flink_definition()
    schema["properties"] |= {name: {} for name in ("apiVersion", "kind", "metadata")}
    jsonschema.Draft7Validator(schema).validate(cluster)


@pytest.mark.parametrize("name", FILES)
def test_no_known_mistake_is_in_them(name: str) -> None:
    skipped = ("--skip-check", ",".join(SKIPPED))
    checks = ("--quiet", "--compact", "--framework", "kubernetes", "--skip-download", *skipped)
    done = run_linter("checkov", *checks, "--file", HERE / name)
    assert done.returncode == 0, done.stdout


def test_pods_of_the_cluster_may_do_no_more_than_the_others() -> None:
    """Which checkov does not see: it does not know a FlinkDeployment."""
    cluster = resource("FlinkDeployment")
    containers = [each for list_ in values_of(cluster, "containers") for each in list_]
    assert [each["name"] for each in containers] == ["flink-main-container", "suzgi-workers"]
    for each in containers:
        rights = each["securityContext"]
        assert rights == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    (policy,) = resource("NetworkPolicy")["spec"]["podSelector"]["matchExpressions"]
    assert policy["values"] == [cluster["metadata"]["name"]]  # the label that Flink gives


@pytest.mark.parametrize("kind", ["CronJob", "Deployment"])
def test_nobody_is_root_and_memory_has_a_limit(kind: str) -> None:
    pods = [each for each in values_of(resource(kind), "spec") if "containers" in each]
    assert len(pods) == 1
    image = (ROOT / "deploy/dataflow/Dockerfile").read_text("utf-8")
    (user,) = re.findall(r"useradd --uid (\d+)", image)
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == int(user)
    for needs in values_of(pods, "resources"):
        assert needs["requests"]["memory"] == needs["limits"]["memory"]
        assert QUANTITY.fullmatch(needs["limits"]["memory"])


def test_images_are_of_the_versions_that_were_tested() -> None:
    images = {image for name in FILES for image in values_of(resources(name), "image")}
    pins = (ROOT / "deploy/flink/requirements.txt").read_text("utf-8")
    flink = re.findall(r"==(\S+)", pins)[0]
    minor = flink.rpartition(".")[0]
    ours = version("suzgi")
    assert images == {
        f"europe-west3-docker.pkg.dev/example-project/suzgi/suzgi:{ours}",
        f"flink:{flink}-java17",
        f"apache/beam_flink{minor}_job_server:{version('apache-beam')}",
    }
    spec = resource("FlinkDeployment")["spec"]
    assert spec["flinkVersion"] == f"v{minor.replace('.', '_')}"
    plugins = [each["value"] for each in next(values_of(spec["podTemplate"], "env"))]
    assert plugins == [f"flink-gs-fs-hadoop-{flink}.jar"]


def test_programs_of_the_image_exist() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    arguments = next(values_of(resource("FlinkDeployment")["spec"]["taskManager"], "args"))
    assert arguments[1].removeprefix("--container_executable=") in scripts


def test_stream_finds_its_cluster_its_job_server_and_its_workers() -> None:
    cluster, stream = resource("FlinkDeployment"), resource("Deployment")["spec"]["template"]
    suzgi, server = stream["spec"]["containers"]
    words = shlex.split(suzgi["args"][0].replace("\\\n", ""))
    flags = dict(word.split("=", 1) for word in words if "=" in word)
    master = f"{cluster['metadata']['name']}-rest:8081"  # the service that the operator makes
    assert words[3:5] == [master, flags["--job_name"]]
    assert flags["--flink_master"] == master
    assert flags["--job_endpoint"] == "localhost:8099"  # what a job server listens on
    assert server["args"][:2] == [f"--flink-master={master}", "--job-host=localhost"]
    pool = next(values_of(cluster["spec"]["taskManager"], "args"))
    port = pool[0].removeprefix("--service_port=")
    assert (flags["--environment_type"], flags["--environment_config"]) == (
        "EXTERNAL",
        f"localhost:{port}",
    )
    allowed = [
        each["podSelector"] for each in resource("NetworkPolicy")["spec"]["ingress"][0]["from"]
    ]
    assert {"matchLabels": stream["metadata"]["labels"]} in allowed
    assert resource("Deployment")["spec"]["strategy"] == {"type": "Recreate"}  # never two of them


def test_nights_are_those_of_the_zone() -> None:
    spec, settings = resource("CronJob")["spec"], resource("ConfigMap")["data"]
    assert spec["timeZone"] == settings["SUZGI_ZONE"]
    start = dt.datetime(2026, 11, 26, tzinfo=ZoneInfo(spec["timeZone"]))
    runs = cronsim.CronSim(spec["schedule"], start)
    first, second = next(runs), next(runs)
    assert second - first == dt.timedelta(days=1)
    missed = dt.timedelta(seconds=spec["startingDeadlineSeconds"])
    assert (first + missed).date() == first.date()  # later, `yesterday` is another day
    assert spec["concurrencyPolicy"] == "Forbid"


def test_what_is_not_tried_again_is_what_no_second_try_mends() -> None:
    job = resource("CronJob")["spec"]["jobTemplate"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    rule, disruption = job["podFailurePolicy"]["rules"]
    retried = (ExitCode.OK, ExitCode.RUN_FAILED, ExitCode.INTERRUPTED)
    assert rule["onExitCodes"] == {
        "containerName": container["name"],
        "operator": "In",
        "values": [int(code) for code in ExitCode if code not in retried],
    }
    assert disruption["action"] == "Ignore"
    assert job["template"]["spec"]["restartPolicy"] == "Never"  # what such a policy asks for
    assert job["backoffLimit"] > 0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the settings, with places of this test."""
    settings = dict(resource("ConfigMap")["data"])
    settings["SUZGI_PAGES"] = str(tmp_path / "all pages")
    settings["SUZGI_ARTICLES"] = str(tmp_path / "articles")
    settings["SUZGI_WAREHOUSE"] = f"duckdb:{tmp_path / 'articles.duckdb'}"
    settings["SUZGI_ZONE"] = f"Etc/GMT{dt.datetime.now(dt.UTC).hour - 12:+d}"  # about noon there
    return {**settings, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def run_job(environment: Mapping[str, str], **more: str) -> int:
    """Run the command of the job and return its exit code."""
    (container,) = resource("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"][
        "containers"
    ]
    command = [*container["command"], *container["args"]]
    return subprocess.run(command, env={**environment, **more}, check=False).returncode


def test_job_ingests_and_loads_yesterday_or_the_day_it_is_told(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    today = dt.datetime.now(ZoneInfo(environment["SUZGI_ZONE"])).date()
    yesterday = (today - dt.timedelta(days=1)).isoformat()
    for day in (yesterday, "2024-05-31"):
        (tmp_path / "all pages" / day).mkdir(parents=True)
        (tmp_path / "all pages" / day / "1.txt").write_text(f"{PAGE}{day}\n", encoding="utf-8")
    assert run_job(environment) == ExitCode.OK
    for _ in range(2):
        assert run_job(environment, DAY="2024-05-31") == ExitCode.OK
    with duckdb.connect(str(tmp_path / "articles.duckdb")) as database:
        rows = database.sql("SELECT ingest_date::VARCHAR FROM articles ORDER BY 1").fetchall()
    assert rows == [("2024-05-31",), (yesterday,)]


def test_job_without_pages_fails_with_the_code_of_ingest(environment: dict[str, str]) -> None:
    assert run_job(environment) == ExitCode.NO_INPUT
