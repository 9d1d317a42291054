"""`suzgi ingest` on a real Flink cluster: the same bits, also where workers are lost."""

import signal
from pathlib import Path

from conftest import SECONDS, Corpus, command, contents, ingest, newest_job, started, wait_until
from flink_cluster import FlinkCluster
from listeners import listening_addresses


def test_flink_writes_the_same_bits_as_the_local_runner(
    cluster: FlinkCluster, programs: Path, corpus: Corpus, tmp_path: Path
) -> None:
    ingest(programs, corpus.inputs, tmp_path / "out", *cluster.flags())
    expected = contents(corpus.local)
    assert {name.split("/")[0] for name in expected} >= {"articles", "duplicates", "dead_letters"}
    assert contents(tmp_path / "out") == expected
    assert newest_job(cluster)["state"] == "FINISHED"


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
