"""What sync-svc hears: administrations, connections, and requests for syncs from whoever has the right.

Policy of the subscription (group, acknowledgement, ordering) is the platform's consumer's; here is only who does what.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from koppel.contracts.administration import AdministrationImported, AdministrationRemoved
from koppel.contracts.connection import (
    ConnectionAuthorized,
    ConnectionDeleted,
    ConnectionReauthorizationRequired,
    ConnectionRecovered,
    ConnectionRevoked,
)
from koppel.contracts.event import Event
from koppel.contracts.sync import SyncRequested
from koppel.contracts.topics import ADMINISTRATION, CONNECTION
from koppel.platform.consumer import Projection, Received, Subscriptions, Tables
from koppel.platform.database import Connection
from sync_svc.application.accept_request import accept_request
from sync_svc.application.ports import Cause, Transaction
from sync_svc.application.remember_world import (
    begin_administration,
    forget_administration,
    note_grant,
    note_recovered,
    note_revoked,
    restore_administration,
)
from sync_svc.domain.administration import GrantState

CONSUMER = "sync-svc"
TABLES = Tables(
    projections=(
        Projection(
            "administration",
            ADMINISTRATION,
            key="administration_id",
            referred_to=" or ".join(
                f"exists (select from {table} other where other.administration_id = administration.administration_id)"
                for table in ("sync_policy", "sync_run", "sync_cursor")
            ),
        ),
        Projection("connection_grant", CONNECTION, key="connection_id"),
    ),
    decisions=("sync_policy", "sync_run", "sync_request", "run_listing", "sync_cursor"),
    others=("record", "listing_page"),
)

E = TypeVar("E", bound=Event)


class OnConnection(Protocol):
    """Sees a transaction that the consumer opened as the use cases do."""

    def on(self, connection: Connection, cause: Cause) -> Transaction: ...


def subscriptions(transactions: OnConnection, accepted: Callable[[], None]) -> Subscriptions:
    """All registrations; `accepted` is called when a request may have made work for a worker."""

    def tx(received: Received[E], connection: Connection) -> Transaction:
        cause = received.cause()
        return transactions.on(
            connection,
            Cause(cause.correlation_id, cause.causation_id, cause.traceparent, again=cause.again),
        )

    async def imported(received: Received[AdministrationImported], connection: Connection) -> None:
        follow = restore_administration if received.again else begin_administration
        await follow(tx(received, connection), received.data)

    async def removed(received: Received[AdministrationRemoved], connection: Connection) -> None:
        await forget_administration(tx(received, connection), received.data)

    async def requested(received: Received[SyncRequested], connection: Connection) -> None:
        await accept_request(tx(received, connection), received.data)
        accepted()

    async def authorized(received: Received[ConnectionAuthorized], connection: Connection) -> None:
        await _grant(tx(received, connection), received.data, GrantState.ACTIVE)

    async def recovered(received: Received[ConnectionRecovered], connection: Connection) -> None:
        event = received.data
        await note_recovered(
            tx(received, connection), event.organisation_id, event.connection_id, event.grant_id
        )

    async def stopped(received: Received[ConnectionReauthorizationRequired], connection: Connection) -> None:
        await _grant(tx(received, connection), received.data, GrantState.REAUTHORIZATION_REQUIRED)

    async def revoked(received: Received[ConnectionRevoked], connection: Connection) -> None:
        await _revoked(tx(received, connection), received.data, all_of_it=False)

    async def deleted(received: Received[ConnectionDeleted], connection: Connection) -> None:
        await _revoked(tx(received, connection), received.data, all_of_it=True)

    registrations = Subscriptions(CONSUMER, TABLES)
    registrations.on(AdministrationImported, imported)
    registrations.on(AdministrationRemoved, removed)
    registrations.on(SyncRequested, requested)
    registrations.on(ConnectionAuthorized, authorized)
    registrations.on(ConnectionRecovered, recovered)
    registrations.on(ConnectionReauthorizationRequired, stopped)
    registrations.on(ConnectionRevoked, revoked)
    registrations.on(ConnectionDeleted, deleted)
    return registrations


async def _grant(
    tx: Transaction,
    event: ConnectionAuthorized | ConnectionReauthorizationRequired,
    state: GrantState,
) -> None:
    await note_grant(tx, event.organisation_id, event.connection_id, event.grant_id, state)


async def _revoked(tx: Transaction, event: ConnectionRevoked | ConnectionDeleted, *, all_of_it: bool) -> None:
    await note_revoked(tx, event.organisation_id, event.connection_id, event.grant_ids, all_of_it=all_of_it)
