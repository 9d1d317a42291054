"""Dates are found in every printed form we know, with the right span, and nothing else is one."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.text.date_words import word_key
from transforms.text.dates import FoundDate, find_dates, to_date, to_instant
from transforms.text.knowledge_files import load_knowledge

Moment = tuple[int | None, int | None, int | None, int | None, int | None, int | None]


def moment(found: FoundDate) -> Moment:
    return found.year, found.month, found.day, found.hour, found.minute, found.second


def texts(line: str) -> list[str]:
    return [found.text for found in find_dates(line)]


def only(line: str) -> FoundDate:
    (found,) = find_dates(line)
    return found


# The date between ⟦ and ⟧, and what it says.
PRINTED = [
    # Kazakh
    ("⟦13.06.2018, 18:13⟧ 4100", "2018-06-13 18:13"),
    ("477 ⟦13.10.2025⟧", "2025-10-13"),
    ("⟦20.12.2023 | 09:46⟧", "2023-12-20 09:46"),
    ("Датасы: ⟦02.10.2017⟧", "2017-10-02"),
    ("⟦19 Тамыз 2022, 13:28⟧", "2022-08-19 13:28"),
    ("⟦08 маусым 2016 17:49⟧", "2016-06-08 17:49"),
    ("⟦27 наурыз 2018 ж.⟧ 1 569 0", "2018-03-27"),
    ("⟦27 наурыз 2018 ж., 10:05⟧", "2018-03-27 10:05"),
    ("⟦27.03.2018ж. 10:05⟧", "2018-03-27 10:05"),
    ("⟦2018 жылғы 13 маусым⟧", "2018-06-13"),
    ("⟦2017 жылдың 12 желтоқсанында⟧", "2017-12-12"),
    ("⟦5 қаңтар, 2020 жыл, сағат 09:30⟧", "2020-01-05 09:30"),
    ("Сұхбат • ⟦21 Ақпан, 2025⟧", "2025-02-21"),
    ("⟦Сенбі, 20 қыркүйек, 2014 жыл⟧", "2014-09-20"),
    ("Астана. ⟦13 маусым⟧. Агенттік -", "-----06-13"),
    ("⟦3 сәуірден⟧ бастап", "-----04-03"),
    ("⟦14 ҚАЗАН 2019⟧", "2019-10-14"),
    ("⟦14 Қарaша 2019⟧", "2019-11-14"),  # a Latin a
    ("46 - sóz 3221 12 pikir ⟦10 Aqpan, 2022 saghat 16:10⟧", "2022-02-10 16:10"),
    ("⟦Júma, 27 Qyrkýiek 2024⟧", "2024-09-27"),
    ("⟦27 qyrku'i'ek 2017⟧", "2017-09-27"),
    ("⟦27 Qyrkúıek 2017⟧", "2017-09-27"),
    ("⟦27 qırküyek 2010 j.⟧", "2010-09-27"),
    ("⟦3 Sәuir, 2012 saghat 07:01⟧", "2012-04-03 07:01"),
    ("⟦25 ءساۋىر، 2022⟧", "2022-04-25"),
    ("⟦28 قاراشا, 2025⟧", "2025-11-28"),
    ("⟦30 قاڭتار, 2026 ساعات 13:48⟧", "2026-01-30 13:48"),
    # Russian, Ukrainian, Belarusian
    ("Дата: ⟦17 сентября 2022 в 23:02⟧", "2022-09-17 23:02"),
    ("⟦17:46, 13 Октябрь 2025 | GMT +5⟧", "2025-10-13 17:46"),
    ("⟦09:24 Июль 20, 2016⟧", "2016-07-20 09:24"),
    ("⟦15 февраль 2022⟧", "2022-02-15"),
    ("⟦04 мая, 10:02⟧", "-----05-04 10:02"),
    ("⟦28 Ноя 2025, Пт⟧", "2025-11-28"),
    ("⟦Пт. 28 нояб. 2025 г. в 9:05⟧", "2025-11-28 09:05"),
    ("от ⟦1 января 2020 года⟧.", "2020-01-01"),
    ("АЛМАТЫ, ⟦29 фев⟧ — Агентство.", "-----02-29"),
    ("⟦28-08-2025, 03:45⟧", "2025-08-28 03:45"),
    ("⟦13.06.18 07:15⟧", "2018-06-13 07:15"),
    ("⟦20 мая в 06.58⟧ в центр", "-----05-20 06:58"),
    ("⟦13.06, 18:13⟧", "-----06-13 18:13"),
    ("⟦28 листопада 2011 року, 10:00⟧", "2011-11-28 10:00"),
    ("⟦5 лютого 2021 о 14:30⟧", "2021-02-05 14:30"),
    ("⟦28 лістапада 2011⟧", "2011-11-28"),
    # Kyrgyz, Uzbek, Tatar, Bashkir, Karakalpak, Tajik, Mongolian
    ("⟦22-Ноябрь, 2024-жыл, жума⟧", "2024-11-22"),
    ("⟦2024-жылдын 22-ноябры⟧", "2024-11-22"),
    ("⟦7- июнга⟧ чейин", "-----06-07"),
    ("O‘zbekiston | ⟦11:27 / 26.08.2022⟧", "2022-08-26 11:27"),
    ("⟦27 Dekabr, 2025⟧   |   7", "2025-12-27"),
    ("⟦2022-yil 5-yanvar⟧", "2022-01-05"),
    ("⟦5-oktabr 2021, 18:00⟧", "2021-10-05 18:00"),
    ("⟦2022 йил 5 октябр⟧", "2022-10-05"),
    ("⟦2 noyabrde⟧", "-----11-02"),
    ("⟦2 апрель 2021 ел⟧", "2021-04-02"),
    ("⟦25 гыйнвар 2021⟧", "2021-01-25"),
    ("⟦2нче сентябрьдә⟧", "-----09-02"),
    ("⟦2011 йылдың 28 ноябре⟧", "2011-11-28"),
    ("⟦28 ноябри⟧ соли 2011", "-----11-28"),
    ("⟦2011 оны 11-р сарын 28⟧", "2011-11-28"),
    # Turkish, Azerbaijani, Turkmen
    ("⟦28 Kasım 2011 Pazartesi 12:10⟧", "2011-11-28 12:10"),
    ("⟦28 KASIM 2011 - 12:10⟧", "2011-11-28 12:10"),
    ("⟦5 ŞUBAT 2011⟧", "2011-02-05"),
    ("⟦16:0023/01/2026, الجمعة⟧", "2026-01-23 16:00"),
    ("⟦28 noyabr 2011-ci il⟧", "2011-11-28"),
    ("⟦2011-ci il noyabrın 28-i⟧", "2011-11-28"),
    ("⟦İyunun 11-də⟧", "-----06-11"),
    ("⟦2018-nji ýylyň 25-nji martyna⟧", "2018-03-25"),
    # English
    ("⟦November 28, 2011⟧", "2011-11-28"),
    ("⟦Nov. 28th, 2011 at 4.34pm⟧", "2011-11-28 16:34"),
    ("⟦28 Nov 2011 10:15 AM⟧", "2011-11-28 10:15"),
    ("⟦Monday, November 28, 2011, 10 p.m.⟧", "2011-11-28 22:00"),
    ("⟦28th of November, 2011⟧", "2011-11-28"),
    ("⟦Tuesday February 11 2025⟧", "2025-02-11"),
    ("⟦9/17/2004 5:54:13 AM⟧", "2004-09-17 05:54"),
    ("⟦10-30-2025⟧", "2025-10-30"),
    ("⟦Nov 28 10:15:07 2011⟧", "2011-11-28 10:15"),
    ("⟦28-Nov-11⟧", "2011-11-28"),
    ("⟦May 5⟧", "-----05-05"),
    ("⟦12:30 PM on 28 Nov 2011⟧", "2011-11-28 12:30"),
    ("⟦12:30 a.m., 28 Nov 2011⟧", "2011-11-28 00:30"),
    # the rest of Europe
    ("⟦28. November 2011⟧", "2011-11-28"),
    (r"⟦28\. April 2024 um 15:58 Uhr⟧", "2024-04-28 15:58"),
    ("⟦Mo, 28.11.2011 | 10.15 Uhr⟧", "2011-11-28 10:15"),
    ("⟦18 juil. 2024 à 08:01⟧", "2024-07-18 08:01"),
    ("le ⟦1er août 2023 à 14h52⟧", "2023-08-01 14:52"),
    ("⟦28 de noviembre de 2011, 10:15 h⟧", "2011-11-28 10:15"),
    ("⟦28 de novembro de 2011 às 10h15⟧", "2011-11-28 10:15"),
    ("⟦lunedì 28 novembre 2011 alle 10:15⟧", "2011-11-28 10:15"),
    ("⟦28 listopada 2011, o godz. 10:15⟧", "2011-11-28 10:15"),
    ("⟦28. listopadu 2011⟧", "2011-11-28"),
    ("⟦28. 11. 2011 v 10:15⟧", "2011-11-28 10:15"),
    ("⟦maandag 28 maart 2011⟧", "2011-03-28"),
    ("⟦28 Νοεμβρίου 2011⟧", "2011-11-28"),
    ("⟦ΔΕΥΤΕΡΑ, 28 ΝΟΕΜΒΡΙΟΥ 2011⟧", "2011-11-28"),
    ("⟦28 november 2011 kl. 10.15⟧", "2011-11-28 10:15"),
    ("⟦2011 m. lapkričio 28⟧ d.", "2011-11-28"),
    ("⟦2011. november 28⟧.", "2011-11-28"),
    # Asia
    ("⟦Senin, 28 November 2011 21:45 WIB⟧", "2011-11-28 21:45"),
    ("⟦2011年11月28日 08:15⟧", "2011-11-28 08:15"),
    ("⟦2003年11月12日16:36⟧ 来源", "2003-11-12 16:36"),
    ("⟦2025年1月13日 20時01分⟧", "2025-01-13 20:01"),
    ("⟦2011年11月28日(月) 午後3時⟧", "2011-11-28 15:00"),
    ("⟦2011年11月28日星期一 下午3:05⟧", "2011-11-28 15:05"),
    ("⟦2011년 11월 28일 오후 6:30⟧", "2011-11-28 18:30"),
    ("⟦2011. 11. 28⟧.", "2011-11-28"),
    ("⟦28 نوفمبر 2011⟧", "2011-11-28"),
    ("⟦28 تشرين الثاني 2011⟧", "2011-11-28"),
    ("⟦٢٨ نوفمبر ٢٠١١⟧", "2011-11-28"),
    ("⟦28 نوامبر 2011⟧", "2011-11-28"),
    ("⟦28 نويابىر 2011⟧", "2011-11-28"),
    # ISO 8601, and what glues to it
    ("⟦2019-06-14 20:23:21⟧    75", "2019-06-14 20:23"),
    ("⟦2019-06-14T20:23:21.123456Z⟧", "2019-06-14 20:23"),
    ("date ⟦2025-11-09⟧ KZ", "2025-11-09"),
    ("⟦2017/10/02⟧", "2017-10-02"),
    ("⟦28/Nov/2011:10:15:00⟧", "2011-11-28 10:15"),
    ("⟦13.06.201818:13⟧", "2018-06-13 18:13"),
    ("⟦14.07.2025 | 22:00⟧24318", "2025-07-14 22:00"),
    ("Опубликовано⟦13.06.2018г.⟧", "2018-06-13"),
    ("⟦06.01.2026 - 17:35⟧Просмотров", "2026-01-06 17:35"),
    ("⟦13.06.2018⟧4100", "2018-06-13"),
    ("⟦26 | 01 | 2022⟧", "2022-01-26"),
    ("Айгүл Асанова⟦Тамыз 17, 2021⟧ауыл", "2021-08-17"),
    ("Health⟦DECEMBER 17, 2021⟧", "2021-12-17"),
    ("⟦13\u00a0июня\u00a02018⟧", "2018-06-13"),
    ("⟦13.06.\u200b2018⟧", "2018-06-13"),
    # day first, unless only the American order is possible
    ("⟦05/06/2018⟧", "2018-06-05"),
    ("⟦06/13/2018⟧", "2018-06-13"),
    # a time alone
    ("⟦18:13⟧", "18:13"),
    ("• ⟦16:50⟧", "16:50"),
    ("⟦9:05 am⟧", "09:05"),
]


def says(found: FoundDate) -> str:
    """Return a date as `2018-06-13 18:13`, with `----` for a year that is not printed."""
    parts = []
    if found.month is not None:
        parts.append(f"{found.year or '----'}-{found.month:02}-{found.day:02}")
    if found.hour is not None:
        parts.append(f"{found.hour:02}:{found.minute:02}")
    return " ".join(parts)


@pytest.mark.parametrize(("marked", "expected"), PRINTED)
def test_reads_printed_dates(marked: str, expected: str) -> None:
    before, _, rest = marked.partition("⟦")
    printed, _, after = rest.partition("⟧")
    found = only(before + printed + after)
    assert (found.text, says(found)) == (printed, expected)


NOT_DATES = [
    "", "4100", "1 569 0", "2022", "1945", "Тамыз 2025", "2017-12", "May 2025", "№ 62 газет",
    "31.02.2020", "31.02.2020 18:13", "29 февраля 2019", "31 сәуір", "30 Feb 2020", "00.00.2020",
    "13.13.2018", "32.01.2020", "2019-02-29", "2019-13-01", "2011年13月28日", "1.2.3", "v12.10.11",
    "2.77.0", "10.4.2.1", "192.168.10.12", "12.10.11.10", "+7 (727) 250-11-12", "8-701-12-05-2020",
    "+7 701 123 45 67", "87:65", "3:2", "10:0", "25:10", "1:23:4", "12.50", "$12.50", "1 250,00 ₸",
    "99.99.99", "12/34", "24/7", "1/2/3", "5.10", "12.10.45", "13.06.1889", "13.06.2101",
    "5 мая 1945 года", "28 November 1887", "we may 5 times", "5 may attend", "3 out of 5",
    "set 5 records", "7 ago", "часть 3", "ГОСТ 12.1.004-91", "ISO 8601", "A4 210x297",
    "10:00-18:00", "abc", "кешегі 3 адам", "http://example.kz/2011/11/28/title", "1:234", "١٢٣٤٥٦",
]  # fmt: skip


@pytest.mark.parametrize("line", NOT_DATES)
def test_finds_nothing_in(line: str) -> None:
    assert find_dates(line) == []


RELATIVE = [
    ("Бүгiн, 08:28", 8, 28),  # with a Latin i
    ("Бүгін, 08:28", 8, 28),
    ("Búgin, 16:16", 16, 16),
    ("Кеше, 9:05", 9, 5),
    ("Keshe, 19:05", 19, 5),
    ("بۇگىن، 10:00", 10, 0),
    ("Сегодня в 10:02", 10, 2),
    ("Вчера, 23:59", 23, 59),
    ("18:13, сегодня", 18, 13),
    ("Бүгүн, 10:00", 10, 0),
    ("Bugun, 10:00", 10, 0),
    ("Кеча | 10:00", 10, 0),
    ("Бүген 10:00", 10, 0),
    ("Dün 10:00", 10, 0),
    ("Bu gün, 10:00", 10, 0),
    ("heute um 10 Uhr", 10, 0),
    ("I dag kl. 10:00", 10, 0),
    ("aujourd’hui à 10h30", 10, 30),
    ("昨天 10:00", 10, 0),
    ("어제 10:00", 10, 0),
    ("Вчера", None, None),
    ("2 сағат бұрын", None, None),
    ("15 минут назад", None, None),
    ("2 hours ago", None, None),
    ("vor 3 Stunden", None, None),
]


@pytest.mark.parametrize(("line", "hour", "minute"), RELATIVE)
def test_reads_relative_days(line: str, hour: int | None, minute: int | None) -> None:
    found = only(line)
    assert (found.text, found.is_relative) == (line, True)
    assert moment(found) == (None, None, None, hour, minute, None)
    assert to_date(found) is None


def test_a_relative_word_in_prose_is_not_a_date() -> None:
    assert find_dates("Сегодня президент встретился с 3 министрами") == []


OFFSETS = [
    ("17:14, 02 Сәуір 2025 | GMT +5", 300),
    ("13.06.2018 18:13 GMT+6", 360),
    ("13.06.2018 18:13 (UTC+5)", 300),
    ("13.06.2018 18:13 UTC", 0),
    ("13.06.2018 18:13 UTC-03:30", -210),
    ("13.06.2018 18:13 +05:00", 300),
    ("2018-06-13T18:13:00+05:30", 330),
    ("2018-06-13T18:13:00-0330", -210),
    ("2018-06-13T18:13Z", 0),
    ("13.06.2018 18:13 МСК", 180),
    ("Nov 28, 2011 10:15 AM EST", -300),
    ("Nov 28, 2011 10:15 AM ET", None),
    ("13.06.2018 18:13", None),
    ("13.06.2018", None),
]


@pytest.mark.parametrize(("line", "offset"), OFFSETS)
def test_reads_offsets(line: str, offset: int | None) -> None:
    found = only(line)
    assert (found.text, found.utc_offset_minutes) == (line, offset)


@pytest.mark.parametrize(
    "line", ["28.11.2011 10:15 est", "28.11.2011 10:15 et", "28.11.2011 10:15 UTC+23"]
)
def test_only_zones_are_zones(line: str) -> None:
    assert only(line).utc_offset_minutes in (None, 0)


def test_several_dates_come_in_order() -> None:
    line = "Publié le 30 août 2023 à 14h52, modifié le 31 août 2023 à 15h54"
    assert [moment(found)[1:5] for found in find_dates(line)] == [(8, 30, 14, 52), (8, 31, 15, 54)]
    assert texts("Jan 5, 2026Jan 6, 2026") == ["Jan 5, 2026", "Jan 6, 2026"]
    assert texts("17/11/201918/11/2019") == ["17/11/2019", "18/11/2019"]
    assert texts("5 мая 2018 и 6 мая 2018") == ["5 мая 2018", "6 мая 2018"]
    assert texts("12:54 26.12.2025 25.12.2025") == ["12:54 26.12.2025", "25.12.2025"]


def test_a_date_of_another_line_part_keeps_its_clock() -> None:
    date_part, clock = find_dates("22-Ноябрь, 2024-жыл, жума, Бишкек убактысы 21:11")
    assert (date_part.text, date_part.weekday) == ("22-Ноябрь, 2024-жыл, жума", True)
    assert moment(clock) == (None, None, None, 21, 11, None)


@pytest.mark.parametrize(
    ("line", "weekday"),
    [("Júma, 27 Qyrkýiek 2024", True), ("Mon, Nov 28, 2011", True), ("28 Ноя 2025, ср", True),
     ("28 Ноя 2025", False), ("do 28.11.2011", False), ("28.11.2011 (Пт) 10:00", True)],
)  # fmt: skip
def test_weekdays_are_noticed(line: str, weekday: bool) -> None:
    assert only(line).weekday is weekday


def test_instants() -> None:
    seed = only("13.06.2018, 18:13 4100")
    assert to_instant(seed, "Asia/Almaty") == datetime(2018, 6, 13, 12, 13, tzinfo=UTC)
    assert to_instant(seed, None) is None
    printed = only("17:14, 02 Сәуір 2025 | GMT +5")
    assert to_instant(printed, None) == datetime(2025, 4, 2, 12, 14, tzinfo=UTC)
    assert to_instant(printed, "America/New_York") == datetime(2025, 4, 2, 12, 14, tzinfo=UTC)
    # Kazakhstan left UTC+6 on 1 March 2024
    for line, instant in [
        ("29.02.2024 10:00", datetime(2024, 2, 29, 4, tzinfo=UTC)),
        ("02.03.2024 10:00", datetime(2024, 3, 2, 5, tzinfo=UTC)),
    ]:
        assert to_instant(only(line), "Asia/Almaty") == instant
    for without_time_or_day in ("13.06.2018", "04 мая, 10:02", "18:13", "Бүгін, 08:28"):
        assert to_instant(only(without_time_or_day), "Asia/Almaty") is None
    with pytest.raises(ZoneInfoNotFoundError):
        to_instant(seed, "Asia/Nowhere")


def test_to_date_checks_the_calendar() -> None:
    assert to_date(only("29.02.2020")) == date(2020, 2, 29)
    assert to_date(FoundDate(0, 1, "x", year=2019, month=2, day=29)) is None
    assert to_date(only("04 мая, 10:02")) is None


MONTHS = load_knowledge("dates.toml")["months"]


@pytest.mark.parametrize("language", sorted(MONTHS))
def test_every_month_of_every_language_is_read(language: str) -> None:
    assert len(MONTHS[language]["names"]) == 12
    endings = ["", *MONTHS[language]["endings"]]
    for month, names in enumerate(MONTHS[language]["names"], start=1):
        for printed in (name + ending for name in names for ending in endings):
            for shown in (printed, printed.upper()):
                found = only(f"7 {shown} 2021")
                assert to_date(found) == date(2021, month, 7), shown


def test_no_spelling_stands_for_two_months() -> None:
    months = defaultdict(set)
    for language in MONTHS.values():
        for month, names in enumerate(language["names"], start=1):
            for name in names:
                for ending in ("", *language["endings"]):
                    months[word_key(name + ending)].add(month)
    assert {spelling: numbers for spelling, numbers in months.items() if len(numbers) > 1} == {}


KAZAKH = ("қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек",
          "қазан", "қараша", "желтоқсан")  # fmt: skip
RUSSIAN = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
           "октября", "ноября", "декабря")  # fmt: skip
ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
WITH_TIME = [
    "{d:02}.{m:02}.{y}, {h:02}:{i:02}",
    "{d:02}.{m:02}.{y} | {h:02}:{i:02}",
    "{h:02}:{i:02} / {d:02}.{m:02}.{y}",
    "{h:02}:{i:02}{d:02}/{m:02}/{y}",
    "{y}-{m:02}-{d:02} {h:02}:{i:02}",
    "{y}-{m:02}-{d:02}T{h:02}:{i:02}:00",
    "{y}年{m}月{d}日 {h:02}:{i:02}",
    "{h:02}:{i:02}, {d} {kk} {y} | GMT +5",
    "{d} {kk}, {y} сағат {h:02}:{i:02}",
    "{d} {ru} {y} г. в {h:02}:{i:02}",
    "{en} {d}, {y} at {h12}:{i:02} {half}",
]
WITHOUT_TIME = [
    "{d:02}.{m:02}.{y}",
    "{d}/{m:02}/{y}",
    "{y}/{m}/{d}",
    "{d} {kk} {y} ж.",
    "{y} жылғы {d} {kk}",
    "{d} {ru} {y} года",
    "{ru} {d}, {y}",
    "{d}. {en} {y}",
    "{d}-{en}-{y}",
]


def print_moment(pattern: str, when: datetime) -> str:
    return pattern.format(
        d=when.day,
        m=when.month,
        y=when.year,
        h=when.hour,
        i=when.minute,
        kk=KAZAKH[when.month - 1],
        ru=RUSSIAN[when.month - 1],
        en=ENGLISH[when.month - 1],
        h12=when.hour % 12 or 12,
        half="PM" if when.hour >= 12 else "AM",
    )


moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31, 23, 59))
surroundings = st.sampled_from(["", "4100 ", "Жаңалықтар ", "| ", "Автор: Асан • ", "("])


@given(moments, st.sampled_from(WITH_TIME), surroundings, st.sampled_from(["", " 4100", ")", " |"]))
def test_a_printed_moment_is_read_back(
    when: datetime, pattern: str, before: str, after: str
) -> None:
    printed = print_moment(pattern, when)
    found = only(before + printed + after)
    assert found.text == printed
    assert (to_date(found), found.hour, found.minute) == (when.date(), when.hour, when.minute)


@given(moments, st.sampled_from(WITHOUT_TIME), surroundings, st.sampled_from(["", " 4100", ")"]))
def test_a_printed_day_is_read_back(when: datetime, pattern: str, before: str, after: str) -> None:
    printed = print_moment(pattern, when)
    found = only(before + printed + after)
    assert (found.text, to_date(found), found.hour) == (printed, when.date(), None)


@given(moments, st.sampled_from(["Asia/Almaty", "Europe/Berlin", "UTC"]))
def test_an_instant_is_the_same_local_time(when: datetime, zone: str) -> None:
    instant = to_instant(only(f"{when:%d.%m.%Y %H:%M}"), zone)
    assert instant is not None
    local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert abs(local - when.replace(second=0, microsecond=0)) <= timedelta(hours=1)


FRAGMENTS = [
    "13", "6", "06", "2018", "18", "00", "31", "1", "99", "1650", "0500", ".", ":", "/", "-", ", ",
    " ", " | ", "(", ")", "T", "Z", "GMT", "+", " +5", "маусым", "мая", "May", "may", "mar.",
    "қазан", "ж.", "г.", "-жыл", "жылғы", "в", "at", "saghat", "pm", "p. m.", "Бүгін", "вчера",
    "ago", "hours", "vor", "Пт", "so", "年", "月", "日", "時", "分", "(月)", "st", "de", "kl.",
    "Uhr", "h", "'", "’", "\u200b", "تشرين الثاني", "٢٠١١", "٫",
    "слово", "\\.", "\t", "\n", "\u0301",
]  # fmt: skip
lines = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))


@given(lines)
@example("5 p. m.")
@example("13.06.2018 18:13 (GMT+5) (")
@example("İİ 5 İyun 2020")
def test_any_text_gives_ordered_spans(line: str) -> None:
    end = 0
    for found in find_dates(line):
        assert end <= found.start < found.end <= len(line)
        assert found.text == line[found.start : found.end]
        assert found.text == found.text.strip()
        assert found.is_relative or found.day is not None or found.hour is not None
        assert found.hour is None or (0 <= found.hour <= 23 and found.minute is not None)
        assert (found.month is None) == (found.day is None)
        if found.year is not None:
            assert 1990 <= found.year <= 2100
            assert to_date(found) is not None
            to_instant(found, "Asia/Almaty")
        end = found.end


@given(lines)
def test_a_found_date_is_found_in_its_own_text(line: str) -> None:
    for found in find_dates(line):
        again = only(found.text)
        assert (again.start, again.end) == (0, len(found.text))
        assert moment(again) == moment(found)
        assert again.is_relative == found.is_relative
