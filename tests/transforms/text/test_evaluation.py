"""The metrics, against small examples worked out by hand."""

from typing import Any

import pytest

from transforms.text.evaluation.fields import (
    fold_names,
    judge_fields,
    same_authors,
    same_date,
    same_title,
)
from transforms.text.evaluation.gold import GoldPage, LabelError, read_gold
from transforms.text.evaluation.scores import (
    Answer,
    Confusion,
    Extent,
    Mistake,
    PageScore,
    score_page,
)
from transforms.text.evaluation.summary import group_scores, summarize, worst_pages
from transforms.text.evaluation.tokens import count_tokens

COARSE: dict[str, Any] = {
    "id": "site/1",
    "source": "made-up",
    "lang": "en",
    "lines": [
        "The bridge is open",  # 0 title: not scored
        "The new bridge opened on Monday.",  # 1 body, 6 tokens
        "It is long.",  # 2 body, 3 tokens
        "Share",  # 3 boilerplate, 1 token
        "Read more on this",  # 4 boilerplate, 4 tokens
        "All rights reserved",  # 5 boilerplate, 3 tokens
        "---",  # 6 punct: not scored
    ],
    "role": ["title", "body", "body", "boiler", "boiler", "boiler", "punct"],
    "title": "The Bridge Is Open | Town News",
    "author": None,
    "published": "2024-05-06",
}
COARSE_ANSWER = Answer(
    roles={
        0: "title",
        1: "paragraph",
        2: "removed:share_social",  # wrong: three body tokens are lost
        3: "removed:share_social",
        4: "paragraph",  # wrong: boilerplate is kept
        5: "copyright",  # a field line counts as removed too
        6: "removed:punctuation",
    },
    fields={
        "title": "The bridge is open",
        "authors": ["Nobody"],
        "published_date": "2024-05-07",
    },
)

EXACT: dict[str, Any] = {
    "file": "a.txt",
    "language": "kk",
    "script": "Cyrl",
    "roles": {"0": "title", "1": "paragraph", "3": "removed:comments"},
    "fields": {
        "title": {"line": 0, "text": "Көпір ашылды"},
        "published_at_with_timezone_Asia/Almaty": "2024-05-06T04:00:00Z",
        "view_count": 0,
        "authors": [],
    },
}
EXACT_LINES = ["Көпір ашылды", "Жаңа көпір дүйсенбіде ашылды.", "", "Пікір қалдыру"]
EXACT_FIELDS = {
    "title": "Көпір ашылды",
    "title_line": 0,
    "published_at": "2024-05-06T04:00:00Z",
    "view_count": 0,
    "authors": [],
}


