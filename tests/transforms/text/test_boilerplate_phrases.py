"""The phrase knowledge: its files are sound, know residue, and leave articles alone."""

import re
import tomllib
from collections import defaultdict
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import transforms.text
from transforms.text.boilerplate.phrases import LONGEST_LINE_CHARS, match_phrase, phrase_book
from transforms.text.fold import fold, strip_numbers

FOLDER = Path(transforms.text.__file__).parent / "knowledge" / "boilerplate"
FILES = sorted(FOLDER.glob("*.toml"))
FAMILIES = {
    "advert",
    "back_to_top",
    "breadcrumb",
    "comments",
    "contacts_staff",
    "cookie",
    "copyright",
    "disclaimer",
    "error_report",
    "form_email",
    "legal_age",
    "licence_hyperlink",
    "login",
    "masthead_slogan",
    "media_registration",
    "nav_menu",
    "pagination",
    "photo_credit_caption",
    "player_browser_notice",
    "related_items",
    "related_latest",
    "share_social",
    "submit_news",
    "subscribe",
    "tags",
    "technical",
    "widget_calendar",
    "widget_clock",
    "widget_poll",
    "widget_rates",
    "widget_weather",
}
BLOCK_FAMILIES = {"related_latest", "comments", "tags", "share_social"}
MATCHES = {"line", "start", "within"}
MAX_FREE_PATTERN_CHARS = 60
SHORTEST_WITHIN_CHARS = 6


def family_of(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


def patterns() -> list[tuple[str, dict[str, Any]]]:
    return [(file.stem, entry) for file in FILES for entry in family_of(file).get("patterns", ())]


def each_pattern() -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("family", "entry"),
        patterns(),
        ids=[f"{family}-{entry['name']}" for family, entry in patterns()],
    )


def family(line: str) -> str | None:
    hit = match_phrase(line)
    return hit.family if hit else None


def test_the_catalogue_and_the_files_are_one_list() -> None:
    assert {file.stem for file in FILES} == FAMILIES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_its_family_and_nothing_unknown(file: Path) -> None:
    knowledge = family_of(file)
    assert knowledge["family"] == file.stem
    assert set(knowledge) <= {"family", "phrases", "patterns"}
    assert knowledge.get("phrases") or knowledge.get("patterns")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_phrases_say_where_they_count(file: Path) -> None:
    for entry in family_of(file).get("phrases", ()):
        length = set() if entry["match"] == "line" else {"max_chars"}
        assert entry["match"] in MATCHES
        assert set(entry) - {"header"} == {"language", "match", "texts"} | length
        assert entry["texts"]
        assert entry.get("max_chars", 1) <= LONGEST_LINE_CHARS
        if entry.get("header"):
            assert entry["match"] == "line"
            assert file.stem in BLOCK_FAMILIES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_phrases_hold_letters_after_folding(file: Path) -> None:
    for entry in family_of(file).get("phrases", ()):
        for text in entry["texts"]:
            folded = strip_numbers(fold(text))
            assert folded, text
            if entry["match"] == "within" and folded.isascii():
                assert len(folded) >= SHORTEST_WITHIN_CHARS, text


def test_a_whole_line_belongs_to_one_family() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    spellings: dict[str, set[str]] = defaultdict(set)
    for file in FILES:
        for entry in family_of(file).get("phrases", ()):
            if entry["match"] != "line":
                continue
            for text in entry["texts"]:
                owners[strip_numbers(fold(text))].add(file.stem)
                spellings[strip_numbers(fold(text))].add(text)
    shared = {folded for folded, families in owners.items() if len(families) > 1}
    assert {folded for folded in shared if len(spellings[folded]) > 1} == set()


@each_pattern()
def test_patterns_say_what_they_need(family: str, entry: dict[str, Any]) -> None:
    assert set(entry) - {"header"} == {
        "name",
        "regex",
        "needs",
        "max_chars",
        "examples",
        "counterexamples",
    }
    assert entry["examples"]
    assert entry["counterexamples"]
    assert entry["max_chars"] <= LONGEST_LINE_CHARS
    assert all(literal == literal.lower() and literal for literal in entry["needs"])
    if not entry["needs"]:
        assert entry["max_chars"] <= MAX_FREE_PATTERN_CHARS
    re.compile(entry["regex"], re.IGNORECASE)


