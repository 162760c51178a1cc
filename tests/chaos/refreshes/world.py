"""Grants by the dozen, processes that refresh one each, and what became of their tokens."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from tests.chaos.refreshes.child import providers, settings
from tests.chaos.refreshes.provider import Played
from tests.chaos.rig.crew import Zygote

from connection_svc.adapters.postgres.data_keys import PostgresDataKeys
from connection_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from connection_svc.application.revoke_at_provider import revoke_due
from connection_svc.application.sweep_rotations import sweep_rotations
from connection_svc.domain.connection import Connection, ConnectionState, Grant, GrantState, Tokens
from connection_svc.entrypoints.http.context import Context
from connection_svc.main import build_context
from koppel.contracts.connection import Company
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.key_encryption import KeyFile
from koppel.platform.leases import Leases
from koppel.platform.vault import Vault
from koppel.providers.http import provider_http
from koppel.testing.databases import ServiceDatabase
from koppel.testing.eventually import eventually

_CONCURRENT = 6
_LOOKS = 60


@dataclass
class _Clock:
    moved: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved


@dataclass(frozen=True, slots=True)
class Became:
    """Of one grant: `usable` with what is stored; `detected`, a person was told; `strays` live on unknown to us."""

    usable: bool
    detected: bool
    strays: int


@dataclass
class World:
    """One database, one provider, and a process of the service that sweeps after the others are gone."""

    provider: Played
    database: Database
    use_cases: Context
    clock: _Clock
    zygote: Zygote
    config: dict[str, Any]
    organisation: UUID = field(default_factory=new_id)

    async def grants(self, number: int, *, passed: float = 600) -> list[str]:
        """Ids of new grants of one organisation, each with a refresh token that works; so many seconds have passed at the
        provider since it gave them."""
        seal = self.use_cases.ports.vault.seal
        made, now = [], datetime.now(UTC)
        async with PostgresUnitOfWork(self.database).begin(None) as transaction:
            for _ in range(number):
                grant_id, connection_id = new_id(), new_id()
                access, refresh = SecretStr("access"), SecretStr(self.provider.gives(str(grant_id)))
                tokens = Tokens(
                    version=1,
                    access_token=await seal(self.organisation, grant_id, "access_token", 1, access),
                    refresh_token=await seal(self.organisation, grant_id, "refresh_token", 1, refresh),
                    issued_at=now,
                    expires_at=now + timedelta(hours=1),
                    dated_at=self.provider.time(),
                )
                made.append(str(grant_id))
                connection = _connection(self.provider, self.organisation, connection_id, now)
                await transaction.connections.insert(connection)
                await transaction.grants.insert(_grant(self.provider, connection, grant_id, tokens))
        self.provider.later(passed)
        return made

    async def run(self, grants: Sequence[str], kind: str, numbers: Sequence[int], **more: Any) -> None:
        """A process a grant, `_CONCURRENT` at a time; each is disturbed at its own point."""
        running: set[int] = set()

        async def room() -> bool:
            running.difference_update(pid for pid in list(running) if pid in self.zygote.ended)
            return len(running) < _CONCURRENT

        async def nobody() -> bool:
            await room()
            return not running

        for grant, number in zip(grants, numbers, strict=True):
            await eventually(room, within=60, what="room for a process")
            running.add(self.zygote.fork("refresh", self.config | {"grant": grant, kind: number} | more))
        await eventually(nobody, within=60, what="the end of all processes")

    async def points(self, file: Path) -> list[str]:
        """Every await of an undisturbed refresh, in order."""
        (grant,) = await self.grants(1)
        await self.run([grant], "points", [0], points=str(file))
        return _lines(file)

    async def swept(self) -> None:
        """As a process does that goes on, a minute later: the dead ones' leases have ended."""
        async with self.database.system() as connection:
            await connection.execute("update lease set expires_at = now() - interval '1 second'")
        for _ in range(_LOOKS):
            self.clock.moved += timedelta(minutes=1)
            self.provider.later(60)
            swept = await sweep_rotations(self.use_cases.ports, self.use_cases.refresher)
            if not swept + await revoke_due(self.use_cases.ports):
                return
        raise AssertionError("the sweep does not come to an end")

    async def became(self, grants: Sequence[str]) -> list[Became]:
        told = await self._told()
        return [await self._of_one(UUID(grant), told) for grant in grants]

    async def _of_one(self, grant_id: UUID, told: Counter[str]) -> Became:
        async with self.use_cases.ports.unit_of_work.begin(None) as transaction:
            grant = await transaction.grants.get(grant_id)
        assert grant is not None
        assert grant.tokens is not None
        assert grant.tokens.refresh_token is not None
        stored = await self.use_cases.ports.vault.unseal(
            self.organisation, grant_id, "refresh_token", grant.tokens.version, grant.tokens.refresh_token
        )
        live = [token for token, owner in self.provider.live.items() if owner == str(grant_id)]
        works = grant.state is GrantState.ACTIVE and stored.get_secret_value() in live
        detected = grant.state is GrantState.REAUTHORIZATION_REQUIRED and told[str(grant_id)] == 1
        return Became(works, detected, len(set(live) - {stored.get_secret_value()}))

    async def _told(self) -> Counter[str]:
        async with self.database.system() as connection:
            rows = await connection.fetch(
                """
                select payload::jsonb ->> 'grant_id' as grant_id from event_log
                where type like '%.ConnectionReauthorizationRequired.%'
                    and payload::jsonb ->> 'who_must_act' = 'customer'
                """
            )
        return Counter(row["grant_id"] for row in rows)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


@asynccontextmanager
async def world(
    schema: ServiceDatabase, zygote: Zygote, key_file: Path, provider: Played
) -> AsyncIterator[World]:
    clock = _Clock()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(provider.serving())
        http = await stack.enter_async_context(provider_http())
        database, keys = schema.open(max_size=8), PostgresDataKeys(schema.open(max_size=2))
        stack.push_async_callback(database.close)
        stack.push_async_callback(keys.close)
        await database.open()
        config = {"dsn": schema.app_dsn, "key_file": str(key_file), "variables": dict(provider.variables)}
        config["folder"] = str(key_file.parent)
        use_cases = build_context(
            settings(config),
            configured=providers(config),
            database=database,
            vault=Vault(KeyFile(key_file), keys),
            leases=Leases(database, f"sweeper {os.getpid()}"),
            http=http,
            clock=clock,
            publish_within=timedelta(0),
        )
        yield World(provider, database, use_cases, clock, zygote, config)


def _connection(provider: Played, organisation: UUID, connection_id: UUID, now: datetime) -> Connection:
    return Connection(
        id=connection_id,
        organisation_id=organisation,
        provider=provider.id,
        name="Kantoor",
        state=ConnectionState.ACTIVE,
        state_since=now,
        created_by="someone",
        created_at=now,
        region=provider.region,
    )


def _grant(provider: Played, connection: Connection, grant_id: UUID, tokens: Tokens) -> Grant:
    return Grant(
        id=grant_id,
        organisation_id=connection.organisation_id,
        connection_id=connection.id,
        provider=provider.id,
        state=GrantState.ACTIVE,
        state_since=tokens.issued_at,
        company=Company(external_id=str(grant_id), name="Bakkerij"),
        scopes=(),
        authorized_by="someone",
        authorized_at=tokens.issued_at,
        tokens=tokens,
        region=provider.region,
    )
