"""The transaction of assignment-svc on PostgreSQL."""

from assignment_svc.adapters.postgres.administrations import PostgresAdministrations
from assignment_svc.adapters.postgres.assignments import PostgresAssignments
from assignment_svc.adapters.postgres.entries import PostgresEntries
from assignment_svc.adapters.postgres.plans import PostgresPlans
from assignment_svc.adapters.postgres.users import PostgresUsers
from koppel.kernel.clock import Clock
from koppel.platform.database import Database
from koppel.platform.unit_of_work import OpenTransaction, UnitOfWork


class PostgresTransaction(OpenTransaction):
    """Implements `Transaction`."""

    @property
    def users(self) -> PostgresUsers:
        return PostgresUsers(self.connection, self.organisation_id)

    @property
    def entries(self) -> PostgresEntries:
        return PostgresEntries(self.connection, self.organisation_id)

    @property
    def administrations(self) -> PostgresAdministrations:
        return PostgresAdministrations(self.connection, self.organisation_id)

    @property
    def assignments(self) -> PostgresAssignments:
        return PostgresAssignments(self.connection, self.organisation_id)

    @property
    def plans(self) -> PostgresPlans:
        return PostgresPlans(self.connection, self.organisation_id)


class PostgresUnitOfWork(UnitOfWork[PostgresTransaction]):
    """Opens them."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        super().__init__(database, PostgresTransaction, clock)
