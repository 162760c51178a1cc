"""The handlers whose speed is measured, as a service writes them: one event at a time, and a run at a time."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from koppel.contracts.administration import AdministrationProfileChanged
from koppel.platform.consumer import ReceivedEvent, Subscriptions
from koppel.platform.database import Connection

MAKE_TABLES = """
create table bench_profile (administration_id uuid primary key, kvk_number text, changes bigint not null);
create table bench_change (administration_id uuid not null, version bigint not null, changed_by text not null);
"""
_UPSERT_RUN = """
insert into bench_profile as held (administration_id, kvk_number, changes)
select * from unnest($1::uuid[], $2::text[], $3::bigint[])
on conflict (administration_id) do update
set kvk_number = excluded.kvk_number, changes = held.changes + excluded.changes
"""
_UPSERT = """
insert into bench_profile as held (administration_id, kvk_number, changes) values ($1, $2, 1)
on conflict (administration_id) do update set kvk_number = excluded.kvk_number, changes = held.changes + 1
"""
_ADD = "insert into bench_change (administration_id, version, changed_by) values ($1, $2, $3)"

Changed = ReceivedEvent[AdministrationProfileChanged]
Count = Callable[[int], None]


def set_based(name: str, count: Count = lambda _: None) -> Subscriptions:
    """One aggregated upsert for a run of events; `count` hears how many each call took."""

    async def on_changes(events: Sequence[Changed], connection: Connection) -> None:
        newest: dict[UUID, tuple[Changed, int]] = {}
        for event in events:
            key = event.data.administration_id
            newest[key] = (event, newest[key][1] + 1 if key in newest else 1)
        await connection.execute(
            _UPSERT_RUN,
            list(newest),
            [event.data.kvk_number for event, _ in newest.values()],
            [changes for _, changes in newest.values()],
        )
        count(len(events))

    subscriptions = Subscriptions(name)
    subscriptions.on_run(AdministrationProfileChanged, on_changes)
    return subscriptions


def one_by_one(name: str, heard: Callable[[Changed], None] = lambda _: None) -> Subscriptions:
    """Two statements for each event; `heard` is called after them."""

    async def on_changed(event: Changed, connection: Connection) -> None:
        changed = event.data
        await connection.execute(_UPSERT, changed.administration_id, changed.kvk_number)
        await connection.execute(_ADD, changed.administration_id, event.envelope.sequence, changed.changed_by)
        heard(event)

    subscriptions = Subscriptions(name)
    subscriptions.on(AdministrationProfileChanged, on_changed)
    return subscriptions


async def bare_effects(
    connection: "asyncpg.Connection[asyncpg.Record]", values: Sequence[dict[str, Any]], *, runs: bool
) -> None:
    """The same statements without our runtime: what a loop of one's own would do with plain JSON."""
    async with connection.transaction():
        if runs:
            newest = {value["administration_id"]: value["kvk_number"] for value in values}
            changes = Counter(value["administration_id"] for value in values)
            await connection.execute(
                _UPSERT_RUN, list(newest), list(newest.values()), [changes[key] for key in newest]
            )
            return
        for value in values:
            key = value["administration_id"]
            await connection.execute(_UPSERT, key, value["kvk_number"])
            await connection.execute(_ADD, key, 1, value["changed_by"])
