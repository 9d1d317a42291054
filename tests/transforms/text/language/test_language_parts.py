"""The parts of language identification: census, cleaning, models and their cards, fallbacks."""

import hashlib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.language import train
from transforms.text.language import detectors, routing
from transforms.text.language.census import count_scripts
from transforms.text.language.cleaning import clean, fold_lookalikes
from transforms.text.language.confidence import calibrated
from transforms.text.language.models import load_model
from transforms.text.language.ngrams import hashed_ngrams, normalise
from transforms.text.language.tags import language_of_code, read_knowledge

KAZAKH = "Бүгін елордада жаңа мектеп ашылды, оған көптеген оқушылар мен ата-аналар келді."


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("abc 123", {"Latn": 3}),
        ("çäñşé", {"Latn": 5}),
        ("ğıŋ", {"Latn": 3}),
        ("Қазақ elı", {"Cyrl": 5, "Latn": 3}),
        ("שלום եւ", {"Hebr": 4, "Armn": 2}),
        ("日本のテ", {"Jpan": 4}),
        ("中文", {"Hani": 2}),
        ("123 😀 —", {}),
    ],
)
def test_letters_are_counted_by_script(text: str, counts: dict[str, int]) -> None:
    census = count_scripts(text)
    assert census.counts == counts
    assert census.letters == sum(counts.values())


def test_addresses_leave_nothing_to_detect() -> None:
    assert clean("https://example.com/x a@b.kz www.example.org").strip() == ""


def test_look_alikes_are_folded_in_mixed_words_only() -> None:
    text = "Қaзaқcтaн and cacao"
    assert fold_lookalikes(text, count_scripts(text)) == "Қазақстан and cacao"


@given(st.text())
def test_cleaning_is_idempotent(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("iw", "he"),
        ("zh-Hant", "zh"),
        ("xx-Goth", "und"),
        ("un", "und"),
        ("no", "nb"),
        ("kk", "kk"),
    ],
)
def test_detector_codes_become_language_tags(code: str, language: str) -> None:
    assert language_of_code(code) == language


@pytest.mark.parametrize("name", ["cyrillic", "latin", "arabic"])
def test_each_model_file_is_the_one_on_its_card(name: str) -> None:
    card = read_knowledge("models")["models"][name]
    content = (files("transforms.text") / "knowledge" / "language" / f"{name}.npz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == card["sha256"]
    assert len(content) == card["bytes"]
    assert list(load_model(name).labels) == card["labels"]
    assert load_model(name).weights.shape[0] == card["buckets"]


def test_probabilities_sum_to_one() -> None:
    shares = load_model("cyrillic").probabilities(KAZAKH)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert load_model("cyrillic").best(KAZAKH)[0] == "kk"


def test_each_ngram_has_one_bucket() -> None:
    normalised = normalise("Ана тілі")
    length = len(normalised)
    assert len(hashed_ngrams(normalised, 15)) == 4 * length - 6
    assert hashed_ngrams(normalised, 15).max() < 1 << 15


def test_training_learns_and_repeats_itself(tmp_path: Path) -> None:
    texts = [KAZAKH, "Сегодня открылась школа", "мектеп пен бала", "ученики и родители"] * 20
    labels = ["kk", "ru", "kk", "ru"] * 20
    for run in ("first", "second"):
        weights, bias = train.train(texts, labels, ("kk", "ru"), 10)
        train.save(tmp_path / f"{run}.npz", ("kk", "ru"), weights, bias)
    first, second = ((tmp_path / f"{run}.npz").read_bytes() for run in ("first", "second"))
    assert first == second


def test_confidence_rises_with_the_evidence() -> None:
    for key in read_knowledge("confidence")["steps"]:
        route, _, length = key.rpartition("-")
        letters = 20 if length == "short" else 200
        values = [calibrated(route or key, step / 20, letters) for step in range(21)]
        assert values == sorted(values)


@pytest.mark.parametrize("name", ["fallback_detector", "seeded_langdetect"])
def test_without_cld2_the_same_interface_answers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = getattr(detectors, name)()
    monkeypatch.setattr(routing, "general_detector", lambda: detector)
    russian = "Сегодня в столице открылась новая школа, на открытие пришли ученики и родители."
    english = "Today a new school was opened in the capital, and many pupils came."
    assert routing.identify_language(russian).language == "ru"
    assert routing.identify_language(english).language == "en"
    assert routing.identify_language("12345").language == "und"
    assert routing.identify_language(KAZAKH) == routing.identify_language(KAZAKH)
