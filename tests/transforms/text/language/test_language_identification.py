# ruff: noqa: E501  # sentences are easier to read on one line
"""Which language a text is in: the behaviour that Kazakh pages need, and every odd input."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.text.language import LanguageAnswer, identify_language

KAZAKH = "Бүгін елордада жаңа мектеп ашылды, оған көптеген оқушылар мен ата-аналар келді."
RUSSIAN = "Сегодня в столице открылась новая школа, на открытие пришли ученики и их родители."


@pytest.mark.parametrize(
    ("text", "language", "script"),
    [
        (KAZAKH, "kk", "Cyrl"),
        (RUSSIAN, "ru", "Cyrl"),
        ("Бүгүн борбордо жаңы мектеп ачылды, ага көптөгөн окуучулар менен ата-энелер келди.", "ky", "Cyrl"),
        ("Бүген башкалада яңа мәктәп ачылды, анда күп укучылар һәм ата-аналар килде.", "tt", "Cyrl"),
        ("Бөгөн баш ҡалала яңы мәктәп асылды, унда күп уҡыусылар һәм ата-әсәләр килде.", "ba", "Cyrl"),
        ("Бугун пойтахтда янги мактаб очилди, унга кўплаб ўқувчилар ва ота-оналар келди.", "uz", "Cyrl"),
        ("Имрӯз дар пойтахт мактаби нав кушода шуд, ба он хонандагон ва волидон омаданд.", "tg", "Cyrl"),
        ("Өнөөдөр нийслэлд шинэ сургууль нээгдэж, олон сурагч, эцэг эхчүүд ирлээ.", "mn", "Cyrl"),
        ("Бүгүн киин куоракка саҥа оскуола аһылынна, онно элбэх үөрэнээччи уонна төрөппүт кэллэ.", "sah", "Cyrl"),
        ("Паян тӗп хулара ҫӗнӗ шкул уҫӑлнӑ, унта вӗренекенсемпе ашшӗ-амӑшӗсем пынӑ.", "cv", "Cyrl"),
        ("Сьогодні в столиці відкрили нову школу, на відкриття прийшли учні та їхні батьки.", "uk", "Cyrl"),
        ("Сёння ў сталіцы адкрылі новую школу, на адкрыццё прыйшлі вучні і іх бацькі.", "be", "Cyrl"),
        ("Днес в столицата беше открито ново училище, на което дойдоха ученици и родители.", "bg", "Cyrl"),
        ("Денес во главниот град беше отворено ново училиште, каде што дојдоа ученици и родители.", "mk", "Cyrl"),
        ("Данас је у главном граду отворена нова школа, на отварање су дошли ученици и родитељи.", "sr", "Cyrl"),
        ("Bu gün paytaxtda yeni məktəb açıldı, ora çoxlu şagird və valideyn gəldi.", "az", "Latn"),
        ("Bugün başkentte yeni bir okul açıldı, açılışa çok sayıda öğrenci ve veli geldi.", "tr", "Latn"),
        ("Bugun poytaxtda yangi maktab ochildi, unga ko‘plab o‘quvchilar va ota-onalar keldi.", "uz", "Latn"),
        ("Şu gün paýtagtda täze mekdep açyldy, oňa köp okuwçylar we ene-atalar geldi.", "tk", "Latn"),
        ("Today a new school was opened in the capital, and many pupils came with their parents.", "en", "Latn"),
        ("Heute wurde in der Hauptstadt eine neue Schule eröffnet, viele Schüler kamen.", "de", "Latn"),
        ("بۈگۈن پايتەختتە يېڭى مەكتەپ ئېچىلدى، ئۇنىڭغا نۇرغۇن ئوقۇغۇچىلار كەلدى.", "ug", "Arab"),
        ("ئەمڕۆ لە پایتەخت قوتابخانەیەکی نوێ کرایەوە، زۆر قوتابی و دایک و باوک هاتن.", "ckb", "Arab"),
        ("امروز در پایتخت مدرسهٔ جدیدی باز شد و دانش‌آموزان بسیاری آمدند.", "fa", "Arab"),
        ("آج دارالحکومت میں ایک نیا اسکول کھولا گیا جس میں بہت سے طلبہ آئے۔", "ur", "Arab"),
        ("افتتحت اليوم مدرسة جديدة في العاصمة وحضر كثير من الطلاب مع آبائهم.", "ar", "Arab"),
        ("Σήμερα άνοιξε ένα νέο σχολείο στην πρωτεύουσα.", "el", "Grek"),
        ("დღეს დედაქალაქში ახალი სკოლა გაიხსნა.", "ka", "Geor"),
        ("Այսօր մայրաքաղաքում նոր դպրոց բացվեց։", "hy", "Armn"),
        ("היום נפתח בבירה בית ספר חדש.", "he", "Hebr"),
        ("आज राजधानी में एक नया विद्यालय खोला गया।", "hi", "Deva"),
        ("今天首都新开了一所学校，很多学生和家长都来了。", "zh", "Hans"),
        ("今天首都新開了一所學校，很多學生和家長都來了。", "zh", "Hant"),
        ("今日、首都に新しい学校が開校しました。", "ja", "Jpan"),
        ("오늘 수도에 새로운 학교가 문을 열었습니다.", "ko", "Hang"),
    ],
)  # fmt: skip
def test_language_and_script_of_a_sentence(text: str, language: str, script: str) -> None:
    answer = identify_language(text)
    assert (answer.language, answer.script) == (language, script)


@pytest.mark.parametrize(
    "text",
    [
        # 2017: apostrophes
        "Bu'gin elordada jan'a mektep as'yldy, og'an ko'ptegen oqy'shylar men ata-analar keldi.",
        # 2018: acute accents
        "Búgin elordada jańa mektep ashyldy, oǵan kóptegen oqýshylar men ata-analar keldi.",
        # 2021: umlauts, breve, cedilla
        "Bügın elordada jaña mektep aşyldy, oğan köptegen oquşylar men ata-analar keldı.",
        # of the Kazakh press abroad: w for ұ
        "Bügin elordada jaña mektep aşıldı, oğan köptegen oquşılar jwmıstan soñ keldi.",
        # QazAqparat
        "Bügin elordada jaña mektep aşıldı, oğan köptegen oqwşılar men ata-analar keldi.",
        # digraphs
        "Bugin elordada zhanga mektep ashyldy, oghan koptegen oqushylar men ata-analar keldi.",
    ],
)
def test_kazakh_in_its_latin_spellings(text: str) -> None:
    answer = identify_language(text)
    assert (answer.language, answer.script) == ("kk", "Latn")


def test_kazakh_in_arabic_script() -> None:
    text = "بۇگىن ەلوردادا جاڭا مەكتەپ اشىلدى، وعان كوپتەگەن وقۋشىلار مەن اتا-انالار كەلدى."
    answer = identify_language(text)
    assert (answer.language, answer.script) == ("kk", "Arab")


def test_kazakh_in_capitals() -> None:
    assert identify_language(KAZAKH.upper()).language == "kk"


def test_kazakh_with_latin_look_alikes() -> None:
    twins = str.maketrans("асеіорхуһАСЕІОРХТМНКВ", "aceiopxyhACEIOPXTMHKB")
    answer = identify_language(KAZAKH.translate(twins))
    assert (answer.language, answer.script) == ("kk", "Cyrl")


def test_kazakh_typed_on_a_russian_keyboard() -> None:
    typed = KAZAKH.lower().translate(str.maketrans("әғқңөұүһі", "агкноуухи"))
    assert identify_language(typed).language == "kk"


def test_a_longer_text_typed_on_a_russian_keyboard_is_not_taken_for_kyrgyz() -> None:
    typed = (
        "Ауыл тургындары биыл жана дарігерлік амбулатория салынганын куанышпен айтып журсе де, "
        "бурын емделу ушін аудан орталыгына елу шакырым жол журуге тура келетін."
    ).replace("і", "и")
    assert identify_language(typed).language == "kk"


def test_kazakh_in_letters_of_an_8_bit_font() -> None:
    font = str.maketrans("қғүұ", "ќѓїў")
    assert identify_language(KAZAKH.translate(font)).language == "kk"


def test_macedonian_letters_alone_stay_macedonian() -> None:
    text = "Меѓу куќите имаше голема градина, во која децата играа секој ден по училиште."
    assert identify_language(text).language == "mk"


def test_kazakh_words_without_any_kazakh_letter() -> None:
    assert (
        identify_language("Бала мектептен келді де, анасына барып жаздым деп айтты.").language
        == "kk"
    )


def test_russian_full_of_kazakh_names_stays_russian() -> None:
    text = (
        "На встрече выступили Нұрлан Әбдіқадыров, Гүлнәр Өтегенова и Бауыржан Қожахметов, "
        "после чего участники подписали соглашение о сотрудничестве двух университетов."
    )
    assert identify_language(text).language == "ru"


def test_the_ng_of_old_fonts_is_read_as_the_kazakh_letter() -> None:
    assert identify_language(KAZAKH.replace("ң", "ӊ")).language == "kk"


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_the_larger_part_of_a_mixed_document_decides(share: float) -> None:
    kazakh = round(share * 20)
    text = "\n".join([KAZAKH] * kazakh + [RUSSIAN] * (20 - kazakh))
    assert identify_language(text).language == ("kk" if share > 0.5 else "ru")


@pytest.mark.parametrize(
    "text",
    [
        "Ас хазна прай чоннарға піріктірілген, аның ӱчӱн хакас тілі паза чон культуразы тоғынча.",
        "Тыва дыл болгаш чонумнуң чаңчылдары дугайында номнар чок, ынчангаш ажылдаар херек.",
        "Јаҥы јылда јуртта кӧп улус јуулган, эмезе ӧскӧ јерге барган деп айдат.",
        "Къарачай тил бла джазылгъан китабла бек аздыла, аны ючюн джангы китабла керекдиле.",
    ],
)
def test_small_neighbours_are_not_taken_for_kazakh(text: str) -> None:
    assert identify_language(text).language != "kk"


@pytest.mark.parametrize(
    "text",
    [
        "Бүгин пайтахтта жаңа мектеп ашылды, оған көп оқыўшылар ҳәм ата-аналар менен келди.",
        "Ол қалада жасаған, қазир болса аўылда турады, ҳәр күни жумысқа барады.",
    ],
)
def test_karakalpak_in_cyrillic_is_not_taken_for_kazakh(text: str) -> None:
    answer = identify_language(text)
    assert (answer.language, answer.script) == ("kaa", "Cyrl")


def test_nogai_and_kumyk_are_not_taken_for_kazakh() -> None:
    nogai = "Авыл халкы онынъ атын мутпайды, сонынъ уьшин йыл сайын коьп конаклар келеди."
    kumyk = "Бугюн шагьарда янгы школа ачылгъан, огъар кёп охувчулар гьар юртдан гелген."
    assert identify_language(nogai).language == "nog"
    assert identify_language(kumyk).language not in {"kk", "ky"}


def test_karakalpak_and_crimean_tatar_are_not_taken_for_kazakh() -> None:
    karakalpak = "Búgin paytaxtta jańa mektep ashıldı, oǵan kóp oqıwshılar hám ata-analar menen muǵallimler keldi."
    crimean = "Bugün paytahtta yañı mektep açıldı, açıluvda çoq talebe ve olarnıñ ana-babaları iştirak etti."
    assert identify_language(karakalpak).language == "kaa"
    assert identify_language(crimean).language == "crh"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\n",
        "2024 12:30 +7 (727) 000-00-00",
        "😀😀😀 🎉",
        "https://example.kz/kk/news/2024/12/30/sabaq",
        "www.example.com reader@example.kz example.org/page",
        "\x00\x00\x00",
        "\ud800\udfff\ud83d",
        "—…«»!?",
        "\u200f\u202e\u200b",
        "ab",
    ],
)
def test_texts_that_do_not_say_are_undetermined(text: str) -> None:
    answer = identify_language(text)
    assert (answer.language, answer.confidence) == ("und", 0.0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text + " https://example.com/a-long-english-path/with-words",
        lambda text: text.replace(" ", " \u200b"),
        lambda text: "\u200f" + text + "\u202c",
        lambda text: text.replace("е", "е\u0301\u0336\u0489"),
        lambda text: text.replace(" ", "\x00"),
        lambda text: "\ud800" + text + "\udfff",
        lambda text: text.replace("о", "о\u00ad"),
        lambda text: f"{text}\r\n" * 40,
    ],
)  # fmt: skip
def test_damage_around_the_letters_changes_nothing(damage) -> None:  # type: ignore[no-untyped-def]  # lambdas
    assert identify_language(damage(KAZAKH)).language == "kk"


def test_one_line_of_ten_million_characters() -> None:
    line = (KAZAKH + " ") * (10_000_000 // len(KAZAKH))
    assert identify_language(line).language == "kk"


def test_letters_without_words_are_undetermined() -> None:
    assert identify_language("ж" * 100_000).language == "und"


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_has_an_answer(text: str) -> None:
    answer = identify_language(text)
    assert isinstance(answer, LanguageAnswer)
    assert 0.0 <= answer.confidence <= 1.0
    assert answer.route


@given(
    st.lists(
        st.sampled_from([KAZAKH, RUSSIAN, "abc", "\ud800", "123", "العربية", "😀"]), max_size=6
    )
)
@settings(max_examples=40, deadline=None)
def test_the_same_text_has_the_same_answer(parts: list[str]) -> None:
    text = " ".join(parts)
    assert identify_language(text) == identify_language(text)
