"""What the tests of a watch's ledger share: an output to which windows are committed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from apache_beam.pvalue import TaggedOutput

from transforms.commit import CommitSettings, commit
from transforms.document_list import ListedDocument
from transforms.fingerprints import find_duplicates, fingerprint_shard
from transforms.ledger import Ledger
from transforms.ledger_update import current_ledger
from transforms.listing import listed
from transforms.manifest import Manifest, parse_manifest
from transforms.output_files import LEDGER, RUN_DIRECTORIES, clear_window
from transforms.process import process_shard
from transforms.run_records import RunIdentity
from transforms.shard_reports import WORK
from transforms.shard_settings import ShardSettings
from transforms.shards import Shard, plan_shards
from transforms.verdicts import Verdict, unpack_verdicts
from transforms.windows import WindowRecord, record_window

TEXT = "Қаладағы {name} кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал қоры толық.\n"


@dataclass
class Windows:
    """Pages, and an output that has windows of them; no pipeline is needed for that."""

    folder: Path

    @property
    def output(self) -> str:
        """Return the place of the output."""
        return str(self.folder / "out")

    def write(self, name: str, text: str | None = None) -> Path:
        """Write a page."""
        path = self.folder / name
        path.write_text(TEXT.format(name=name) if text is None else text, encoding="utf-8")
        return path

    def ledger(self) -> Ledger:
        """Return the ledger of the output."""
        return current_ledger(self.output)

    def commit(self, paths: Sequence[Path]) -> Manifest:
        """Make pages the next window, and enter it nowhere yet."""
        ledger = self.ledger()
        try:
            return self.make([listed(str(each)) for each in sorted(paths)], ledger)
        finally:
            ledger.close()

    def make(self, files: Sequence[ListedDocument], ledger: Ledger) -> Manifest:
        """Make files the next window, in shards of two, and enter it nowhere yet."""
        number = ledger.last_window + 1
        record_window(self.output, WindowRecord(number, RunIdentity("1", {}), files))
        settings = ShardSettings(self.output, date(2024, 5, 31), window=number, ledger=ledger.path)
        shards = list(plan_shards(files, max_documents=2))
        verdicts = find_verdicts(shards, ledger.path)
        reports = [process_shard(shard, verdicts[shard.number], settings) for shard in shards]
        written = commit(reports, CommitSettings(self.output, len(files), {}, window=number))
        clear_window(self.output)
        return parse_manifest(Path(written).read_text(encoding="utf-8"))


def find_verdicts(shards: Sequence[Shard], ledger: str) -> dict[int, dict[int, Verdict]]:
    """Return by shard the verdicts on its documents, as the first pass of a run finds them."""
    fingerprints: defaultdict[int, list[bytes]] = defaultdict(list)
    for shard in shards:
        for found in fingerprint_shard(shard, ledger=ledger):
            if not isinstance(found, TaggedOutput):
                fingerprints[found[0]].append(found[1])
    packed: defaultdict[int, list[bytes]] = defaultdict(list)
    for partition in fingerprints.items():
        for number, blob in find_duplicates(partition):
            packed[number].append(blob)
    return {shard.number: unpack_verdicts(packed[shard.number]) for shard in shards}


def start(folder: Path) -> Windows:
    """Return an output without a window, in a folder."""
    for directory in (*RUN_DIRECTORIES, LEDGER, WORK):
        (folder / "out" / directory).mkdir(parents=True)
    return Windows(folder)


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    """Return an output without a window."""
    return start(tmp_path)
