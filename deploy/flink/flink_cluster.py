"""Start a real Flink session cluster on this machine, with Beam's job server and Python workers.

`python deploy/flink/flink_cluster.py -- suzgi ingest --input … --output …` runs a command with the
flags of the cluster added and stops the cluster; without a command it stays until Ctrl-C.
"""

import argparse
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flink_packages import HERE, build_workers, flink_jars, job_server_jar
from flink_stages import describe_job

HOST = "127.0.0.1"
START_SECONDS = 600.0
"""For a process to be ready, on a machine that is busy with other things."""

STOP_SECONDS = 20.0
"""For a process to end when asked; then it is killed."""

POLL_SECONDS = 0.2

JOB_MANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"

OPENED = {
    "add-exports": (
        "java.base/sun.net.util",
        "java.rmi/sun.rmi.registry",
        "java.security.jgss/sun.security.krb5",
    ),
    "add-opens": tuple(
        f"java.base/{package}"
        for package in (
            "java.io",
            "java.lang",
            "java.lang.reflect",
            "java.net",
            "java.nio",
            "java.text",
            "java.time",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "java.util.concurrent.locks",
            "sun.nio.ch",
        )
    ),
}
"""What Flink needs of Java 17, by its own scripts."""

JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""These processes wait for Python most of the time: they need a quick start and little memory."""

JOB_MANAGER_HEAP = "512m"
JOB_SERVER_HEAP = "512m"
TASK_MANAGER_MEMORY = {
    "framework.heap.size": "128m",
    "task.heap.size": "256m",
    "framework.off-heap.size": "128m",
    "task.off-heap.size": "0m",
    "network.min": "64m",
    "network.max": "64m",
    "managed.size": "128m",
    "jvm-metaspace.size": "256m",
    "jvm-overhead.min": "192m",
    "jvm-overhead.max": "192m",
}
TASK_MANAGER_LIMITS = ("-Xmx384m", "-XX:MaxDirectMemorySize=192m", "-XX:MaxMetaspaceSize=256m")
"""What these sizes add up to: heap; off-heap and network; classes."""

RESTARTS = 5
RESTART_SECONDS = 5
HEARTBEAT_SECONDS = 2
"""A task manager that is gone is missed after two heartbeats that nobody answers. Until then its
slots are taken for free ones, and each restart fails: with Flink's 10 s and quick restarts, all."""


class ClusterError(Exception):
    """A process of the cluster that did not start, or ended too early."""