@pytest.fixture
def coarse_score() -> PageScore:
    return score_page(read_gold(COARSE), COARSE["lines"], COARSE_ANSWER)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("two words", 2),
        ("  Жаңа  көпір ашылды. ", 3),
        ("新しい橋", 4),
        ("橋が Tokyo で開通", 6),  # 橋 が Tokyo で 開 通
        ("새 다리가 열렸다", 3),  # Hangul is spaced
    ],
)
def test_a_token_is_a_word_or_one_unspaced_character(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def test_lines_are_counted_by_label_and_by_whether_they_were_kept(coarse_score: PageScore) -> None:
    assert coarse_score.lines == Confusion(
        body_kept=Extent(1, 6),
        body_lost=Extent(1, 3),
        boiler_kept=Extent(1, 4),
        boiler_removed=Extent(2, 4),
    )
    assert not coarse_score.is_intact
    assert not coarse_score.is_perfect


def test_each_family_answers_for_what_it_took(coarse_score: PageScore) -> None:
    assert coarse_score.families == {
        "share_social": Confusion(body_lost=Extent(1, 3), boiler_removed=Extent(1, 1)),
        "field:copyright": Confusion(boiler_removed=Extent(1, 3)),
    }


def test_every_wrong_line_and_field_is_a_mistake(coarse_score: PageScore) -> None:
    assert coarse_score.mistakes == [
        Mistake("lost", 2, "removed:share_social", "body", "It is long."),
        Mistake("kept", 4, "paragraph", "boiler", "Read more on this"),
        Mistake("field", None, "2024-05-07", "2024-05-06", "published_date"),
    ]


def test_the_figures_of_one_page(coarse_score: PageScore) -> None:
    summary = summarize([coarse_score])
    assert (summary.pages, summary.judged_pages) == (1, 1)
    assert summary.removal_precision == pytest.approx(2 / 3)
    assert summary.removal_recall == pytest.approx(2 / 3)
    assert summary.removal_f1 == pytest.approx(2 / 3)
    assert summary.body_tokens_lost == pytest.approx(3 / 9)
    assert summary.body_tokens_lost_to_fields == 0
    assert (summary.pages_intact, summary.pages_perfect) == (0, 0)
    assert summary.keep_line_f1 == pytest.approx(2 / 4)  # 2·1 / (2·1 + 1 + 1)
    assert summary.keep_token_f1 == pytest.approx(12 / 19)  # 2·6 / (2·6 + 4 + 3)
    assert summary.keep_page_f1 == pytest.approx(2 / 4)
    assert summary.fields == {
        "title": {"right": 1},
        "authors": {"unlabelled": 1},
        "published_date": {"wrong": 1},
    }


def test_page_f1_is_the_mean_over_pages_and_shares_are_over_judged_pages(
    coarse_score: PageScore,
) -> None:
    perfect = score_page(
        read_gold({"id": "2", "lines": ["One line.", "Share"], "role": ["body", "boiler"]}),
        ["One line.", "Share"],
        Answer({0: "paragraph", 1: "removed:share_social"}),
    )
    unlabelled = score_page(read_gold({"lines": ["x"], "title": "x"}), ["x"], Answer({}))
    summary = summarize([coarse_score, perfect, unlabelled])
    assert (summary.pages, summary.judged_pages) == (3, 2)
    assert summary.keep_page_f1 == pytest.approx((0.5 + 1) / 2)
    assert summary.keep_line_f1 == pytest.approx(4 / 6)  # 2·2 / (2·2 + 1 + 1)
    assert (summary.pages_intact, summary.pages_perfect) == (0.5, 0.5)
    assert list(summary.families) == ["share_social", "field:copyright"]
    assert summary.families["share_social"].boiler_removed == Extent(2, 2)


def test_body_taken_for_a_field_is_lost_and_told_apart() -> None:
    gold = read_gold({"lines": ["Nine to five", "And more of it"], "role": ["body", "body"]})
    score = score_page(gold, gold.lines or [], Answer({0: "title", 1: "paragraph"}))
    summary = summarize([score])
    assert summary.body_tokens_lost == pytest.approx(3 / 7)
    assert summary.body_tokens_lost_to_fields == pytest.approx(3 / 7)
    assert summary.removal_precision == 0
    assert summary.removal_recall is None


def test_nothing_gives_no_figures() -> None:
    summary = summarize([])
    assert summary.pages == 0
    assert summary.removal_precision is None
    assert summary.body_tokens_lost is None
    assert summary.pages_perfect is None
    assert summary.keep_page_f1 is None


def test_a_failed_page_loses_its_whole_body() -> None:
    gold = read_gold(COARSE)
    score = score_page(gold, COARSE["lines"], Answer({}, failed="decode/empty"))
    assert score.lines.body_lost == Extent(2, 9)
    assert score.lines.boiler_removed == Extent(3, 8)
    assert [mistake.said for mistake in score.mistakes if mistake.kind == "lost"] == ["nothing"] * 2


def test_an_exact_page_that_is_right() -> None:
    answer = Answer({0: "title", 1: "paragraph", 3: "removed:comments"}, EXACT_FIELDS, "kk", "Cyrl")
    score = score_page(read_gold(EXACT), EXACT_LINES, answer)
    assert (score.roles_right, score.roles_total) == (3, 3)
    assert score.fields == dict.fromkeys(
        ["title", "title_line", "published_at", "view_count", "language", "script"], "right"
    )
    assert score.mistakes == []
    assert score.is_perfect


def test_an_exact_page_counts_every_other_role_and_every_invented_field() -> None:
    answer = Answer(
        {0: "title", 1: "removed:comments", 2: "paragraph", 3: "removed:advert"},
        {**EXACT_FIELDS, "view_count": None, "section": "Қоғам", "published_at": "2024-05-06"},
        "ky",
        None,
    )
    score = score_page(read_gold(EXACT), EXACT_LINES, answer)
    assert (score.roles_right, score.roles_total) == (1, 4)
    assert score.fields == {
        "title": "right",
        "title_line": "right",
        "published_at": "wrong",
        "view_count": "missing",
        "section": "invented",
        "language": "wrong",
        "script": "missing",
    }
    assert [(m.kind, m.line, m.said, m.gold) for m in score.mistakes] == [
        ("role", 1, "removed:comments", "paragraph"),
        ("role", 2, "paragraph", "nothing"),
        ("role", 3, "removed:advert", "removed:comments"),
        ("field", None, "2024-05-06", "2024-05-06T04:00:00Z"),
        ("field", None, "Қоғам", "None"),
        ("field", None, "None", "0"),
        ("field", None, "ky", "kk"),
        ("field", None, "None", "Cyrl"),
    ]
    assert score.lines == Confusion(body_lost=Extent(1, 4), boiler_removed=Extent(1, 2))


@pytest.mark.parametrize(
    ("said", "gold", "same"),
    [
        ("The bridge is open", "The  BRIDGE is open", True),
        ("# The bridge is open", "The bridge is open.", True),
        ("The bridge is open", "The bridge is open - Town News", True),
        ("The bridge is open | Town News", "The bridge is open", True),
        (r"\- The bridge\, is open", "– The bridge, is open", True),
        ("Ещё один мост", "Еще один мост", True),
        ("The bridge is closed", "The bridge is open", False),
        ("The bridge", "The bridge is open", False),
        ("Town", "Town - The bridge is open again after a year", False),
    ],
)
def test_titles_are_one_but_for_case_spaces_and_the_name_of_the_site(
    said: str, gold: str, same: bool
) -> None:
    assert same_title(said, gold) is same


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        (["Ann Lee, Bob Ray"], {"ann lee", "bob ray"}),
        (["Bob Ray", "ANN LEE"], {"ann lee", "bob ray"}),
        (["By Ann Lee and Bob Ray"], {"ann lee", "bob ray"}),
        (["Айгүл Серік және Дана Асан"], {"айгүл серік", "дана асан"}),
        ([""], set()),
    ],
)
def test_authors_are_a_set_of_folded_names(names: list[str], folded: set[str]) -> None:
    assert fold_names(names) == folded


