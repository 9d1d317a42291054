# ruff: noqa: E501  # sentences are easier to read on one line
"""The detectors that can be chosen: what they answer alone, and that they always answer the same."""

import gzip
import hashlib
import importlib.util
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import langdetect
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.rows import LanguageShare
from training.language import profiles
from transforms.text.language import detectors, identify_language, identify_page, seeded
from transforms.text.language.choice import (
    DETECTORS,
    missing_package,
    page_identifier,
    text_identifier,
)
from transforms.text.language.seeded import (
    FASTER,
    LANGDETECT,
    Ranking,
    langdetect_codes,
    load_ranking,
    seeded_ranking,
)
from transforms.text.language.tags import read_knowledge

Rankings = tuple[Callable[[str], Ranking], Callable[[str], Ranking]]

ALONE = ("cld2", "py3langid", "langdetect")
KAZAKH = "Биыл көктемде ауыл тұрғындары өзен жағасына жүздеген жас тал отырғызды."
RUSSIAN = "Весной жители посёлка высадили на берегу реки сотни молодых деревьев."
ENGLISH = "This spring the villagers planted hundreds of young trees along the river."
SENTENCES = {
    "kk": KAZAKH,
    "ru": RUSSIAN,
    "en": ENGLISH,
    "kk-Latn": "Bıyl kóktemde aýyl turǵyndary ózen jaǵasyna júzdegen jas tal otyrǵyzdy.",
    "kk-Arab": "بيىل كوكتەمدە اۋىل تۇرعىندارى وزەن جاعاسىنا جۇزدەگەن جاس تال وتىرعىزدى.",
    "ky": "Быйыл жазында айыл тургундары өзөндүн жээгине жүздөгөн жаш теректерди отургузушту.",
    "tt": "Быел яз көне авыл халкы елга буена йөзләгән яшь агач утыртты.",
    "ba": "Быйыл яҙ ауыл халҡы йылға буйына йөҙләгән йәш ағас ултыртты.",
    "az": "Bu yaz kənd sakinləri çayın sahilində yüzlərlə cavan ağac əkdilər.",
    "uz": "Bu bahor qishloq aholisi daryo bo‘yiga yuzlab yosh daraxt o‘tqazdi.",
    "uz-Cyrl": "Бу баҳор қишлоқ аҳолиси дарё бўйига юзлаб ёш дарахт ўтқазди.",
    "tk": "Bu ýaz oba ilaty derýanyň kenaryna ýüzlerçe ýaş agaç ekdi.",
    "tg": "Баҳори имсол сокинони деҳа дар соҳили дарё садҳо дарахти ҷавон шинонданд.",
    "mn": "Энэ хавар тосгоны иргэд голын эрэг дагуу олон зуун залуу мод тарьжээ.",
    "sah": "Быйыл саас нэһилиэк олохтоохторо өрүс кытылыгар сүүһүнэн эдэр маһы олордубуттара.",
    "cv": "Кӑҫал ҫуркунне ял ҫыннисем юханшыв хӗррине ҫӗр-ҫӗр ҫамрӑк йывӑҫ лартрӗҫ.",
    "be": "Сёлета вясной жыхары вёскі пасадзілі на беразе ракі сотні маладых дрэў.",
    "uk": "Навесні мешканці села висадили на березі річки сотні молодих дерев.",
    "sr": "Овог пролећа мештани села посадили су стотине младих стабала поред реке.",
    "bg": "Тази пролет жителите на селото засадиха стотици млади дървета край реката.",
    "mk": "Оваа пролет жителите на селото засадија стотици млади дрвја покрај реката.",
    "ug": "بۇ باھار يېزا ئاھالىسى دەريا بويىغا يۈزلىگەن ياش دەرەخ تىكتى.",
    "tr": "Bu bahar köy halkı nehir kıyısına yüzlerce genç ağaç dikti.",
    "de": "In diesem Frühjahr pflanzten die Dorfbewohner hunderte junge Bäume am Fluss.",
    "fr": "Ce printemps, les villageois ont planté des centaines de jeunes arbres près de la rivière.",
    "es": "Esta primavera los vecinos plantaron cientos de árboles jóvenes junto al río.",
    "it": "Questa primavera gli abitanti hanno piantato centinaia di giovani alberi lungo il fiume.",
    "pl": "Tej wiosny mieszkańcy wsi posadzili nad rzeką setki młodych drzew.",
    "cs": "Letos na jaře vesničané vysadili podél řeky stovky mladých stromů.",
    "hu": "Idén tavasszal a falu lakói több száz fiatal fát ültettek a folyó mentén.",
    "fi": "Tänä keväänä kyläläiset istuttivat joen varteen satoja nuoria puita.",
    "vi": "Mùa xuân này dân làng đã trồng hàng trăm cây non dọc theo bờ sông.",
    "el": "Αυτή την άνοιξη οι κάτοικοι του χωριού φύτεψαν εκατοντάδες νέα δέντρα δίπλα στο ποτάμι.",
    "he": "באביב הזה נטעו תושבי הכפר מאות עצים צעירים לאורך הנהר.",
    "ar": "في هذا الربيع زرع سكان القرية مئات الأشجار الصغيرة على ضفة النهر.",
    "fa": "بهار امسال اهالی روستا صدها نهال جوان در کنار رودخانه کاشتند.",
    "hi": "इस वसंत में गाँव के लोगों ने नदी के किनारे सैकड़ों छोटे पेड़ लगाए।",
    "th": "ฤดูใบไม้ผลินี้ชาวบ้านปลูกต้นไม้เล็กหลายร้อยต้นริมแม่น้ำ",
    "zh-cn": "今年春天，村民们在河边种下了几百棵小树，还修了一条小路。",
    "zh-tw": "今年春天，村民們在河邊種下了幾百棵小樹，還修了一條小路，孩子們每天放學以後都來澆水，老人們說，這裡從來沒有這樣美麗過。",
    "ja": "この春、村の人たちは川のほとりに何百本もの若い木を植えました。",
    "ko": "올봄 마을 주민들은 강가에 어린 나무 수백 그루를 심었습니다.",
}
VARIANTS = [
    variant
    for text in SENTENCES.values()
    for variant in (text, text.upper(), text[:14], f"{text} 2024 {RUSSIAN}", f"{ENGLISH} {text}" * 30)
]  # fmt: skip


