"""`suzgi ingest --streaming` on a real Flink cluster: each article once, whatever is killed."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

from conftest import COMMON, SECONDS, Corpus, ingest, newest_job, started, wait_until
from flink_cluster import FlinkCluster
from output_rows import rows

from schemas.rows import Article, DeadLetter

STREAMING = (
    "--streaming",
    "--window-seconds=2",
    "--poll-seconds=1",
    "--settle-seconds=0",
    "--checkpointing_interval=2000",
)


def drop(paths: Iterable[Path], folder: Path) -> None:
    """Put copies of documents into a folder, each whole at once."""
    folder.mkdir(exist_ok=True)
    for path in paths:
        whole = folder / f"{path.parent.name}-{path.name}"
        part = whole.with_suffix(".part")
        shutil.copy(path, part)
        part.rename(whole)


def committed(output: Path) -> int:
    """Return how many documents a stream has committed."""
    manifests = [json.loads(path.read_text("utf-8")) for path in output.glob("manifests/*.json")]
    return sum(manifest["counts"]["documents"] for manifest in manifests)


def is_at_work(output: Path) -> bool:
    """Tell whether a stream has begun a round that it has not committed."""
    begun = {path.stem.removeprefix("round-") for path in output.glob("_listings/round-*.json")}
    return bool(begun - {path.stem for path in output.glob("manifests/*.json")})


def test_stream_with_a_killed_task_manager_has_each_article_once(
    cluster: FlinkCluster, programs: Path, corpus: Corpus, tmp_path: Path
) -> None:
    inputs, output = tmp_path / "in", tmp_path / "out"
    documents = sorted(corpus.inputs.glob("*/*.txt"))
    half = len(documents) // 2
    drop(documents[:half], inputs)
    places = ("--input", str(inputs), "--output", str(output))
    more = (*COMMON, *STREAMING, *cluster.flags())
    with started([str(programs / "suzgi"), "ingest", *places, *more]) as stream:
        wait_until(lambda: stream.poll() is not None or committed(output) >= half)
        before = checkpoints(cluster)["completed"]
        wait_until(lambda: checkpoints(cluster)["completed"] > before)
        drop(documents[half:], inputs)
        wait_until(lambda: stream.poll() is not None or is_at_work(output))
        cluster.task_managers[-1].send_signal(signal.SIGKILL)
        cluster.start_task_manager()
        wait_until(lambda: stream.poll() is not None or committed(output) >= len(documents))
        assert checkpoints(cluster)["restored"] > 0
        stream.send_signal(signal.SIGTERM)
        _, error = stream.communicate(timeout=SECONDS)
    assert stream.returncode == 143, error
    wait_until(lambda: newest_job(cluster)["state"] == "CANCELED")
    ingest(programs, inputs, tmp_path / "local")
    for kind in (Article, DeadLetter):
        of_stream, of_run = (
            sorted(rows(place, kind), key=lambda row: row.source_uri)
            for place in (output, tmp_path / "local")
        )
        assert of_stream == of_run
    assert len({row.id for row in rows(output, Article)}) == len(documents)
    verify = (str(programs / "suzgi"), "verify", "--quiet", "--sample=1", str(output))
    assert subprocess.run(verify, check=False).returncode == 0


def checkpoints(cluster: FlinkCluster) -> dict[str, int]:
    """Return how many checkpoints of the newest job were completed, restored and so on."""
    counts: dict[str, int] = cluster.ask(f"/jobs/{newest_job(cluster)['jid']}/checkpoints")[
        "counts"
    ]
    return counts
