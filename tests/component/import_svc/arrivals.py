"""Connection-svc's events, delivered as the consumer delivers them: bytes, versions, one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from koppel.contracts import connection as facts
from koppel.contracts.event import Event
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import Subscriptions
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.processor import Processor
from koppel.platform.database import Database
from koppel.testing.deliveries import delivery

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Arrivals:
    """Events of connections; each stream's versions rise by one."""

    def __init__(self, database: Database, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._processor = Processor(database, subscriptions, RetryPolicy())
        self._versions: defaultdict[str, int] = defaultdict(int)

    async def deliver(self, *events: Event, times: int = 1) -> None:
        batch = [self._decoded(event) for event in events]
        for _ in range(times):
            await self._processor.apply(batch)

    def _decoded(self, event: Event) -> DecodedRecord:
        self._versions[event.key] += 1
        return delivery(event, self._versions[event.key], self._subscriptions)


def created(organisation_id: UUID, connection_id: UUID) -> Event:
    return facts.ConnectionCreated(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider="eaccounting",
        name="eAccounting",
        created_by=str(new_id()),
        created_at=AT,
    )


def authorized(organisation_id: UUID, connection_id: UUID, grant_id: UUID) -> Event:
    return facts.ConnectionAuthorized(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider="eaccounting",
        grant_id=grant_id,
        scopes=("ea:api",),
        authorized_by=str(new_id()),
        authorized_at=AT,
    )


def reauthorization_required(organisation_id: UUID, connection_id: UUID, grant_id: UUID) -> Event:
    return facts.ConnectionReauthorizationRequired(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider="eaccounting",
        grant_id=grant_id,
        reason="invalid_grant",
        who_must_act=WhoMustAct.CUSTOMER,
        required_at=AT,
    )


def recovered(organisation_id: UUID, connection_id: UUID, grant_id: UUID) -> Event:
    return facts.ConnectionRecovered(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider="eaccounting",
        grant_id=grant_id,
        recovered_at=AT,
    )


def disconnected(organisation_id: UUID, connection_id: UUID, grant_ids: Sequence[UUID]) -> list[Event]:
    """What a deletion of the connection says."""
    return [
        facts.ConnectionRevoked(
            organisation_id=organisation_id,
            connection_id=connection_id,
            provider="eaccounting",
            grant_ids=tuple(grant_ids),
            reason="disconnected",
            revoked_at=AT,
        ),
        facts.ConnectionDeleted(
            organisation_id=organisation_id,
            connection_id=connection_id,
            provider="eaccounting",
            grant_ids=tuple(grant_ids),
            deleted_by=str(new_id()),
            deleted_at=AT,
        ),
    ]