@pytest.mark.parametrize("detector", ALONE)
@pytest.mark.parametrize(("text", "language"), [(KAZAKH, "kk"), (RUSSIAN, "ru"), (ENGLISH, "en")])
def test_each_detector_answers_alone(detector: str, text: str, language: str) -> None:
    answer = text_identifier(detector)(text)
    assert (answer.language, answer.route) == (language, detector)
    assert answer.script == ("Latn" if language == "en" else "Cyrl")
    assert 0.4 < answer.confidence <= 1.0


@pytest.mark.parametrize("detector", ALONE)
def test_addresses_say_nothing_to_any_detector(detector: str) -> None:
    address = "https://example.com/the-news-of-today someone@example.com"
    assert text_identifier(detector)(f"{KAZAKH} {address * 5}").language == "kk"


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize(
    "text", ["", "2024 12:30", "https://example.com/a-long-path", "ab", "\ud800"]
)
def test_no_detector_is_asked_without_letters(detector: str, text: str) -> None:
    answer = text_identifier(detector)(text)
    assert (answer.language, answer.confidence) == ("und", 0.0)


def test_the_routed_detector_is_the_usual_one() -> None:
    assert text_identifier("routed") is identify_language
    assert page_identifier("routed") is identify_page


@pytest.mark.parametrize("identifier", [text_identifier, page_identifier])
def test_no_other_name_is_a_detector(identifier: Callable[[str], object]) -> None:
    with pytest.raises(KeyError):
        identifier("guess")


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [missing_package(detector) for detector in DETECTORS] == [None] * 4
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert [missing_package(detector) for detector in DETECTORS] == [
        None,
        "pycld2",
        "py3langid",
        "langdetect",
    ]


@pytest.mark.parametrize("code", [code for code in SENTENCES if code != "zh-tw"])
def test_langdetect_tells_kazakh_from_its_neighbours(code: str) -> None:
    answer = text_identifier("langdetect")(SENTENCES[code])
    assert answer.language == code.partition("-")[0]
    if code.startswith(("kk-", "uz-")):
        assert answer.script == code.partition("-")[2]


@pytest.mark.parametrize(("first", "script"), [("zh-cn", "Hans"), ("zh-tw", "Hant")])
def test_profiles_of_one_language_are_added_up(
    first: str, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = "zh-tw" if first == "zh-cn" else "zh-cn"
    ranking = [("ja", 0.4), (first, 0.35), (second, 0.25)]
    monkeypatch.setattr(detectors, "seeded_ranking", lambda: lambda _: ranking)
    answer = text_identifier("langdetect")(SENTENCES[first])
    assert (answer.language, answer.script, answer.confidence) == ("zh", script, 0.6)


@pytest.mark.parametrize("detector", ALONE)
def test_each_paragraph_of_a_page_is_asked_on_its_own(detector: str) -> None:
    page = page_identifier(detector)([KAZAKH, "12:30", KAZAKH, RUSSIAN, "—", KAZAKH])
    assert (page.language, page.script) == ("kk", "Cyrl")
    assert page.paragraph_languages == ["kk", None, "kk", "ru", None, "kk"]
    kazakh, russian = 3 * sum(map(str.isalpha, KAZAKH)), sum(map(str.isalpha, RUSSIAN))
    assert [share.language for share in page.shares] == ["kk", "ru"]
    assert [share.share for share in page.shares] == pytest.approx(
        [kazakh / (kazakh + russian), russian / (kazakh + russian)], abs=1e-4
    )


@pytest.mark.parametrize("detector", ALONE)
def test_a_page_may_say_nothing(detector: str) -> None:
    page = page_identifier(detector)(["2024", ""])
    assert (page.language, page.script, page.confidence) == ("und", None, 0.0)
    assert (page.shares, page.paragraph_languages) == ([], [None, None])
    assert page_identifier(detector)([]).language == "und"


def test_paragraphs_too_short_to_say_anything_may_say_it_together() -> None:
    page = page_identifier("langdetect")(["Өз", "ен", "жа", "ға", "сы", "на"] * 3)
    assert page.paragraph_languages == [None] * 18
    assert page.shares == [LanguageShare("kk", "Cyrl", 1.0)]


@given(st.lists(st.text(max_size=40) | st.sampled_from([KAZAKH, ENGLISH]), max_size=6))
@settings(max_examples=40)
@pytest.mark.parametrize("detector", ALONE)
def test_any_page_has_an_answer_for_each_paragraph(detector: str, paragraphs: list[str]) -> None:
    page = page_identifier(detector)(paragraphs)
    assert len(page.paragraph_languages) == len(paragraphs)
    assert 0.0 <= page.confidence <= 1.0
    assert sum(share.share for share in page.shares) in (0, pytest.approx(1.0, abs=1e-3))


def test_langdetect_depends_on_no_text_before_and_on_no_thread() -> None:
    ask = text_identifier("langdetect")
    once = [ask(text) for text in VARIANTS]
    assert [ask(text) for text in reversed(VARIANTS)] == once[::-1]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, VARIANTS)) == once


