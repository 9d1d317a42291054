"""The languages that a user asks for: as tags, refused where no answer can match them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text.language.census import count_scripts
from transforms.text.language.choice import DETECTORS, text_identifier
from transforms.text.language.tags import read_knowledge
from transforms.text.language.wanted import (
    LanguageTagError,
    answered_languages,
    canonical_tag,
    check_tags,
    is_wanted,
)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("kk", "kk"),
        (" RU ", "ru"),
        ("kk-cyrl", "kk-Cyrl"),
        ("KK-LATN", "kk-Latn"),
        ("ckb", "ckb"),
        ("und", "und"),
    ],
)
def test_tags_are_brought_to_their_usual_case(text: str, tag: str) -> None:
    assert canonical_tag(text) == tag


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kk_Cyrl", "'kk_Cyrl' is no language tag; did you mean kk-Cyrl?"),
        ("kk-KZ", "'kk-KZ' is no language tag; did you mean kk?"),
        ("kk-cyrl-KZ", "did you mean kk-Cyrl?"),
        ("kazakh", "'kazakh' is no language tag; write it like kk or kk-Cyrl"),
        ("", "'' is no language tag"),
        ("қк", "'қк' is no language tag"),
        ("kk-Cyr1", "'kk-Cyr1' is no language tag"),
    ],
)
def test_other_words_are_refused(text: str, message: str) -> None:
    with pytest.raises(LanguageTagError) as error:
        canonical_tag(text)
    assert message in str(error.value)


@given(st.text(max_size=12))
def test_any_word_is_a_tag_or_refused(text: str) -> None:
    try:
        tag = canonical_tag(text)
    except LanguageTagError:
        return
    assert canonical_tag(tag) == tag


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize(("slip", "meant"), [("kz", "kk"), ("ua", "uk"), ("kaz", "kk")])
def test_a_slip_is_named_with_what_is_meant(detector: str, slip: str, meant: str) -> None:
    with pytest.raises(LanguageTagError) as error:
        check_tags(["ru", slip], detector)
    assert str(error.value) == f"{slip!r}: {detector} never answers {slip}; did you mean {meant}?"


@pytest.mark.parametrize(
    ("tag", "detector"), [("sah", "cld2"), ("kaa", "langdetect"), ("ug-Xyzw", "routed")]
)
def test_what_a_detector_never_answers_is_refused(tag: str, detector: str) -> None:
    with pytest.raises(LanguageTagError):
        check_tags([tag], detector)


@pytest.mark.parametrize("detector", DETECTORS)
def test_the_usual_languages_are_not_refused(detector: str) -> None:
    check_tags(["kk", "kk-Cyrl", "ru", "en", "uz-Latn", "zh-Hant", "he", "nb", "und"], detector)


@pytest.mark.parametrize("tag", ["kaa", "crh", "kk-Latn", "kk-Arab", "cv", "sah", "ckb", "tyv"])
def test_what_only_the_routed_detection_knows_is_not_refused(tag: str) -> None:
    check_tags([tag], "routed")


def test_no_detector_is_meant_that_is_none() -> None:
    with pytest.raises(KeyError):
        answered_languages("guess")


def test_a_slip_leads_to_a_language_and_is_none_itself() -> None:
    for slip, meant in read_knowledge("wanted")["slips"].items():
        assert meant in answered_languages("routed")
        assert slip != meant


@pytest.mark.parametrize("sign", list("aдعαბաअকਕકକதతಕമසกລမកאܐއአᏣᠠ中あ한"))
def test_every_script_of_the_census_may_be_asked_for(sign: str) -> None:
    script = count_scripts(sign * 9).script
    assert script is not None
    wanted = {"Hani": "Hans"}.get(script, script)
    check_tags([f"und-{wanted}"], "routed")


@given(st.text(max_size=60))
def test_every_answer_is_one_that_may_be_asked_for(text: str) -> None:
    for detector in DETECTORS:
        assert text_identifier(detector)(text).language in answered_languages(detector)


@pytest.mark.parametrize(
    ("language", "script", "is_kept"),
    [
        ("kk", "Cyrl", True),
        ("kk", "Latn", False),
        ("ru", "Cyrl", True),
        ("ru", None, True),
        ("und", None, True),
        ("en", "Latn", False),
    ],
)
def test_a_tag_without_a_script_stands_for_all(
    language: str, script: str | None, is_kept: bool
) -> None:
    assert is_wanted(language, script, ("kk-Cyrl", "ru", "und")) is is_kept