def test_pattern_names_are_unique_in_a_family() -> None:
    names = [(family, entry["name"]) for family, entry in patterns()]
    assert len(names) == len(set(names))


@each_pattern()
def test_examples_are_found_as_their_family(family: str, entry: dict[str, Any]) -> None:
    regex = re.compile(entry["regex"], re.IGNORECASE)
    for example in entry["examples"]:
        hit = phrase_book().find(example)
        assert hit is not None, example
        assert hit.family == family, (example, hit)
        assert regex.search(example), example
        assert len(example) <= entry["max_chars"], example


@each_pattern()
def test_counterexamples_are_not_found_by_their_pattern(family: str, entry: dict[str, Any]) -> None:
    for line in entry["counterexamples"]:
        hit = phrase_book().find(line)
        assert hit is None or (hit.family, hit.evidence) != (family, entry["name"]), line


HOSTILE = [
    "a" * 600,
    "- " * 300,
    "1" * 600,
    "1 2 " * 150,
    "а, " * 200,
    "Фото " * 120,
    "facebook " * 66,
    "#a" * 300,
    "| " * 300,
    "www." + "a." * 298,
    "USD 1.1 " * 75,
    "+14° " * 120,
    "<b>" * 200,
    "№" * 600,
    "қазақ " * 100,
    "0:00 " * 120,
    "." * 600,
    "a.jpg " * 100,
    "Image: " + "a b " * 148,
    " ".join(["реклама", "жарнама", "advertising"] * 21)[:600],
]


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:12])
def test_hostile_lines_are_answered(line: str) -> None:
    # A pattern that backtracks without bound would not come back from these.
    for chars in (60, 100, 140, 200, 300, 400, 600):
        for text in (line[:chars], line[: chars - 1] + "!"):
            hit = phrase_book().find(text)
            assert hit is None or hit.family in FAMILIES


def test_lines_beyond_the_longest_are_never_boilerplate() -> None:
    assert phrase_book().find("Бөлісу " * 100) is None


