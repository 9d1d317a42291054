"""A document as it arrives in a stream, and the time that decides on its window."""

from dataclasses import dataclass

from apache_beam.transforms.core import WindowInto
from apache_beam.transforms.trigger import AccumulationMode, AfterProcessingTime, AfterWatermark
from apache_beam.transforms.window import FixedWindows
from apache_beam.utils.timestamp import Timestamp

MICROSECONDS = 10**6
NANOSECONDS = 10**9

LATE_SECONDS = 10
"""Late documents wait so long for others, or each would have a manifest of its own."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document that is new, or has changed.

    `changed` is the time of that, in ns since 1970: the ctime of a local file, the last update
    of an object, the time that a notification states. With uri and generation the same, it is the
    same, wherever and however often the document comes: this puts it into the same window again.
    """

    uri: str
    size: int
    changed: int
    generation: str  # another one for another content
    is_refused: bool = False  # it must not be read: a link that leads out of its directory


@dataclass(frozen=True, slots=True)
class Windows:
    """How a stream is cut by time."""

    seconds: int  # of a window
    lateness: float  # seconds after its end in which a window gets panes of its own

    def start_of(self, arrival: Arrival) -> int:
        """Return the begin of the window of a document, in seconds since 1970."""
        return arrival.changed // NANOSECONDS // self.seconds * self.seconds

    def event_time(self, arrival: Arrival, reached: Timestamp) -> Timestamp:
        """Return the time with which a document enters the stream, which has reached another.

        It is that of its change; where the runner may have closed that window for good and would
        drop the document without a word, it is the time reached. Even so the document becomes a
        pane of its own window, together with the next that fires.
        """
        closed = self.start_of(arrival) + self.seconds + self.lateness
        if Timestamp(closed) <= reached:
            return reached
        return Timestamp(micros=arrival.changed * MICROSECONDS // NANOSECONDS)

    def into(self) -> WindowInto:
        """Return the step that puts documents into their windows.

        To the runner a window stays open for one more of its length: what was in time when it was
        found may have become a little later on its way.
        """
        return WindowInto(
            FixedWindows(self.seconds),
            trigger=AfterWatermark(late=AfterProcessingTime(LATE_SECONDS)),
            allowed_lateness=self.lateness + self.seconds,
            accumulation_mode=AccumulationMode.DISCARDING,
        )
