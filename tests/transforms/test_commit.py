"""A run commits only if nothing was lost, and its manifest says what it did."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from apache_beam.pipeline import Pipeline
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.core import Create

from transforms.commit import (
    BalanceError,
    CommitSettings,
    InputChangedError,
    WriteManifest,
    commit,
    sum_reports,
)
from transforms.manifest import Manifest, Replay, parse_manifest
from transforms.parts import DIRECTORIES, OutputError, PartFile, write_part
from transforms.reports import MAX_EXAMPLES, ChangedDocument, Example, ShardReport, Tally


def report_on(shard: int, parts: Sequence[PartFile] = ()) -> ShardReport:
    """Return the report of a shard: 2 articles, 1 in another language, 1 copy, 4 dead letters."""
    tally = Tally(
        documents=8,
        articles=2,
        duplicates=1,
        languages=Counter({"kk-Cyrl": 2}),
        other_languages=Counter({"ru-Cyrl": 1}),
        kept_lines=10,
        field_lines=Counter({"title": 2}),
        removed_lines=Counter({"share": shard}),
        dead_letters=Counter({"empty": 4}),
        examples={"empty": [Example(f"uri-{shard}-{number}", "no text") for number in range(4)]},
    )
    return ShardReport(
        shard, tally.documents, tuple(parts), tally, bytes([shard]) * 32, (), frozenset()
    )


def settings_for(output: Path | str = "out", documents: int | None = 24) -> CommitSettings:
    return CommitSettings(str(output), documents, {"codec": "deflate", "timezone": None})


def test_manifest_is_the_same_for_any_order_of_the_shards() -> None:
    manifests = [
        sum_reports(reports, settings_for())
        for reports in permutations(report_on(shard) for shard in range(3))
    ]
    assert all(manifest == manifests[0] for manifest in manifests)
    tally = manifests[0].tally
    assert (tally.documents, tally.articles, tally.duplicates) == (24, 6, 3)
    assert tally.other_languages == {"ru-Cyrl": 3}
    assert tally.dead_letters == {"empty": 12}
    assert tally.removed_lines == {"share": 3}
    names = [example.source_uri for example in tally.examples["empty"]]
    assert names == ["uri-0-0", "uri-0-1", "uri-0-2", "uri-0-3", "uri-1-0"]
    assert len(names) == MAX_EXAMPLES


def test_name_of_the_run_depends_on_inputs_and_options() -> None:
    runs = {
        sum_reports([report_on(shard)], CommitSettings("out", 8, {"codec": codec})).run
        for shard in (0, 1)
        for codec in ("null", "deflate")
    }
    assert len(runs) == 4


def test_manifest_of_a_replay_accounts_for_every_dead_letter() -> None:
    reports = [report_on(0), report_on(1)]
    replay = Replay(("one", "two"), dead_letters=20, not_chosen=3, repeated=1)
    manifest = sum_reports(reports, replace(settings_for(documents=16), replay=replay))
    assert parse_manifest(manifest.to_text()) == manifest
    assert manifest.run != sum_reports(reports, settings_for(documents=16)).run
    lost = replace(replay, dead_letters=21)
    with pytest.raises(BalanceError, match="21 dead letters, 16 documents"):
        sum_reports(reports, replace(settings_for(documents=16), replay=lost))


def test_dead_letters_of_containers_are_settled_and_documents_recovered() -> None:
    reports = [replace(report_on(0), settled=2, recovered=5), replace(report_on(1), recovered=1)]
    replay = Replay(("one",), dead_letters=13, not_chosen=1, repeated=0)
    settings = replace(settings_for(documents=16), replay=replay)
    assert sum_reports(reports, settings).replay == replace(replay, settled=2, recovered=6)
    with pytest.raises(BalanceError, match="of which 5 recovered; 2 settled"):
        sum_reports([reports[0], report_on(1)], settings)


def test_manifest_file_leads_back_to_the_manifest() -> None:
    part = PartFile("articles/part-00000-0123456789abcdef.avro", 2, 17, "ab" * 32)
    manifest = sum_reports([report_on(1, [part])], settings_for(documents=8))
    assert parse_manifest(manifest.to_text()) == manifest


def test_clusters_are_counted_once_over_all_shards() -> None:
    clusters = [{"a", "b"}, {"b", "c"}, set()]
    reports = [
        replace(report_on(shard), clusters=frozenset(each)) for shard, each in enumerate(clusters)
    ]
    for report in reports:
        report.tally.near_duplicates = 2
    settings = replace(settings_for(), options={"near_duplicates": "yes"})
    manifest = sum_reports(reports, settings)
    assert (manifest.clusters, manifest.tally.near_duplicates) == (3, 6)
    assert parse_manifest(manifest.to_text()) == manifest
    unasked = sum_reports([report_on(0)], settings_for(documents=8)).to_json()
    assert not [name for name in unasked["counts"] if name.startswith("near")]


def test_manifest_from_before_other_languages_is_read() -> None:
    report = report_on(1)
    report.tally.other_languages.clear()
    report.tally.documents -= 1
    manifest = sum_reports([replace(report, sources=7)], settings_for(documents=7))
    held = manifest.to_json()
    del held["other_languages"], held["counts"]["other_languages"]
    read = parse_manifest(json.dumps(held))
    assert read == manifest
    assert read.run == held["run"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"counts": 1}'])
def test_other_texts_are_no_manifest(text: str) -> None:
    with pytest.raises(ValueError, match="not a manifest of suzgi"):
        parse_manifest(text)


@pytest.mark.parametrize("listed", [23, 25])
def test_lost_or_doubled_documents_stop_the_commit(listed: int) -> None:
    with pytest.raises(BalanceError, match=f"{listed} files listed, 24 read"):
        sum_reports([report_on(shard) for shard in range(3)], settings_for(documents=listed))


def lose_article(tally: Tally) -> None:
    tally.articles -= 1


def lose_other(tally: Tally) -> None:
    tally.other_languages["ru-Cyrl"] -= 1


@pytest.mark.parametrize("lose", [lose_article, lose_other])
def test_rows_that_do_not_balance_stop_the_commit(lose: Callable[[Tally], None]) -> None:
    report = report_on(0)
    lose(report.tally)
    with pytest.raises(BalanceError, match="8 documents processed, 7 rows"):
        sum_reports([report], settings_for(documents=None))


def test_container_that_the_passes_read_differently_stops_the_commit() -> None:
    reports = [replace(report_on(1), containers_changed=("file:///a.zip",)), report_on(0)]
    with pytest.raises(InputChangedError, match=r"1 containers changed.*first file:///a\.zip"):
        sum_reports(reports, settings_for(documents=16))


def test_lost_winner_stops_the_commit_only_where_duplicates_rely_on_it() -> None:
    lost = replace(report_on(0), winners_lost=(ChangedDocument("file-a", "id-a"),))
    relying = [replace(report_on(1), ids_relied_on=frozenset({name})) for name in ("id-a", "id-b")]
    sum_reports([lost, relying[1]], settings_for(documents=16))
    nearly = replace(report_on(1), clusters=frozenset({"id-a"}))
    for report in (relying[0], nearly):
        with pytest.raises(InputChangedError, match=r"1 documents with duplicates.*file-a"):
            sum_reports([lost, report], settings_for(documents=16))


def test_changed_copy_stops_the_commit_only_where_an_article_counts_it() -> None:
    changed = replace(report_on(0), copies_changed=(ChangedDocument("file-b", "id-a"),))
    counting = [replace(report_on(1), ids_counted=frozenset({name})) for name in ("id-a", "id-b")]
    sum_reports([changed, counting[1]], settings_for(documents=16))
    with pytest.raises(InputChangedError, match=r"1 documents with duplicates changed.*file-b"):
        sum_reports([changed, counting[0]], settings_for(documents=16))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an output with its directories."""
    for kind in DIRECTORIES:
        (tmp_path / kind).mkdir()
    return tmp_path


def test_missing_file_stops_the_commit(output: Path) -> None:
    part = write_part(str(output), "articles", 0, b"content", 2)
    (output / part.name).unlink()
    with pytest.raises(OutputError, match="missing"):
        commit([report_on(0, [part])], settings_for(output, 8))
    assert list((output / "manifests").iterdir()) == []


def test_write_manifest_commits_all_reports_at_once(output: Path) -> None:
    parts = [write_part(str(output), "articles", shard, bytes(shard), 2) for shard in range(3)]
    reports = [report_on(shard, [parts[shard]]) for shard in range(3)]
    manifest = sum_reports(reports, settings_for(output))
    path = output / "manifests" / f"{manifest.run}.json"
    with Pipeline(runner="FnApiRunner") as pipeline:
        written = pipeline | Create(reports) | WriteManifest(settings_for(output))
        assert_that(written, equal_to([str(path)]))
    held: Manifest = parse_manifest(path.read_text(encoding="utf-8"))
    assert held == manifest
    assert [part.name for part in held.files] == [part.name for part in parts]
