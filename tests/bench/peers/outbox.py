"""The peer's database: an outbox table as its documentation recommends, with the facts that our log keeps."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
from tests.bench.backbone.events import Event

from koppel.kernel.ids import new_id
from koppel.platform.database import Connection

_NAME = "peer"
_TABLE = """
create table outbox (
    id uuid primary key, aggregatetype varchar(255) not null, aggregateid varchar(255) not null,
    type varchar(255) not null, payload text not null, version bigint not null, organisation_id uuid not null,
    occurred_at timestamptz not null, correlation_id uuid, causation_id uuid, traceparent text)
"""
_INSERT = """
insert into outbox (id, aggregatetype, aggregateid, type, payload, version, organisation_id, occurred_at,
                    correlation_id)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::uuid[],
                     $8::timestamptz[], $9::uuid[])
"""


async def make_database(server_dsn: str) -> str:
    """Make a role that may replicate and its database with the table, on the same server; returns its DSN."""
    password = secrets.token_hex(16)
    admin = await asyncpg.connect(server_dsn)
    try:
        await admin.execute(f"create role {_NAME} login replication password '{password}'")
        await admin.execute(f"create database {_NAME} owner {_NAME}")
    finally:
        await admin.close()
    place = urlsplit(server_dsn)
    dsn = urlunsplit(
        place._replace(netloc=f"{_NAME}:{password}@{place.hostname}:{place.port}", path=f"/{_NAME}")
    )
    owner = await asyncpg.connect(dsn)
    try:
        await owner.execute(_TABLE)
    finally:
        await owner.close()
    return dsn


async def append(
    connection: Connection, topic: str, events: Sequence[Event], versions: Sequence[int], correlation: UUID
) -> None:
    """One statement for all, like our own append; the caller knows each stream's version."""
    now = datetime.now(UTC)
    await connection.execute(
        _INSERT,
        [new_id() for _ in events],
        [topic] * len(events),
        [event.key for event in events],
        [event.type_name() for event in events],
        [event.model_dump_json() for event in events],
        list(versions),
        [event.organisation_id for event in events],
        [now] * len(events),
        [correlation] * len(events),
    )
