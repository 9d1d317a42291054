"""Note the documents of each round before work on it begins: who comes later takes others.

The note, a claim, is made by one writer alone, and before anything else of the round is written.
Whatever a runner repeats after a failure, and however it cuts the panes then, a document that a
round has claimed stays in that round. So the output is the memory of the stream: a worker that
remembers nothing, or one that is new, finds in it what was done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

from transforms.create_once import create_or_read
from transforms.output_files import claim_name
from transforms.parts import OutputError, join_output, read_whole
from transforms.rounds import Round
from transforms.sealed import seal, unseal
from transforms.stream.arrivals import Arrival


@dataclass(frozen=True, slots=True)
class Claim:
    """The documents of one pane of a window, sorted."""

    pane: int
    arrivals: tuple[Arrival, ...]


def read_claims(output: str, window: Round) -> Iterator[Claim]:
    """Yield the claims of a window, pane by pane; raise OutputError where one cannot be read."""
    pane = 0
    while claim := read_claim(output, window._replace(pane=pane)):
        yield claim
        pane += 1


def read_claim(output: str, of: Round) -> Claim | None:
    """Return the claim of a round; None where nobody has it. Raises OutputError."""
    path = join_output(output, claim_name(of.name))
    sealed = read_whole(path)
    return None if sealed is None else _claim_of(of, sealed, path)


def make_claim(output: str, of: Round, arrivals: Sequence[Arrival]) -> Claim:
    """Claim a round for documents; return its claim, which may be that of somebody faster.

    Raises OutputError.
    """
    path = join_output(output, claim_name(of.name))
    content = seal(
        {"round": of.name, "documents": [astuple(each) for each in sorted_by_uri(arrivals)]}
    )
    return _claim_of(of, create_or_read(path, content, "claim"), path)


def sorted_by_uri(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Return documents by uri; of one uri the latest comes last."""
    return sorted(arrivals, key=lambda each: (each.uri, each.changed, each.generation))


def _claim_of(of: Round, sealed: bytes, path: str) -> Claim:
    """Return the claim that a file holds; raise OutputError where it holds none."""
    try:
        documents = unseal(sealed)["documents"]
        return Claim(of.pane, tuple(Arrival(*document) for document in documents))
    except (KeyError, TypeError, ValueError) as error:
        raise OutputError(f"{path} cannot be read: {error}") from error
