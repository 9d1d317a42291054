"""What the tests of all containers share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from transforms.container_names import container_of
from transforms.containers import read_container
from transforms.documents import Reading, ReadSettings

ReadFile = Callable[..., list[Reading]]
Unpack = Callable[..., list[tuple[str, bytes | str]]]


@pytest.fixture(scope="module")
def read_file(tmp_path_factory: pytest.TempPathFactory) -> ReadFile:
    """Return a function that writes a container and reads what it holds."""
    folder = tmp_path_factory.mktemp("containers")

    def read(name: str, content: bytes, settings: ReadSettings | None = None) -> list[Reading]:
        path = Path(folder, name)
        path.write_bytes(content)
        container = container_of(name)
        assert container is not None
        return list(read_container(path.as_uri(), container, settings or ReadSettings()))

    return read


@pytest.fixture(scope="module")
def unpack(read_file: ReadFile) -> Unpack:
    """Return a function that gives each document's name and its content or code of failure.

    The name is what follows the container in the uri; for the container itself it is its own.
    """

    def read(
        name: str, content: bytes, settings: ReadSettings | None = None
    ) -> list[tuple[str, bytes | str]]:
        found: list[tuple[str, bytes | str]] = []
        for reading in read_file(name, content, settings):
            own = reading.uri.partition("!/")[2] or reading.uri.rpartition("/")[2]
            outcome = reading.failure.code if reading.failure else reading.content
            assert outcome is not None
            found.append((own, outcome))
        return found

    return read
