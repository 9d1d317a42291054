"""Take what a bucket tells Pub/Sub: Google's notifications of new objects.

Their form is documented at https://cloud.google.com/storage/docs/pubsub-notifications. What is
needed is in the attributes; the size is in the body, where the bucket sends one.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from apache_beam.io.gcp.pubsub import PubsubMessage, ReadFromPubSub
from apache_beam.pvalue import PBegin, PCollection
from apache_beam.transforms.core import FlatMap
from apache_beam.transforms.ptransform import PTransform
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from transforms.listing import document_endings
from transforms.metrics import NOTIFICATIONS_OF_NO_DOCUMENT, NOTIFICATIONS_UNREADABLE
from transforms.moments import parse_time
from transforms.stream.arrivals import Arrival, Windows

EVENT_TIME = "eventTime"
"""The attribute that has the time of an event, as RFC 3339 has it."""

FINALIZED = "OBJECT_FINALIZE"
"""The event of an object that is new, or has a new content. Others tell of no document."""

_log = logging.getLogger(__name__)


class NotificationError(ValueError):
    """A message that is no notification of a bucket."""


def parse_notification(attributes: Mapping[str, str], body: bytes) -> Arrival | None:
    """Return the object that a notification tells of; None where it tells of another event.

    Raises NotificationError for any other message.
    """
    try:
        if attributes["eventType"] != FINALIZED:
            return None
        return Arrival(
            uri=f"gs://{attributes['bucketId']}/{attributes['objectId']}",
            size=_size_in(body),
            changed=parse_time(attributes[EVENT_TIME]),
            generation=str(int(attributes["objectGeneration"])),
        )
    except KeyError as error:
        raise NotificationError(f"no attribute {error}") from error
    except ValueError as error:
        raise NotificationError(str(error)) from error


def _size_in(body: bytes) -> int:
    """Return the size that the body states; 0 where it states none: it only cuts shards."""
    try:
        held = json.loads(body) if body else {}
        return max(0, int(held.get("size", 0)))
    except (AttributeError, TypeError, ValueError):
        return 0


def arrivals_in(
    message: PubsubMessage, endings: tuple[str, ...], windows: Windows
) -> Iterator[TimestampedValue[Arrival]]:
    """Yield the document of which a message tells, with the time of its event.

    Other events, and objects that no directory would give as documents, are counted. A message
    that is no notification is counted and told in the log.
    """
    try:
        arrival = parse_notification(message.attributes or {}, message.data or b"")
    except NotificationError as error:
        NOTIFICATIONS_UNREADABLE.inc()
        _log.warning("message %s is no notification of a bucket: %s", message.message_id, error)
        return
    if arrival is None or not arrival.uri.lower().endswith(endings):
        NOTIFICATIONS_OF_NO_DOCUMENT.inc()
        return
    published = message.publish_time
    reached = Timestamp.from_utc_datetime(published) if published else Timestamp(0)
    yield TimestampedValue(arrival, windows.event_time(arrival, reached))


@dataclass
class ReadNotifications(PTransform[PBegin, PCollection[Arrival]]):
    """Read the notifications of a subscription, without an end."""

    subscription: str  # projects/<project>/subscriptions/<name>
    suffixes: tuple[str, ...]
    windows: Windows

    def expand(self, pipeline: PBegin) -> PCollection[Arrival]:
        """Return the documents of which they tell."""
        arrivals: PCollection[Arrival] = (
            pipeline
            | "Read"
            >> ReadFromPubSub(
                subscription=self.subscription,
                with_attributes=True,
                timestamp_attribute=EVENT_TIME,
            )
            | "Parse"
            >> FlatMap(
                arrivals_in, document_endings(self.suffixes), self.windows
            ).with_output_types(Arrival)
        )
        return arrivals