ARTICLE_LINES = [
    # kk, Cyrillic: paragraphs
    "Ауылдағы жаңа мектеп бүгін есігін айқара ашты.",
    "Куәлік алу үшін № 5 мектепке барды",
    "Фото көрмесі ашылды, оған қала тұрғындары жиналды.",
    "Суретші жиырма жыл бойы бір ғана тауды салған екен.",
    "Пікір білдірген тұрғындар көшеге жарық керек деді.",
    "Жарнама нарығы былтыр 8 пайызға өсті.",
    "Әлеуметтік желіде тараған жазбаны әкімдік жоққа шығарды.",
    "Кеше түнде аяз 30 градусқа жетті, жолдар жабылды.",
    "Доллар бағамы 500 теңгеден асты, бірақ сарапшылар сабырға шақырды.",
    "Құрылтайшы жиналыс өтіп, жаңа төраға сайланды.",
    "Жел 25 м/с жетіп, шатырларды ұшырды.",
    "Тегін: оқуға кімдер түсе алады",
    "Мәтінде айтылған ойды оқырман өзі түсінер.",
    "Ол хатты оқып, үнсіз отырып қалды",
    "Қате түсінік қайдан шықты?",
    "Денсаулық сақтау министрлігінде тіркелген дәрілер саны артты.",
    "Иә",
    "Ия, әрине.",
    "— Қашан келесің?",
    "— Ертең.",
    # kk, Cyrillic: titles and subheadings
    "Алматыда жаңа саябақ ашылды",
    "Сауда орталығында өрт шықты",
    "Не өзгереді?",
    "Жаңа заң қалай жұмыс істейді",
    "Балалық шақ",
    "Тарихқа көз жүгіртсек",
    "Сурет салу – өнер",
    "Қорытынды",
    "Ашық есік күні",
    "Фото: неге бәрі өшірілді?",
    # kk, Latin
    "Aýylda jańa mektep ashyldy, oǵan júz bala barady.",
    "Almatyda jańa saıabaq ashyldy",
    "Qalada qar qalyń jaýdy, joldar jabyldy.",
    "Sýretshi tabıǵatty súıedi",
    "Búgin keshke jańbyr jaýady dep kútilýde.",
    "Ädebiet turaly oi",
    # kk, Arabic
    "اۋىلدا جاڭا مەكتەپ اشىلدى",
    "قالادا قار قالىڭ جاۋدى، جولدار جابىلدى.",
    "بالالار كىتاپ وقۋدى جاقسى كورەدى.",
    "سۋرەتشى ءوز جولىن تاپتى",
    # ru: paragraphs
    "В посёлке открыли школу на триста мест.",
    "Рекламу на остановках запретят с января.",
    "Реклама алкоголя подорожала вдвое",
    "Комментарии специалиста услышали не все жители района.",
    "Поделиться опытом приехали врачи из трёх областей.",
    "Подписчики журнала получили книгу в подарок.",
    "Следователи нашли ошибку в расчётах инженера и назвали её причиной аварии.",
    "Собственник дома рассказал, что пожар начался ночью.",
    "Сетевое издание «Пример» пишет о ремонте моста.",
    "Курс доллара вырос на два тенге, заявил экономист.",
    "Температура воды поднялась до +25°, и пляжи открыли.",
    "Голосовать жители посёлка будут в воскресенье.",
    "Фото старого города передали в музей.",
    "Архив сгорел ещё в прошлом веке, и точной даты никто не знает.",
    "Сегодня пятница, и рынок закрыт",
    "Проголосовало большинство депутатов",
    # ru: titles and subheadings
    "Новый мост откроют осенью",
    "Контекст",
    "Справка",
    "Рекомендации",
    "Подробности",
    "Досье",
    "Истории",
    "Что дальше?",
    "Причины аварии",
    "Как это работает",
    "Итоги года",
    "Валюта",
    "Всё.",
    "— Да, конечно.",
    "Ясно.",
    # en
    "The bridge was closed for repairs on Monday.",
    "Related research showed that fish return to clean rivers.",
    "More than forty people attended the meeting",
    "Watch repair takes patience: ask anybody",
    "Photo albums of the old town were given to the museum.",
    "Tags are sewn into the coats by hand",
    "Features",
    "Links",
    "Overview",
    "Conclusion",
    "What's next",
    "Credit cards",
    "Recommendations",
    "Average rating of schools went down",
    "Labels matter",
    "Image from space shows a fire in the steppe",
    "Advertising spending fell by a third last year.",
    "Yes.",
    # ky
    "Айылда жаңы мектеп ачылды, ага жүз бала барат.",
    "Бишкекте жаңы парк ачылды",
    "Сүрөтчү тоону сүйөт",
    "Бүгүн кечинде жамгыр жаайт деп күтүлүүдө.",
    # uz
    "Qishloqda yangi maktab ochildi, unga yuz bola boradi.",
    "Toshkentda yangi bog' ochildi",
    "Bugun kechqurun yomg'ir yog'ishi kutilmoqda.",
    "Қишлоқда янги мактаб очилди, унга юз бола боради.",
    "Rassom tog'ni sevadi",
    "Xulosa",
]


@pytest.mark.parametrize("line", ARTICLE_LINES)
def test_lines_of_articles_stay(line: str) -> None:
    assert family(line) is None


