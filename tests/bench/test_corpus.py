"""The benchmark's corpus is the same every time, and its pages are of the size that it claims."""

import hashlib
from pathlib import Path
from statistics import mean

import corpus


def test_pages_are_the_same_every_time_and_do_not_depend_on_their_number() -> None:
    pages = list(corpus.make_pages(60))
    assert list(corpus.make_pages(20)) == pages[:20]
    assert corpus.make_page(47) == pages[47]
    assert len(set(pages)) == 60
    assert list(corpus.make_pages(3, seed=1)) != pages[:3]


def test_pages_are_of_the_size_of_real_ones() -> None:
    pages = list(corpus.make_pages(400))
    sizes = [len(page.encode()) for page in pages]
    assert 5_300 < mean(sizes) < 5_900
    assert min(sizes) >= corpus.SMALLEST_PAGE / 2
    assert max(sizes) < corpus.LARGEST_PAGE + 1_500
    lines = [sum(bool(line.strip()) for line in page.split("\n")) for page in pages]
    assert 15 < mean(lines) < 40


def test_every_language_and_every_kind_of_residue_occurs() -> None:
    pages = "\n".join(corpus.make_pages(400))
    for sign in ("Ctrl + Enter", "гиперссылка обязательна", "Related articles", "Bölısu:", "ӊ"):
        assert sign in pages
    assert "{" not in pages


def test_a_corpus_is_a_tree_of_files(tmp_path: Path) -> None:
    written = corpus.write_corpus(tmp_path / "corpus", 1_003)
    paths = sorted((tmp_path / "corpus").rglob("*.txt"))
    assert len(paths) == 1_003
    assert {path.parent.name for path in paths} == {"0000", "0001"}
    assert sum(path.stat().st_size for path in paths) == written
    assert paths[1_002].read_text(encoding="utf-8") == corpus.make_page(1_002)


def test_the_pages_that_figures_were_published_for_have_not_changed() -> None:
    digest = hashlib.sha256("\f".join(corpus.make_pages(50)).encode()).hexdigest()
    assert digest == "4e9811e078af8234d50c741cb699eb4037b76390b03354029e6e8e57fd1285f6"
