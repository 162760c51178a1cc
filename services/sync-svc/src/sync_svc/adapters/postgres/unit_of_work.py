"""The transaction of sync-svc on PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from koppel.kernel.clock import Clock
from koppel.platform.database import SYSTEM, Database
from koppel.platform.unit_of_work import OpenTransaction, UnitOfWork
from sync_svc.adapters.postgres.administrations import PostgresAdministrations, PostgresGrants
from sync_svc.adapters.postgres.company_epochs import PostgresCompanyEpochs
from sync_svc.adapters.postgres.departures import PostgresDepartures
from sync_svc.adapters.postgres.freshness import PostgresFreshnessSamples
from sync_svc.adapters.postgres.held_deletions import PostgresHeldDeletions
from sync_svc.adapters.postgres.listed_items import PostgresItemsToReread, PostgresListedVersions
from sync_svc.adapters.postgres.pauses import PostgresPauses
from sync_svc.adapters.postgres.policies import PostgresPolicies
from sync_svc.adapters.postgres.reauthorizations import PostgresReauthorizations
from sync_svc.adapters.postgres.record_parts import PostgresRecordParts
from sync_svc.adapters.postgres.records import PostgresRecords
from sync_svc.adapters.postgres.removal_feeds import PostgresRemovalFeeds
from sync_svc.adapters.postgres.run_listings import PostgresRunListings
from sync_svc.adapters.postgres.runs import PostgresRuns
from sync_svc.adapters.postgres.turns import PostgresTurns
from sync_svc.adapters.postgres.views import PostgresViews

# The statistics of a table that is being filled for the first time say that it is empty, and a plan made then
# reads it whole for every page. Every statement of leased work has an index to go by.
_PIN_PLANS = "select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true)"

_SEEN = "select current_setting('koppel.organisation')"
_SEE = "select set_config('koppel.organisation', $1, true)"


class PostgresTransaction(OpenTransaction):
    """Implements `Transaction`."""

    @property
    def administrations(self) -> PostgresAdministrations:
        return PostgresAdministrations(self.connection, self.organisation_id)

    @property
    def grants(self) -> PostgresGrants:
        return PostgresGrants(self.connection, self.organisation_id)

    @property
    def reauthorizations(self) -> PostgresReauthorizations:
        return PostgresReauthorizations(self.connection, self.organisation_id)

    @property
    def policies(self) -> PostgresPolicies:
        return PostgresPolicies(self.connection, self.organisation_id)

    @property
    def pauses(self) -> PostgresPauses:
        return PostgresPauses(self.connection, self.organisation_id)

    @property
    def runs(self) -> PostgresRuns:
        return PostgresRuns(self.connection, self.organisation_id, self.cause)

    @property
    def turns(self) -> PostgresTurns:
        return PostgresTurns(self.connection, self.organisation_id)

    @property
    def run_listings(self) -> PostgresRunListings:
        return PostgresRunListings(self.connection, self.organisation_id)

    @property
    def records(self) -> PostgresRecords:
        return PostgresRecords(self.connection, self.organisation_id, self.cause, self.now)

    @property
    def held_deletions(self) -> PostgresHeldDeletions:
        return PostgresHeldDeletions(self.connection, self.organisation_id)

    @property
    def departures(self) -> PostgresDepartures:
        return PostgresDepartures(self.connection, self.organisation_id)

    @property
    def record_parts(self) -> PostgresRecordParts:
        return PostgresRecordParts(self.connection, self.organisation_id)

    @property
    def listed_versions(self) -> PostgresListedVersions:
        return PostgresListedVersions(self.connection, self.organisation_id)

    @property
    def items_to_reread(self) -> PostgresItemsToReread:
        return PostgresItemsToReread(self.connection, self.organisation_id)

    @property
    def removal_feeds(self) -> PostgresRemovalFeeds:
        return PostgresRemovalFeeds(self.connection, self.organisation_id)

    @property
    def company_epochs(self) -> PostgresCompanyEpochs:
        return PostgresCompanyEpochs(self.connection, self.organisation_id)

    @property
    def freshness(self) -> PostgresFreshnessSamples:
        return PostgresFreshnessSamples(self.connection, self.organisation_id)

    @property
    def views(self) -> PostgresViews:
        return PostgresViews(self.connection, self.organisation_id)

    @asynccontextmanager
    async def of_all(self) -> AsyncIterator[None]:
        own = await self.connection.fetchval(_SEEN)
        await self.connection.execute(_SEE, SYSTEM)
        yield
        # An error leaves the transaction unusable, so there is nothing to give back then.
        await self.connection.execute(_SEE, own)


class PostgresUnitOfWork(UnitOfWork[PostgresTransaction]):
    """Opens them."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        super().__init__(database, PostgresTransaction, clock, leased_first=_PIN_PLANS)
