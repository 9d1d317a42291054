"""The units are well-formed, agree with their settings and our exit codes, and do what they say."""

import datetime as dt
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.exit_codes import ExitCode

HERE = Path(__file__).parent
SERVICES = ("suzgi-ingest", "suzgi-load", "suzgi-watch")
TIMERS = ("suzgi-ingest", "suzgi-load")
TARGETS = ("sysinit", "basic", "shutdown", "timers", "multi-user", "time-set", "time-sync")
EXPOSURE = "20"
"""Of 100, the worst that `systemd-analyze security` may say of a unit; a plain one has 96."""

SETTING = re.compile(r"(\w+)=(.*)")
VARIABLE = re.compile(r"\$\{?([A-Z_]+)\}?")
BIN = Path(sys.executable).parent
PAGE = (
    "Қалада жаңа кітапхана ашылды\n\n{}-бөлім. Кітапхана таңғы тоғызда ашылады, кешке жабылады.\n"
)
SECONDS = 120.0
"""For what a test waits for: far more than it takes."""

Unit = Mapping[tuple[str, str], list[str]]


def read_unit(path: Path) -> Unit:
    """Return the values of a unit file, in order, by section and name."""
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            held[section, name].append(value)
    return held


def read_settings() -> dict[str, str]:
    """Return the settings of the example."""
    lines = (HERE / "suzgi.env").read_text(encoding="utf-8").splitlines()
    matches = (SETTING.fullmatch(line) for line in lines if line and not line.startswith("#"))
    return {match[1]: match[2] for match in matches if match}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a system that has the units installed, as the README says."""
    if shutil.which("systemd-analyze") is None and os.environ.get("CI") != "true":
        pytest.skip("needs systemd-analyze, which comes with systemd")
    root = tmp_path_factory.mktemp("root")
    units = root / "etc/systemd/system"
    shutil.copytree(HERE, units, ignore=shutil.ignore_patterns("*.py", "*.md", "*.env", "__*"))
    for target in TARGETS:  # what a system has
        (units / f"{target}.target").write_text("[Unit]\nDescription=Of a system\n")
    for program in ("opt/suzgi/bin/suzgi", "opt/suzgi/bin/ingest-missed-days", "bin/sh"):
        path = root / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return root


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what systemd says."""
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False
    )


def test_systemd_takes_the_units(root: Path) -> None:
    names = [f"{name}.service" for name in SERVICES] + [f"{name}.timer" for name in TIMERS]
    paths = [str(root / "etc/systemd/system" / name) for name in names]
    said = analyze("verify", "--man=no", f"--root={root}", *paths)
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_units_are_sandboxed(root: Path, name: str) -> None:
    said = analyze(
        *("security", "--offline=yes", f"--root={root}", f"--threshold={EXPOSURE}"),
        f"{name}.service",
    )
    assert said.returncode == 0, said.stdout[-200:]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(("name", "times"), [("suzgi-ingest", 1), ("suzgi-load", 144)])
def test_timers_elapse_as_often_as_they_say(name: str, times: int) -> None:
    timer = read_unit(HERE / f"{name}.timer")
    (when,) = timer["Timer", "OnCalendar"]
    said = analyze("calendar", when, "--base-time=2026-11-25 23:59:59", f"--iterations={times + 1}")
    days = re.findall(r"(?:elapse|Iter\. #\d+): \w+ (\S+)", said.stdout)
    assert days == ["2026-11-26"] * times + ["2026-11-27"]
    assert timer["Timer", "Persistent"] == ["true"]  # what was missed is caught up with
    assert timer["Install", "WantedBy"] == ["timers.target"]


def test_what_is_not_done_again_is_what_no_second_try_mends() -> None:
    """Too many dead letters, a foreign output: somebody has to look."""
    ingest = read_unit(HERE / "suzgi-ingest.service")["Service", "RestartPreventExitStatus"]
    retried = (ExitCode.OK, ExitCode.RUN_FAILED, ExitCode.INTERRUPTED)
    assert ingest == [" ".join(str(int(code)) for code in ExitCode if code not in retried)]
    watch = read_unit(HERE / "suzgi-watch.service")["Service", "RestartPreventExitStatus"]
    assert watch == [f"{ExitCode.USAGE:d} {ExitCode.FAULTS_FOUND:d}"]  # stores come back


def test_settings_are_those_that_units_use() -> None:
    settings = read_settings()
    used = set()
    for path in [*HERE.glob("*.service"), HERE / "ingest-missed-days"]:
        used |= set(VARIABLE.findall(path.read_text(encoding="utf-8")))
    assert used - {"SUZGI"} == {name for name in settings if name.startswith("SUZGI_")}
    sandbox = read_unit(HERE / "suzgi-.service.d/sandbox.conf")
    assert sandbox["Service", "ReadWritePaths"] == [settings["SUZGI_ARTICLES"]]
    assert sandbox["Service", "User"] == ["suzgi"]  # for whom the README makes the folders
    warehouse = settings["SUZGI_WAREHOUSE"].partition(":")[2]
    assert warehouse.startswith(settings["SUZGI_ARTICLES"] + "/")
    assert f"--timezone={settings['TZ']}" in settings["SUZGI_INGEST_OPTIONS"]


