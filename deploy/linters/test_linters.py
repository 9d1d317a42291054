"""The environment .linters is what its two files of requirements say."""

import json
import re
from pathlib import Path

import pytest
from linters import ROOT, run_linter

HERE = Path(__file__).parent
ASKED = (HERE / "requirements.in").read_text("utf-8")
LOCKED = (HERE / "requirements.txt").read_text("utf-8")
WANTED = re.findall(r"^([\w-]+) +# \w", ASKED, re.MULTILINE)
SCRIPTS = [
    path
    for folder in (".ci", "deploy")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.is_file() and re.match(rb"#!.*sh\n", path.read_bytes()[:100])
]
PINS = dict(re.findall(r"^([\w.-]+)==([\w.]+)", LOCKED, re.MULTILINE))
INSTALLED = """
import json
from importlib.metadata import distributions
print(json.dumps({each.name.replace("_", "-"): each.version for each in distributions()}))
"""


def test_every_tool_has_its_reason_and_a_pin() -> None:
    tools = [line for line in ASKED.splitlines() if not line.startswith("#")]
    assert [line.split()[0] for line in tools] == WANTED
    assert set(WANTED) <= set(PINS)
    assert LOCKED.count("==") <= LOCKED.count("--hash=sha256:")


@pytest.mark.parametrize("tool", WANTED)
def test_the_pinned_version_is_installed(tool: str) -> None:
    assert json.loads(run_linter("python", "-c", INSTALLED).stdout)[tool] == PINS[tool]


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("check-jsonschema", ["--version"]),
        ("checkov", ["--version"]),
        ("hadolint", ["--version"]),
        ("kubernetes-validate", ["--help"]),
        ("shellcheck", ["--version"]),
        ("zizmor", ["--version"]),
    ],
)
def test_the_command_starts(command: str, arguments: list[str]) -> None:
    done = run_linter(command, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_a_missing_tool_is_no_success() -> None:
    with pytest.raises(FileNotFoundError, match="make deploy-test"):
        run_linter("no-such-tool", "--version")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shell_scripts_have_no_known_mistake(script: Path) -> None:
    done = run_linter("shellcheck", "--enable=quote-safe-variables", script)
    assert (done.returncode, done.stdout) == (0, "")
