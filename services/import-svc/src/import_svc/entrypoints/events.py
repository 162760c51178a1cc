"""Events in: connection-svc's facts, at least once, effects once, in the order of each connection.

Group `import-svc`, from the earliest event, manual offsets after the transaction; what fails is parked with its
cause and its connection's later events wait behind it.
"""

from collections.abc import Sequence
from typing import TypeVar

from import_svc.application import follow_connection
from import_svc.application.ports import Transaction
from koppel.contracts.connection import (
    ConnectionAuthorized,
    ConnectionCreated,
    ConnectionDeleted,
    ConnectionReauthorizationRequired,
    ConnectionRecovered,
    ConnectionRevoked,
)
from koppel.contracts.event import Event
from koppel.contracts.topics import CONNECTION
from koppel.platform.consumer import Projection, RebuildPolicy, ReceivedEvent, Subscriptions
from koppel.platform.database import Connection
from koppel.platform.unit_of_work import UnitOfWork

CONSUMER = "import-svc"
TABLES = RebuildPolicy(
    projections=(
        Projection(
            "connection_grant",
            CONNECTION,
            key="connection_id",
            referred_to="exists (select from grant_discovery where grant_id = connection_grant.id) "
            "or exists (select from candidate where grant_id = connection_grant.id)",
        ),
        Projection(
            "connection",
            CONNECTION,
            key="id",
            referred_to=" or ".join(
                f"exists (select from {table} other where other.connection_id = connection.id)"
                for table in ("connection_grant", "import_session", "administration")
            ),
        ),
    ),
    decisions=("import_session", "grant_discovery", "candidate", "administration"),
    others=("administration_access", "company_check", "registry_entry", "registry_use", "seen_company"),
)

E = TypeVar("E", bound=Event)


def subscriptions(unit_of_work: UnitOfWork[Transaction]) -> Subscriptions:
    """Everything that import-svc reads."""
    handlers = _Handlers(unit_of_work)
    result = Subscriptions(CONSUMER, TABLES)
    result.on_run(ConnectionCreated, handlers.created)
    result.on_run(ConnectionAuthorized, handlers.authorized)
    result.on_run(ConnectionReauthorizationRequired, handlers.reauthorization_required)
    result.on_run(ConnectionRecovered, handlers.recovered)
    result.on(ConnectionRevoked, handlers.revoked)
    result.on(ConnectionDeleted, handlers.deleted)
    return result


class _Handlers:
    def __init__(self, unit_of_work: UnitOfWork[Transaction]) -> None:
        self._unit_of_work = unit_of_work

    async def created(self, run: Sequence[ReceivedEvent[ConnectionCreated]], connection: Connection) -> None:
        await follow_connection.add_connections(self._unit_of_work.consuming(connection, *run), _facts(run))

    async def authorized(
        self, run: Sequence[ReceivedEvent[ConnectionAuthorized]], connection: Connection
    ) -> None:
        await follow_connection.add_grants(self._unit_of_work.consuming(connection, *run), _facts(run))

    async def reauthorization_required(
        self, run: Sequence[ReceivedEvent[ConnectionReauthorizationRequired]], connection: Connection
    ) -> None:
        await follow_connection.mark_reauthorization_required(
            self._unit_of_work.consuming(connection, *run), _facts(run)
        )

    async def recovered(
        self, run: Sequence[ReceivedEvent[ConnectionRecovered]], connection: Connection
    ) -> None:
        await follow_connection.recover_grants(self._unit_of_work.consuming(connection, *run), _facts(run))

    async def revoked(self, received: ReceivedEvent[ConnectionRevoked], connection: Connection) -> None:
        await follow_connection.revoke_grants(
            self._unit_of_work.consuming(connection, received), received.data
        )

    async def deleted(self, received: ReceivedEvent[ConnectionDeleted], connection: Connection) -> None:
        tx = self._unit_of_work.consuming(connection, received)
        await follow_connection.delete_connection(tx, received.data, actor=received.actor)


def _facts(run: Sequence[ReceivedEvent[E]]) -> list[E]:
    return [received.data for received in run]
