"""Near duplicates are found by sketches that move, whatever order these arrive in."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apache_beam.pipeline import Pipeline
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.core import Create, FlatMap
from hypothesis import given
from hypothesis import strategies as st

from schemas.avro import MAX_ROW_BYTES
from transforms import sketches
from transforms.documents import Reading, ReadSettings
from transforms.fingerprints import FindDuplicates, Finding
from transforms.near_duplicates import MEMBER, choose_articles, find_candidates, pick_candidates
from transforms.shards import Shard
from transforms.sketches import (
    BAND,
    BANDS,
    SIGNATURE,
    VERDICT_BYTES,
    NearSettings,
    ShardSketches,
)
from transforms.text.document import DocumentError, ExtractOptions
from transforms.text.extract import article_id
from transforms.text.signatures import Banding
from transforms.verdicts import NEAR_VERDICT, VERDICT, NearVerdicts, unpack_verdicts

OPTIONS = ExtractOptions(date(2024, 5, 31))
NEAR = NearSettings(OPTIONS, 0.8)

SENTENCES = [
    f"{place} тұрғындары {number} жыл бойы күткен {thing} осы аптада салтанатты түрде ашылды."
    for number, (place, thing) in enumerate(
        [
            ("Самалқала", "жаңа көпір"),
            ("Ақбұлақ ауылының", "мектеп кітапханасы"),
            ("Теректі көшесінің", "саябақтағы субұрқақ"),
            ("Жағалау ауданы", "емхананың күндізгі бөлімі"),
            ("Оңтүстік шағынаудан", "балаларға арналған театр"),
        ],
        start=3,
    )
]
STORY = "Қалада не өзгерді\n\n" + "\n\n".join(SENTENCES) + "\n"
ADDED = STORY + "\nБұл туралы біздің тілші хабарлады, толығырақ ертең.\n"
OTHER = (
    "Гүлдер көрмесі\n\n"
    "Бақ иелері биыл да өз гүлдерін алаңға шығарды, раушан мен қызғалдақтың жүз түрі болды.\n\n"
    "Қазылар алқасы үш сағат бойы кеңесіп, бас жүлдені тоқсандағы бағбан әжеге табыс етті.\n\n"
    "Көрме жексенбіге дейін жалғасады, кіру тегін, ал балаларға көшет сыйға тартылады.\n"
)


def write_pages(folder: Path, pages: Sequence[str]) -> list[str]:
    """Write pages in order and return their uris."""
    for number, page in enumerate(pages):
        (folder / f"{number}.txt").write_text(page, encoding="utf-8")
    return [(folder / f"{number}.txt").as_uri() for number in range(len(pages))]


def identity_of(uri: str, content: str) -> str:
    return article_id(uri, hashlib.sha256(content.encode()).hexdigest())


def near_rows(finding: Finding) -> Iterator[tuple[int, int, str, str | None]]:
    """Yield shard, index, standing article and what it nearly equals, of near duplicates."""
    if isinstance(finding[1], NearVerdicts):
        for index, verdict in unpack_verdicts([], [finding[1]]).items():
            yield finding[0], index, verdict.article_id, verdict.near_duplicate_of


@pytest.mark.parametrize("drops", [False, True])
def test_near_duplicates_are_found_across_shards(drops: bool, tmp_path: Path) -> None:
    """The second and the fifth are copies: the fifth has a verdict only where both are dropped."""
    uris = write_pages(tmp_path, [STORY, ADDED, OTHER, "Қысқа хабар.", ADDED])
    shards = [Shard.pack(0, uris[:1]), Shard.pack(1, uris[1:4]), Shard.pack(2, uris[4:])]
    first, second = identity_of(uris[0], STORY), identity_of(uris[1], ADDED)
    wanted: list[tuple[int, int, str, str | None]] = [(0, 0, first, None), (1, 0, second, first)]
    if drops:
        wanted.append((2, 0, second, first))
    with Pipeline(runner="FnApiRunner") as pipeline:
        finder = FindDuplicates(ReadSettings(), NearSettings(OPTIONS, 0.8, drops))
        found = pipeline | Create(shards) | finder | FlatMap(near_rows)
        assert_that(found, equal_to(wanted))


def test_verdicts_of_both_kinds_are_one() -> None:
    exact = [VERDICT.pack(7, b"\1" * 32, b"\2" * 16, False, 3)]
    near = [
        NearVerdicts(NEAR_VERDICT.pack(7, b"\1" * 32, b"\2" * 16, b"\3" * 16, 0.875)),
        NearVerdicts(NEAR_VERDICT.pack(8, b"\4" * 32, b"\5" * 16, b"\5" * 16, 1.0)),
    ]
    verdicts = unpack_verdicts(exact, near)
    seven, eight = verdicts[7], verdicts[8]
    assert (seven.article_id, seven.uri_count) == ("02" * 16, 3)
    assert (seven.near_duplicate_of, seven.similarity) == ("03" * 16, 0.875)
    assert (eight.article_id, eight.near_duplicate_of, eight.similarity) == ("05" * 16, None, None)


bands = st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True)
texts = st.tuples(st.integers(0, 3), st.integers(0, 9), bands)


@given(st.lists(texts, min_size=1, max_size=14, unique_by=lambda each: each[1]), st.randoms())
def test_candidates_are_those_of_a_search_through_everything(
    made: list[tuple[int, int, list[int]]], random: object
) -> None:
    """`made` has the shard of each text, its content as a number, and the keys of its bands."""
    blobs = []
    for index, (shard, content, keys) in enumerate(made):
        records = np.array([(key, content, index) for key in keys], dtype=BAND)
        blobs.append((shard, records.tobytes()))
    random.shuffle(blobs)  # type: ignore[attr-defined]  # st.randoms() has no public type
    wanted = {
        (shard, index, key)
        for index, (shard, content, keys) in enumerate(made)
        for key in keys
        if any(key in others and content != other for _, other, others in made)
    }
    found = [
        (shard, int(index), int(key))
        for shard, packed in find_candidates((0, blobs))
        for index, key in np.frombuffer(packed, dtype=MEMBER)
    ]
    assert sorted(found) == sorted(wanted)


def test_copies_are_one_candidate() -> None:
    """The first of each content, by shard and index, stands for all."""
    places = [(1, 4, 9), (0, 8, 9), (0, 2, 9), (1, 1, 5)]  # shard, index, content
    blobs = [
        (shard, np.array([(77, content, index)], dtype=BAND).tobytes())
        for shard, index, content in places
    ]
    found = {
        shard: np.frombuffer(packed, dtype=MEMBER)["index"].tolist()
        for shard, packed in find_candidates((0, blobs))
    }
    assert found == {0: [2], 1: [1]}


def test_a_copy_that_an_article_stands_for_is_no_candidate() -> None:
    """Its sketch may be there and that of the winner not: with a time limit, one was too slow."""
    members = np.array([(3, 77), (4, 77), (4, 78)], dtype=MEMBER).tobytes()
    signatures = np.zeros(6, dtype=SIGNATURE)
    signatures["index"] = range(6)
    verdicts = VERDICT.pack(3, b"\1" * 32, b"\2" * 16, False, 0)
    verdicts += VERDICT.pack(4, b"\3" * 32, b"\4" * 16, False, 2)
    grouped = {
        "candidates": [members],
        "signatures": [signatures[:4].tobytes(), signatures[4:].tobytes()],
        "verdicts": [verdicts],
    }
    ((_, (shard, kept, picked)),) = pick_candidates((5, grouped))
    assert shard == 5
    assert np.frombuffer(kept, dtype=MEMBER).tolist() == [(4, 77), (4, 78)]
    assert np.frombuffer(picked, dtype=SIGNATURE)["index"].tolist() == [4]
    assert list(pick_candidates((5, {**grouped, "candidates": []}))) == []


def sketch(shard: int, pages: Sequence[str], near: NearSettings = NEAR) -> ShardSketches:
    """Return the sketches of pages that wait to be sent."""
    made = ShardSketches(shard, near)
    for index, page in enumerate(pages):
        content = page.encode()
        uri = f"file:///{shard}/{index}.txt"
        sha256 = hashlib.sha256(content)
        identity = bytes.fromhex(article_id(uri, sha256.hexdigest()))
        made.add(index, Reading(uri, content), sha256.digest(), identity)
    return made


def sent(made: ShardSketches) -> list[Any]:
    """Return the tagged outputs: signatures first, then bands."""
    return list(made.send())


def test_each_document_has_a_signature_and_all_its_bands() -> None:
    signatures, *bands = sent(sketch(7, [STORY, "", OTHER]))
    shard, packed = signatures.value
    records = np.frombuffer(packed, dtype=SIGNATURE)
    assert shard == 7
    assert records["index"].tolist() == [0, 2]
    assert records["sha256"][0].tobytes() == hashlib.sha256(STORY.encode()).digest()
    assert records["id"][0].tobytes().hex() == identity_of("file:///7/0.txt", STORY)
    assert {output.tag for output in bands} == {BANDS}
    joined = b"".join(output.value[1][1] for output in bands)
    keys = np.frombuffer(joined, dtype=BAND)
    assert len(keys) == 2 * Banding.for_threshold(0.8).bands
    assert set(keys["index"].tolist()) == {0, 2}


def test_a_language_that_nobody_asked_for_has_no_sketch() -> None:
    for tag, is_sketched in (("kk", True), ("ru", False)):
        near = NearSettings(OPTIONS, 0.8, languages=(tag,))
        assert bool(sent(sketch(0, [STORY], near))) == is_sketched


@pytest.mark.parametrize("error", [DocumentError("process", "timeout", "late"), KeyError("x")])
def test_what_will_be_no_article_has_no_sketch(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(sketches, "extract_reading", fail)
    assert sent(sketch(0, [STORY])) == []


def test_a_row_that_a_verdict_would_make_too_large_has_no_sketch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for spare, is_sketched in ((VERDICT_BYTES, True), (VERDICT_BYTES - 1, False)):
        size = MAX_ROW_BYTES - spare
        monkeypatch.setattr(sketches, "encode_row", lambda _, size=size: bytes(size))
        assert bool(sent(sketch(0, [STORY]))) == is_sketched


def test_sketches_are_sent_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "BLOCK_DOCUMENTS", 2)
    made = sketch(0, [STORY])
    assert list(made.send_full()) == []
    made = sketch(0, [STORY, OTHER])
    assert len(list(made.send_full())) > 1
    assert sent(made) == []


def test_verdicts_do_not_depend_on_the_order_of_shards() -> None:
    stories = [STORY, ADDED, OTHER, STORY.upper() + ADDED[-40:]]
    shards = []
    for shard, story in enumerate(stories):
        outputs = sent(sketch(shard, [story]))
        bands = [output.value[1][1] for output in outputs[1:]]
        keys = np.frombuffer(b"".join(bands), dtype=BAND)["key"]
        members = np.array([(0, key) for key in keys], dtype=MEMBER).tobytes()
        shards.append((shard, members, outputs[0].value[1]))
    found = [
        {shard: near.packed for shard, near in choose_articles((0, each), 0.8)}
        for each in (shards, shards[::-1], shards[2:] + shards[:2])
    ]
    assert found[0] == found[1] == found[2]
    assert sorted(found[0]) == [0, 1, 3]
