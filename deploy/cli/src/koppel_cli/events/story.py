"""Events of several services as one story: no effect before its cause, what belongs together as one moment."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby

from koppel_cli.operations import Json

RECORDS = "koppel.record.v1"
_TOPICS = (
    "koppel.connection.v1", "koppel.administration.v1", "koppel.assignment.v1", "koppel.sync-request.v1",
    "koppel.sync.v1", RECORDS, "koppel.sync-pause.v1",
)  # fmt: skip
"""Of events at the same instant the cause's topic comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One event, or `count` of one kind that belong together; then it is the first of them."""

    at: str
    until: str
    event: str
    count: int
    service: str
    topic: str
    key: str
    version: int
    last_version: int | None
    """Of the last of several of one stream; None: of several streams."""
    event_id: str
    causation_id: str | None
    correlation_id: str | None
    because: str | None
    """The event that caused it; None where that is not in the story."""
    resource: str | None

    @property
    def title(self) -> str:
        """`RecordChanged × 749 contact`."""
        several = f" × {self.count}" if self.count > 1 else ""
        return f"{self.event}{several}{f' {self.resource}' if self.resource else ''}"

    @property
    def versions(self) -> str:
        """`3`, `3–7`, or nothing where there are several streams."""
        if self.last_version is None:
            return ""
        return (
            str(self.version) if self.last_version == self.version else f"{self.version}–{self.last_version}"
        )

    @property
    def cause(self) -> str:
        """The event that caused it, else what did."""
        if self.because is not None:
            return self.because
        if self.causation_id is not None:
            return "an event not shown here"
        return "a login at the provider" if self.event == "ConnectionAuthorized" else "a call, or the clock"

    def as_json(self) -> Json:
        return asdict(self)


def tell(logged: Mapping[str, Sequence[Json]]) -> list[Moment]:
    """The story of what services logged, each in the order of its log."""
    ordered = in_causal_order(logged)
    names = {item["event_id"]: name_of(item) for _, item in ordered}
    found = []
    for _, group in groupby(ordered, _kind):
        run = list(group)
        found.append(_moment(run[0][0], [item for _, item in run], names))
    return found


def in_causal_order(logged: Mapping[str, Sequence[Json]]) -> list[tuple[str, Json]]:
    """Each event with its service: as old as they are, but never before their cause or out of their service's order.

    Clocks of services differ; where they contradict a cause, the cause counts.
    """
    queues = {service: deque(items) for service, items in logged.items() if items}
    waiting = {item["event_id"] for items in logged.values() for item in items}
    told: list[tuple[str, Json]] = []
    while queues:
        heads = [(service, queue[0]) for service, queue in queues.items()]
        free = [head for head in heads if head[1]["causation_id"] not in waiting] or heads
        service, item = min(free, key=lambda head: _age(head[1]))
        told.append((service, item))
        waiting.discard(item["event_id"])
        queues[service].popleft()
        if not queues[service]:
            del queues[service]
    return told


def name_of(item: Json) -> str:
    """`AdministrationImported`, without prefix and version."""
    parts = str(item["type"]).split(".")
    return parts[-2] if len(parts) > 1 else parts[0]


def resource_of(item: Json) -> str | None:
    """Of a record, the second part of its key; of others None."""
    return str(item["key"]).split("/")[1] if item["topic"] == RECORDS else None


def _age(item: Json) -> tuple[datetime, int, str, int]:
    topic = str(item["topic"])
    order = _TOPICS.index(topic) if topic in _TOPICS else len(_TOPICS)
    return datetime.fromisoformat(item["at"]), order, str(item["key"]), int(item["version"])


def _kind(logged: tuple[str, Json]) -> tuple[object, ...]:
    """In a row, messages of progress are one moment, and so are records that one cause told of one resource."""
    service, item = logged
    if item["topic"] == RECORDS:
        return (name_of(item), resource_of(item), item["causation_id"])
    if name_of(item) == "SyncProgressed":
        return ("SyncProgressed", item["key"])
    return (service, item["event_id"])


def _moment(service: str, run: Sequence[Json], names: Mapping[str, str]) -> Moment:
    first, last = run[0], run[-1]
    one_stream = first["count"] == 1 and {item["key"] for item in run} == {first["key"]}
    return Moment(
        at=first["at"],
        until=last["until"],
        event=name_of(first),
        count=_counted(run),
        service=service,
        topic=first["topic"],
        key=first["key"],
        version=first["version"],
        last_version=last["version"] if one_stream else None,
        event_id=first["event_id"],
        causation_id=first["causation_id"],
        correlation_id=first["correlation_id"],
        because=names.get(first["causation_id"]),
        resource=resource_of(first),
    )


def _counted(run: Iterable[Json]) -> int:
    return sum(int(item["count"]) for item in run)
