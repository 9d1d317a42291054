"""What the tests of a watch's ledger share: an output to which windows are committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from transforms.commit import CommitSettings, commit
from transforms.ledger import Ledger
from transforms.ledger_update import current_ledger
from transforms.listing import listed
from transforms.manifest import Manifest, parse_manifest
from transforms.output_files import LEDGER, RUN_DIRECTORIES, clear_window
from transforms.process import ShardSettings, process_shard
from transforms.run_records import RunIdentity
from transforms.shard_reports import WORK
from transforms.shards import plan_shards
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
        """Make pages the next window, as one shard, and enter it nowhere yet."""
        ledger = self.ledger()
        number, path = ledger.last_window + 1, ledger.path
        ledger.close()
        files = [listed(str(each)) for each in sorted(paths)]
        record_window(self.output, WindowRecord(number, RunIdentity("1", {}), files))
        settings = ShardSettings(self.output, date(2024, 5, 31), window=number, ledger=path)
        reports = [process_shard(shard, {}, settings) for shard in plan_shards(files)]
        written = commit(reports, CommitSettings(self.output, len(files), {}, window=number))
        clear_window(self.output)
        return parse_manifest(Path(written).read_text(encoding="utf-8"))


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    """Return an output without a window."""
    for directory in (*RUN_DIRECTORIES, LEDGER, WORK):
        (tmp_path / "out" / directory).mkdir(parents=True)
    return Windows(tmp_path)
