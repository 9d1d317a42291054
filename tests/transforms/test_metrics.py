"""What Beam's runners show: the documented names, and the counts of the manifest."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.pipeline import Pipeline
from apache_beam.transforms.core import Create, FlatMap

from pipelines.ingest_graph import build_ingest
from transforms.commit import CommitSettings
from transforms.listing import list_documents
from transforms.manifest import Manifest, parse_manifest
from transforms.metrics import COUNTERS, DISTRIBUTIONS, NAMESPACE, counts_of
from transforms.output_files import RUN_DIRECTORIES
from transforms.process import process_keyed_shard
from transforms.reports import Tally
from transforms.shard_reports import WORK
from transforms.shard_settings import ShardSettings
from transforms.shards import Shard, plan_shards
from transforms.text.boilerplate.position import FAMILY
from transforms.text.codes import CODES
from transforms.text.language.choice import DETECTORS, ROUTED
from transforms.text.language.wanted import answered_languages

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([\w<>]+)` \| (\w+) \| ([^|]+) \| ([^|]+) \| (\w+) \|$", re.MULTILINE)

KAZAKH = """Кітапхана жаңа зал ашты

14.05.2025, 18:40 2315

Қаладағы кітапхана жаңа оқу залын ашты. Залда елу орын бар, ал кітап қоры үш мыңға жетті.
Келушілер саны жыл сайын артып келеді, сондықтан зал кешке дейін ашық тұрады.

Бөлісу
"""
RUSSIAN = """Библиотека открыла зал

