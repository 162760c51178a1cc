"""The events that both sides carry: a profile change of some 300 bytes, many streams, none before its turn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from koppel.contracts.administration import AdministrationProfileChanged
from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.values import Sector
from koppel.kernel.ids import new_id
from koppel.platform.outbox.batches import partition_of

SOURCE = "import-svc"
STREAMS = 2_000
Event = AdministrationProfileChanged


@dataclass(frozen=True, slots=True)
class Message:
    """One event as it lies on the topic."""

    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


@dataclass(slots=True)
class Organisation:
    """Two thousand administrations whose profiles change in turn."""

    streams: int = STREAMS
    organisation_id: UUID = field(default_factory=new_id)
    administrations: list[UUID] = field(init=False)

    def __post_init__(self) -> None:
        self.administrations = [new_id() for _ in range(self.streams)]

    def event(self, number: int, by: str | None = None) -> Event:
        return AdministrationProfileChanged(
            organisation_id=self.organisation_id,
            administration_id=self.administrations[number % self.streams],
            kvk_number=f"{10_000_000 + number % 80_000_000}",
            sector=Sector(sbi_version="2025", code="N"),
            changed_by=by or f"user:{self.organisation_id}",
            changed_at=datetime.now(UTC),
        )

    def events(self, count: int) -> list[Event]:
        return [self.event(number) for number in range(count)]

    def messages(self, count: int, partitions: int) -> list[Message]:
        """What the relay would send for `count` events of streams that begin with these."""
        correlation = new_id()
        return [
            message(event, number // self.streams + 1, correlation, partitions)
            for number, event in enumerate(self.events(count))
        ]


def message(event: Event, version: int, correlation: UUID, partitions: int) -> Message:
    """An event with its headers."""
    key = event.key.encode()
    envelope = Envelope(
        id=str(new_id()),
        type=event.type_name(),
        source=source_of(SOURCE),
        subject=event.key,
        time=event.changed_at,
        organisation_id=event.organisation_id,
        sequence=version,
        correlation_id=correlation,
    )
    return Message(partition_of(key, partitions), key, event.model_dump_json().encode(), encode(envelope))


def in_transactions(events: Sequence[Event], size: int) -> Iterator[Sequence[Event]]:
    """Slices of `size`."""
    for start in range(0, len(events), size):
        yield events[start : start + size]
