"""`suzgi ingest` on a real Flink cluster: the same bits, also where workers are lost."""

import base64
import json
import signal
from collections import Counter
from pathlib import Path

from apache_beam.coders.coders import VarIntCoder
from conftest import SECONDS, Corpus, command, contents, ingest, newest_job, started, wait_until
from flink_cluster import FlinkCluster
from listeners import listening_addresses

from transforms.dead_letter_log import facts_of
from transforms.manifest import parse_manifest
from transforms.metrics import NAMESPACE, counts_of

USER_COUNTER = "beam:metric:user:sum_int64:v1"


def test_flink_writes_the_same_bits_as_the_local_runner(
    cluster: FlinkCluster, programs: Path, corpus: Corpus, tmp_path: Path
) -> None:
    ingest(programs, corpus.inputs, tmp_path / "out", *cluster.flags())
    expected = contents(corpus.local)
    assert {name.split("/")[0] for name in expected} >= {"articles", "duplicates", "dead_letters"}
    assert contents(tmp_path / "out") == expected
    assert newest_job(cluster)["state"] == "FINISHED"
    (manifest,) = (tmp_path / "out/manifests").iterdir()
    tally = parse_manifest(manifest.read_text(encoding="utf-8")).tally
    assert counters_of(cluster) == {name: n for name, n in counts_of(tally).items() if n}
    logs = "".join(text for name, text in cluster.logs().items() if name.startswith("task-manager"))
    letters = [facts_of(line) for line in logs.splitlines() if "dead letter: " in line]
    assert letters
    assert all(letter["code"] in tally.dead_letters for letter in letters)
    assert all(str(letter["uri"]).startswith(f"file://{corpus.inputs}/") for letter in letters)
    assert {len(str(letter["execution"])) for letter in letters} == {12}


def counters_of(cluster: FlinkCluster) -> dict[str, int]:
    """Return the counters of ours that the newest job shows, by their names."""
    (held,) = cluster.ask(f"/jobs/{newest_job(cluster)['jid']}/accumulators")[
        "user-task-accumulators"
    ]
    infos = json.loads(held["value"])["metrics"]["attempted"]
    found = Counter[str]()
    for info in infos:
        labels = info["labels"]
        if info["urn"] == USER_COUNTER and labels["NAMESPACE"] == NAMESPACE:
            payload = base64.b64decode(info["payload"])
            found[labels["NAME"]] += VarIntCoder().decode(payload)
    return dict(found)


def test_killed_task_manager_loses_and_repeats_nothing(
    cluster: FlinkCluster, programs: Path, corpus: Corpus, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    with started(command(programs, corpus.inputs, output, *cluster.flags())) as run:
        wait_until(lambda: run.poll() is not None or any(output.glob("articles/part-*.avro")))
        cluster.task_managers[-1].send_signal(signal.SIGKILL)
        assert run.poll() is None, "the job ended before the kill"
        assert not any(output.glob("manifests/*.json"))
        cluster.start_task_manager()
        _, error = run.communicate(timeout=SECONDS)
    assert (run.returncode, error) == (0, "")
    assert contents(output) == contents(corpus.local)
    assert "RUNNING to RESTARTING" in cluster.logs()["job-manager"]


def test_run_listens_on_loopback_alone_cancels_its_job_when_terminated_and_goes_on(
    cluster: FlinkCluster, programs: Path, corpus: Corpus, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    with started(command(programs, corpus.inputs, output, *cluster.flags())) as run:
        wait_until(lambda: run.poll() is not None or any(output.glob("_work/shard-*.json")))
        assert listening_addresses([run.pid, *cluster.pids()]) == {"127.0.0.1"}
        run.send_signal(signal.SIGTERM)
        _, error = run.communicate(timeout=SECONDS)
    assert run.returncode == 143
    assert "the same command goes on from there" in error
    wait_until(lambda: newest_job(cluster)["state"] == "CANCELED")
    ingest(programs, corpus.inputs, output)  # by the local runner: the output is the same
    assert contents(output) == contents(corpus.local)
