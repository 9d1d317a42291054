"""Contents are hashed as a run hashes them, whatever becomes of the documents."""

import gzip
import hashlib
from datetime import date
from pathlib import Path

from transforms.document_list import DocumentList
from transforms.inputs import inputs_sha256
from transforms.listing import list_documents
from transforms.parts import DIRECTORIES
from transforms.process import process_shard
from transforms.shard_settings import ShardSettings
from transforms.shards import plan_shards

LIMIT = 5000
PAGE = """Кітапхана жаңа зал ашты

Қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
"""


def write_documents(folder: Path) -> DocumentList:
    """Return documents that become articles, duplicates and dead letters of every stage."""
    folder.mkdir()
    packed = gzip.compress(PAGE.encode())
    contents = {
        "article.txt": PAGE.encode(),
        "binary.txt": bytes(range(256)),
        "copy.txt": PAGE.encode(),
        "empty.txt": b"",
        "huge.txt": b"a" * (LIMIT + 1),
        "packed.txt.gz": packed,
        "torn.txt.gz": packed[:-5],
        "bomb.txt.gz": gzip.compress(b"a" * LIMIT * 20),
        "misnamed.txt.gz": PAGE.encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "broken.txt").symlink_to("nowhere")
    (folder / "directory.txt").mkdir()
    return list_documents([str(folder), str(folder / "*.txt")])


def test_hash_is_that_of_a_run(tmp_path: Path) -> None:
    documents = write_documents(tmp_path / "in")
    for kind in DIRECTORIES:
        (tmp_path / "out" / kind).mkdir(parents=True)
    settings = ShardSettings(str(tmp_path / "out"), date(2024, 5, 31), max_document_bytes=LIMIT)
    shards = list(plan_shards(documents, 3000))
    run = hashlib.sha256()
    codes = set[str]()
    for shard in shards:
        report = process_shard(shard, {}, settings)
        codes |= set(report.tally.dead_letters)
        run.update(report.inputs_sha256)
    assert len(shards) > 2
    assert codes >= {"binary", "empty", "not_found", "not_compressed", "torn_archive", "too_large"}
    assert codes >= {"unreadable"}
    assert inputs_sha256(shards, settings.read_settings()) == run.hexdigest()
    (tmp_path / "in" / "torn.txt.gz").write_bytes(b"other")
    assert inputs_sha256(shards, settings.read_settings()) != run.hexdigest()
