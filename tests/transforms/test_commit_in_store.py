"""Of several runs that commit to one place of a store at the same moment, one does."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from store_servers import Bucket

from tests.transforms.test_commit import report_on, settings_for
from transforms.commit import commit
from transforms.create_once import create_once
from transforms.output_files import abandon, list_output, remove_leftovers
from transforms.parts import OutputError, write_part

RUNS = 8
ROUNDS = 5


def commit_at_once(places: list[str], numbers: list[int]) -> list[str]:
    """Commit runs with these numbers at the same moment; return what each was told."""
    barrier = threading.Barrier(len(numbers))

    def run(place: str, number: int) -> str:
        barrier.wait()
        try:
            commit([report_on(number)], settings_for(place, 8))
        except OutputError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(len(numbers)) as crew:
        return list(crew.map(run, places, numbers))


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_of_many_runs_one_commits(attempt: int, bucket: Bucket) -> None:
    """Their manifests have different names: that none is there yet does not decide."""
    place = f"{bucket.uri}/out{attempt}"
    told = commit_at_once([place] * RUNS, list(range(RUNS)))
    assert told.count("") == 1
    for each in filter(None, told):
        assert "another run has" in each
    assert len(list_output(place).manifests) == 1


def test_equal_runs_agree(bucket: Bucket) -> None:
    place = f"{bucket.uri}/out"
    assert commit_at_once([place] * RUNS, [3] * RUNS) == [""] * RUNS
    assert len(list_output(place).manifests) == 1


def test_run_that_is_late_does_not_commit(bucket: Bucket) -> None:
    """The other one has cleaned up: nothing but its manifest tells of it."""
    place = f"{bucket.uri}/out"
    path = commit([report_on(1)], settings_for(place, 8))
    name = path.removeprefix(f"{place}/")
    remove_leftovers(place, list_output(place), [name])
    assert list(bucket.contents("out/")) == [name]
    with pytest.raises(OutputError, match=f"another run has committed, {name}"):
        commit([report_on(2)], settings_for(place, 8))


def test_failed_run_takes_nothing_from_another_one(bucket: Bucket) -> None:
    """Two equal ones write equal files, which the manifest of either lists."""
    place = f"{bucket.uri}/out"
    bucket.put("out/_work/run.json", b"")
    assert abandon(place, list_output(place))
    assert bucket.contents("out/") == {}
    part = write_part(place, "articles", 0, b"content", 1)
    bucket.put("out/_work/run.json", b"")
    assert abandon(place, list_output(place))
    assert sorted(bucket.contents("out/")) == ["_work/run.json", part.name]


def test_missing_and_shortened_parts_are_noticed(bucket: Bucket) -> None:
    place = f"{bucket.uri}/out"
    part = write_part(place, "articles", 0, b"content", 1)
    bucket.put(f"out/{part.name}", b"conten")
    with pytest.raises(OutputError, match="written with 7 bytes, now 6 bytes"):
        commit([report_on(0, [part])], settings_for(place, 8))
    bucket.delete(f"out/{part.name}")
    with pytest.raises(OutputError, match="now missing"):
        commit([report_on(0, [part])], settings_for(place, 8))


def test_object_of_another_run_is_told(bucket: Bucket) -> None:
    path = f"{bucket.uri}/out/_work/run.json"
    for _ in range(2):
        create_once(path, b"content", "run")
    with pytest.raises(OutputError, match=rf"^cannot write {path}: another run has written it$"):
        create_once(path, b"other content", "run")
    assert bucket.contents() == {"out/_work/run.json": b"content"}
