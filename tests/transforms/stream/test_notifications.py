"""What a bucket tells Pub/Sub becomes a document, or is counted."""

import contextlib
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from apache_beam.io.gcp.pubsub import PubsubMessage
from apache_beam.utils.timestamp import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from transforms.stream.arrivals import Arrival, Windows
from transforms.stream.notifications import (
    NotificationError,
    arrivals_in,
    parse_notification,
)

WINDOWS = Windows(60, 300)
ENDINGS = (".txt", ".zip")
EVENT = 1_747_248_000
ATTRIBUTES = {
    "notificationConfig": "projects/_/buckets/pages/notificationConfigs/1",
    "eventType": "OBJECT_FINALIZE",
    "payloadFormat": "JSON_API_V1",
    "bucketId": "pages",
    "objectId": "2025/бет 1.txt",
    "objectGeneration": "1747248000123456",
    "eventTime": "2025-05-14T18:40:00.123456Z",
}
BODY = json.dumps({"kind": "storage#object", "size": "5600", "name": "2025/бет 1.txt"}).encode()
ARRIVAL = Arrival("gs://pages/2025/бет 1.txt", 5600, 1_747_248_000_123_456_000, "1747248000123456")


def test_a_new_object_is_a_document() -> None:
    assert parse_notification(ATTRIBUTES, BODY) == ARRIVAL


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"size": "many"}', b'{"size": []}'])
def test_the_body_is_not_needed(body: bytes) -> None:
    found = parse_notification(ATTRIBUTES, body)
    assert found == Arrival(ARRIVAL.uri, 0, ARRIVAL.changed, ARRIVAL.generation)


@pytest.mark.parametrize("event", ["OBJECT_DELETE", "OBJECT_ARCHIVE", "OBJECT_METADATA_UPDATE"])
def test_other_events_are_of_no_document(event: str) -> None:
    assert parse_notification({**ATTRIBUTES, "eventType": event}, BODY) is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"eventTime": "yesterday"}, "Invalid isoformat"),
        ({"eventTime": "2025-05-14T18:40:00"}, "no time zone"),
        ({"objectGeneration": "new"}, "invalid literal"),
    ],
)
def test_other_messages_are_refused(changed: Mapping[str, str], message: str) -> None:
    with pytest.raises(NotificationError, match=message):
        parse_notification({**ATTRIBUTES, **changed}, BODY)


@pytest.mark.parametrize(
    "name", ["eventType", "bucketId", "objectId", "objectGeneration", "eventTime"]
)
def test_missing_attributes_are_named(name: str) -> None:
    attributes = {key: value for key, value in ATTRIBUTES.items() if key != name}
    with pytest.raises(NotificationError, match=f"no attribute '{name}'"):
        parse_notification(attributes, BODY)


@given(st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)), st.text()), st.binary())
def test_any_message_is_a_document_or_refused(attributes: dict[str, str], body: bytes) -> None:
    with contextlib.suppress(NotificationError):
        parse_notification({**ATTRIBUTES, **attributes}, body)


def message(published: float, **changed: str) -> PubsubMessage:
    """Return a message that was published so many seconds after its event."""
    time = datetime.fromtimestamp(EVENT + published, UTC)
    return PubsubMessage(BODY, {**ATTRIBUTES, **changed}, "7", time)


def test_a_document_has_the_time_of_its_event() -> None:
    (found,) = arrivals_in(message(1), ENDINGS, WINDOWS)
    assert found.value == ARRIVAL
    assert found.timestamp == Timestamp(EVENT) + 0.123456


def test_a_message_that_was_published_too_late_has_the_time_of_that() -> None:
    (found,) = arrivals_in(message(1000), ENDINGS, WINDOWS)
    assert found.value == ARRIVAL
    assert found.timestamp == Timestamp(EVENT + 1000)


@pytest.mark.parametrize(
    "changed", [{"objectId": "a/"}, {"objectId": "page.html"}, {"eventType": "OBJECT_DELETE"}]
)
def test_what_no_directory_gives_is_no_document(changed: dict[str, str]) -> None:
    assert list(arrivals_in(message(1, **changed), ENDINGS, WINDOWS)) == []


@pytest.mark.parametrize("name", ["PAGE.TXT", "a/pages.zip"])
def test_names_are_those_that_a_directory_gives(name: str) -> None:
    (found,) = arrivals_in(message(1, objectId=name), ENDINGS, WINDOWS)
    assert found.value.uri == f"gs://pages/{name}"


def test_a_message_that_cannot_be_read_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert list(arrivals_in(message(1, eventTime="x"), ENDINGS, WINDOWS)) == []
    assert "message 7 is no notification of a bucket" in caplog.text