def test_units_are_stopped_as_they_can_be() -> None:
    watch = read_unit(HERE / "suzgi-watch.service")
    assert watch["Service", "KillMode"] == ["mixed"]  # worker processes live as long as it does
    for name in ("suzgi-ingest", "suzgi-load"):
        assert read_unit(HERE / f"{name}.service")["Service", "Type"] == ["oneshot"]


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """Return the folder of the places that the settings name."""
    places = tmp_path / "all places"
    for name in ("pages", "articles", "incoming"):
        (places / name).mkdir(parents=True)
    return places


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def environment(places: Path) -> dict[str, str]:
    """Return the settings for these places, and what systemd gives to a unit besides.

    In the zone of the settings it is about noon, so that no day ends while a test runs.
    """
    settings = read_settings()
    for name, value in settings.items():
        settings[name] = value.replace("/srv/", f"{places}/")
    settings["SUZGI_WATCH_OPTIONS"] = re.sub(
        r"(?<=--metrics-port=)\d+", str(free_port()), settings["SUZGI_WATCH_OPTIONS"]
    )
    settings["TZ"] = f"Etc/GMT{dt.datetime.now(dt.UTC).hour - 12:+d}"
    return {**settings, "PATH": os.environ["PATH"], "SUZGI": str(BIN / "suzgi")}


def command_of(name: str, environment: Mapping[str, str]) -> list[str]:
    """Return the command line of a unit as systemd makes it, with the programs of this checkout."""
    (line,) = read_unit(HERE / f"{name}.service")["Service", "ExecStart"]
    line = line.replace("/opt/suzgi/bin/ingest-missed-days", str(HERE / "ingest-missed-days"))
    line = line.replace("/opt/suzgi/bin/", f"{BIN}/")
    shell, quote, script = line.partition(" -c '")
    if quote:
        return [shell, "-c", script.rstrip("'")]
    words = []
    for word in line.split():
        if whole := re.fullmatch(r"\$([A-Z_]+)", word):
            words += environment[whole[1]].split()
        else:
            words.append(re.sub(r"\$\{([A-Z_]+)\}", lambda match: environment[match[1]], word))
    return words


def start(name: str, environment: Mapping[str, str]) -> int:
    """Run a unit to its end and return the exit code."""
    return subprocess.run(command_of(name, environment), env=environment, check=False).returncode


def write_pages(folder: Path, *numbers: int) -> None:
    """Write a page for each number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / f"{number}.txt").write_text(PAGE.format(number), encoding="utf-8")


def test_days_that_are_over_are_ingested_and_loaded_once(
    places: Path, environment: dict[str, str]
) -> None:
    today = dt.datetime.now(ZoneInfo(environment["TZ"])).date()
    days = [(today - dt.timedelta(days=age)).isoformat() for age in (2, 1, 0)]
    for number, day in enumerate(days):
        write_pages(places / "pages" / day, number)
    (places / "pages" / "2024-02-30 copy").mkdir()
    assert start("suzgi-ingest", environment) == ExitCode.OK
    made = sorted(path.name for path in (places / "articles").iterdir())
    assert made == days[:2]  # the last one is not over yet
    write_pages(places / "pages" / days[0], 7)  # too late: its day has a run
    assert start("suzgi-ingest", environment) == ExitCode.OK
    for _ in range(2):
        assert start("suzgi-load", environment) == ExitCode.OK
    with duckdb.connect(str(places / "articles/articles.duckdb")) as database:
        rows = database.sql("SELECT ingest_date::VARCHAR FROM articles ORDER BY 1").fetchall()
    assert rows == [(day,) for day in days[:2]]


def test_a_day_that_fails_is_told_and_stops_no_other(
    places: Path, environment: dict[str, str]
) -> None:
    (places / "pages/2026-01-05").mkdir()  # without a page
    write_pages(places / "pages/2026-01-06", 1)
    assert start("suzgi-ingest", environment) == ExitCode.NO_INPUT
    assert [path.name for path in (places / "articles").iterdir()] == ["2026-01-06"]


@pytest.fixture
def watch(environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Return the watch, started; it is killed at the end if it still runs."""
    command = command_of("suzgi-watch", environment)
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_watch_tells_how_it_is_and_ends_well_when_stopped(
    places: Path, environment: dict[str, str], watch: "subprocess.Popen[bytes]"
) -> None:
    write_pages(places / "incoming", 1, 2)
    deadline = time.monotonic() + SECONDS
    while not list(places.glob("articles/live/manifests/*.json")):
        assert watch.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    port = re.findall(r"--metrics-port=(\d+)", environment["SUZGI_WATCH_OPTIONS"])[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS) as answer:
        assert b"suzgi_windows_total" in answer.read()
    watch.send_signal(signal.SIGTERM)
    assert watch.wait(SECONDS) == ExitCode.OK
