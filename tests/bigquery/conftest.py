"""An emulator of BigQuery in a process of its own, and datasets on it."""

import contextlib
import itertools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from store_servers import LOOPBACK, free_port, wait_for
from warehouse_loads import Dataset

from tests.pipelines.conftest import crash_server, crashes
from transforms.warehouse.bigquery_client import open_dataset
from transforms.warehouse.bigquery_destination import BigqueryDestination
from transforms.warehouse.duckdb_destination import DuckdbDestination

__all__ = ["crash_server", "crashes"]  # fixtures of these tests too

PYTHON = os.environ.get("SUZGI_BIGQUERY_PYTHON")
PROJECT = "suzgi-test"
NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def emulator(google_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an emulator, which reads gs:// from the server of the tests."""
    if not PYTHON:
        pytest.skip("needs the emulator's Python in SUZGI_BIGQUERY_PYTHON: make bigquery-test")
    folder = tmp_path_factory.mktemp("emulator")
    port, grpc_port = free_port(), free_port()
    command = [PYTHON, str(Path(__file__).with_name("emulator.py")), f"--host={LOOPBACK}"]
    command += [f"--port={port}", f"--grpc-port={grpc_port}", f"--data-dir={folder}/data"]
    environment = {**os.environ, "STORAGE_EMULATOR_HOST": google_url}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=environment) as server,
    ):
        try:
            wait_for(f"http://{LOOPBACK}:{port}/bigquery/v2/projects/{PROJECT}/datasets", server)
            yield f"http://{LOOPBACK}:{port}"
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def client(emulator: str) -> Iterator[bigquery.Client]:
    """Return Google's client: another hand than ours, but for loading."""
    with contextlib.closing(
        bigquery.Client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": emulator})
    ) as made:
        yield made


@pytest.fixture
def dataset(
    emulator: str, client: bigquery.Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dataset]:
    """Return a new dataset; `suzgi load` in this process finds it."""
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", emulator)
    made = Dataset(client, f"{PROJECT}.test_{next(NUMBERS)}", emulator)
    client.create_dataset(made.name)
    yield made
    client.delete_dataset(made.name, delete_contents=True)


@pytest.fixture
def destination(dataset: Dataset) -> Iterator[BigqueryDestination]:
    """Return what `suzgi load` makes of the dataset."""
    made = open_dataset(dataset.name)
    yield made
    made.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[DuckdbDestination]:
    """Return a new file of DuckDB, to compare with."""
    made = DuckdbDestination(str(tmp_path / "db"))
    yield made
    made.close()