@pytest.mark.parametrize(
    ("said", "gold", "same"),
    [
        ("2024-05-06", "2024-05-06", True),
        ("2024-05-06", "2024-05-06 23:10:00+06:00", True),
        ("2024-05-07", "2024-05-06 23:10:00+00:00", True),  # east of Greenwich it is the 7th
        ("2024-05-05", "2024-05-06 23:10:00+00:00", False),  # nowhere is it still the 5th
        ("2024-05-07", "2024-05-06T00:00:00Z", False),  # midnight: a date, not an instant
        ("2024-05-07", "2024-05-06", False),
        ("2024-05-07", "May 6", False),
    ],
)
def test_dates_agree_where_some_clock_shows_them(said: str, gold: str, same: bool) -> None:
    assert same_date(said, gold) is same


def test_a_coarse_field_that_the_lines_do_not_show_is_not_held_against_anybody() -> None:
    gold = read_gold(
        {"lines": ["Some other text"], "title": "A bridge", "author": ["Ann Lee"], "published": ""}
    )
    assert judge_fields(gold, {"title": "Some other text"}) == {
        "title": "not_shown",
        "authors": "not_shown",
    }


@pytest.mark.parametrize(
    ("said", "gold", "same"),
    [
        (["Ann Lee"], ["Lee, Ann"], True),
        (["Bob Ray", "Ann Lee"], ["Ann Lee and Bob Ray"], True),
        (["Ann Lee"], ["Ann Lee", "Bob Ray"], False),
        (["Ann Ray"], ["Ann Lee"], False),
    ],
)
def test_authors_agree_in_any_order(said: list[str], gold: list[str], same: bool) -> None:
    assert same_authors(said, gold) is same


