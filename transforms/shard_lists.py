"""Shards in files of the work directory: a graph that names the files has a size of its own.

Google Dataflow refuses graphs over 10 MB (https://docs.cloud.google.com/dataflow/docs/request-quotas).
With its shards in it, the graph of a million documents has 35 MB, without them 45 KB.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from apache_beam.pvalue import PBegin, PCollection
from apache_beam.transforms.core import Create, FlatMap
from apache_beam.transforms.ptransform import PTransform

from transforms.parts import OutputError, join_output, read_whole, write_whole
from transforms.sealed import seal, unseal
from transforms.shard_reports import WORK
from transforms.shards import Shard

SHARDS_IN_A_FILE = 256
"""8 MB with 1,500 documents in each shard; ten million documents are 27 files."""


def write_shard_lists(output: str, shards: Sequence[Shard]) -> list[str]:
    """Write shards into the work directory of an output; return the names of the files.

    Equal shards give equal files of equal names: two equal runs do not disturb each other. Raises
    OutputError where they cannot be written.
    """
    names = []
    for begin in range(0, len(shards), SHARDS_IN_A_FILE):
        some = shards[begin : begin + SHARDS_IN_A_FILE]
        content = seal({"shards": [_to_json(shard) for shard in some]})
        names.append(f"{WORK}/shards-{hashlib.sha256(content).hexdigest()[:32]}.json")
        write_whole(join_output(output, names[-1]), content, "shards")
    return names


def read_shard_list(name: str, output: str) -> Iterator[Shard]:
    """Yield the shards of a file; raise OutputError where it is gone, or not as it was written."""
    path = join_output(output, name)
    sealed = read_whole(path)
    if sealed is None:
        raise OutputError(f"{path}: gone; a run that ended, or a command that failed, removed it")
    try:
        held = unseal(sealed)["shards"]
    except (ValueError, KeyError) as error:
        raise OutputError(f"{path}: {error}") from error
    for shard in held:
        yield _from_json(shard)


def _to_json(shard: Shard) -> dict[str, Any]:
    """Return a shard of a run as JSON holds it."""
    return {
        "number": shard.number,
        "packed_uris": base64.b64encode(shard.packed_uris).decode("ascii"),
        "document_count": shard.document_count,
        "refused": list(shard.refused),
        "listing_sha256": shard.listing_sha256,
        "packed_letters": base64.b64encode(shard.packed_letters).decode("ascii"),
    }


def _from_json(held: dict[str, Any]) -> Shard:
    """Return the shard that `_to_json` made into JSON."""
    return Shard(
        number=held["number"],
        packed_uris=base64.b64decode(held["packed_uris"]),
        document_count=held["document_count"],
        refused=tuple(held["refused"]),
        listing_sha256=held["listing_sha256"],
        packed_letters=base64.b64decode(held["packed_letters"]),
    )


@dataclass
class ReadShards(PTransform[PBegin, PCollection[Shard]]):
    """Read the shards of a run from the files that `write_shard_lists` named."""

    output: str
    names: Sequence[str]

    def expand(self, pipeline: PBegin) -> PCollection[Shard]:
        """Return the shards."""
        shards: PCollection[Shard] = (
            pipeline
            | "Names" >> Create(self.names, reshuffle=False)
            | "Read" >> FlatMap(read_shard_list, self.output)
        )
        return shards
