"""A run on an engine elsewhere: its shards come from files, and its graph cleans up by itself.

Beam's runner of bundles stands for the engine: for `suzgi`, all but its own runner is elsewhere.
"""

from datetime import date
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from store_servers import GoogleBucket

from pipelines.graph_run import run_graph
from pipelines.main import main
from tests.pipelines.conftest import COMMON, contents, write_pages
from transforms.commit import CommitSettings
from transforms.listing import list_documents
from transforms.run_records import RunIdentity, record_run
from transforms.shard_settings import ShardSettings
from transforms.shards import plan_shards

ELSEWHERE = "--runner=BundleBasedDirectRunner"


def test_it_writes_the_same_bits_into_a_store(google: GoogleBucket, tmp_path: Path) -> None:
    write_pages(tmp_path / "in", 20)
    common = ["ingest", "--input", str(tmp_path / "in"), *COMMON]
    assert main([*common, "--output", f"{google.uri}/out", ELSEWHERE]) == 0
    assert main([*common, "--output", str(tmp_path / "here")]) == 0
    assert google.contents("out/") == contents(tmp_path / "here")


def test_a_graph_whose_command_is_gone_leaves_a_finished_run(
    google: GoogleBucket, tmp_path: Path
) -> None:
    write_pages(tmp_path / "in", 20)
    output = f"{google.uri}/out"
    shards = list(plan_shards(list_documents([str(tmp_path / "in")], (".txt",), ()), 2600))
    record_run(output, RunIdentity("1", {}))
    seen = list[set[str]]()
    run_graph(
        shards,
        ShardSettings(output, date(2024, 5, 31), identity="x"),
        CommitSettings(output, 20, {}, listing_sha256="x"),
        PipelineOptions([ELSEWHERE]),
        show=lambda *_: seen.append(set(google.contents("out/_work/"))),
        prevent=lambda: None,
    )
    assert any(name.startswith("shards-") for name in seen[0])
    left = {name.partition("/")[0] for name in google.contents("out/")}
    assert left == {"articles", "dead_letters", "duplicates", "manifests", "_listings"}
    assert main(["verify", "--quiet", output]) == 0


def test_a_run_that_fails_before_its_job_leaves_nothing(
    google: GoogleBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("the API is not enabled")

    write_pages(tmp_path / "in", 3)
    monkeypatch.setattr("pipelines.graph_run.run_pipeline", refuse)
    common = ["ingest", "--input", str(tmp_path / "in"), *COMMON]
    assert main([*common, "--output", f"{google.uri}/out", ELSEWHERE]) == 6
    assert google.contents("out/") == {}
