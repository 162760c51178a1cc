"""An organisation on a real database, at the level of use cases."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from import_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from import_svc.application.ask_grants import DiscoveryLimits
from import_svc.application.confirm_import import Imported, confirm_import
from import_svc.application.discover_session import discover_session
from import_svc.application.follow_connection import add_connections, add_grants, delete_connection
from import_svc.application.outside import CompanySource, FoundCompanies
from import_svc.application.select_candidates import select_candidates
from import_svc.application.start_import_session import start_import_session
from import_svc.domain.looks import NOTHING_KNOWN, CompanyNumbers
from koppel.contracts import connection as facts
from koppel.kernel.clock import SystemClock
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.leases import Leases
from koppel.ports.caller import Caller
from koppel.providers.company import Company

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
CLOCK = SystemClock()


class Companies:
    """A company for each grant, named by it; `asked` lists the grants in the order of the questions."""

    def __init__(self, external_ids: dict[UUID, str] | None = None) -> None:
        self._external_ids = external_ids or {}
        self.asked: list[UUID] = []

    async def companies(
        self,
        provider: str,
        organisation_id: UUID,
        grant_id: UUID,
        continuation: str | None,
        *,
        known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN,
        is_look: bool = False,
    ) -> FoundCompanies:
        self.asked.append(grant_id)
        external_id = self._external_ids.get(grant_id, str(grant_id))
        return FoundCompanies([Company(external_id, f"Company {external_id}", "01234567")])


class Organisation:
    """One organisation with one person."""

    def __init__(self, database: Database, provider: str = "eaccounting") -> None:
        self.database = database
        self.provider = provider
        self.work = PostgresUnitOfWork(database)
        self.leases = Leases(database, "test", ttl=timedelta(seconds=5))
        self.organisation_id = new_id()
        self.user_id = str(new_id())
        self.caller = Caller(person_id=self.user_id, actor=f"person:{self.user_id}")

    async def connect(self, grant_ids: Sequence[UUID]) -> UUID:
        connection_id = new_id()
        created = facts.ConnectionCreated(
            organisation_id=self.organisation_id,
            connection_id=connection_id,
            provider=self.provider,
            name="eAccounting",
            created_by=self.user_id,
            created_at=AT,
        )
        async with self.work.begin(None) as tx:
            await add_connections(tx, [created])
            await add_grants(tx, [self._authorized(connection_id, each) for each in grant_ids])
        return connection_id

    async def connect_more(self, connection_id: UUID, grant_ids: Sequence[UUID]) -> None:
        async with self.work.begin(None) as tx:
            await add_grants(tx, [self._authorized(connection_id, each) for each in grant_ids])

    async def start(self, connection_id: UUID) -> UUID:
        async with self.work.begin(self.organisation_id) as tx:
            session = await start_import_session(tx, self.caller, connection_id, settle_window=timedelta(0))
        return session.id

    async def discover(
        self, session_id: UUID, companies: CompanySource, limits: DiscoveryLimits | None = None
    ) -> None:
        async with self.leases.hold("discovery", session_id) as lease:
            assert lease is not None
            work = self.work.leased(lease)
            await discover_session(session_id, work, companies, limits or DiscoveryLimits(), CLOCK)

    async def selected(self, connection_id: UUID, companies: CompanySource) -> UUID:
        """A session with all that was found selected."""
        session_id = await self.start(connection_id)
        await self.discover(session_id, companies)
        async with self.work.begin(self.organisation_id) as tx:
            found = await tx.candidates.page(session_id, None, 10_000)
            ids = [each.id for each in found]
            await select_candidates(tx, self.caller, session_id, ids)
        return session_id

    async def confirm(self, session_id: UUID) -> list[Imported]:
        async with self.work.begin(self.organisation_id) as tx:
            return await confirm_import(tx, self.caller, session_id)

    async def disconnect(self, connection_id: UUID, grant_ids: Sequence[UUID]) -> None:
        deleted = facts.ConnectionDeleted(
            organisation_id=self.organisation_id,
            connection_id=connection_id,
            provider=self.provider,
            grant_ids=tuple(grant_ids),
            deleted_by=self.user_id,
            deleted_at=AT,
        )
        async with self.work.begin(None) as tx:
            await delete_connection(tx, deleted, actor="event:test")

    async def count(self, query: str) -> int:
        """A count over this organisation's rows."""
        async with self.database.transaction(self.organisation_id) as connection:
            found: int = await connection.fetchval(query)
        return found

    def _authorized(self, connection_id: UUID, grant_id: UUID) -> facts.ConnectionAuthorized:
        return facts.ConnectionAuthorized(
            organisation_id=self.organisation_id,
            connection_id=connection_id,
            provider=self.provider,
            grant_id=grant_id,
            scopes=("ea:api",),
            authorized_by=self.user_id,
            authorized_at=AT,
        )
