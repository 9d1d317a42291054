"""What a cluster is made of is checked, and put together whole."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from flink_packages import PackageError, check_digests, merge_jars


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
