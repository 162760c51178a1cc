"""Putting events in the order of cause and effect, and checking that the order holds."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from koppel.contracts.topics import RECORD
from koppel_local.demo.failure import require
from koppel_local.demo.timeline import Seen


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of the timeline, or several of one kind that followed each other."""

    first: Seen
    last: Seen
    count: int
    because: str | None
    """The event that caused it; None when a person's call or a schedule did."""

    @property
    def what(self) -> str:
        """The resource of a record event; empty for other events."""
        return str(self.first.data.get("resource", "")) if self.first.topic == RECORD.name else ""


def of_administration(events: Iterable[Seen], administration_id: str, connection_id: str) -> list[Seen]:
    """Those about the administration, its connection and its records."""
    return [
        event
        for event in events
        if event.key in {administration_id, connection_id} or event.key.startswith(f"{administration_id}/")
    ]


def check_streams(events: Sequence[Seen]) -> int:
    """Every stream is whole: versions 1, 2, 3 … without gap or repetition. Returns the number of streams."""
    streams: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in events:
        streams[event.topic, event.key].append(event.version)
    for (topic, key), versions in streams.items():
        wanted = list(range(1, len(versions) + 1))
        require(versions == wanted, f"versions 1…{len(versions)} in order on {topic} {key}", versions)
    return len(streams)


def check_causes(events: Sequence[Seen]) -> int:
    """No event before its cause. Returns how many name one that is here."""
    places = {event.envelope.id: place for place, event in enumerate(events)}
    named = 0
    for place, event in enumerate(events):
        cause = places.get(str(event.envelope.causation_id))
        if cause is not None:
            named += 1
            require(cause < place, f"{event.name} after its cause {events[cause].name}", "before it")
    return named


def moments(events: Sequence[Seen]) -> list[Moment]:
    """The timeline: records of one resource in a row are one moment, and so are messages of progress."""
    names = {event.envelope.id: event.name for event in events}
    found = []
    for _, group in groupby(events, _kind):
        run = list(group)
        because = names.get(str(run[0].envelope.causation_id))
        found.append(Moment(run[0], run[-1], len(run), because))
    return found


def _kind(event: Seen) -> tuple[str, ...]:
    """Events that are shown as a count; all others are shown one by one."""
    if event.topic == RECORD.name:
        return (event.name, str(event.data["resource"]))
    if event.name == "SyncProgressed":
        return (event.name,)
    return (event.envelope.id,)