RESIDUE = {
    "advert": [
        "Жарнама",
        "Реклама на сайте: +7 700 000 00 00",
        "ADVERTISEMENT",
        "Разместить рекламу",
    ],
    "back_to_top": ["НАВЕРХ", "Back to top"],
    "comments": [
        "Пікірлер 12",
        "ПІКІР ҚАЛДЫРУ",
        "Комментарии (5)",
        "Оставить комментарий",
        "Izohlar",
    ],
    "copyright": ["© 2011-2024 Мысал", "Барлық құқықтар қорғалған", "Все права защищены"],
    "error_report": [
        "Мәтіннен қате таптыңыз ба?",
        "Мәтiннен қате таптыӊыз ба",
        "Оны таңдап, Ctrl + Enter пернелерін басыңыз.",
        "Нашли ошибку?",
        "Если вы заметили ошибку, выделите её мышью.",
    ],
    "form_email": ["Э-пошта мекенжайыңыз жарияланбайды."],
    "licence_hyperlink": [
        "Ақпаратты пайдаланған жағдайда сайтқа гиперсілтеме жасау міндетті.",
        "При использовании материалов сайта гиперссылка обязательна",
    ],
    "media_registration": [
        "Куәлік № 12345-Г",
        "Меншік иесі: «Мысал» ЖШС",
        "Свидетельство о регистрации СМИ Эл № ФС77-12345",
    ],
    "photo_credit_caption": [
        "Фото: Ерлан Омаров",
        "Фото:Ашық дереккөз",
        "Сурет: автордың мұрағатынан",
        "ашық дереккөзі",
        "Фото: видеодан алынған скрин",
        "سۋرەت: اشىق دەرەككوزدەن",
        "Foto: None",
        "Photo: J. Smith / Example Agency",
        "Скриншот с видео",
        "Фото Ивана Петрова",
        "Стоковые изображения от Depositphotos",
        "Сүрөт: жеке архивинен",
        "Foto:«Misol»",
    ],
    "player_browser_notice": [
        "Ваш браузер не поддерживает видео",
        "Your browser doesn’t support HTML5",
        "No media source currently available",
        "0:00 0:04:10 0:00",
    ],
    "related_items": ["№ 62 газет", "Olımpıada • Búgin, 16:16", "1💣 Ауылда мектеп ашылды"],
    "related_latest": [
        "Басқа жаңалықтар",
        "Сондай-ақ...",
        "Толығырақ »",
        "Читайте также",
        "Ещё >>",
        "Sońǵy jańalyqtar",
        "سوڭعى جاڭالىقتار",
        "Mavzuga oid",
        "ЧУКУЛ КАБАР!",
        "RELATED ARTICLES",
        "Read more: A bridge is closed for repairs",
    ],
    "share_social": [
        "Бөлісу:",
        "Поделиться:",
        "ПОДЕЛИТЬСЯ",
        "Facebook Twitter",
        "Share this article",
    ],
    "subscribe": ["Подпишитесь на наш Telegram-канал"],
    "tags": ["#қазақстан #алматы", "Теги:", "Tags: economy, trade"],
    "technical": [
        "None",
        "fbpx",
        "|",
        "----|----",
        "Загрузка…",
        "/uploads/thumbnail/20240211/abc.jpg",
        "https://example.kz/uploads/a.jpg?token=abc",
        "Время загрузки страницы 0.255 сек.",
    ],
    "widget_calendar": ["ДсСсСрБсЖмСбЖс", "« Тамыз 2025 »", "<< Aprel 2024 >>", "DUSECHPAJUSHYA"],
    "widget_clock": ["22-Ноябрь, 2024-жыл, жума, Бишкек убактысы 21:11", "Пт, 21:11:07"],
    "widget_poll": ["Сауалнама", "Опрос", "Проголосовало: 1 204", "45% (120 голосов)"],
    "widget_rates": [
        "ҚР Ұлттық банк курстары",
        "Курсы валют",
        "• RUB:",
        "USD 450.12",
        "-1.49",
        "USD/KZT 450.1 | EUR/KZT 489.3",
    ],
    "widget_weather": ["+14°", "Алматы +14°", "Ауа райы", "Ветер: 5 м/с"],
}


@pytest.mark.parametrize(
    ("expected", "line"),
    list(chain.from_iterable([(name, line) for line in lines] for name, lines in RESIDUE.items())),
)
def test_residue_is_known_as_its_family(expected: str, line: str) -> None:
    assert family(line) == expected
