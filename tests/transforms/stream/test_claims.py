"""A round is claimed once; whoever comes later reads what the first one claimed."""

import threading
from pathlib import Path

import pytest

from transforms.output_files import LISTINGS, claim_name
from transforms.parts import OutputError
from transforms.rounds import Round
from transforms.stream.arrivals import Arrival
from transforms.stream.claims import Claim, make_claim, read_claim, read_claims

WINDOW = Round(1_747_248_000, 60)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an output with the directory of claims."""
    (tmp_path / LISTINGS).mkdir()
    return tmp_path


def arrivals(*names: str) -> list[Arrival]:
    return [Arrival(f"file:///{name}", 1, 2, "3", is_refused=name == "link") for name in names]


def test_claim_is_read_as_it_was_made(output: Path) -> None:
    made = make_claim(str(output), WINDOW, arrivals("link", "ә%20\udcff", "a"))
    assert made == Claim(0, tuple(arrivals("a", "link", "ә%20\udcff")))
    assert read_claim(str(output), WINDOW) == made
    assert read_claim(str(output), WINDOW._replace(pane=1)) is None
    assert [path.name for path in (output / LISTINGS).iterdir()] == [
        "round-20250514T184000Z-0000.json"
    ]


def test_equal_documents_make_equal_claims_in_any_order(output: Path) -> None:
    path = output / claim_name(WINDOW.name)
    held = set()
    for documents in (arrivals("a", "b"), arrivals("b", "a")):
        make_claim(str(output), WINDOW, documents)
        held.add(path.read_bytes())
        path.unlink()
    assert len(held) == 1


def test_the_first_claim_counts(output: Path) -> None:
    first = make_claim(str(output), WINDOW, arrivals("a"))
    assert make_claim(str(output), WINDOW, arrivals("b")) == first


def test_one_of_many_that_claim_at_the_same_time_wins(output: Path) -> None:
    claims: list[Claim] = []
    begin = threading.Barrier(8)

    def claim(number: int) -> None:
        begin.wait()
        claims.append(make_claim(str(output), WINDOW, arrivals(str(number))))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claims) == 8
    assert len(set(claims)) == 1
    assert len(list((output / LISTINGS).iterdir())) == 1


def test_claims_of_a_window_are_read_pane_by_pane(output: Path) -> None:
    for pane, name in enumerate("abc"):
        make_claim(str(output), WINDOW._replace(pane=pane), arrivals(name))
    make_claim(str(output), WINDOW._replace(start=0), arrivals("other window"))
    claims = list(read_claims(str(output), WINDOW))
    assert [claim.pane for claim in claims] == [0, 1, 2]
    assert [claim.arrivals[0].uri[-1] for claim in claims] == ["a", "b", "c"]


def test_damaged_claim_stops_the_stream(output: Path) -> None:
    make_claim(str(output), WINDOW, arrivals("a"))
    path = output / claim_name(WINDOW.name)
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    with pytest.raises(OutputError, match=r"round-.* cannot be read: damaged"):
        read_claim(str(output), WINDOW)
