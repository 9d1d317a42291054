"""What a later window has is not recovered by a replay of an earlier one."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
from output_rows import rows

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from transforms.manifest import Manifest, parse_manifest

TEXT = "{}: қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры толық.\n"
DATED = ("--ingest-date=2024-05-31", "--max-dead-letters=100", "--quiet")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Return an empty input directory."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def tar(*names: str) -> bytes:
    """Return an archive of pages with these names."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in names:
            text = TEXT.format(name).encode()
            member = tarfile.TarInfo(f"{name}.txt")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return packed.getvalue()


def watch(pages: Path, *more: str) -> Path:
    """Watch until nothing waits; return the output, which has no fault."""
    where = ("--input", str(pages), "--output", str(pages.parent / "out"))
    assert main(["watch", *where, "--once", "--settle-seconds=0", *DATED, *more]) == 0
    assert main(["verify", "--quiet", str(pages.parent / "out")]) == 0
    return pages.parent / "out"


def replay(source: Path, name: str = "again", *more: str) -> Manifest:
    """Replay an output into one beside it, which has no fault; return the manifest."""
    output = source.with_name(name)
    assert main(["replay", str(source), "--output", str(output), *DATED, *more]) == 0
    assert main(["verify", "--quiet", str(output)]) == 0
    (path,) = (output / "manifests").iterdir()
    return parse_manifest(path.read_text(encoding="utf-8"))


def settled(manifest: Manifest) -> tuple[int, int, int]:
    """Return how many documents a replay has, and how many letters it settled, and recovered."""
    assert manifest.replay
    return manifest.tally.documents, manifest.replay.settled, manifest.replay.recovered


def outcomes(output: Path) -> list[tuple[str, str]]:
    """Return the names of documents, and what became of them, sorted."""
    found = [(row.source_uri, "article") for row in rows(output, Article)]
    found += [(row.source_uri, "duplicate") for row in rows(output, Duplicate)]
    found += [(row.source_uri, row.code) for row in rows(output, DeadLetter)]
    return sorted((uri.rpartition("/")[2], outcome) for uri, outcome in found)


def test_a_container_that_was_mended_is_settled_by_the_window_that_has_it(pages: Path) -> None:
    """There it is in another shard."""
    whole = tar("a", "b", "c")
    (pages / "pages.tar").write_bytes(whole[:1600])
    assert outcomes(watch(pages)) == [("a.txt", "article"), ("pages.tar", "torn_archive")]
    (pages / "other.txt").write_text(TEXT.format("басқа"), encoding="utf-8")
    (pages / "pages.tar").write_bytes(whole)
    output = watch(pages, "--shard-bytes=1")
    names = [name for name, outcome in outcomes(output) if outcome == "article"]
    assert names == ["a.txt", "b.txt", "c.txt", "other.txt"]
    assert settled(replay(output)) == (0, 1, 0)


@pytest.mark.parametrize("has_notes", [True, False])
def test_a_container_torn_in_several_windows_is_recovered_once(
    has_notes: bool, pages: Path
) -> None:
    whole = tar("a", "b", "c", "d")
    for size in (1600, 2600):
        (pages / "pages.tar").write_bytes(whole[:size])
        output = watch(pages)
    failed = [("pages.tar", "torn_archive")] * 2
    assert outcomes(output) == [("a.txt", "article"), ("b.txt", "article"), *failed]
    if not has_notes:
        for path in (output / "_listings").iterdir():
            path.unlink()
    assert settled(replay(output, "1", "--code=torn_archive")) == (2, 0, 0)  # torn as before
    assert outcomes(pages.parent / "1") == failed
    (pages / "pages.tar").write_bytes(whole)
    assert settled(replay(output, "2")) == (2, 2, 2)
    assert outcomes(pages.parent / "2") == [("c.txt", "article"), ("d.txt", "article")]


def test_a_record_that_comes_twice_is_not_recovered(pages: Path) -> None:
    """A later window has it as the one that is there, and so has the replay."""
    record = json.dumps({"text": TEXT.format("а"), "uri": "https://site.example/a"})
    packed = gzip.compress(f"{record}\n".encode())
    (pages / "pages.jsonl.gz").write_bytes(packed + packed[:12])
    options = ("--uri-field=uri",)
    assert outcomes(watch(pages, *options))[0] == ("a", "article")
    (pages / "pages.jsonl.gz").write_bytes(packed + packed)
    output = watch(pages, *options)
    assert [outcome for _, outcome in outcomes(output)] == ["article", "torn_archive"]
    assert settled(replay(output, "again", *options)) == (0, 1, 0)


def test_a_file_that_a_later_window_has_read_is_not_read_again(pages: Path) -> None:
    """One that is broken in all windows comes from its source, as ever."""
    (pages / "mended.txt").symlink_to("later.md")
    (pages / "broken.txt").symlink_to("latest.md")
    failed = [("broken.txt", "not_found"), ("mended.txt", "not_found")]
    assert outcomes(watch(pages)) == failed
    (pages / "later.md").write_text(TEXT.format("а"), encoding="utf-8")
    output = watch(pages)
    assert outcomes(output) == [failed[0], ("mended.txt", "article"), failed[1]]
    (pages / "latest.md").write_text(TEXT.format("б"), encoding="utf-8")
    manifest = replay(output)
    assert manifest.replay
    assert manifest.replay.repeated == 1
    assert outcomes(pages.parent / "again") == [("broken.txt", "article")]
