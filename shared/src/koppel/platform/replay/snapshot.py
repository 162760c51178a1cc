"""Snapshots: the current state of records, as events that can be sent to consumers again."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

from koppel.contracts.event import Event
from koppel.contracts.topics import RECORD
from koppel.platform.database import Connection

_NAMESPACE = UUID("6b0f7a0e-53e4-5f0b-9d0e-0e6f3f1f6d57")
_ADD_STATES = """
insert into replay_snapshot (replay_id, position, event_id, key, version, type, organisation_id, occurred_at, payload)
select $1, * from unnest($2::bigint[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::uuid[],
                         $8::timestamptz[], $9::text[])
"""
_ADD_EVENTS = """
insert into replay_event (replay_id, position, topic, first, last, upto)
select $1, position, $2, true, true, version from replay_snapshot where replay_id = $1
"""


@dataclass(frozen=True, slots=True)
class State:
    """One record now: the event that would state it, and its revision."""

    event: Event
    version: int
    occurred_at: datetime


class Snapshots(Protocol):
    """What a service gives whose state can be sent again."""

    def pages(
        self, connection: Connection, administration_ids: Sequence[UUID], organisation_id: UUID | None
    ) -> AsyncIterator[Sequence[State]]:
        """The records of these administrations, page by page, read in the caller's transaction."""
        ...


def state_event_id(key: str, version: int) -> UUID:
    """The same for the same state, however often it is sent."""
    return uuid5(_NAMESPACE, f"{RECORD.name}/{key}/{version}")


async def freeze_snapshot(
    connection: Connection, replay_id: UUID, pages: AsyncIterator[Sequence[State]]
) -> None:
    """Store the pick: each record is a segment of one event."""
    position = 0
    async for page in pages:
        await connection.execute(
            _ADD_STATES,
            replay_id,
            [position + number for number in range(1, len(page) + 1)],
            [state_event_id(state.event.key, state.version) for state in page],
            [state.event.key for state in page],
            [state.version for state in page],
            [state.event.type_name() for state in page],
            [state.event.organisation_id for state in page],
            [state.occurred_at for state in page],
            [state.event.model_dump_json() for state in page],
        )
        position += len(page)
    await connection.execute(_ADD_EVENTS, replay_id, RECORD.name)
