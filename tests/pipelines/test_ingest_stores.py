"""`suzgi ingest` from and to gs:// and s3://, on servers that speak their protocols."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from output_rows import rows
from store_servers import Bucket, GoogleBucket, S3Bucket

from pipelines.main import main
from schemas.rows import Article, DeadLetter, Duplicate
from tests.pipelines.conftest import COMMON, PAGE, ROOT, Crashes, write_pages
from tests.transforms.stores.test_stores import NAMES
from transforms import fingerprints, process
from transforms.shards import Shard
from transforms.sources import read_sources

MAIN = (sys.executable, "-m", "pipelines.main")
STORE_POINTS = ("run", "part", "report", "claim", "listing", "manifest")


@pytest.fixture
def folder(tmp_path: Path, bucket: Bucket) -> Path:
    """Return a folder of pages that the bucket has, too, below `in/`."""
    write_pages(tmp_path / "in", 36)
    for path in (tmp_path / "in").iterdir():
        bucket.put(f"in/{path.name}", path.read_bytes())
    return tmp_path / "in"


def command(inputs: str | Path, output: str | Path, *more: str) -> list[str]:
    """Return the command of an ingest."""
    return ["ingest", "--input", str(inputs), "--output", str(output), *COMMON, *more]


def fetch(bucket: Bucket, name: str, place: Path) -> Path:
    """Write what lies below a name into a folder and return that."""
    for each, content in bucket.contents(f"{name}/").items():
        path = place / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


def without_uris(output: Path, prefix: str) -> list[Article | Duplicate | DeadLetter]:
    """Return all rows of an output, with what depends on the place of the input left out."""
    ids = {row.id: row.source_uri.removeprefix(prefix) for row in rows(output, Article)}
    articles = [replace(row, id="", source_uri=ids[row.id]) for row in rows(output, Article)]
    copies = [
        replace(
            row,
            source_uri=row.source_uri.removeprefix(prefix),
            duplicate_of=ids[row.duplicate_of],
        )
        for row in rows(output, Duplicate)
    ]
    letters = [
        replace(row, id="", source_uri=row.source_uri.removeprefix(prefix))
        for row in rows(output, DeadLetter)
    ]
    return [*articles, *copies, *letters]


def test_output_is_that_of_a_local_run_but_for_the_uris(
    folder: Path, bucket: Bucket, tmp_path: Path
) -> None:
    """And the same bits wherever the output goes."""
    assert main(command(folder, tmp_path / "local")) == 0
    assert main(command(f"{bucket.uri}/in", f"{bucket.uri}/out")) == 0
    assert main(command(f"{bucket.uri}/in/*.txt", tmp_path / "here")) == 0
    stored = bucket.contents("out/")
    here = {
        str(path.relative_to(tmp_path / "here")): path.read_bytes()
        for path in (tmp_path / "here").rglob("*")
        if path.is_file()
    }
    assert stored == here
    assert len(stored) > 15
    fetched = fetch(bucket, "out", tmp_path / "fetched")
    expected = without_uris(tmp_path / "local", f"file://{folder}/")
    assert len(expected) == 36
    assert without_uris(fetched, f"{bucket.uri}/in/") == expected


def test_finished_run_ends_at_once_unless_an_object_changed(
    folder: Path,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    argv = command(f"{bucket.uri}/in", f"{bucket.uri}/out")
    assert main(argv) == 0
    finished = bucket.contents("out/")
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.ingest_run.inputs_sha256", None)  # nothing is read
        assert main(argv) == 0
    bucket.put("in/00000.txt", bucket.get("in/00000.txt")[::-1])  # of the same size
    assert main(argv) == 4
    assert "its inputs were others, or have changed" in capsys.readouterr().err
    assert bucket.contents("out/") == finished


@pytest.fixture
def environment(bucket: Bucket) -> dict[str, str]:
    """Return what a process needs to find the bucket."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("AWS_", "STORAGE_EMULATOR_"))
    }


