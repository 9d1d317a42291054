"""Keep the report of each finished shard, so that a run that was interrupted does not redo it.

A report lies in the work directory as a small sealed file, written after the shard's files. Its
name holds a hash of all that the shard depends on. It is trusted only where every file that it
names is there, bit for bit: whatever else became of the output, the shard is then done again.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from transforms.parts import OutputError, PartFile, is_intact, join_output, read_whole, write_whole
from transforms.reports import ChangedDocument, Example, ShardReport, Tally
from transforms.sealed import seal, unseal
from transforms.shards import Shard
from transforms.verdicts import Verdict

WORK = "_work"
"""The directory of a run that has not ended. Engines that read whole directories skip `_` names."""

REPORT_NAME = re.compile(r"shard-\d{5,}-[0-9a-f]{32}\.json")

COUNTERS = (
    "languages",
    "field_lines",
    "removed_lines",
    "dead_letters",
    "other_languages",
    "record_dates",
)
COUNTS = (
    "documents",
    "content_bytes",
    "articles",
    "duplicates",
    "near_duplicates",
    "kept_lines",
    "repairs",
)


def report_path(
    output: str,
    shard: Shard,
    verdicts: Mapping[int, Verdict],
    identity: str,
    containers: Mapping[int, bytes] = MappingProxyType({}),
) -> str:
    """Return where the report of a shard is kept.

    `identity` stands for the version and the options that shape the output; `containers` has a
    hash over the uris of the documents that the first pass found in each container.
    """
    digest = hashlib.sha256(f"{identity}\n{shard.number} {shard.listing_sha256}\n".encode())
    for index, verdict in sorted(verdicts.items()):
        digest.update(f"{index} {verdict}\n".encode())
    for place, uris_sha256 in sorted(containers.items()):
        digest.update(f"{place} {uris_sha256.hex()}\n".encode())
    return join_output(output, f"{WORK}/shard-{shard.number:05d}-{digest.hexdigest()[:32]}.json")


def keep_report(path: str, report: ShardReport) -> None:
    """Write the report of a shard whose files are written; raise OutputError where it cannot be."""
    write_whole(path, seal(report_to_json(report)), "report")


def find_report(path: str, output: str) -> ShardReport | None:
    """Return the report of a shard that is done, with all its files; None where it is not."""
    try:
        sealed = read_whole(path)
        report = report_from_json(unseal(sealed)) if sealed else None
    except (OutputError, ValueError, KeyError, TypeError):
        return None
    if report is None or not all(is_intact(output, part) for part in report.parts):
        return None
    return report


def report_to_json(report: ShardReport) -> dict[str, Any]:
    """Return a report as JSON holds it."""
    tally = report.tally
    return {
        "shard": report.shard,
        "sources": report.sources,
        "parts": [asdict(part) for part in report.parts],
        "counts": {name: getattr(tally, name) for name in COUNTS},
        "counters": {name: dict(getattr(tally, name)) for name in COUNTERS},
        "examples": {
            code: [asdict(example) for example in examples]
            for code, examples in tally.examples.items()
        },
        "inputs_sha256": report.inputs_sha256.hex(),
        "winners_lost": [asdict(winner) for winner in report.winners_lost],
        "ids_relied_on": sorted(report.ids_relied_on),
        "containers_changed": list(report.containers_changed),
        "copies_changed": [asdict(copy) for copy in report.copies_changed],
        "ids_counted": sorted(report.ids_counted),
        "clusters": sorted(report.clusters),
        "settled": report.settled,
        "recovered": report.recovered,
        "unchanged": report.unchanged,
    }


def report_from_json(held: Mapping[str, Any]) -> ShardReport:
    """Return the report that `report_to_json` made into JSON."""
    examples = {
        code: [Example(**example) for example in examples]
        for code, examples in held["examples"].items()
    }
    counters: dict[str, Any] = {name: Counter(held["counters"][name]) for name in COUNTERS}
    return ShardReport(
        shard=held["shard"],
        sources=held["sources"],
        parts=tuple(PartFile(**part) for part in held["parts"]),
        tally=Tally(**held["counts"], **counters, examples=examples),
        inputs_sha256=bytes.fromhex(held["inputs_sha256"]),
        winners_lost=tuple(ChangedDocument(**winner) for winner in held["winners_lost"]),
        ids_relied_on=frozenset(held["ids_relied_on"]),
        containers_changed=tuple(held["containers_changed"]),
        copies_changed=tuple(ChangedDocument(**copy) for copy in held["copies_changed"]),
        ids_counted=frozenset(held["ids_counted"]),
        clusters=frozenset(held["clusters"]),
        settled=held["settled"],
        recovered=held["recovered"],
        unchanged=held["unchanged"],
    )