@pytest.mark.parametrize("package", [LANGDETECT, FASTER])
def test_langdetect_depends_on_no_seed_of_others(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SENTENCES["sr"]
    wanted = load_ranking(package)(text)
    factory = importlib.import_module(package).DetectorFactory
    monkeypatch.setattr(factory, "seed", 99)
    assert load_ranking(package)(text) == wanted
    assert factory.seed == 99


@pytest.fixture(scope="module")
def rankings() -> Rankings:
    """Return langdetect and the faster package as functions of a text."""
    return load_ranking(LANGDETECT), load_ranking(FASTER)


@pytest.mark.parametrize("text", VARIANTS)
def test_the_faster_langdetect_answers_the_same_to_the_last_bit(
    rankings: Rankings, text: str
) -> None:
    plain, faster = rankings
    assert faster(text) == plain(text)


@given(st.text(max_size=120))
@settings(max_examples=150)
def test_the_faster_langdetect_answers_the_same_to_any_text(rankings: Rankings, text: str) -> None:
    plain, faster = rankings
    assert faster(text) == plain(text)


@given(st.lists(st.sampled_from(sorted({*"".join(SENTENCES.values())})), max_size=80).map("".join))
@settings(max_examples=150)
def test_the_faster_langdetect_answers_the_same_to_any_letters(
    rankings: Rankings, text: str
) -> None:
    plain, faster = rankings
    assert faster(text) == plain(text)


def test_the_faster_package_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(seeded, "load_ranking", asked.append)
    seeded_ranking.__wrapped__()
    assert asked == [FASTER]


def test_without_the_faster_package_langdetect_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = seeded_ranking()(KAZAKH)
    monkeypatch.setitem(sys.modules, FASTER, None)
    assert seeded_ranking.__wrapped__()(KAZAKH) == wanted


def test_profile_files_are_those_on_their_card() -> None:
    folder = files("transforms.text") / "knowledge" / "language" / "profiles"
    card = read_knowledge("profiles")["profiles"]
    assert {f"{label}.json" for label in card} == {file.name for file in folder.iterdir()}
    for label, entry in card.items():
        content = (folder / f"{label}.json").read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["bytes"]
        assert len(json.loads(content)["freq"]) == entry["ngrams"]
        assert json.loads(content)["name"] == label
    assert sum(entry["bytes"] for entry in card.values()) < 500_000


def test_kazakh_is_never_alone() -> None:
    neighbours = {"az", "ba", "ky", "mn", "tg", "tk", "tt", "ug", "uz", "uz-Cyrl"}
    built_in = {path.name for path in Path(langdetect.PROFILES_DIRECTORY).iterdir()}
    assert langdetect_codes() == built_in | set(read_knowledge("profiles")["profiles"])
    assert {"kk", "kk-Latn", "kk-Arab", *neighbours} <= langdetect_codes() - built_in


def test_profiles_repeat_themselves(tmp_path: Path) -> None:
    source = tmp_path / "texts"
    source.mkdir()
    for label in ("kk", "ky"):
        (source / f"{label}.txt.gz").write_bytes(
            gzip.compress(f"{SENTENCES[label]}\n".encode() * 9)
        )
    for run in ("first", "second"):
        assert profiles.main([str(source), "--output", str(tmp_path / run)]) == 0
    for label in ("kk", "ky"):
        first, second = (tmp_path / run / f"{label}.json" for run in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
    held = json.loads((tmp_path / "first" / "kk.json").read_text("utf-8"))
    assert held["name"] == "kk"
    assert held["freq"]["өзе"] == 9
    assert held["n_words"][0] == sum(n for gram, n in held["freq"].items() if len(gram) == 1)


def test_a_profile_keeps_the_most_frequent_ngrams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "MAX_NGRAMS", 2)
    held = json.loads(profiles.make_profile("xx", ["яяя яяя", "яю юю"] * 9))
    assert held == {"freq": {"я": 63, "яя": 36}, "n_words": [63, 36, 0], "name": "xx"}
