"""What subscribers count on besides the schema: `schemas/<Event>.v<n>/facts.json`, compared like the schemas.

Where the event is found, in what order, who answers for it, and how long it stays. A break is refused also by `write`;
whoever means it edits the file by hand, in sight of a review.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from koppel.contracts.event import Event
from koppel.contracts.gate.differences import Difference
from koppel.contracts.gate.history import FOLDER, folder_of
from koppel.contracts.gate.samples import Samples
from koppel.contracts.topics import Topic

Facts = dict[str, Any]

_DAY = 86_400_000
_FIXED = {
    "topic": "subscribers of the old topic no longer get it",
    "key": "order and deduplication hold per key",
    "owner": "missing versions are asked of the owner, and only its versions count",
    "carries": "it says whether a missing version may be passed",
    "compacted": "it says whether old versions stay",
    "partitions": "keys move to other partitions, past their own earlier events",
    "open_to_others": "it says whose versions count",
    "since": "it is history",
}
_ANNOUNCED = ("deprecated", "sunset")


def facts_of(event: type[Event]) -> Facts:
    """The facts of today."""
    topic = event.topic
    return {
        "topic": topic.name,
        "key": key_template(event),
        "owner": topic.owner,
        "carries": str(topic.carries),
        "compacted": topic.compacted,
        "partitions": topic.partitions,
        "open_to_others": topic.open_to_others,
        "kept_days": kept_days(topic),
        "since": event.since.isoformat(),
        "deprecated": event.deprecated and event.deprecated.isoformat(),
        "sunset": event.sunset and event.sunset.isoformat(),
        "replaced_by": event.replaced_by,
    }


def kept_days(topic: Topic) -> int | None:
    """None: for ever."""
    return None if topic.retention_ms is None else topic.retention_ms // _DAY


def key_template(event: type[Event]) -> str:
    """The key with the names of the fields that it is made of: `{administration_id}/{resource}/{external_id}`."""
    schema = event.model_json_schema(mode="serialization")
    samples = Samples(event.type_name(), optional="given", leaf=None, items=1)
    sample = event.model_validate(samples.value(schema, schema))
    key = sample.key
    for name in event.model_fields:
        value = str(getattr(sample, name))
        if value and value != name:
            key = key.replace(value, f"{{{name}}}")
    return key


def committed(folder: Path) -> Facts | None:
    """None for an event whose facts were never committed."""
    try:
        found: Facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def breaks(old: Facts, new: Facts) -> Iterator[Difference]:
    """Every change that somebody would feel."""
    for name, why in _FIXED.items():
        if old[name] != new[name]:
            yield _difference(f"{name} changed from {old[name]} to {new[name]}; {why}")
    before, after = old["kept_days"], new["kept_days"]
    if after is not None and (before is None or after < before):
        yield _difference(f"kept for {after} days instead of {before or 'ever'}")
    if new["deprecated"] is not None:
        yield from _brought_forward(old, new)


def _brought_forward(old: Facts, new: Facts) -> Iterator[Difference]:
    for name in _ANNOUNCED:
        was, now = old[name], new[name]
        if was is not None and (now is None or now < was):
            yield _difference(f"{name} was announced as {was} and may be put off, not become {now}")


def wrong(event: type[Event], types: set[str]) -> Iterator[str]:
    """Announcements that do not hold together."""
    if event.deprecated is None and (event.sunset or event.replaced_by):
        yield "has a sunset or a replacement and is not deprecated"
    if event.deprecated and event.sunset and event.sunset < event.deprecated:
        yield f"its sunset {event.sunset} is before its deprecation {event.deprecated}"
    if event.replaced_by is not None and event.replaced_by not in types - {event.type_name()}:
        yield f"is replaced by {event.replaced_by}, which does not exist"


def write(event: type[Event], root: Path = FOLDER) -> Path | None:
    """Commit today's facts unless they break what was committed; the path when something was written."""
    folder, now = folder_of(event, root), facts_of(event)
    was = committed(folder)
    if was == now or (was is not None and any(breaks(was, now))):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "facts.json"
    path.write_text(json.dumps(now, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def may_go(was: Facts | None, today: date) -> str | None:
    """Why an event that was published must stay; None when its sunset has passed."""
    if was is None or was["sunset"] is None:
        return "published once, now missing, and no sunset was announced"
    sunset = date.fromisoformat(was["sunset"])
    return f"its sunset is {sunset}, until then it stays" if today <= sunset else None


def _difference(what: str) -> Difference:
    return Difference("", what, everybody=True)
