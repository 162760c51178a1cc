"""Putting events in the order of cause and effect, and checking that the order holds."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from koppel.contracts.envelope import rfc3339
from koppel.contracts.topics import BY_NAME
from koppel_cli.events.story import Moment, tell
from koppel_cli.operations import Json
from koppel_local.demo.failure import require
from koppel_local.demo.timeline import Seen


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


def story(events: Sequence[Seen]) -> list[Moment]:
    """As `koppel timeline` tells it, of what was read here."""
    logged: dict[str, list[Json]] = defaultdict(list)
    for event in events:
        logged[BY_NAME[event.topic].owner].append(_as_logged(event))
    return tell(logged)


def _as_logged(event: Seen) -> Json:
    """As a service answers it."""
    envelope = event.envelope
    return {
        "event_id": envelope.id,
        "type": envelope.type,
        "topic": event.topic,
        "key": event.key,
        "version": event.version,
        "at": rfc3339(event.at),
        "until": rfc3339(event.at),
        "count": 1,
        "causation_id": None if envelope.causation_id is None else str(envelope.causation_id),
        "correlation_id": None if envelope.correlation_id is None else str(envelope.correlation_id),
    }
