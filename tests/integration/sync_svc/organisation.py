"""One organisation with one administration at a provider in memory, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from koppel.contracts.administration import AdministrationImported
from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import ResourceName, SyncMode, SyncTrigger
from koppel.kernel.cause import Cause
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.leases import Lease, Leases
from koppel.platform.unit_of_work import LeasedWork
from koppel.ports.access_token import AccessToken, AccessTokens
from koppel.ports.budget import Budget
from koppel.testing.budgets import NoLimit
from sync_svc.adapters.postgres.unit_of_work import PostgresTransaction, PostgresUnitOfWork
from sync_svc.application.accept_request import accept_request
from sync_svc.application.fetch_pages import PageFetcher, Pause
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.perform_run import perform_run
from sync_svc.application.projections import begin_administration
from sync_svc.application.spend_permits import on_permits
from sync_svc.application.take_up_run import take_up_run
from sync_svc.application.tell_cause import telling
from sync_svc.application.turn import Renew, Turn
from sync_svc.application.views import RunView
from sync_svc.domain.run import LEASE_KIND, Run
from sync_svc.domain.turn import DEFAULT_RULES, left_to_others

from .provider import Provider

CONTACTS = (ResourceName.CONTACT,)


class Tokens:
    """Issues whatever is asked; `failing` is raised instead while set."""

    def __init__(self) -> None:
        self.failing: Exception | None = None
        self.rejected: list[str] = []

    async def issue(
        self, organisation_id: UUID, grant_id: UUID, *, rejected: str | None = None
    ) -> AccessToken:
        if self.failing is not None:
            raise self.failing
        if rejected is not None:
            self.rejected.append(rejected)
        until = datetime.now(UTC) + timedelta(hours=1)
        return AccessToken(f"token-{len(self.rejected)}", "https://provider.test/v2", until)


class Organisation:
    """What a test does to sync-svc, and what it sees."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.work = PostgresUnitOfWork(database)
        self.leases = Leases(database, "test")
        self.provider = Provider()
        self.gateway: ProviderGateway = self.provider
        self.budget: Budget = NoLimit()
        self.tokens = Tokens()
        self.issuing: AccessTokens = self.tokens
        self.pause: Pause = _at_once
        self.rules = DEFAULT_RULES
        self.alone = True
        """Whether runs of other organisations, which other tests left, are not looked at."""
        self.provider_id, self.external_id = f"eaccounting {new_id()}", "company"
        """Its own: what fails at one test's provider is no trouble of another's."""
        self.organisation_id = new_id()
        self.administration_id = new_id()
        self.connection_id = new_id()
        self.grant_id = new_id()

    async def arrive(self) -> "Organisation":
        """The administration is imported; the first sync that this asks for is left to the test."""
        async with self.work.begin(None) as tx:
            await begin_administration(tx.within(self.organisation_id), self.imported())
        return self

    def imported(self) -> AdministrationImported:
        return AdministrationImported(
            organisation_id=self.organisation_id,
            administration_id=self.administration_id,
            connection_id=self.connection_id,
            grant_id=self.grant_id,
            provider=self.provider_id,
            external_id=self.external_id,
            name="Bakkerij",
            import_session_id=new_id(),
            imported_by=str(new_id()),
            imported_at=datetime.now(UTC),
        )

    def request(
        self,
        mode: SyncMode = SyncMode.FULL,
        resources: tuple[ResourceName, ...] | None = CONTACTS,
        trigger: SyncTrigger = SyncTrigger.USER,
    ) -> SyncRequested:
        return SyncRequested(
            organisation_id=self.organisation_id,
            sync_request_id=new_id(),
            administration_id=self.administration_id,
            resources=resources,
            mode=mode,
            trigger=trigger,
            requested_by="tester",
            requested_at=datetime.now(UTC),
        )

    async def ask(self, request: SyncRequested) -> UUID:
        async with self.work.begin(None) as tx:
            run = await accept_request(tx.within(request.organisation_id), request)
        assert run is not None
        return run.run_id

    async def sync(
        self, mode: SyncMode = SyncMode.FULL, resources: tuple[ResourceName, ...] | None = CONTACTS
    ) -> RunView:
        """Ask, and do what was asked."""
        run_id = await self.ask(self.request(mode, resources))
        await self.perform(run_id)
        return await self.run(run_id)

    async def perform(self, run_id: UUID) -> None:
        """As a worker does, with a lease of its own."""
        async with self.leases.hold(LEASE_KIND, run_id) as lease:
            assert lease is not None
            await self.perform_under(lease)

    async def perform_under(self, lease: Lease) -> None:
        run = (await self.run(lease.subject)).run
        leased = self.leased(lease, run)
        async with leased.begin() as tx:
            work = await take_up_run(tx, self.gateway, run.run_id)
        if work is not None:
            turn = Turn(work.run.calls, self.rules.quantum, self._renewing(work.run, lease))
            reserve = left_to_others(work.run.priority)
            async with on_permits(self.gateway, self.budget, work.administration, reserve=reserve) as gateway:
                fetcher = PageFetcher(
                    gateway,
                    self.issuing,
                    work.administration,
                    turn,
                    pause=self.pause,
                    probes=work.probes,
                    tell=telling(leased, run.run_id),
                )
                await perform_run(work, leased, fetcher, turn)

    def _renewing(self, run: Run, lease: Lease) -> Renew:
        async def renew(calls: int) -> bool:
            async with self.work.leased(lease).begin() as tx:
                return self.alone or await tx.turns.renew(run, self.rules, calls)

        return renew

    def leased(self, lease: Lease, run: Run) -> LeasedWork[PostgresTransaction]:
        cause = Cause(run.correlation_id, run.causation_id, run.traceparent)
        return self.work.leased(lease, organisation_id=run.organisation_id, cause=cause)

    async def lease(self, run_id: UUID) -> Lease:
        """A lease that nobody extends: its owner is as good as dead."""
        async with self.database.system() as connection:
            lease = await self.leases.acquire(connection, LEASE_KIND, run_id)
        assert lease is not None
        return lease

    async def let_expire(self, lease: Lease) -> None:
        async with self.database.system() as connection:
            await connection.execute(
                "update lease set expires_at = now() - interval '1 s' where subject = $1", lease.subject
            )

    async def run(self, run_id: UUID) -> RunView:
        async with self.work.begin(None) as tx:
            view = await tx.views.run(run_id)
        assert view is not None
        return view

    async def records(self) -> dict[str, dict[str, Any]]:
        """By external id, with the place of the row on disk."""
        rows = await self.rows("select *, xmin::text, ctid::text from record where administration_id = $1")
        return {row["external_id"]: row for row in rows}

    async def live(self) -> set[str]:
        return {name for name, row in (await self.records()).items() if not row["deleted"]}

    async def events(self, name: str) -> list[dict[str, Any]]:
        """The administration's events of this name, oldest first."""
        rows = await self.rows(
            "select payload::jsonb as payload, key, version, type, correlation_id, causation_id from event_log "
            "where (key = $1::uuid::text or key like $1::uuid::text || '/%') and type = $2 order by seq",
            f"nl.koppel.{name}.v1",
        )
        return [row["payload"] | {"_version": row["version"], "_key": row["key"]} for row in rows]

    async def rows(self, sql: str, *arguments: object) -> list[dict[str, Any]]:
        """`$1` is the administration."""
        async with self.database.system() as connection:
            return [dict(row) for row in await connection.fetch(sql, self.administration_id, *arguments)]


async def _at_once(seconds: float) -> None:
    """The pause of a test."""
