"""The parts of language identification: census, cleaning, models and their cards, fallbacks."""

import gzip
import hashlib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.language import train
from training.language.scripts import KAZAKH_LATIN, latin_kazakh
from transforms.text.language import detectors, routing
from transforms.text.language.census import count_scripts
from transforms.text.language.cleaning import clean, fold_lookalikes
from transforms.text.language.confidence import calibrated
from transforms.text.language.models import load_model, read_model
from transforms.text.language.ngrams import ngram_hashes, normalise
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
    assert len(load_model(name).keys) == card["ngrams"]


def test_a_text_fits_its_own_language_best_and_a_strange_one_none() -> None:
    fits = load_model("cyrillic").fits(normalise(KAZAKH))
    assert max(fits, key=lambda label: fits[label]) == "kk"
    strange = load_model("cyrillic").fits(normalise("Съешь ещё этих мягких французских булок"))
    assert fits["kk"] > -2.0
    assert max(strange.values()) < -3.0


@given(st.text(min_size=1, max_size=40))
def test_the_sums_of_a_text_end_with_its_fit(text: str) -> None:
    model, normalised = load_model("latin"), normalise(text)
    fit = model.sums(normalised, "kk")[-1] * model.scale / (len(normalised) - 1)
    assert model.fits(normalised)["kk"] == pytest.approx(fit)


@given(st.text(max_size=60))
def test_normalised_texts_are_words_between_single_spaces(text: str) -> None:
    normalised = normalise(text)
    assert normalised[0] == normalised[-1] == " "
    assert "  " not in normalised.strip()
    assert not any(letter.isdecimal() or letter == "_" for letter in normalised)
    assert normalise(normalised) == normalised


def test_each_order_has_an_ngram_for_each_place() -> None:
    normalised = normalise("Ана тілі")
    lengths = [len(hashes) for hashes in ngram_hashes(normalised)]
    assert lengths == [len(normalised) - n for n in range(4)]
    (one, *_), (two, *_) = ngram_hashes("аб")
    assert one == ngram_hashes("а")[0][0]
    assert two not in {hashes[0] for hashes in ngram_hashes("ба")}


def test_probabilities_of_what_may_follow_sum_to_less_than_one() -> None:
    counted = train.NgramCounts(iter([KAZAKH, "мектеп пен бала"]))
    following = [counted.probability(f"ме{letter}") for letter in "абвгдежзийклмнопрстуфхцчшщыэюя"]
    assert 0.5 < sum(following) < 1.0
    assert max(following) == counted.probability("мек")


def test_training_repeats_itself_and_tells_languages_apart(tmp_path: Path) -> None:
    texts = {
        "kk": [KAZAKH, "мектеп пен бала"] * 4,
        "ky": ["Бүгүн борбордо жаңы мектеп ачылды", "окуучулар менен мугалимдер келди"] * 4,
    }
    sources = {label: (train.Source(label),) for label in texts}
    for label, lines in texts.items():
        with gzip.open(tmp_path / f"{label}.txt.gz", "wt", encoding="utf-8") as stream:
            stream.write("\n".join(lines))
    made = [train.make_model(tmp_path, sources, tmp_path / f"{run}.npz") for run in "ab"]
    assert made[0] == made[1]
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    model = read_model(tmp_path / "a.npz")
    for label, lines in texts.items():
        fits = model.fits(normalise(lines[0]))
        assert max(fits, key=lambda each: fits[each]) == label


@pytest.mark.parametrize("spelling", sorted(KAZAKH_LATIN))
def test_latin_spellings_leave_no_cyrillic_letter(spelling: str) -> None:
    latin = latin_kazakh(KAZAKH, spelling)
    assert not any("Ѐ" <= letter <= "ӿ" for letter in latin)
    assert len(latin.split()) == len(KAZAKH.split())


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
