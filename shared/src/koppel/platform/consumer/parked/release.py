"""A release: many parked events that an operator has tried again as one act, as its tables hold it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from koppel.platform.database import Connection

ReleaseState = Literal["running", "stopped", "finished"]

_LIST = """
select * from parked_release
where ($1::uuid is null or id < $1) and ($2::text is null or state = $2) order by id desc limit $3
"""
_ONE = "select * from parked_release where id = $1"
# What left the parked events without an attempt of this release was discarded, applied by a replay, or is held again.
_STEPS = """
select event.release_id, event.step, min(event.released_at) as began_at, count(*) as events,
       count(*) filter (where outcome = 'applied') as applied,
       count(*) filter (where outcome = 'parked_again') as parked_again,
       count(*) filter (where outcome is null and parked.id is not null) as waiting
from parked_release_event event
left join parked_event parked on event.outcome is null and parked.id = event.parked_id
where event.release_id = any($1::uuid[])
group by event.release_id, event.step order by event.release_id, event.step
"""
_OUTCOME = "update parked_release_event set outcome = $2 where parked_id = $1 and outcome is null and step is not null"
_FORGET = "delete from parked_release where created_at < now() - interval '30 days' and state <> 'running'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStep:
    """Events of a step by what became of them; `otherwise` left the parked events without being tried. `step` is None
    for those whose turn has not come."""

    step: int | None
    began_at: datetime | None
    events: int
    applied: int
    parked_again: int
    waiting: int

    @property
    def otherwise(self) -> int:
        return self.events - self.applied - self.parked_again - self.waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One act with its steps; `ladder` is empty where all are tried at once."""

    id: UUID
    consumer: str
    actor: str
    reason: str
    filter: Mapping[str, Any]
    rate: int | None
    ladder: Sequence[int]
    asked: int
    state: ReleaseState
    created_at: datetime
    ended_at: datetime | None
    steps: Sequence[ReleaseStep]


def end_of_step(ladder: Sequence[int], step: int, asked: int) -> int:
    """How many events have had their turn when the step, counted from 1, has; the last rung is repeated until all have."""
    if step < 1:
        return 0
    if not ladder:
        return asked
    return min(asked, sum(ladder[:step]) + max(0, step - len(ladder)) * ladder[-1])


async def list_newest(
    connection: Connection, *, before: UUID | None, state: ReleaseState | None, limit: int
) -> list[Release]:
    """From before the release `before`."""
    return await _whole(connection, await connection.fetch(_LIST, before, state, limit))


async def load(connection: Connection, release_id: UUID) -> Release | None:
    """None where there is none."""
    found = await _whole(connection, await connection.fetch(_ONE, release_id))
    return found[0] if found else None


async def note_outcome(
    connection: Connection, parked_id: UUID, outcome: Literal["applied", "parked_again"]
) -> None:
    """What became of a parked event, for each release that waits to know."""
    await connection.execute(_OUTCOME, parked_id, outcome)


async def forget_releases(connection: Connection) -> None:
    """Those of more than thirty days ago (system transaction). Meant for a periodic job."""
    await connection.execute(_FORGET)


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[Release]:
    steps: dict[UUID, list[ReleaseStep]] = {row["id"]: [] for row in rows}
    for row in await connection.fetch(_STEPS, list(steps)):
        members = {name: value for name, value in row.items() if name != "release_id"}
        steps[row["release_id"]].append(ReleaseStep(**members))
    names = Release.__slots__
    return [
        Release(**{name: row[name] for name in names if name != "steps"}, steps=steps[row["id"]])
        for row in rows
    ]
