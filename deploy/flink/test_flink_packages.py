"""What a cluster is made of is checked, and put together whole."""

import hashlib
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flink_packages import HERE, PackageError, check_digests, merge_jars
from loopback import LISTENING, LoopbackError, listen_as_told


def write_jar(path: Path, files: dict[str, str]) -> Path:
    """Write a jar of these files."""
    with zipfile.ZipFile(path, "w") as jar:
        for name, content in files.items():
            jar.writestr(name, content)
    return path


def test_merged_jar_has_the_first_of_each_file_and_all_services(tmp_path: Path) -> None:
    service = "META-INF/services/some.Interface"
    first = {"a.class": "1", service: "one.Service\n", "META-INF/X.SF": "signed"}
    second = {"a.class": "2", "b.class": "2", service: "other.Service\n", "module-info.class": ""}
    jars = [write_jar(tmp_path / "1.jar", first), write_jar(tmp_path / "2.jar", second)]
    merge_jars(jars, "some.Main", tmp_path / "all.jar")
    with zipfile.ZipFile(tmp_path / "all.jar") as merged:
        found = {name: merged.read(name).decode() for name in merged.namelist()}
    manifest = found.pop("META-INF/MANIFEST.MF")
    assert "Main-Class: some.Main" in manifest.splitlines()
    assert found.pop(service).split() == ["one.Service", "other.Service"]
    assert found == {"a.class": "1", "b.class": "2"}


def test_digests_tell_changed_missing_and_added_files(tmp_path: Path) -> None:
    names = ("a.jar", "b.jar", "c.jar")
    listed = "".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in names)
    for name in names:
        (tmp_path / name).write_text(name)
    check_digests(tmp_path, listed)
    (tmp_path / "a.jar").write_text("changed")
    (tmp_path / "b.jar").unlink()
    (tmp_path / "d.jar").write_text("added")
    with pytest.raises(PackageError, match=r"not as pinned: a\.jar, b\.jar, d\.jar"):
        check_digests(tmp_path, listed)


def test_jars_that_are_asked_for_have_a_pin() -> None:
    space = "{http://maven.apache.org/POM/4.0.0}"
    project = ElementTree.parse(HERE / "pom.xml").getroot()  # noqa: S314 (a file of ours)
    asked = [
        f"{each.findtext(space + 'artifactId')}-{each.findtext(space + 'version')}.jar"
        for each in project.iterfind(f"{space}dependencies/{space}dependency")
    ]
    pinned = [line.split()[1] for line in (HERE / "jars.sha256").read_text("ascii").splitlines()]
    assert asked
    assert set(asked) <= set(pinned)
    assert len(pinned) == len(set(pinned))


@pytest.mark.parametrize("is_ci", ["", "true"])
def test_what_a_cluster_needs_is_told_where_it_is_not(is_ci: str, tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "CI": is_ci}  # neither Java, Maven nor apt-get
    bash = shutil.which("bash")
    done = subprocess.run(
        [str(bash), HERE / "need_java"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.endswith("apt-get install openjdk-17-jre-headless maven\n")
    for name in ("java", "mvn"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    there = subprocess.run([str(bash), HERE / "need_java"], env=environment, check=False)
    assert there.returncode == 0


def text(content: bytes) -> bytes:
    """Return a constant of a class file that holds a text."""
    return struct.pack(">BH", 1, len(content)) + content


def class_file(*constants: bytes, slots: int, code: bytes) -> bytes:
    """Return as much of a class file as is looked at."""
    return b"\xca\xfe\xba\xbe\0\0\0\x37" + struct.pack(">H", slots) + b"".join(constants) + code


def test_servers_get_the_whole_address_and_not_its_port_alone(tmp_path: Path) -> None:
    number = b"\x05" + bytes(8)  # takes two slots, 1 and 2
    names = text(b"forPort"), text(b"(I)LBuilder;"), text(b"size")
    called, method = b"\x0c\0\3\0\4", b"\x0a\0\x63\0\6"
    others = b"\x0c\0\5\0\4", b"\x0a\0\x63\0\x08"
    code = b"\x2a\x2b\xb6\0\x09\xb8\0\x07\xb6\0\x09"
    held = class_file(number, *names, called, method, *others, slots=10, code=code)
    changed = class_file(
        *(number, *names, b"\x0c\0\x0a\0\x0b", method, *others),
        *(text(b"forAddress"), text(b"(Ljava/net/SocketAddress;)LBuilder;")),
        slots=12,
        code=b"\x2a\x2b\0\0\0\xb8\0\x07\xb6\0\x09",
    )
    assert listen_as_told(held) == changed
    with pytest.raises(LoopbackError, match=r"InetSocketAddress.* is not as we know it"):
        listen_as_told(changed)
    jar = tmp_path / "1.jar"
    with zipfile.ZipFile(jar, "w") as target:
        target.writestr(LISTENING, held)
    merge_jars([jar], "some.Main", tmp_path / "all.jar")
    with zipfile.ZipFile(tmp_path / "all.jar") as merged:
        assert merged.read(LISTENING) == changed
