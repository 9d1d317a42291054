"""The limit: read, decode, split and write Avro in one plain loop, and nothing else.

`python tests/bench/limit.py INPUT OUTPUT` prints the number of documents.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from fastavro import parse_schema, writer

SCHEMA = {
    "type": "record",
    "name": "Document",
    "fields": [
        {"name": "uri", "type": "string"},
        {"name": "lines", "type": {"type": "array", "items": "string"}},
    ],
}


def read_documents(directory: Path) -> Iterator[dict[str, str | list[str]]]:
    """Yield a record for each file, folder by folder."""
    for folder in sorted(directory.iterdir()):
        for path in sorted(folder.iterdir()):
            with path.open("rb") as stream:
                text = stream.read().decode("utf-8")
            yield {"uri": str(path), "lines": text.split("\n")}


def main(source: str, target: str) -> int:
    """Write all documents into one file; return how many there were."""
    documents = 0

    def counted() -> Iterator[dict[str, str | list[str]]]:
        nonlocal documents
        for document in read_documents(Path(source)):
            documents += 1
            yield document

    Path(target).mkdir(parents=True)
    with (Path(target) / "documents.avro").open("wb") as stream:
        writer(stream, parse_schema(SCHEMA), counted(), codec="null")
    return documents


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1], sys.argv[2])}\n")
