"""A sealed file tells of itself whether it is whole, to the last bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.sealed import seal, unseal

CONTENT = {"name": "\ud800 Қ", "counts": {"b": 1, "a": [2, None]}}


def test_content_comes_back_and_order_does_not_count() -> None:
    assert unseal(seal(CONTENT)) == CONTENT
    assert seal({"b": 1, "a": 2}) == seal({"a": 2, "b": 1})


def test_every_flipped_bit_is_noticed() -> None:
    sealed = seal(CONTENT)
    for index in range(len(sealed)):
        for bit in range(8):
            damaged = bytearray(sealed)
            damaged[index] ^= 1 << bit
            with pytest.raises(ValueError):  # noqa: PT011 (JSON has messages of its own)
                unseal(bytes(damaged))


def test_every_shortened_file_is_noticed() -> None:
    sealed = seal(CONTENT)
    for length in range(len(sealed)):
        with pytest.raises(ValueError):  # noqa: PT011
            unseal(sealed[:length])


@given(st.binary(max_size=40))
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        unseal(content)
