"""What sync-svc hears: administrations, connections, and requests for syncs from whoever has the right.

Policy of the subscription (group, acknowledgement, ordering) is the platform's consumer's; here is only who does what.
"""

from collections.abc import Callable
from typing import TypeVar

from koppel.contracts.administration import (
    AdministrationImported,
    AdministrationMoved,
    AdministrationRemoved,
    AdministrationRenamed,
)
from koppel.contracts.connection import (
    ConnectionAuthorized,
    ConnectionDeleted,
    ConnectionExpiring,
    ConnectionReauthorizationRequired,
    ConnectionRecovered,
    ConnectionRevoked,
)
from koppel.contracts.event import Event
from koppel.contracts.sync import SyncRequested
from koppel.contracts.topics import ADMINISTRATION, CONNECTION
from koppel.platform.consumer import Projection, RebuildPolicy, ReceivedEvent, Subscriptions
from koppel.platform.database import Connection
from koppel.platform.unit_of_work import UnitOfWork
from sync_svc.application.accept_request import accept_request
from sync_svc.application.pauses import pause_for_login
from sync_svc.application.ports import Transaction
from sync_svc.application.projections import (
    begin_administration,
    forget_administration,
    move_administration,
    note_expiring,
    note_grant,
    note_recovered,
    note_revoked,
    rename_administration,
    restore_administration,
)
from sync_svc.domain.administration import GrantState

CONSUMER = "sync-svc"
TABLES = RebuildPolicy(
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
    decisions=(
        "sync_trouble",
        "sync_pause",
        "sync_policy",
        "sync_run",
        "sync_request",
        "run_listing",
        "sync_cursor",
        "held_deletion",
    ),
    others=(
        "record",
        "listing_page",
        "removal_feed",
        "removal_reading",
        "listed_version",
        "record_part",
        "unfinished_record",
        "item_to_reread",
        "company_epoch",
        "held_record",
        "departure",
        "sync_lane",
        "sync_turn",
        "freshness_sample",
    ),
)

E = TypeVar("E", bound=Event)


def subscriptions(unit_of_work: UnitOfWork[Transaction], accepted: Callable[[], None]) -> Subscriptions:
    """Everything that sync-svc reads; `accepted` is called when a request may have made work for a worker."""
    handlers = _Handlers(unit_of_work, accepted)
    result = Subscriptions(CONSUMER, TABLES)
    result.on(AdministrationImported, handlers.imported)
    result.on(AdministrationMoved, handlers.moved)
    result.on(AdministrationRenamed, handlers.renamed)
    result.on(AdministrationRemoved, handlers.removed)
    result.on(SyncRequested, handlers.requested)
    result.on(ConnectionAuthorized, handlers.authorized)
    result.on(ConnectionRecovered, handlers.recovered)
    result.on(ConnectionReauthorizationRequired, handlers.reauthorization_required)
    result.on(ConnectionExpiring, handlers.expiring)
    result.on(ConnectionRevoked, handlers.revoked)
    result.on(ConnectionDeleted, handlers.deleted)
    return result


class _Handlers:
    def __init__(self, unit_of_work: UnitOfWork[Transaction], accepted: Callable[[], None]) -> None:
        self._unit_of_work = unit_of_work
        self._accepted = accepted

    async def imported(self, received: ReceivedEvent[AdministrationImported], connection: Connection) -> None:
        follow = restore_administration if received.again else begin_administration
        await follow(self._tx(received, connection), received.data)

    async def moved(self, received: ReceivedEvent[AdministrationMoved], connection: Connection) -> None:
        await move_administration(self._tx(received, connection), received.data)

    async def renamed(self, received: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
        await rename_administration(self._tx(received, connection), received.data)

    async def removed(self, received: ReceivedEvent[AdministrationRemoved], connection: Connection) -> None:
        await forget_administration(self._tx(received, connection), received.data)

    async def requested(self, received: ReceivedEvent[SyncRequested], connection: Connection) -> None:
        await accept_request(self._tx(received, connection), received.data)
        self._accepted()

    async def authorized(self, received: ReceivedEvent[ConnectionAuthorized], connection: Connection) -> None:
        event, tx = received.data, self._tx(received, connection)
        await note_grant(tx, event.connection_id, event.grant_id, GrantState.ACTIVE)
        await tx.reauthorizations.authorized(event)

    async def recovered(self, received: ReceivedEvent[ConnectionRecovered], connection: Connection) -> None:
        event, tx = received.data, self._tx(received, connection)
        await note_recovered(tx, event.connection_id, event.grant_id)

    async def reauthorization_required(
        self, received: ReceivedEvent[ConnectionReauthorizationRequired], connection: Connection
    ) -> None:
        event, tx = received.data, self._tx(received, connection)
        await note_grant(tx, event.connection_id, event.grant_id, GrantState.REAUTHORIZATION_REQUIRED)
        await tx.reauthorizations.required(event)
        if not received.again:
            await pause_for_login(tx, event.grant_id, event.who_must_act)

    async def expiring(self, received: ReceivedEvent[ConnectionExpiring], connection: Connection) -> None:
        await note_expiring(self._tx(received, connection), received.data)

    async def revoked(self, received: ReceivedEvent[ConnectionRevoked], connection: Connection) -> None:
        event, tx = received.data, self._tx(received, connection)
        await note_revoked(tx, event.connection_id, event.grant_ids, all_of_it=False)

    async def deleted(self, received: ReceivedEvent[ConnectionDeleted], connection: Connection) -> None:
        event, tx = received.data, self._tx(received, connection)
        await note_revoked(tx, event.connection_id, event.grant_ids, all_of_it=True)

    def _tx(self, received: ReceivedEvent[E], connection: Connection) -> Transaction:
        tx = self._unit_of_work.consuming(connection, received)
        return tx.within(received.data.organisation_id)
