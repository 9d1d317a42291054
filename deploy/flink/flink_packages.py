"""Fetch what a Flink cluster and its Python workers are made of: public packages, checked, cached.

Everything lies in `$XDG_CACHE_HOME/suzgi/flink`, or `~/.cache/suzgi/flink`. What is there is taken
as it is: it was checked when it came, and its name holds what it was made of.
"""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from loopback import LISTENING, listen_as_told

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
UV = ROOT / ".uv/bin"
"""What `make install` sets up: uv, and a Python with pip."""

JOB_SERVER = "org.apache.beam.runners.flink.FlinkJobServerDriver"
SIGNATURES = (".SF", ".RSA", ".DSA")
"""Of single jars; they do not fit the whole."""

CLUSTER_JARS = ("flink-dist-", "log4j-")
"""A session cluster needs no more of the distribution: neither tables nor connectors."""


class PackageError(Exception):
    """A package that is not what was pinned."""


def cache_directory() -> Path:
    """Return the directory of all that is fetched."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "suzgi" / "flink"


def flink_jars() -> Path:
    """Return a directory with the jars of a job manager and a task manager."""
    pins = (HERE / "requirements.txt").read_bytes()
    return _cached(f"cluster-{_digest(pins)}", _fetch_flink)


def job_server_jar() -> Path:
    """Return the jar of Beam's job server, which a cluster gets with each job.

    It is made of the jars that Beam publishes for it, all in one, as Flink takes it, with its
    servers on the addresses that they are given.
    """
    made_of = ("pom.xml", "jars.sha256", "loopback.py")
    pins = b"".join((HERE / name).read_bytes() for name in made_of)
    return _cached(f"job-server-{_digest(pins)}.jar", _fetch_job_server)


def build_workers(folder: Path) -> Path:
    """Return the directory of programs of a new environment that has this version's wheel.

    The dependencies are those of uv.lock. Nothing in it leads back to this checkout.
    """
    environment, pins = folder / "workers", folder / "requirements.txt"
    _uv("build", "--wheel", "--quiet", "--out-dir", folder)
    _uv("export", "--frozen", "--no-dev", "--no-emit-project", "--quiet", "--output-file", pins)
    python = ("--python", ROOT / ".venv/bin/python")
    _uv("venv", "--quiet", "--seed", *python, environment)
    install = ("pip", "install", "--quiet", "--python", environment / "bin/python")
    _uv(*install, "--require-hashes", "--requirement", pins)
    _uv(*install, "--no-deps", *folder.glob("suzgi-*.whl"))
    return environment / "bin"


def check_digests(folder: Path, listed: str) -> None:
    """Raise PackageError unless a folder has exactly the files of a list made by `sha256sum`."""
    lines = (line.split() for line in listed.splitlines())
    expected = {name: digest for digest, name in lines}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    if wrong := sorted(dict(found.items() ^ expected.items())):
        raise PackageError(f"not as pinned: {', '.join(wrong)}")


def merge_jars(jars: Iterable[Path], main_class: str, merged: Path) -> None:
    """Write one jar of many: of files of one name the first, of lists of services all."""
    services: dict[str, list[bytes]] = {}
    manifest = f"Manifest-Version: 1.0\nMain-Class: {main_class}\n\n"
    seen = {"META-INF/MANIFEST.MF"}
    with zipfile.ZipFile(merged, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr("META-INF/MANIFEST.MF", manifest)
        for name, content in _members(jars):
            if name.startswith("META-INF/services/"):
                services.setdefault(name, []).append(content)
            elif name not in seen:
                seen.add(name)
                target.writestr(name, content)
        for name, parts in services.items():
            target.writestr(name, b"\n".join(parts))


def _members(jars: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the files in jars, as far as they belong in a jar of all."""
    for jar in jars:
        with zipfile.ZipFile(jar) as source:
            for name in source.namelist():
                if not name.endswith(("/", "module-info.class", *SIGNATURES)):
                    content = source.read(name)
                    yield name, listen_as_told(content) if name == LISTENING else content


def _fetch_flink(target: Path) -> None:
    """Fill a new directory with the jars of the distribution."""
    target.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        pip = (UV / "python", "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
        pins = HERE / "requirements.txt"
        _run(*pip, "--no-deps", "--require-hashes", "--requirement", pins, "--dest", folder)
        (packed,) = Path(folder).iterdir()
        with tarfile.open(packed) as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                content = archive.extractfile(member)
                if content and name.startswith(CLUSTER_JARS) and name.endswith(".jar"):
                    with (target / name).open("wb") as stream:
                        shutil.copyfileobj(content, stream)


def _fetch_job_server(target: Path) -> None:
    """Write the jar of the job server."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        maven = ("mvn", "--quiet", "--batch-mode", "--strict-checksums", "--file", HERE / "pom.xml")
        _run(
            *maven,
            "dependency:copy-dependencies",
            f"-DoutputDirectory={folder}",
            "-DincludeScope=runtime",
        )
        check_digests(folder, (HERE / "jars.sha256").read_text(encoding="ascii"))
        merge_jars(sorted(folder.iterdir()), JOB_SERVER, target)


def _cached(name: str, make: Callable[[Path], None]) -> Path:
    """Return what has a name in the cache, made if need be: there whole or not at all."""
    place = cache_directory() / name
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            make(Path(folder, name))
            if not place.exists():  # another process was faster
                Path(folder, name).rename(place)
    return place


def _digest(content: bytes) -> str:
    """Return what stands for a content in a name."""
    return hashlib.sha256(content).hexdigest()[:16]


def _uv(*arguments: str | Path) -> None:
    """Run uv in the project."""
    _run(UV / "uv", *arguments)


def _run(*command: str | Path) -> None:
    """Run a command; raise CalledProcessError where it fails."""
    subprocess.run(command, cwd=ROOT, check=True)
