"""Let the servers of Beam's Java classes listen where they are told to, and nowhere else.

Beam's `ServerFactory` takes an address, tells others that one, and listens on its port on all
interfaces: anybody who reaches the machine could hand in a job. Here its byte code is changed:
`NettyServerBuilder.forPort(address.getPort())` becomes `NettyServerBuilder.forAddress(address)`.
"""

import re
import struct
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")

LISTENING = "org/apache/beam/sdk/fn/server/ServerFactory$InetSocketAddressServerFactory.class"

UTF8, METHOD, NAME_AND_TYPE = 1, 10, 12
SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 18: 4}
"""Bytes of a constant behind its tag, by tag: chapter 4.4 of the specification of the JVM."""

TWO_SLOTS = (5, 6)
POOL = 10
"""Where the constants begin; their number stands before them."""

VIRTUAL, STATIC, NOTHING = b"\xb6", b"\xb8", b"\x00"
"""Instructions; the first two have two bytes of operand."""


class LoopbackError(Exception):
    """A class that is not the one that we know."""


def listen_as_told(code: bytes) -> bytes:
    """Return the class file with the change; raise LoopbackError where it is another class."""
    constants, end = _read_constants(code)
    count = int.from_bytes(code[POOL - 2 : POOL], "big")
    name = _only(at for at, (tag, held) in constants.items() if (tag, held) == (UTF8, b"forPort"))
    called = _only(
        at
        for at, (tag, held) in constants.items()
        if tag == NAME_AND_TYPE and held[:2] == struct.pack(">H", name)
    )
    method = _only(
        at
        for at, (tag, held) in constants.items()
        if tag == METHOD and held[2:] == struct.pack(">H", called)
    )
    old = constants[called][1]
    builder = constants[int.from_bytes(old[2:], "big")][1].removeprefix(b"(I)")
    added = _utf8(b"forAddress") + _utf8(b"(Ljava/net/SocketAddress;)" + builder)
    pool = _replace_once(
        code[POOL:end],
        re.escape(bytes([NAME_AND_TYPE]) + old),
        struct.pack(">BHH", NAME_AND_TYPE, count, count + 1),
    )
    call = STATIC + struct.pack(">H", method)
    rest = _replace_once(
        code[end:], re.escape(VIRTUAL) + b".." + re.escape(call), NOTHING * 3 + call
    )
    return code[: POOL - 2] + struct.pack(">H", count + 2) + pool + added + rest


def _read_constants(code: bytes) -> tuple[dict[int, tuple[int, bytes]], int]:
    """Return tag and content of the constants of a class by their numbers, and where they end."""
    constants, at, number = {}, POOL, 1
    while number < int.from_bytes(code[POOL - 2 : POOL], "big"):
        tag = code[at]
        skip = 2 if tag == UTF8 else 0
        size = int.from_bytes(code[at + 1 : at + 3], "big") if tag == UTF8 else SIZES[tag]
        constants[number] = (tag, code[at + 1 + skip : at + 1 + skip + size])
        at += 1 + skip + size
        number += 2 if tag in TWO_SLOTS else 1
    return constants, at


def _utf8(text: bytes) -> bytes:
    """Return a constant that holds a text."""
    return struct.pack(">BH", UTF8, len(text)) + text


def _replace_once(content: bytes, pattern: bytes, by: bytes) -> bytes:
    """Return a content with what occurs once replaced; raise LoopbackError where it does not."""
    found = _only(re.finditer(pattern, content, re.DOTALL))
    return content[: found.start()] + by + content[found.end() :]


def _only(items: Iterable[Item]) -> Item:
    """Return what there is one of; raise LoopbackError where there is not."""
    held = list(items)
    if len(held) != 1:
        raise LoopbackError(f"{LISTENING} is not as we know it")
    return held[0]