class FlinkCluster:
    """A job manager, task managers and a job server: processes of their own, on loopback.

    A context; at its end, also by an error or a signal, all of them are gone. Each task manager
    starts Python workers from `programs`, an environment that has Suzgi as a wheel.
    """

    def __init__(self, folder: Path, programs: Path, task_managers: int = 2) -> None:
        self.folder = folder
        self.programs = programs
        self.task_managers: list[subprocess.Popen[bytes]] = []
        self._wanted = task_managers
        self._all: dict[str, subprocess.Popen[bytes]] = {}
        self._rpc_port, self._rest_port, self._job_port = free_ports(3)

    def __enter__(self) -> Self:
        """Start everything; return when all of it is ready."""
        try:
            self._write_settings()
            self._start("job-manager", *self._java(JOB_MANAGER, f"-Xmx{JOB_MANAGER_HEAP}"))
            for _ in range(self._wanted):
                self.start_task_manager()
            self._start_job_server()
            self._wait_for("task managers", self._has_task_managers)
            self._wait_for("the job server", lambda: is_open(self._job_port))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self.stop()

    def start_task_manager(self) -> None:
        """Start one more task manager; it is there soon after."""
        name = f"task-manager-{len(self.task_managers)}"
        command = self._java(TASK_MANAGER, *TASK_MANAGER_LIMITS)
        self.task_managers.append(self._start(name, *command))

    def flags(self) -> list[str]:
        """Return the flags with which a Beam pipeline runs on this cluster."""
        return [
            "--runner=PortableRunner",
            f"--job_endpoint={HOST}:{self._job_port}",
            f"--flink_master={HOST}:{self._rest_port}",
            "--environment_type=PROCESS",
            f"--environment_config={json.dumps({'command': str(self.programs / 'suzgi-worker')})}",
            f"--parallelism={self._wanted}",
        ]

    def ask(self, path: str) -> Mapping[str, Any]:
        """Return what the job manager answers to a request of its REST interface."""
        with urllib.request.urlopen(f"http://{HOST}:{self._rest_port}{path}", timeout=30) as answer:
            held: dict[str, Any] = json.load(answer)
        return held

    def pids(self) -> list[int]:
        """Return the processes that were started; Python workers are children of theirs."""
        return [process.pid for process in self._all.values()]

    def logs(self) -> dict[str, str]:
        """Return what each process has printed."""
        return {path.stem: path.read_text(errors="replace") for path in self.folder.glob("*.log")}

    def stop(self) -> None:
        """Stop everything that still runs."""
        running = [process for process in self._all.values() if process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _write_settings(self) -> None:
        """Write the settings of Flink."""
        settings = {
            "jobmanager.rpc.address": HOST,
            "jobmanager.rpc.port": self._rpc_port,
            "jobmanager.bind-host": HOST,
            "rest.address": HOST,
            "rest.bind-address": HOST,
            "rest.port": self._rest_port,
            "taskmanager.host": HOST,
            "taskmanager.bind-host": HOST,
            "taskmanager.numberOfTaskSlots": 1,
            "taskmanager.cpu.cores": 1.0,
            **{f"taskmanager.memory.{name}": size for name, size in TASK_MANAGER_MEMORY.items()},
            "io.tmp.dirs": self.folder / "tmp",
            "state.backend.type": "hashmap",
            "state.checkpoints.dir": (self.folder / "checkpoints").as_uri(),
            "restart-strategy.type": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": RESTARTS,
            "restart-strategy.fixed-delay.delay": f"{RESTART_SECONDS}s",
            "heartbeat.interval": HEARTBEAT_SECONDS * 1000,
        }
        (self.folder / "tmp").mkdir(parents=True)
        lines = [f"{name}: {value}\n" for name, value in settings.items()]
        (self.folder / "config.yaml").write_text("".join(lines), encoding="utf-8")
        shutil.copy(HERE / "log4j.properties", self.folder)

    def _java(self, main_class: str, *options: str) -> list[str]:
        """Return the command of a process of Flink."""
        opened = [f"--{how}={what}=ALL-UNNAMED" for how, those in OPENED.items() for what in those]
        logging = f"-Dlog4j.configurationFile={self.folder / 'log4j.properties'}"
        jars = f"{flink_jars()}/*"
        settings = ("--configDir", str(self.folder))
        return ["java", *JVM, *opened, logging, *options, "-cp", jars, main_class, *settings]

    def _start_job_server(self) -> None:
        """Start the process that takes Beam's pipelines and makes jobs of them."""
        self._start(
            "job-server",
            *("java", *JVM, f"-Xmx{JOB_SERVER_HEAP}", "-jar", str(job_server_jar())),
            *(f"--job-host={HOST}", f"--job-port={self._job_port}"),
            *("--artifact-port=0", "--expansion-port=0"),
            f"--artifacts-dir={self.folder / 'artifacts'}",
            f"--flink-master={HOST}:{self._rest_port}",
        )

    def _start(self, name: str, *command: str) -> "subprocess.Popen[bytes]":
        """Start a process that ends with this one and prints into a file of its name."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 (no other threads yet)
            )
        self._all[name] = process
        return process

    def _has_task_managers(self) -> bool:
        """Tell whether all task managers have come to the job manager."""
        try:
            return len(self.ask("/taskmanagers")["taskmanagers"]) >= self._wanted
        except OSError:
            return False

    def _wait_for(self, what: str, is_ready: Callable[[], bool]) -> None:
        """Wait until something is ready; raise ClusterError where that will not be."""
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            for name, process in self._all.items():
                if process.poll() is not None:
                    raise ClusterError(f"{name} ended: {self.logs()[name][-2000:]}")
            if time.monotonic() > deadline:
                raise ClusterError(f"{what} not ready after {START_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def is_open(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _end_with_parent() -> None:
    """Let the kernel end this process when its parent is gone, however that ended (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command on a cluster of its own; return its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--task-managers", type=int, default=2, help="default: 2")
    parser.add_argument("--stages", action="store_true", help="tell at the end what jobs moved")
    parser.add_argument("command", nargs="*", help="gets the flags of the cluster at its end")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    with tempfile.TemporaryDirectory(prefix="suzgi-flink-") as name:
        folder = Path(name)
        programs = build_workers(folder)
        with FlinkCluster(folder, programs, options.task_managers) as cluster:
            code = _run(options.command, cluster)
            if options.stages:
                for job in cluster.ask("/jobs/overview")["jobs"]:
                    sys.stdout.write(describe_job(cluster.ask(f"/jobs/{job['jid']}")))
            return code


def _run(command: Sequence[str], cluster: FlinkCluster) -> int:
    """Run a command with the flags of the cluster, or wait for Ctrl-C."""
    if not command:
        sys.stdout.write(" ".join(cluster.flags()) + "\n")
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
        return 0
    path = f"{cluster.programs}:{os.environ['PATH']}"
    process = subprocess.Popen([*command, *cluster.flags()], env={**os.environ, "PATH": path})
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the command hears it, too, and ends
            continue


if __name__ == "__main__":
    sys.exit(main())