@pytest.mark.parametrize(
    ("bucket", "point"),
    [*(("google", point) for point in STORE_POINTS), ("s3", "part"), ("s3", "claim")],
    indirect=["bucket"],
)
def test_killed_run_goes_on(
    point: str, folder: Path, bucket: Bucket, environment: dict[str, str], crashes: Crashes
) -> None:
    undisturbed = command(f"{bucket.uri}/in", f"{bucket.uri}/undisturbed")
    assert crashes.ask(undisturbed, env=environment)["code"] == 0, crashes.log
    nth = 5 if point in ("part", "report") else 1
    argv = command(f"{bucket.uri}/in", f"{bucket.uri}/out")
    stop = {"point": f"{point}.settled", "nth": nth, "signal": int(signal.SIGKILL)}
    assert crashes.ask(argv, env=environment, **stop)["code"] == -signal.SIGKILL
    manifests = bucket.contents("out/manifests/")
    assert manifests == (bucket.contents("undisturbed/manifests/") if point == "manifest" else {})
    assert crashes.ask(argv, env=environment)["code"] == 0, crashes.log
    assert bucket.contents("out/") == bucket.contents("undisturbed/")


def test_finished_shards_are_not_done_again(
    folder: Path,
    bucket: Bucket,
    environment: dict[str, str],
    crashes: Crashes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    argv = command(f"{bucket.uri}/in", f"{bucket.uri}/out")
    stop = {"point": "claim.settled", "nth": 1, "signal": int(signal.SIGKILL)}
    assert crashes.ask(argv, env=environment, **stop)["code"] == -signal.SIGKILL
    monkeypatch.setattr(process, "process_shard", None)
    assert main(argv) == 0


def test_output_is_verified_and_replayed(
    folder: Path, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    capped = command(f"{bucket.uri}/in", f"{bucket.uri}/out", "--max-document-bytes=300")
    assert main(capped) == 0
    out, replayed = f"{bucket.uri}/out", f"{bucket.uri}/replayed"
    assert main(["replay", out, "--output", replayed, *COMMON, "--code=too_large"]) == 0
    assert main(["verify", out, replayed]) == 0
    assert capsys.readouterr().out.count(": no fault\n") == 2
    (part,) = sorted(bucket.contents("out/dead_letters/"))[:1]
    content = bucket.get(f"out/dead_letters/{part}")
    bucket.put(f"out/dead_letters/{part}", content[:-1] + bytes([content[-1] ^ 1]))
    assert main(["verify", "--quiet", out]) == 7
    assert f"{out}/dead_letters/{part}: " in capsys.readouterr().out


def test_objects_of_a_list(folder: Path, bucket: Bucket, tmp_path: Path) -> None:
    names = [f"{bucket.uri}/in/{path.name}" for path in sorted(folder.iterdir())]
    (tmp_path / "list").write_text("\n".join([*names, f"{bucket.uri}/in/nowhere.txt"]))
    argv = ["ingest", "--input-list", str(tmp_path / "list"), "--output", str(tmp_path / "out")]
    assert main([*argv, *COMMON]) == 0
    assert main(command(f"{bucket.uri}/in", tmp_path / "listed")) == 0
    found = sorted(without_uris(tmp_path / "out", ""), key=lambda row: row.source_uri)
    listed = sorted(without_uris(tmp_path / "listed", ""), key=lambda row: row.source_uri)
    (missing,) = [row for row in found if row.source_uri.endswith("nowhere.txt")]
    assert isinstance(missing, DeadLetter)
    assert (missing.code, missing.content) == ("not_found", b"")
    assert [row for row in found if row is not missing] == listed


@pytest.mark.parametrize(
    ("bucket", "name"),
    [("google", "in"), ("google", "in/"), ("google", "in/**"), ("google", ""), ("s3", "in")],
    indirect=["bucket"],
)
def test_objects_of_all_names_become_articles(name: str, bucket: Bucket, tmp_path: Path) -> None:
    names = [f"in/{each.removesuffix('.txt')[:1017]}.txt" for each in NAMES]
    for number, each in enumerate(names):
        bucket.put(each, PAGE.format(number=number).encode())
    bucket.put("in/", b"")  # what consoles make for a folder
    bucket.put("in/sub.txt/", b"")
    assert main(command(f"{bucket.uri}/{name}", tmp_path / "out")) == 0
    uris = {row.source_uri for row in rows(tmp_path / "out", Article)}
    assert uris == {f"{bucket.uri}/{each}" for each in names}


def test_object_named_like_a_pattern_is_taken_as_named(bucket: Bucket, tmp_path: Path) -> None:
    for name in ("[a].txt", "a.txt"):
        bucket.put(name, PAGE.format(number=name).encode())
    assert main(command(f"{bucket.uri}/[a].txt", tmp_path / "out")) == 0
    assert [row.source_uri for row in rows(tmp_path / "out", Article)] == [f"{bucket.uri}/[a].txt"]


def before_reading(step: object, do: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something happen to the input before a pass of the run reads it."""

    def read(shard: Shard, *more: object) -> Iterator[object]:
        do()
        return read_sources(shard, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(step, "read_sources", read)


def test_object_deleted_after_the_listing_is_a_dead_letter(
    folder: Path, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def delete() -> None:
        if "00007.txt" in bucket.contents("in/"):
            bucket.delete("in/00007.txt")

    before_reading(fingerprints, delete, monkeypatch)
    assert main(command(f"{bucket.uri}/in", tmp_path / "out")) == 0
    letters = {row.source_uri: row.code for row in rows(tmp_path / "out", DeadLetter)}
    assert letters[f"{bucket.uri}/in/00007.txt"] == "not_found"


def test_object_changed_between_the_passes(
    folder: Path,
    bucket: Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One on which nothing depends is taken as it is now; on one with a duplicate, the run ends."""
    page = PAGE.format(number="жаңа").encode()
    output = f"{bucket.uri}/out"
    with monkeypatch.context() as patched:
        before_reading(process, lambda: bucket.put("in/00000.txt", page), patched)
        assert main(command(f"{bucket.uri}/in", tmp_path / "out")) == 0
    first = rows(tmp_path / "out", Article)[0]
    assert (first.source_uri, first.content_bytes) == (f"{bucket.uri}/in/00000.txt", len(page))
    with monkeypatch.context() as patched:
        before_reading(process, lambda: bucket.put("in/00003.txt", page[::-1]), patched)
        assert main(command(f"{bucket.uri}/in", output)) == 6
    told = capsys.readouterr().err
    assert f"changed during the run, first {bucket.uri}/in/00003.txt" in told
    assert bucket.contents("out/manifests/") == {}
    assert main(command(f"{bucket.uri}/in", output)) == 0


@pytest.mark.parametrize(
    ("bucket", "inputs"),
    [("google", ("in", "in")), ("google", ("in", "in/*[0-4].txt")), ("s3", ("in", "in/*5.txt"))],
    indirect=["bucket"],
)
def test_of_two_runs_at_the_same_time_one_commits(
    inputs: tuple[str, str], folder: Path, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    """Equal ones agree; of others with the same options, the loser leaves nothing behind."""
    runs = [
        subprocess.Popen(
            [*MAIN, *command(f"{bucket.uri}/{each}", f"{bucket.uri}/out")],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for each in inputs
    ]
    told = [run.communicate()[1] for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert len(bucket.contents("out/manifests/")) == 1
    if inputs[0] == inputs[1]:
        assert codes == [0, 0], told
    else:
        assert codes in ([0, 4], [0, 6]), told
        (loser,) = filter(None, told)
        assert re.search("another run has|is not empty; a finished run", loser)
    assert main(["verify", f"{bucket.uri}/out"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("bucket", ["google"], indirect=True)  # workers take long to start
def test_two_processes_write_the_same_bits_as_one(folder: Path, bucket: Bucket) -> None:
    assert main(command(f"{bucket.uri}/in", f"{bucket.uri}/one")) == 0
    two = command(f"{bucket.uri}/in", f"{bucket.uri}/two", "--direct_num_workers=2")
    subprocess.run(
        [*MAIN, *two, "--direct_running_mode=multi_processing"],
        cwd=ROOT,
        check=True,
    )
    assert bucket.contents("two/") == bucket.contents("one/")


def test_store_needs_nothing_of_beam(google: GoogleBucket, s3: S3Bucket) -> None:
    """Neither of the packages that Beam's own file systems need is loaded."""
    program = (
        "import sys\n"
        "sys.modules['boto3'] = sys.modules['google.cloud.storage'] = None\n"
        "from transforms.stores import store_of\n"
        f"print([found.uri for found in store_of('gs://').below({google.uri!r})])\n"
        "try:\n"
        f"    store_of({s3.uri!r})\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )
    google.put("a", b"")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        f"['{google.uri}/a']",
        "s3:// needs boto3: pip install 'suzgi[s3]'",
    ]