В городской библиотеке открылся новый читальный зал на пятьдесят мест для всех жителей города.
"""
ENGLISH = "The library in the town has opened a new reading room with fifty seats for everybody.\n"


@pytest.fixture
def settings(tmp_path: Path) -> ShardSettings:
    """Return the settings of a run over pages of every fate, with an output that is ready."""
    for kind in (*RUN_DIRECTORIES, WORK):
        (tmp_path / "out" / kind).mkdir(parents=True, exist_ok=True)
    pages = [KAZAKH, KAZAKH, KAZAKH + "Соңы.\n", RUSSIAN, ENGLISH, "", "\0" * 99]
    (tmp_path / "in").mkdir()
    for number, text in enumerate(pages):
        (tmp_path / f"in/{number}.txt").write_text(text, encoding="utf-8")
    (tmp_path / "in/gone.txt").symlink_to("nowhere.txt")
    return ShardSettings(
        str(tmp_path / "out"), date(2024, 5, 31), languages=("kk", "ru"), identity="identity"
    )


def shards_of(settings: ShardSettings) -> list[Shard]:
    """Return the pages in several shards."""
    documents = list_documents([f"{settings.output}/../in"], [".txt"])
    return list(plan_shards(documents, shard_bytes=1500))


def run_graph(settings: ShardSettings) -> Any:
    """Run the graph to its end; return the result."""
    pipeline = Pipeline(runner="FnApiRunner")
    commit = CommitSettings(settings.output, 8, {})
    build_ingest(pipeline, Create(shards_of(settings)), settings, commit)
    result = pipeline.run()
    result.wait_until_finish()
    return result


def run(settings: ShardSettings) -> tuple[Manifest, dict[str, int], dict[str, Any]]:
    """Run the graph; return its manifest, and counters and distributions as the runner has them."""
    found = run_graph(settings).metrics().query(MetricsFilter().with_namespace(NAMESPACE))
    counters = {each.key.metric.name: each.committed for each in found["counters"]}
    distributions = {each.key.metric.name: each.committed for each in found["distributions"]}
    (manifest,) = Path(settings.output, "manifests").iterdir()
    return parse_manifest(manifest.read_text(encoding="utf-8")), counters, distributions


def test_the_document_names_what_there_is() -> None:
    told = {(name, kind) for name, kind, *_ in ROW.findall(DOCUMENT)}
    assert told == {(name, "counter") for name in COUNTERS} | {
        (name, "distribution") for name in DISTRIBUTIONS
    }


def test_counters_are_made_in_one_place() -> None:
    """Others would be in no list."""
    makers = {
        path.relative_to(ROOT).as_posix()
        for package in ("pipelines", "transforms")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bMetrics\b", path.read_text(encoding="utf-8"))
    }
    assert makers == {"transforms/metrics.py"}


def test_a_run_shows_every_name_and_the_counts_of_its_manifest(settings: ShardSettings) -> None:
    manifest, counters, distributions = run(settings)
    assert counters == {
        "documents": 8,
        "articles": 3,
        "articles_kk": 2,
        "articles_ru": 1,
        "other_languages": 1,
        "duplicates": 1,
        "dead_letters": 3,
        "dead_letters_empty": 1,
        "dead_letters_binary": 1,
        "dead_letters_not_found": 1,
        "removed_lines_share_social": 2,
        "bytes": sum(path.stat().st_size for path in Path(settings.output, "../in").glob("?.txt")),
    }
    assert counters == {name: n for name, n in counts_of(manifest.tally).items() if n}
    assert manifest.to_json()["inputs"]["bytes"] == counters["bytes"]
    stems = {re.sub(r"(?<=articles_|_letters_|ed_lines_)\w+", "*", name) for name in counters}
    of_a_run = {name for name in COUNTERS if not name.startswith("notifications")}
    assert stems == {re.sub(r"<\w+>", "*", name) for name in of_a_run}
    assert set(distributions) == set(DISTRIBUTIONS)
    sizes = distributions["document_bytes"]
    assert (sizes.sum, sizes.count, sizes.min) == (counters["bytes"], 8, 0)
    assert sizes.max == len((KAZAKH + "Соңы.\n").encode())
    decoding, processing = (distributions[f"{it}_microseconds"] for it in ("decode", "process"))
    assert (decoding.count, processing.count) == (7, 8)  # one could not be read
    assert 0 < decoding.sum < processing.sum
    assert 0 <= decoding.min <= processing.min <= processing.max <= processing.sum


def test_what_is_extracted_twice_is_measured_once(settings: ShardSettings) -> None:
    """The search for near duplicates extracts every document, too."""
    _, counters, distributions = run(replace(settings, near_threshold=0.8))
    assert counters["documents"] == 8
    assert distributions["decode_microseconds"].count == 7
    assert distributions["document_bytes"].sum == counters["bytes"]


def test_finished_shards_count_as_they_are_found(settings: ShardSettings) -> None:
    manifest, counters, _ = run(settings)
    text = manifest.to_text()
    (path,) = Path(settings.output, "manifests").iterdir()
    path.unlink()
    again, counted, distributions = run(replace(settings, is_resumed=True))
    assert again.to_text() == text
    assert counted == counters
    assert distributions == {}


def test_reports_hold_no_time(settings: ShardSettings) -> None:
    run(settings)
    kept = sorted(Path(settings.output, WORK).glob("shard-*.json"))
    before = [path.read_bytes() for path in kept]
    assert before
    assert all(b"micros" not in each for each in before)
    for path in Path(settings.output, "manifests").iterdir():
        path.unlink()
    run(settings)  # not resumed: all is done again
    assert [path.read_bytes() for path in kept] == before


def test_what_is_done_again_outside_the_step_is_not_counted_twice(settings: ShardSettings) -> None:
    keyed = [(each.number, {"shards": [each], "verdicts": []}) for each in shards_of(settings)]
    pipeline = Pipeline(runner="FnApiRunner")
    _ = pipeline | Create(keyed) | FlatMap(process_keyed_shard, replace(settings, identity=None))
    result = pipeline.run()
    result.wait_until_finish()
    assert result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))["counters"] == []


def test_every_runner_gets_the_same_names(settings: ShardSettings) -> None:
    """What a worker tells the engine over Beam's Fn API: type, namespace and name."""
    told = {
        (info.urn, info.labels["NAME"])
        for info in run_graph(settings).monitoring_infos()
        if info.labels.get("NAMESPACE") == NAMESPACE
    }
    assert ("beam:metric:user:sum_int64:v1", "articles_kk") in told
    assert ("beam:metric:user:distribution_int64:v1", "decode_microseconds") in told
    assert {urn for urn, _ in told} == {
        "beam:metric:user:sum_int64:v1",
        "beam:metric:user:distribution_int64:v1",
    }


def test_the_document_tells_how_many_names_there_can_be() -> None:
    languages = max(len(answered_languages(name)) for name in DETECTORS)
    assert languages == len(answered_languages(ROUTED))
    codes = {code for of_stage in CODES.values() for code in of_stage}
    knowledge = ROOT / "transforms/text/knowledge/boilerplate"
    families = {path.stem for path in knowledge.iterdir()} | {FAMILY}
    others = [name for name in (*COUNTERS, *DISTRIBUTIONS) if "<" not in name]
    numbers = [languages, len(codes), len(families), len(others)]
    sentence = re.search(r"There are at most ([^.]+)\.", DOCUMENT)
    assert sentence
    assert [int(each) for each in re.findall(r"\d+", sentence[1])] == [sum(numbers), *numbers]


def test_other_scripts_of_a_language_are_one_counter() -> None:
    tally = Tally(articles=3)
    tally.languages.update({"kk-Cyrl": 1, "kk-Latn": 1, "und": 1})
    counts = counts_of(tally)
    assert {name: n for name, n in counts.items() if name.startswith("articles_")} == {
        "articles_kk": 2,
        "articles_und": 1,
    }
