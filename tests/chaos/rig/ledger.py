"""Tables of the rig and what they and the platform's tables say at the end."""

import base64
from collections.abc import Collection, Mapping

import asyncpg
import orjson
from tests.chaos.rig.evidence import Committed, Effect, Evidence, Logged, Outcome
from tests.chaos.rig.reading import committed_offsets, read_everything

from koppel.platform.database import SYSTEM

TABLES = """
create table platform.effect (
    id bigint generated always as identity primary key, consumer text not null, topic text not null,
    key text not null, version bigint, event_id text not null, op text
);
create table platform.late_fault (id bigint generated always as identity primary key, wrong boolean);
create function platform.complain() returns trigger language plpgsql as $$
    begin raise exception 'found at the end of the transaction' using errcode = '23514'; end $$;
create constraint trigger late after insert on platform.late_fault deferrable initially deferred
    for each row execute function platform.complain();
create table platform.business (op text primary key);
create table platform.known (id uuid primary key, name text not null);
"""
"""Effects have no unique constraint on purpose: a double must be seen as two rows, not as an error."""

_LOG = "select event_id::text, topic, key, version, payload from event_log order by seq"
_EFFECTS = "select consumer, topic, key, version, event_id from effect order by id"
_FINISHED = """
select event_id from effect where consumer = $1
union select event_id from parked_event where consumer = $1 and event_id is not null
"""
_HELD = "select raw_headers from held_event where consumer = $1"
_WAITING = """
select (select count(*) from outbox_pending) as pending, (select count(*) from held_event) as held,
       (select count(*) from parked_event) as parked
"""


class Ledger:
    """Reads through a connection of its own that no fault of the rig touches."""

    def __init__(self, dsn: str, bootstrap: str, schema: str) -> None:
        self._dsn = dsn
        self._bootstrap = bootstrap
        self._schema = schema

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        settings = {"search_path": self._schema, "koppel.organisation": SYSTEM}
        return await asyncpg.connect(self._dsn, server_settings=settings)

    async def waiting(self) -> dict[str, int]:
        connection = await self.connect()
        try:
            row = await connection.fetchrow(_WAITING)
            return dict(row.items()) if row is not None else {}
        finally:
            await connection.close()

    async def pending_seqs(self) -> set[int]:
        connection = await self.connect()
        try:
            return {row["seq"] for row in await connection.fetch("select seq from outbox_pending")}
        finally:
            await connection.close()

    async def unfinished(self, consumers: Mapping[str, Collection[str]]) -> dict[str, int]:
        """What a run still has to do: pointers, held and parked events, and events without their effect."""
        connection = await self.connect()
        try:
            row = await connection.fetchrow(_WAITING)
            left = dict(row.items()) if row is not None else {}
            for consumer, topics in consumers.items():
                left[f"without effect at {consumer}"] = await connection.fetchval(
                    """select count(*) from event_log log where topic = any($2::text[]) and not exists
                       (select 1 from effect where consumer = $1 and event_id = log.event_id::text)""",
                    consumer,
                    sorted(topics),
                )
            return left
        finally:
            await connection.close()

    async def committed(self, consumer: str) -> list[Committed]:
        """Offsets first, then what is finished: a commit that follows its work can only look better."""
        offsets = await committed_offsets(self._bootstrap, consumer)
        connection = await self.connect()
        try:
            # One snapshot: an event moves between these tables while its stream is drained.
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                finished = {row["event_id"] for row in await connection.fetch(_FINISHED, consumer)}
                held = await connection.fetch(_HELD, consumer)
            finished |= {_id_of(row["raw_headers"]) for row in held}
        finally:
            await connection.close()
        return [
            Committed(consumer, place.topic, place.partition, offset, frozenset(finished))
            for place, offset in offsets.items()
        ]

    async def evidence(
        self,
        topics: Collection[str],
        consumers: Mapping[str, Collection[str]],
        history: Mapping[str, Outcome] | None = None,
        committed: Collection[Committed] = (),
        *,
        kafka: bool = True,
    ) -> Evidence:
        """Everything that a judgement needs, as it stands now."""
        readings, points = [], [*committed]
        if kafka:
            readings = [await read_everything(self._bootstrap, sorted(topics)) for _ in range(2)]
            for consumer in consumers:
                points += await self.committed(consumer)
        connection = await self.connect()
        try:
            log = [_logged(row) for row in await connection.fetch(_LOG)]
            effects = [Effect(*row) for row in await connection.fetch(_EFFECTS)]
            waiting = await connection.fetchrow(_WAITING)
        finally:
            await connection.close()
        return Evidence(
            history=dict(history or {}),
            log=[row for row in log if row.topic in topics],
            readings=readings,
            effects=effects,
            consumers={name: frozenset(read) for name, read in consumers.items()},
            committed=points,
            waiting=dict(waiting.items()) if waiting is not None else {},
        )


def _logged(row: asyncpg.Record) -> Logged:
    op = orjson.loads(row["payload"]).get("op", "")
    return Logged(row["event_id"], row["topic"], row["key"], row["version"], op)


def _id_of(raw_headers: str) -> str:
    pairs = dict(orjson.loads(raw_headers))
    return base64.b64decode(pairs.get("ce_id") or "").decode()