def test_a_coarse_date_is_missing_only_where_a_line_is_labelled_as_one() -> None:
    record = {"lines": ["May 6", "x"], "role": ["boiler", "body"], "published": "2024-05-06"}
    gold = read_gold(record)
    assert judge_fields(gold, {}) == {"published_date": "not_shown"}
    assert judge_fields(gold, {"published_date": "2024-05-05"}) == {"published_date": "wrong"}
    gold = read_gold({**record, "role": ["date", "body"]})
    assert judge_fields(gold, {}) == {"published_date": "missing"}


def test_a_coarse_field_that_is_shown_and_not_found_is_missing() -> None:
    gold = read_gold(
        {"lines": ["By Ann Lee, Town", "A BRIDGE"], "title": "A bridge", "author": "Ann Lee"}
    )
    assert judge_fields(gold, {}) == {"title": "missing", "authors": "missing"}


def test_labels_name_lines_fields_groups_and_zone() -> None:
    gold = read_gold(EXACT)
    assert isinstance(gold, GoldPage)
    assert gold.roles == {0: "title", 1: "paragraph", 3: "removed:comments"}
    assert gold.timezone == "Asia/Almaty"
    assert gold.groups == {"language": "kk", "source": "-", "variant": "-", "renderer": "-"}
    assert gold.fields["published_at"] == "2024-05-06T04:00:00Z"
    assert gold.fields["tags"] == []


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ([], "not a JSON object"),
        ({"text": "x"}, "not a label record"),
        ({"lines": [1]}, "not a string"),
        ({"lines": ["a"], "role": ["body", "body"]}, "1 lines, but 2 roles"),
        ({"lines": ["a"], "role": ["prose"]}, "unknown role: prose"),
        ({**EXACT, "fields": {"colour": "red"}}, "unknown field: colour"),
        ({**EXACT, "roles": {"first": "title"}}, "not a line number"),
    ],
)
def test_a_record_that_is_no_label_is_refused(record: object, complaint: str) -> None:
    with pytest.raises(LabelError, match=complaint):
        read_gold(record)


def test_the_worst_page_is_the_one_that_loses_most_body(coarse_score: PageScore) -> None:
    noisy = score_page(
        read_gold({"id": "noisy", "lines": ["Share", "Menu", "Back"], "role": ["boiler"] * 3}),
        ["Share", "Menu", "Back"],
        Answer(dict.fromkeys(range(3), "paragraph")),
    )
    by_loss = worst_pages([noisy, coarse_score], 5, ["lost", "kept"])
    assert [score.name for score, _ in by_loss] == ["site/1", "noisy"]
    by_kept = worst_pages([coarse_score, noisy], 1, ["kept"])
    assert [(score.name, len(mistakes)) for score, mistakes in by_kept] == [("noisy", 3)]


def test_groups_come_largest_first(coarse_score: PageScore) -> None:
    other = score_page(read_gold({"lines": [], "lang": "kk"}), [], Answer({}))
    groups = group_scores([other, coarse_score, coarse_score], "language")
    assert {language: len(scores) for language, scores in groups.items()} == {"en": 2, "kk": 1}
    assert list(groups) == ["en", "kk"]
