"""JSON lines: each record with a text is a document, each other one a failure of its own."""

import bz2
import gzip
import json
from collections.abc import Callable

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from transforms.containers.json_lines import find_field
from transforms.documents import Reading, ReadSettings

Unpack = Callable[..., list[tuple[str, bytes | str]]]
ReadFile = Callable[..., list[Reading]]


def lines_of(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".jsonl", bytes),
        (".ndjson", bytes),
        (".jsonl.gz", gzip.compress),
        (".jsonl.bz2", bz2.compress),
        (".ndjson.zst", zstd.compress),
    ],
)
def test_each_record_is_a_document(
    suffix: str, pack: Callable[[bytes], bytes], unpack: Unpack
) -> None:
    content = lines_of({"text": "бір"}, {"text": "екі", "more": [1]})
    assert unpack("x" + suffix, pack(content)) == [("1", "бір".encode()), ("2", "екі".encode())]


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_texts_come_back_as_they_were(unpack: Unpack, texts: list[str], end: str) -> None:
    content = end.join(json.dumps({"text": text}) for text in texts)
    wanted: list[tuple[str, bytes | str]] = [
        (str(number), text.encode()) for number, text in enumerate(texts, 1)
    ]
    assert unpack("x.jsonl", content.encode()) == (wanted or [("x.jsonl", "empty")])


def test_blank_lines_and_a_mark_are_no_records_but_count_as_lines(unpack: Unpack) -> None:
    content = b"\xef\xbb\xbf" + lines_of({"text": "a"}) + b"\n \r\n" + b'{"text": "b"}'
    assert unpack("x.jsonl", content) == [("1", b"a"), ("4", b"b")]


BAD_LINES = [
    (b'{"text": "torn', "bad_json"),
    (b"\xff\xfe", "bad_json"),
    (b'{"text": "\\ud800"}', "bad_json"),
    (b"[" * 100_000, "bad_json"),
    (b'{"text": ' + b"1" * 5000 + b"}", "bad_json"),
    (b'{"text": 5}', "no_text_field"),
    (b'{"body": "x"}', "no_text_field"),
    (b'["text"]', "no_text_field"),
    (b"null", "no_text_field"),
]


@pytest.mark.parametrize(("line", "code"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_bad_record_costs_only_itself(line: bytes, code: str, read_file: ReadFile) -> None:
    first, bad, last = read_file(
        "x.jsonl", lines_of({"text": "a"}) + line + b"\n" + lines_of({"text": "b"})
    )
    assert (first.content, last.content) == (b"a", b"b")
    assert bad.uri.endswith("x.jsonl!/2")
    assert bad.failure is not None
    assert bad.failure.code == code
    assert bad.stored is not None
    assert bad.stored.head == line + b"\n"


def test_line_over_the_cap_costs_only_itself(read_file: ReadFile) -> None:
    huge = lines_of({"text": "x" * 5000})
    content = lines_of({"text": "a"}) + huge + lines_of({"text": "b"})
    first, refused, last = read_file("x.jsonl", content, ReadSettings(max_document_bytes=100))
    assert (first.content, last.content) == (b"a", b"b")
    assert refused.failure is not None
    assert (refused.failure.stage, refused.failure.code) == ("unpack", "too_large")
    assert refused.stored is not None
    assert (refused.stored.head, refused.stored.size) == (huge, len(huge))


def test_fields_are_names_or_paths(read_file: ReadFile) -> None:
    settings = ReadSettings(text_field="page.body", uri_field="page.url")
    records = [
        {"page": {"body": "a", "url": "https://a.example/1"}},
        {"page.body": "b", "page.url": "https://a.example/2"},
        {"page": {"body": "c"}},
        {"page": "d"},
    ]
    found = read_file("x.jsonl", lines_of(*records), settings)
    assert [reading.content for reading in found] == [b"a", b"b", b"c", None]
    assert [reading.uri.rpartition("/")[2] for reading in found] == ["1", "2", "3", "4"]
    assert found[0].uri == "https://a.example/1"
    assert found[2].uri.endswith("x.jsonl!/3")


def test_date_of_a_record_comes_along_as_it_is_there(read_file: ReadFile) -> None:
    settings = ReadSettings(date_field="meta.published")
    records = [
        {"text": "a", "meta": {"published": " 14.05.2024 "}},
        {"text": "b", "meta": {"published": 1715712000}},
        {"text": "c", "meta": {"published": ["2024-05-14"]}},
        {"text": "d", "meta": {"published": None}},
        {"text": "e", "meta": "2024-05-14"},
        {"text": "f", "meta.published": "2024-05-14"},
    ]
    found = read_file("x.jsonl", lines_of(*records), settings)
    assert [reading.record_date_text for reading in found] == [
        "14.05.2024", "1715712000", '["2024-05-14"]', None, None, "2024-05-14"
    ]  # fmt: skip
    unasked = read_file("x.jsonl", lines_of(*records))
    assert {reading.record_date_text for reading in unasked} == {None}
    assert [reading.content for reading in unasked] == [reading.content for reading in found]


@pytest.mark.parametrize("depth", [5, *range(900, 1001, 10), 100_000])
def test_date_of_any_depth_costs_only_its_record(depth: int, read_file: ReadFile) -> None:
    deep = b'{"text": "a", "when": ' + b"[" * depth + b"]" * depth + b"}\n"
    content = deep + lines_of({"text": "b", "when": "x"})
    first, second = read_file("x.jsonl", content, ReadSettings(date_field="when"))
    assert second.record_date_text == "x"
    if first.failure:
        assert first.failure.code == "bad_json"
    else:
        assert first.record_date_text == ("[" * depth + "]" * depth)[:200]


@pytest.mark.parametrize("uri", ["", 7, None, "a\nb", "\ud800", "x" * 5000])
def test_uri_that_cannot_be_one_gives_way_to_the_line(uri: object, read_file: ReadFile) -> None:
    settings = ReadSettings(uri_field="url")
    (reading,) = read_file("x.jsonl", lines_of({"text": "a", "url": uri}), settings)
    assert reading.content == b"a"
    assert reading.uri.endswith("x.jsonl!/1")


@pytest.mark.parametrize(
    ("name", "value"), [("a", {"b": 1}), ("a.b", 1), ("a.c", None), ("x", None)]
)
def test_find_field(name: str, value: object) -> None:
    assert find_field({"a": {"b": 1}}, name) == value


@given(st.binary(max_size=300))
def test_no_bytes_are_an_error_of_ours(unpack: Unpack, content: bytes) -> None:
    outcomes = {outcome for _, outcome in unpack("x.jsonl", content)}
    assert outcomes <= {"bad_json", "no_text_field", "empty"}
