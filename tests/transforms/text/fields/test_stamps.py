"""Lines that hold nothing but metadata, and lines that only begin so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text.fields.stamps import parse_count, read_stamp


@pytest.mark.parametrize(
    ("line", "fields", "views", "comments"),
    [
        ("13.06.2018, 18:13 4100", ["published", "views"], 4100, None),
        ("27 наурыз 2018 ж. 1 569 0", ["published", "views", "comments"], 1569, 0),
        ("477 13.10.2025", ["views", "published"], 477, None),
        ("353 рет оқылды", ["views"], 353, None),
        ("Просмотров: 1204 Комментариев: 3", ["views", "comments"], 1204, 3),
        ("12 пікір", ["comments"], None, 12),
        ("5 min read", ["read_time"], None, None),
        ("Сұхбат • 21 Ақпан, 2025", ["section", "published"], None, None),
        ("Көршілес ауылдар • 26 Сәуір, 2020", ["section", "published"], None, None),
        ("Jane Q Doe • November 4, 2025", ["author", "published"], None, None),
        ("October 11, 2023 by Jane Doe", ["published", "author"], None, None),
        ("Жарияланды: 14.03.2024", ["published"], None, None),
        ("14.03.2024 | Анна Ветрова", ["published", "author"], None, None),
    ],
)
def test_stamps(line: str, fields: list[str], views: int | None, comments: int | None) -> None:
    stamp = read_stamp(line)
    assert stamp is not None
    assert [part.field for part in stamp.parts] == fields
    assert (stamp.view_count, stamp.comment_count) == (views, comments)


@pytest.mark.parametrize(
    "line",
    [
        "4100",
        "2024 жылы қалада 12 мектеп салынды",
        "13 маусым күні қалада мереке болды",
        "Қазақстан",
        "+7 701 000 00 00",
        "15 орын",
    ],
)
def test_other_lines(line: str) -> None:
    assert read_stamp(line) is None


@pytest.mark.parametrize(
    ("text", "count"), [("1 569", 1569), ("219", 219), ("12\u202f345 рет", 12345), ("жоқ", None)]
)
def test_counts(text: str, count: int | None) -> None:
    assert parse_count(text) == count


@given(
    st.text(alphabet=st.sampled_from("0123456789 .,:|•/-рет оқылды13.06.2018views"), max_size=60)
)
def test_parts_cover_the_line_in_order(line: str) -> None:
    stamp = read_stamp(line)
    if stamp:
        assert "".join(line[part.start : part.end] for part in stamp.parts) == line
