"""Servers for the tests, and new buckets for each."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_servers import google_bucket, google_server

from deploy.dataflow.cloud import HERE, IMAGE, ROOT, Cloud
from deploy.dataflow.google_service import GoogleService, google_service


@pytest.fixture(scope="session")
def servers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, GoogleService, Path]]:
    """Return the address of a store, Google's services, and credentials for them."""
    folder = tmp_path_factory.mktemp("services")
    with google_server() as url, google_service(folder) as (service, credentials):
        yield url, service, credentials


@pytest.fixture
def cloud(servers: tuple[str, GoogleService, Path], tmp_path: Path) -> Cloud:
    """Return new buckets, one of them with pages, and a machine."""
    url, service, credentials = servers
    (tmp_path / "template").mkdir()
    shutil.copy(HERE / "launch.py", tmp_path / "template")
    shutil.copy(HERE / "staged_graph.py", tmp_path)
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ} | {
        "STORAGE_EMULATOR_HOST": url,
        "GOOGLE_APPLICATION_CREDENTIALS": str(credentials),
        "GOOGLE_CLOUD_PROJECT": "example",
        "SUZGI_IMAGE": IMAGE,
    }
    suffix = tmp_path.name.lower().replace("_", "-")[-40:]
    pages, articles, scratch = (
        google_bucket(url, f"{name}-{suffix}") for name in ("pages", "articles", "scratch")
    )
    cloud = Cloud(tmp_path, service, pages, articles, scratch, environment)
    for page in sorted((ROOT / "examples/pages").rglob("*.*")):
        if page.is_file():
            cloud.pages.put(f"day/{page.parent.name}/{page.name}", page.read_bytes())
    return cloud
