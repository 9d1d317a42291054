"""What a job on Dataflow could not do is refused before anything is listed or written.

Jobs themselves are built in deploy/dataflow, with Google's clients, which are not installed here.
"""

from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.dataflow_jobs import check_shards, writes_template
from pipelines.exit_codes import CommandError
from pipelines.main import main
from transforms.shards import Shard

PLACES = {"--input": "gs://pages/2026-05-14/", "--output": "gs://articles/2026-05-14"}
FLAGS = {
    "--runner": "DataflowRunner",
    "--project": "example",
    "--region": "europe-west1",
    "--temp_location": "gs://scratch/temp",
    "--sdk_container_image": "registry.example/suzgi:1",
}
STREAM = {"--streaming": None, "--subscription": "projects/example/subscriptions/pages"}


def told(capsys: pytest.CaptureFixture[str], **changed: str | None) -> str:
    """Return what an ingest says that ends with a usage error; None leaves a flag out."""
    flags = {**PLACES, **FLAGS, **{f"--{name}": value for name, value in changed.items()}}
    command = [f"{name}={value}" for name, value in flags.items() if value is not None]
    assert main(["ingest", *command]) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("flag", ["project", "region", "temp_location"])
def test_what_beam_would_guess_is_asked_for(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, **{flag: None}) == (
        f"suzgi: error: --runner DataflowRunner needs --{flag}\n"
    )


def test_workers_need_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, sdk_container_image=None) == (
        "suzgi: error: --runner DataflowRunner needs --sdk_container_image, an image that has "
        "Suzgi: see deploy/dataflow\n"
    )


@pytest.mark.parametrize("flag", ["input", "output"])
def test_workers_see_no_local_place(
    flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, **{flag: str(tmp_path)}) == (
        f"suzgi: error: --runner DataflowRunner cannot reach {tmp_path}: its workers see object "
        "stores alone\n"
    )


def test_a_stream_is_asked_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    flags = {**FLAGS, **STREAM, "--output": "/srv/out"}
    command = [name if value is None else f"{name}={value}" for name, value in flags.items()]
    assert main(["ingest", *command]) == 2
    assert "cannot reach /srv/out" in capsys.readouterr().err


def test_a_list_may_not_name_local_files() -> None:
    options = PipelineOptions([f"{name}={value}" for name, value in FLAGS.items()])
    shards = [Shard.pack(0, ["gs://a/1"]), Shard.pack(1, ["gs://a/2", "file:///srv/3"])]
    check_shards(options, shards[:1])
    with pytest.raises(CommandError, match=r"cannot reach file:///srv/3"):
        check_shards(options, shards)
    check_shards(PipelineOptions(["--runner=FlinkRunner"]), shards)


def test_google_s_clients_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys) == (
        "suzgi: error: --runner DataflowRunner needs Google's clients: pip install 'suzgi[cloud]'\n"
    )


def test_only_dataflow_writes_a_template() -> None:
    place = "--template_location=gs://scratch/job"
    assert writes_template(PipelineOptions(["--runner=DataflowRunner", place]))
    assert not writes_template(PipelineOptions(["--runner=DataflowRunner"]))
    assert not writes_template(PipelineOptions(["--runner=FlinkRunner", place]))
