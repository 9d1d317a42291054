"""The image: its versions are those of the lock, and what it copies is there."""

import fnmatch
import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from linters import run_linter

from deploy.dataflow.cloud import HERE, PROGRAMS, ROOT

DOCKERFILE = (HERE / "Dockerfile").read_text("utf-8")
IGNORED = (HERE / "Dockerfile.dockerignore").read_text("utf-8")
BUILD = (HERE / "cloudbuild.yaml").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKED = {
    package["name"]: package["version"]
    for package in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
}
ARGUMENTS = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
EXTRAS = re.findall(
    r"--extra (\w+)", re.findall(r"^IMAGE_EXTRAS := (.*)$", MAKEFILE, re.MULTILINE)[0]
)
SKIPPED = {
    "CKV_DOCKER_2": "no HEALTHCHECK: neither Dataflow nor Cloud Run nor Kubernetes asks for it",
    "CKV_DOCKER_3": "no USER: Dataflow's launcher needs root, as the file says",
}


def stages() -> dict[str, list[str]]:
    """Return the instructions of each stage by its name; that of the last is empty."""
    found: dict[str, list[str]] = {}
    lines = re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()
    for line in (each for each in lines if each and not each.startswith("#")):
        if line.startswith("FROM "):
            found[line.partition(" AS ")[2]] = current = [line]
        elif found:
            current.append(line)
    return found


def copied() -> list[str]:
    """Return what is copied from the context."""
    lines = [line for stage in stages().values() for line in stage]
    local = [line.split()[1:-1] for line in lines if re.match(r"(COPY|ADD) (?!--from)", line)]
    return [source for sources in local for source in sources]


def is_sent(path: str) -> bool:
    """Tell whether a file gets into the context: the last line that knows it, or a parent, says."""
    sent = True
    for line in (each for each in IGNORED.splitlines() if each and not each.startswith("#")):
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = [path, *(str(each) for each in Path(path).parents)]
        parts += Path(path).parts if line.startswith("**/") else []
        if any(fnmatch.fnmatchcase(part, pattern) for part in parts):
            sent = line.startswith("!")
    return sent


def test_versions_are_those_of_the_lock() -> None:
    assert ARGUMENTS["BEAM"] == LOCKED["apache-beam"]
    python = re.findall(r"FROM python:(\d+\.\d+)\.\d+-slim-\w+", DOCKERFILE)
    assert len(python) == 2
    assert set(python) == {ARGUMENTS["PYTHON"]}
    launcher = f"python{ARGUMENTS['PYTHON'].replace('.', '')}-template-launcher-base"
    assert f"/{launcher}:${{LAUNCHER}} AS launcher" in DOCKERFILE
    low, high = re.findall(r"3\.(\d+)", PYPROJECT["project"]["requires-python"])
    assert int(low) <= int(ARGUMENTS["PYTHON"].partition(".")[2]) < int(high)


def test_no_image_goes_by_a_name_that_moves() -> None:
    for stage in stages().values():
        image = stage[0].split()[1]
        for name, value in ARGUMENTS.items():
            image = image.replace(f"${{{name}}}", value)
        assert re.search(r":[\w.-]*\d[\w.-]*$", image), image
        assert not image.endswith(":latest")


