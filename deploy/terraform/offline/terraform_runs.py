"""Run Terraform where the registry with the google provider need not be reached.

`terraform validate` and `terraform test` want the schemas of the provider, and no more. A provider
that has nothing else is built here, once, from schema_provider/, with what provider_schema.py
reads.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provider_schema import SHA512, fetch, schemas

HERE = Path(__file__).resolve().parents[1]
"""deploy/terraform."""
NEEDED = ("terraform", "go", "npm")
USED = re.compile(r'^(resource|data) "(\w+)"', re.MULTILINE)


@dataclass(frozen=True)
class Terraform:
    """Terraform, with a provider that has schemas alone."""

    environment: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in deploy/terraform; return its exit code and what it said."""
        return subprocess.run(
            ["terraform", *arguments],
            cwd=HERE,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def events(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what `terraform test -json` says, an event a line."""
        done = self.run("test", "-json", *arguments)
        return [json.loads(line) for line in done.stdout.splitlines()]


def missing_programs() -> list[str]:
    """Return the programs that are needed and not there."""
    return [name for name in NEEDED if shutil.which(name) is None]


def prepare(work: Path) -> Terraform:
    """Return Terraform with a provider that has the schemas of what deploy/terraform uses."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "suzgi/terraform"
    cache.mkdir(parents=True, exist_ok=True)
    text = "\n".join(path.read_text("utf-8") for path in sorted(HERE.glob("*.tf")))
    used = sorted(set(USED.findall(text)))
    with _one_at_a_time(cache):
        provider = _provider(cache)
        schema = _schema(cache, used)
    settings = work / "cli.tfrc"
    override = f'dev_overrides {{\n"hashicorp/google" = "{provider}"\n}}\ndirect {{}}'
    settings.write_text(f"provider_installation {{\n{override}\n}}\n", "utf-8")
    environment = {
        "CHECKPOINT_DISABLE": "1",
        "SUZGI_PROVIDER_SCHEMA": str(schema),
        "TF_CLI_CONFIG_FILE": str(settings),
        "TF_DATA_DIR": str(work / "data"),
    }
    return Terraform(environment)


@contextlib.contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _provider(cache: Path) -> Path:
    """Return the directory of the provider, built with Go if it is not there."""
    source = HERE / "offline/schema_provider"
    made_of = b"".join((source / name).read_bytes() for name in ("go.mod", "go.sum", "main.go"))
    folder = cache / f"provider-{_digest(made_of)}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=cache) as work:
            made = Path(work) / "provider"
            program = made / "terraform-provider-google"
            build = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(program), "."]
            subprocess.run(build, cwd=source, check=True)
            made.rename(folder)
    return folder


def _schema(cache: Path, used: Sequence[tuple[str, str]]) -> Path:
    """Return the file with the schemas of types, such as `("data", "google_storage_bucket")`."""
    script = (HERE / "offline/provider_schema.py").read_bytes()
    kept = cache / f"schema-{_digest(script + repr(used).encode() + SHA512.encode())}.json"
    if not kept.exists():
        resources = [name for kind, name in used if kind == "resource"]
        data = [name for kind, name in used if kind == "data"]
        written = kept.with_suffix(".part")
        written.write_text(json.dumps(schemas(fetch(cache), resources, data)), "utf-8")
        written.rename(kept)
    return kept


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
