"""A kept report comes back whole, and only for the very same shard."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from transforms.parts import write_part
from transforms.reports import ChangedDocument, Example, ShardReport, Tally
from transforms.shard_reports import WORK, find_report, keep_report, report_path
from transforms.shards import Shard
from transforms.verdicts import Verdict

SHARD = Shard.pack(3, ["file:///a.txt"], listing="listing")
VERDICT = Verdict(b"\1" * 32, "id")


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an output with the directories that the reports need."""
    for name in (WORK, "articles"):
        (tmp_path / name).mkdir()
    return tmp_path


def full_report(output: Path) -> ShardReport:
    """Return a report in which nothing is empty, on a file that is there."""
    tally = Tally(
        documents=9,
        content_bytes=99,
        articles=2,
        duplicates=1,
        near_duplicates=1,
        languages=Counter({"kk-Cyrl": 2}),
        kept_lines=10,
        field_lines=Counter({"title": 2}),
        removed_lines=Counter({"share_social": 3}),
        repairs=7,
        dead_letters=Counter({"empty": 4}),
        other_languages=Counter({"ru-Cyrl": 2}),
        examples={"empty": [Example("uri", "no text \u2028 Қ")]},
    )
    part = write_part(str(output), "articles", 3, b"content", 2)
    return ShardReport(
        shard=3,
        sources=2,
        parts=(part,),
        tally=tally,
        inputs_sha256=b"\7" * 32,
        winners_lost=(ChangedDocument("uri", "id"),),
        ids_relied_on=frozenset({"b", "a"}),
        containers_changed=("file:///a.zip",),
        copies_changed=(ChangedDocument("other", "id"),),
        ids_counted=frozenset({"c", "a"}),
        clusters=frozenset({"e", "d"}),
    )


def test_report_comes_back_whole(output: Path) -> None:
    report = full_report(output)
    path = report_path(str(output), SHARD, {}, "identity")
    assert find_report(path, str(output)) is None
    keep_report(path, report)
    assert find_report(path, str(output)) == report


def test_report_without_its_files_is_none(output: Path) -> None:
    report = full_report(output)
    path = report_path(str(output), SHARD, {}, "identity")
    keep_report(path, report)
    (output / report.parts[0].name).write_bytes(b"contend")
    assert find_report(path, str(output)) is None


def test_all_that_a_shard_depends_on_is_in_its_name() -> None:
    paths = [
        report_path("out", SHARD, {}, "identity"),
        report_path("out", SHARD, {}, "other options"),
        report_path("out", replace(SHARD, number=4), {}, "identity"),
        report_path("out", replace(SHARD, listing_sha256="changed"), {}, "identity"),
        report_path("out", SHARD, {0: VERDICT}, "identity"),
        report_path("out", SHARD, {1: VERDICT}, "identity"),
        report_path("out", SHARD, {0: replace(VERDICT, article_id="other")}, "identity"),
        report_path("out", SHARD, {0: replace(VERDICT, sha256=b"\2" * 32)}, "identity"),
        report_path("out", SHARD, {0: replace(VERDICT, is_repeated=True)}, "identity"),
        report_path("out", SHARD, {0: replace(VERDICT, uri_count=2)}, "identity"),
        report_path("out", SHARD, {0: replace(VERDICT, near_duplicate_of="other")}, "identity"),
        report_path("out", SHARD, {0: replace(VERDICT, similarity=0.9)}, "identity"),
        report_path("out", SHARD, {}, "identity", {0: b"\1" * 32}),
        report_path("out", SHARD, {}, "identity", {1: b"\1" * 32}),
        report_path("out", SHARD, {}, "identity", {0: b"\2" * 32}),
    ]
    assert len(set(paths)) == len(paths)
    both = {0: VERDICT, 1: replace(VERDICT, article_id="other")}
    turned = dict(reversed(both.items()))
    assert report_path("out", SHARD, both, "i") == report_path("out", SHARD, turned, "i")
