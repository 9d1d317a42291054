"""Who listens where is told rightly."""

import os
import socket
import subprocess
import sys

import pytest
from listeners import listening_addresses, read_address, with_descendants


@pytest.mark.parametrize(
    ("digits", "address"),
    [
        ("0100007F", "127.0.0.1"),
        ("00000000", "0.0.0.0"),  # noqa: S104 (what must not be)
        ("00000000000000000000000000000000", "::"),
        ("0000000000000000FFFF00000100007F", "127.0.0.1"),
        ("00000000000000000000000001000000", "::1"),
    ],
)
def test_addresses_are_read_as_linux_writes_them(digits: str, address: str) -> None:
    assert read_address(digits) == address


def test_listeners_of_this_process_are_found() -> None:
    before = listening_addresses([os.getpid()])
    with socket.socket() as one:
        one.bind(("127.0.0.77", 0))
        assert "127.0.0.77" not in before | listening_addresses([os.getpid()])
        one.listen()
        assert listening_addresses([os.getpid()]) == before | {"127.0.0.77"}


def test_children_of_children_are_descendants() -> None:
    program = "import subprocess; subprocess.run(['cat'])"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as process:
        while len(found := with_descendants([process.pid])) < 2:
            assert process.poll() is None
        process.communicate(b"")
    assert process.pid in found
