"""Pages of 600 characters come back exactly from the old encodings of Kazakh and Russian."""

import decoding
import pytest

PAGES = 60
FLOOR = 99.0
"""Percent of exact pages; reached when this was written: 100 in each encoding."""


@pytest.mark.parametrize("encoding", decoding.ENCODINGS)
def test_pages_decode_exactly(encoding: str) -> None:
    score = decoding.measure(encoding, decoding.LEAST_LENGTH, PAGES)
    assert score.pages == PAGES
    assert score.share >= FLOOR, score.taken_for


def test_pages_are_varied_and_the_same_every_time() -> None:
    for language in (decoding.KAZAKH, decoding.RUSSIAN):
        pages = list(decoding.make_pages(language, 40))
        assert len(set(pages)) == 40
        assert pages == list(decoding.make_pages(language, 40))
        assert min(map(len, pages)) > max(decoding.LENGTHS)
        assert sum(page.isupper() for page in pages) == 4
