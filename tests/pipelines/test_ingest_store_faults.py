"""`suzgi ingest` on stores that fail: the same bits after a while, or a message and no commit."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from fault_proxy import FaultProxy, Kind
from output_rows import rows
from store_servers import Bucket, GoogleBucket

from pipelines.main import main
from schemas.rows import DeadLetter
from tests.pipelines.conftest import COMMON, PAGE, write_pages
from transforms.stores.patience import ATTEMPTS

STORM: list[Kind | int] = [408, 429, 500, 503, "reset", "lose", "truncate", "shorten", "flip"]


@pytest.fixture(autouse=True)
def _pages(tmp_path: Path, bucket: Bucket) -> None:
    """Put pages into the bucket, and some in containers."""
    write_pages(tmp_path / "in", 24)
    for path in (tmp_path / "in").iterdir():
        bucket.put(f"in/{path.name}", path.read_bytes())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.txt", PAGE.format(number=100 + number))
    bucket.put("in/pages.zip", packed.getvalue())
    lines = [json.dumps({"text": PAGE.format(number=200 + number)}) for number in range(3)]
    bucket.put("in/pages.jsonl", "\n".join(lines).encode())


def ingest(bucket: Bucket, output: str, *more: str) -> int:
    """Run an ingest and return its exit code."""
    places = ["--input", f"{bucket.uri}/in", "--output", f"{bucket.uri}/{output}"]
    return main(["ingest", *places, *COMMON, *more])


def writing(bucket: Bucket) -> str:
    """Return the method with which a store takes objects."""
    return "POST" if isinstance(bucket, GoogleBucket) else "PUT"


def test_storm_of_faults_does_not_show(
    bucket: Bucket, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ingest(bucket, "undisturbed") == 0
    monkeypatch.setenv(ATTEMPTS, "40")
    undisturbed = len(proxy.requests)
    proxy.storm(STORM, share=0.3, seed=20240531)
    assert ingest(bucket, "out") == 0
    assert len(proxy.requests) > 2.2 * undisturbed
    proxy.calm()
    assert bucket.contents("out/") == bucket.contents("undisturbed/")


@pytest.mark.parametrize(
    ("bucket", "kind", "spare"),
    [
        *(("google", 503, 0), ("google", "reset", 9), ("google", 401, 30), ("google", 503, 40)),
        *(("s3", 503, 9), ("s3", 401, 30)),
    ],
    indirect=["bucket"],
)
def test_store_that_stops_answering_ends_the_run(
    kind: Kind | int,
    spare: int,
    bucket: Bucket,
    proxy: FaultProxy,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """While the input is read: no document is to blame, so none becomes a dead letter."""
    proxy.fail(kind, path=r"/in/\d+\.txt", times=float("inf"), spare=spare)
    assert ingest(bucket, "out") == 6
    told = capsys.readouterr().err
    assert "the run failed: " in told
    assert ("takes no such credentials" if kind == 401 else "(4 attempts)") in told
    assert not [name for name in bucket.contents("out/") if name.startswith("manifests/")]
    proxy.calm()
    assert ingest(bucket, "out") == 0
    assert ingest(bucket, "undisturbed") == 0
    assert bucket.contents("out/") == bucket.contents("undisturbed/")


@pytest.mark.parametrize("name", ["pages.zip", "pages.jsonl"])
def test_store_that_stops_answering_within_a_container(
    name: str, bucket: Bucket, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.fail(503, path=name, times=float("inf"))
    proxy.fail(503, method="HEAD", path=name, times=float("inf"))
    assert ingest(bucket, "out") == 6
    assert f"{bucket.uri}/in/{name}: 503" in capsys.readouterr().err
    assert not bucket.contents("out/manifests/")


@pytest.mark.parametrize(
    ("bucket", "kind", "spare"),
    [
        *(("google", 503, 0), ("google", 403, 1), ("google", 503, 6), ("google", 503, 12)),
        *(("s3", 403, 0), ("s3", 503, 6)),
    ],
    indirect=["bucket"],
)
def test_store_that_takes_nothing_more(
    spare: int,
    kind: int,
    bucket: Bucket,
    proxy: FaultProxy,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The record of the run, a file of rows, a report, the claim: what is written first fails."""
    proxy.fail(kind, method=writing(bucket), times=float("inf"), spare=spare)
    assert ingest(bucket, "out") == (4 if spare == 0 else 6)
    assert f"cannot write {bucket.uri}/out/" in capsys.readouterr().err
    assert not bucket.contents("out/manifests/")
    proxy.calm()
    assert ingest(bucket, "out") == 0
    assert ingest(bucket, "undisturbed") == 0
    assert bucket.contents("out/") == bucket.contents("undisturbed/")


def test_lost_answers_to_all_that_is_written(bucket: Bucket, proxy: FaultProxy) -> None:
    """Each object is there when it is written again; none is taken for that of another run."""
    assert ingest(bucket, "undisturbed") == 0
    for spare in range(0, 80, 2):
        proxy.fail("lose", method=writing(bucket), spare=spare)
    assert ingest(bucket, "out") == 0
    assert bucket.contents("out/") == bucket.contents("undisturbed/")


@pytest.mark.parametrize(
    ("kind", "told"),
    [(503, "cannot list"), (403, "403 "), (404, "404 "), (401, "takes no such credentials: 401 ")],
)
def test_input_that_cannot_be_listed(
    kind: int,
    told: str,
    bucket: Bucket,
    proxy: FaultProxy,
    capsys: pytest.CaptureFixture[str],
) -> None:
    proxy.fail(kind, path="prefix=in/", times=float("inf"))
    assert ingest(bucket, "out") == 3
    said = capsys.readouterr().err
    assert said.startswith("suzgi: error: ")
    assert told in said
    assert bucket.contents("out/") == {}


def test_object_that_may_not_be_read_is_a_dead_letter(
    bucket: Bucket, proxy: FaultProxy, tmp_path: Path
) -> None:
    """As a file without permission is; the others go on."""
    proxy.fail(403, path=r"in/00003\.txt", times=float("inf"))
    places = ["--input", f"{bucket.uri}/in", "--output", str(tmp_path / "out")]
    assert main(["ingest", *places, *COMMON]) == 0
    letters = {row.source_uri: row for row in rows(tmp_path / "out", DeadLetter)}
    letter = letters[f"{bucket.uri}/in/00003.txt"]
    assert (letter.code, letter.message[:4], letter.content) == ("unreadable", "403 ", b"")


def test_clean_up_that_fails_is_done_by_the_next_run(bucket: Bucket, proxy: FaultProxy) -> None:
    assert ingest(bucket, "undisturbed") == 0
    proxy.fail(403, method="DELETE", times=float("inf"))
    assert ingest(bucket, "out") == 0
    assert bucket.contents("out/_work/")
    proxy.calm()
    assert ingest(bucket, "out") == 0
    assert bucket.contents("out/") == bucket.contents("undisturbed/")


def test_store_that_does_not_answer_is_no_damage(
    bucket: Bucket, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(bucket, "out") == 0
    proxy.fail(503, path="/out/articles/", times=float("inf"))
    assert main(["verify", f"{bucket.uri}/out"]) == 3
    told = capsys.readouterr().err
    assert f"cannot verify {bucket.uri}/out: cannot read {bucket.uri}/out/articles/" in told