def test_requirements_are_what_the_lock_exports() -> None:
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    options = ("--frozen", "--no-dev", "--no-emit-project", "--no-header", "--no-annotate")
    exported = subprocess.run(
        [ROOT / ".uv/bin/uv", "export", "--quiet", *options, *extras],
        cwd=ROOT,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    held = (HERE / "requirements.txt").read_text("utf-8")
    assert held == exported, "`make lock` writes requirements.txt"
    pins = re.findall(r"^[\w.-]+==\S+", held, re.MULTILINE)
    assert len(pins) > 100
    assert "cloud" in EXTRAS
    for line in re.sub(r"\\\n\s*", "", held).splitlines():
        assert "--hash=sha256:" in line


def test_what_builds_the_wheel_is_pinned_and_enough() -> None:
    (needed,) = PYPROJECT["build-system"]["requires"]
    asked = (HERE / "build-requirements.in").read_text("utf-8")
    assert asked.partition(" ")[0] == needed
    pinned = (HERE / "build-requirements.txt").read_text("utf-8")
    version = re.match(r"setuptools==(\d+)\.\S+ \\\n +--hash=sha256:[0-9a-f]{64}", pinned)
    assert version
    assert int(version[1]) >= int(needed.partition(">=")[2])


def test_nothing_is_installed_without_a_hash_or_from_the_context() -> None:
    installs = re.findall(r"pip install ([^&\n]+)", DOCKERFILE)
    assert len(installs) == 3
    assert "--no-deps --require-hashes -r /tmp/requirements.txt" in installs[1]
    assert "pip check" in DOCKERFILE.rpartition("pip install")[2]
    for each in installs:
        assert "--require-hashes -r " in each or "--no-index --no-deps /tmp/wheels" in each


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_is_in_the_context(source: str) -> None:
    """An archive of a commit, as `make image` sends it."""
    listed = subprocess.run(
        ["git", "ls-files", "--", source], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert listed or (ROOT / source).exists(), "no commit has it"
    for name in listed:
        assert is_sent(name), name


def test_the_context_has_no_more_than_that() -> None:
    for name in (".git/config", ".venv/bin/python", "out/x.avro", "credentials.json", "uv.lock"):
        assert not is_sent(name), name
    assert not is_sent("deploy/terraform/terraform.tfvars")
    assert not is_sent("pipelines/__pycache__/main.pyc")
    assert not is_sent("deploy/dataflow/test_image.py")


def test_the_wheel_can_be_built_of_what_is_copied() -> None:
    project = PYPROJECT["project"]
    packages = [
        each.rstrip("*") for each in PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    ]
    needed = {"pyproject.toml", project["readme"], *project["license-files"], *packages}
    assert needed <= set(copied())


def test_the_image_starts_as_beam_s_worker_and_as_the_launcher() -> None:
    last = stages()[""]
    assert last[-1] == 'ENTRYPOINT ["/opt/apache/beam/boot"]'
    assert "ENV FLEX_TEMPLATE_PYTHON_PY_FILE=/template/launch.py" in last
    workdir = last.index("WORKDIR /template")
    assert "COPY deploy/dataflow/launch.py ./" in last[workdir:]
    assert not [line for line in last[workdir:] if line.startswith("COPY") and "launch" not in line]
    assert "ENV RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1" in last
    for program in ("python_template_launcher", "/opt/apache/beam"):
        (line,) = (each for each in last if each.startswith("COPY --from") and program in each)
        source, target = line.split()[-2:]
        assert source == target
    installed = "FLEX_TEMPLATE_PYTHON_REQUIREMENTS_FILE", "FLEX_TEMPLATE_PYTHON_SETUP_FILE"
    assert not any(name in DOCKERFILE for name in installed), "the launch would need the network"


def test_hadolint_and_checkov_find_no_mistake() -> None:
    done = run_linter("hadolint", "--no-color", HERE / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")
    done = run_linter(
        *("checkov", "--framework", "dockerfile", "--compact", "--quiet", "--output", "json"),
        *("--file", str(HERE / "Dockerfile")),
    )
    failed = {each["check_id"] for each in json.loads(done.stdout)["results"]["failed_checks"]}
    assert failed == set(SKIPPED)


def test_cloud_build_has_the_form_of_its_schema() -> None:
    file = HERE / "cloudbuild.yaml"
    done = run_linter("check-jsonschema", "--builtin-schema", "vendor.cloudbuild", file)
    assert done.returncode == 0, done.stdout


def test_cloud_build_pushes_what_it_built_and_tried() -> None:
    steps = re.findall(r"^  - id: (\w+)$", BUILD, re.MULTILINE)
    assert steps == ["build", "try", "push", "ingest", "stream"]
    image = "${_REPOSITORY}/suzgi:${_TAG}"
    assert f"--build-arg=IMAGE={image}" in BUILD
    assert f"--tag={image}" in BUILD
    assert BUILD.count(f"--image={image}") == 2
    assert re.findall(r"--file=(\S+)", BUILD) == ["deploy/dataflow/Dockerfile"]
    for name in ("ingest", "stream"):
        assert f"gs://${{_ARTIFACTS}}/templates/suzgi-{name}.json" in BUILD
        metadata = f"deploy/dataflow/{name}_metadata.json"
        assert f"--metadata-file={metadata}" in BUILD
        assert (ROOT / metadata).exists()
    used = set(re.findall(r"\$\{(\w+)\}", BUILD))
    given = re.findall(r"--substitutions (\S+)", MAKEFILE)[0]
    assert used == {each.partition("=")[0] for each in given.split(",")}
    assert "substitutionOption: MUST_MATCH" in BUILD


@pytest.mark.parametrize("target", ["image", "templates"])
def test_make_says_what_it_would_do_and_asks_for_what_it_needs(target: str) -> None:
    given = ("PROJECT=example", "REPOSITORY=r.example/suzgi", "ARTIFACTS=bucket", "TAG=1")
    told = subprocess.run(
        ["make", "--dry-run", target, *given], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "gcloud " in told
    assert "r.example/suzgi" in told
    for name in re.findall(r"--(?:config|metadata-file)[ =](\S+)", told):
        for kind in ("ingest", "stream"):
            assert (ROOT / name.replace("${kind}", kind)).exists(), name
    refused = subprocess.run(
        ["make", target, "PROJECT=", *given[1:]],
        cwd=ROOT,
        env={**os.environ, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert f"make {target} PROJECT=" in refused.stderr


def test_the_programs_of_the_image_start() -> None:
    done = subprocess.run(
        [PROGRAMS / "suzgi", "--version"], cwd="/", capture_output=True, text=True, check=True
    )
    assert done.stdout == f"suzgi {PYPROJECT['project']['version']}\n"
    check = subprocess.run(
        [PROGRAMS / "python", "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout) == (0, "No broken requirements found.\n")
