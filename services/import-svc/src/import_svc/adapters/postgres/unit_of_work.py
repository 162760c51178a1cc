"""The transaction of import-svc on PostgreSQL."""

from import_svc.adapters.postgres.accesses import PostgresAccesses
from import_svc.adapters.postgres.administrations import PostgresAdministrations
from import_svc.adapters.postgres.candidates import PostgresCandidates
from import_svc.adapters.postgres.company_checks import PostgresCompanyChecks
from import_svc.adapters.postgres.connections import PostgresConnections
from import_svc.adapters.postgres.discoveries import PostgresDiscoveries
from import_svc.adapters.postgres.registry import PostgresRegistryEntries
from import_svc.adapters.postgres.seen_companies import PostgresSeenCompanies
from import_svc.adapters.postgres.sessions import PostgresSessions
from koppel.kernel.clock import Clock
from koppel.platform.database import Database
from koppel.platform.unit_of_work import OpenTransaction, UnitOfWork


class PostgresTransaction(OpenTransaction):
    """Implements `Transaction`."""

    @property
    def connections(self) -> PostgresConnections:
        return PostgresConnections(self.connection, self.organisation_id)

    @property
    def sessions(self) -> PostgresSessions:
        return PostgresSessions(self.connection, self.organisation_id)

    @property
    def discoveries(self) -> PostgresDiscoveries:
        return PostgresDiscoveries(self.connection, self.organisation_id)

    @property
    def candidates(self) -> PostgresCandidates:
        return PostgresCandidates(self.connection, self.organisation_id)

    @property
    def administrations(self) -> PostgresAdministrations:
        return PostgresAdministrations(self.connection, self.organisation_id)

    @property
    def accesses(self) -> PostgresAccesses:
        return PostgresAccesses(self.connection, self.organisation_id)

    @property
    def seen_companies(self) -> PostgresSeenCompanies:
        return PostgresSeenCompanies(self.connection, self.organisation_id)

    @property
    def company_checks(self) -> PostgresCompanyChecks:
        return PostgresCompanyChecks(self.connection, self.organisation_id)

    @property
    def registry(self) -> PostgresRegistryEntries:
        return PostgresRegistryEntries(self.connection, self.organisation_id)


class PostgresUnitOfWork(UnitOfWork[PostgresTransaction]):
    """Opens them."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        super().__init__(database, PostgresTransaction, clock)
