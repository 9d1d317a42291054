"""Each file of an output is told from those that are not ours, and leftovers go."""

from pathlib import Path

import pytest

from transforms.output_files import (
    RUN_DIRECTORIES,
    OutputFiles,
    abandon,
    forget_reports,
    is_closed,
    list_output,
    remove_leftovers,
)
from transforms.shard_reports import WORK

RUN = "0123456789abcdef" * 2
PART = "articles/part-00000-0123456789abcdef.avro"
PIECE = "articles/part-00000.0001-0123456789abcdef.avro"
FILES = {
    "manifests": [f"manifests/{RUN}.json"],
    "parts": [PART, PIECE],
    "listings": [f"_listings/{RUN}.json"],
    "reports": [f"_work/shard-00000-{RUN}.json"],
    "temporaries": [
        "_work/.run.json.1.2.tmp",
        f"_work/.shard-00000-{RUN}.json.1.2.tmp",
        f"_work/.shards-{RUN}.json.1.2.tmp",
        "articles/.part-00000-0123456789abcdef.avro.1.2.tmp",
        "articles/.part-00000.0001-0123456789abcdef.avro.1.2.tmp",
        f"manifests/.{RUN}.json.1.2.tmp",
    ],
    "work": ["_work/lock", "_work/run.json", f"_work/shards-{RUN}.json"],
    "foreign": ["_work/mine", "articles/0.avro", "articles/deeper", "mine", "other/"],
}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an output with a file of each kind."""
    for directory in (*RUN_DIRECTORIES, WORK, "other", "articles/deeper"):
        (tmp_path / directory).mkdir()
    for names in FILES.values():
        for name in names:
            if not (tmp_path / name).is_dir():
                (tmp_path / name).write_text(name)
    return tmp_path


def names(output: Path) -> list[str]:
    """Return all files of an output."""
    return sorted(str(path.relative_to(output)) for path in output.rglob("*") if path.is_file())


def test_every_file_is_what_it_is(output: Path) -> None:
    assert list_output(str(output)) == OutputFiles(**FILES)


def test_leftovers_go_and_what_is_referenced_or_foreign_stays(output: Path) -> None:
    (output / "articles/part-00001-0123456789abcdef.avro").touch()
    (output / "_listings" / f"{RUN[::-1]}.json").touch()
    for _ in range(2):
        files = list_output(str(output))
        remove_leftovers(str(output), files, [PART, f"_listings/{RUN}.json"])
        kept = [PART, f"_listings/{RUN}.json", f"manifests/{RUN}.json"]
        assert names(output) == sorted([*kept, "_work/mine", "articles/0.avro", "mine"])


def test_abandon_removes_what_a_run_wrote_and_keeps_the_rest(output: Path) -> None:
    (output / f"manifests/{RUN}.json").unlink()
    for name in ("_work/mine", "mine", "articles/0.avro"):
        (output / name).unlink()
    for directory in ("articles/deeper", "other"):
        (output / directory).rmdir()
    assert abandon(str(output), list_output(str(output)))
    assert list(output.iterdir()) == []
    assert is_closed(str(output))


def test_abandon_keeps_a_committed_run(output: Path) -> None:
    before = names(output)
    assert not abandon(str(output), list_output(str(output)))
    assert names(output) == before
    assert not is_closed(str(output))


def test_reports_of_some_shards_are_forgotten(output: Path) -> None:
    before = names(output)
    forget_reports(str(output), {1, 10})
    assert names(output) == before
    forget_reports(str(output), {0})
    assert names(output) == sorted({*before} - {*FILES["reports"]})


def test_abandon_does_not_follow_links(
    output: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept").touch()
    (output / "linked").symlink_to(elsewhere)
    assert "linked" in list_output(str(output)).foreign
