"""Run the tools that check the files of deploy/, which `make deploy-test` installs in .linters."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".linters/bin"


def run_linter(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of .linters in the root of the repository; return its exit code and what it said.

    Raises `FileNotFoundError` where the tool is missing: a file that nobody checked is no success.
    """
    program = PROGRAMS / name
    if not program.exists():
        raise FileNotFoundError(f"{program} is missing: `make deploy-test` installs it")
    return subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
