"""The benchmark's arithmetic, and that it does not believe a contender that failed."""

import sys
from pathlib import Path

import bench
import languages
import pytest
from bench import CONTENDERS, Contender, Corpus, Run


def test_steady_cost_is_what_more_documents_cost_and_medians_count() -> None:
    smaller, larger = Corpus(Path("a"), 200, 1_000_000), Corpus(Path("b"), 1_000, 5_000_000)
    start = Run(wall=2.0, cpu=1.5, peak=90)
    runs = [
        (start, Run(3.0, 2.0, 90), Run(4.0, 2.8, 100)),  # 0.8 s more CPU for 800 documents
        (start, Run(3.0, 2.0, 90), Run(4.6, 3.6, 120)),
        (start, Run(3.0, 2.0, 90), Run(9.0, 9.0, 300)),
    ]
    result = bench.summarize("x", smaller, larger, runs)
    assert result.documents == 1_000
    assert (result.startup_wall, result.startup_cpu) == (2.0, 1.5)
    assert result.steady_ms == pytest.approx(2.0)
    assert result.wall_ms == pytest.approx(2.0)
    assert result.mb_per_second == pytest.approx(4.0 / 1.6)
    assert result.peak_mb == 120


def test_the_slow_contender_gets_a_part_of_the_corpus() -> None:
    assert bench.sizes_for(CONTENDERS["limit"], 20_000) == (50, 4_000, 20_000)
    assert bench.sizes_for(CONTENDERS["plain"], 20_000) == (50, 100, 500)
    assert bench.sizes_for(CONTENDERS["plain"], 100) == (50, 20, 100)


@pytest.mark.parametrize("name", ["limit", "plain"])
def test_a_contender_makes_an_article_of_every_page(name: str, tmp_path: Path) -> None:
    corpus = bench.generate(tmp_path, 3)
    run = bench.run_contender(CONTENDERS[name], corpus, tmp_path)
    assert run.cpu > 0
    assert run.peak > 0
    assert not (tmp_path / "output").exists()
    assert bench.generate(tmp_path, 3) == corpus  # the second time it is there already


def test_a_contender_that_fails_or_loses_pages_is_not_measured(tmp_path: Path) -> None:
    corpus = bench.generate(tmp_path, 3)
    loser = Contender("loser", lambda *_: [sys.executable, "-c", "print(2)"], int)
    with pytest.raises(RuntimeError, match="2 articles of 3 pages"):
        bench.run_contender(loser, corpus, tmp_path)
    broken = Contender("broken", lambda *_: [sys.executable, "-c", "exit('no')"], int)
    with pytest.raises(RuntimeError, match="exit 1\nno"):
        bench.run_contender(broken, corpus, tmp_path)


def test_all_language_detectors_are_timed_on_the_same_texts() -> None:
    texts = languages.generated_texts(30)
    times = languages.measure(texts, 1)
    assert set(times) == {*languages.detectors(), "suzgi, page"}
    assert all(cost > 0 for kinds in times.values() for cost in kinds.values())
    assert {len(text) for text in texts.documents} == {languages.DOCUMENT}


def test_labelled_texts_are_taken_from_all_of_the_file(tmp_path: Path) -> None:
    lines = [f"kk\tmade\t{number} мектеп ашылды" for number in range(10)]
    (tmp_path / "texts.tsv").write_text("\n".join(lines), "utf-8")
    texts = languages.labelled_texts([tmp_path / "texts.tsv"], 5)
    assert [page[0].split()[0] for page in texts.pages] == ["0", "2", "4", "6", "8"]
