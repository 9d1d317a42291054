"""What stands for Google's cloud in tests: buckets, services, and a machine that has the image."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store_servers import GoogleBucket

from deploy.dataflow.google_service import GoogleService

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "deploy/dataflow"
PROGRAMS = ROOT / ".cloud/bin"
"""An environment with what the image has: `make deploy-test` makes it."""

IMAGE = "europe-west1-docker.pkg.dev/example/suzgi/suzgi:1"
LABELS = '{\n   "goog-dataflow-provided-template-type" : "flex"\n}\n'
SECONDS = 600.0
"""For what a test waits for: far more than it takes, so that a busy machine fails no test."""


@dataclass
class Cloud:
    """Buckets, jobs, and a machine that has the image and nothing of the checkout."""

    folder: Path
    service: GoogleService
    pages: GoogleBucket
    articles: GoogleBucket
    scratch: GoogleBucket
    environment: dict[str, str]

    def command(self, *command: str | Path) -> dict[str, Any]:
        """Return how to run a program of the image, as `subprocess` takes it.

        Raises FileNotFoundError where the environment is not there.
        """
        program = PROGRAMS / command[0]
        if not program.exists():
            raise FileNotFoundError(f"{program} is missing: `make deploy-test` makes it")
        return {
            "args": [str(program), *map(str, command[1:])],
            "cwd": self.folder,
            "env": self.environment,
            "text": True,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the image."""
        done: subprocess.CompletedProcess[str] = subprocess.run(
            **self.command(*command), check=False, timeout=SECONDS
        )
        return done

    def flags(self, **more: str) -> list[str]:
        """Return the flags of a job on Dataflow."""
        flags = {
            "runner": "DataflowRunner",
            "project": "example",
            "region": "europe-west1",
            "temp_location": f"{self.scratch.uri}/temp",
            "staging_location": f"{self.scratch.uri}/staging",
            **more,
        }
        return [f"--{name}={value}" for name, value in flags.items()]

    def launch(self, name: str, **parameters: str) -> "Launch":
        """Do what a Flex Template's launcher does with parameters, under the name of a job."""
        job = f"{self.scratch.uri}/staging/template_launches/{name}/job_object"
        more = {"template_location": job, "job_name": name, "labels": LABELS, **parameters}
        done = self.run("python", "template/launch.py", *self.flags(**more))
        return Launch(self, name, done)


@dataclass(frozen=True)
class Launch:
    """A launch that has ended, and what it staged."""

    cloud: Cloud
    name: str
    done: subprocess.CompletedProcess[str]

    @property
    def said(self) -> list[str]:
        """Return the lines that it printed, without what Beam says of the store for tests."""
        lines = self.done.stderr.splitlines()
        return [line for line in lines if "soft delete policy" not in line]

    @property
    def job(self) -> dict[str, Any]:
        """Return the job that it wrote, for the launcher to submit."""
        name = f"staging/template_launches/{self.name}/job_object"
        job: dict[str, Any] = json.loads(self.cloud.scratch.get(name))
        return job

    @property
    def options(self) -> dict[str, Any]:
        """Return the options that workers get."""
        options: dict[str, Any] = self.job["environment"]["sdkPipelineOptions"]["options"]
        return options

    @property
    def graph(self) -> Path:
        """Return the graph that it staged, in a file."""
        name = self.options["pipelineUrl"].removeprefix(f"{self.cloud.scratch.uri}/")
        path = self.cloud.folder / f"{self.name}.pb"
        path.write_bytes(self.cloud.scratch.get(name))
        return path

    def describe(self) -> dict[str, Any]:
        """Return what a worker finds in the graph; raise RuntimeError where it cannot read it."""
        done = self.cloud.run("python", "staged_graph.py", "describe", self.graph)
        if done.returncode:
            raise RuntimeError(done.stderr)
        described: dict[str, Any] = json.loads(done.stdout)
        return described

    def work(self) -> subprocess.CompletedProcess[str]:
        """Run the job, in a process that has the image and the graph."""
        return self.cloud.run("python", "staged_graph.py", "run", self.graph)
