"""Which addresses processes listen on, as Linux tells."""

import contextlib
import ipaddress
from collections.abc import Iterable, Iterator
from pathlib import Path

PROCESSES = Path("/proc")
LISTENING = "0A"
"""A state of a socket, as in the kernel's tcp_states.h."""


def listening_addresses(pids: Iterable[int]) -> set[str]:
    """Return the IP addresses that processes and their descendants listen on."""
    inodes = {inode for pid in with_descendants(pids) for inode in _sockets(pid)}
    return {address for inode, address in _all_listening() if inode in inodes}


def with_descendants(pids: Iterable[int]) -> set[int]:
    """Return processes with all that they have started, directly or not."""
    parents = dict(_parents())
    found = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parents() -> Iterator[tuple[int, int]]:
    """Yield each process with its parent."""
    for status in PROCESSES.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            fields = status.read_text(errors="replace").rpartition(")")[2].split()
            yield int(status.parent.name), int(fields[1])


def _sockets(pid: int) -> Iterator[str]:
    """Yield the inodes of the sockets of a process."""
    with contextlib.suppress(OSError):
        for each in (PROCESSES / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(each.readlink())
                if target.startswith("socket:["):
                    yield target.removeprefix("socket:[").rstrip("]")


def _all_listening() -> Iterator[tuple[str, str]]:
    """Yield inode and IP address of each socket that listens."""
    for table in ("tcp", "tcp6"):
        for line in (PROCESSES / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *more = line.split()
            if state == LISTENING:
                yield more[5], read_address(local.partition(":")[0])


def read_address(digits: str) -> str:
    """Return an IP address of /proc/net/tcp: words of four bytes, each with its last one first."""
    words = [bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8)]
    address = ipaddress.ip_address(b"".join(words))
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
