"""Facts of connection-svc."""

from datetime import UTC, datetime
from uuid import UUID

from koppel.contracts import connection as facts
from koppel.contracts.values import WhoMustAct

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_PROVIDER = "eaccounting"


def created(organisation_id: UUID, connection_id: UUID, name: str = "eAccounting") -> facts.ConnectionCreated:
    return facts.ConnectionCreated(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider=_PROVIDER,
        name=name,
        created_by="p",
        created_at=_AT,
    )


def authorized(organisation_id: UUID, connection_id: UUID, grant_id: UUID) -> facts.ConnectionAuthorized:
    return facts.ConnectionAuthorized(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider=_PROVIDER,
        grant_id=grant_id,
        scopes=(),
        authorized_by="p",
        authorized_at=_AT,
    )


def stopped(
    organisation_id: UUID, connection_id: UUID, grant_id: UUID
) -> facts.ConnectionReauthorizationRequired:
    return facts.ConnectionReauthorizationRequired(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider=_PROVIDER,
        grant_id=grant_id,
        reason="refresh_token_expired",
        who_must_act=WhoMustAct.CUSTOMER,
        required_at=_AT,
    )


def recovered(organisation_id: UUID, connection_id: UUID, grant_id: UUID) -> facts.ConnectionRecovered:
    return facts.ConnectionRecovered(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider=_PROVIDER,
        grant_id=grant_id,
        recovered_at=_AT,
    )


def revoked(organisation_id: UUID, connection_id: UUID, *grant_ids: UUID) -> facts.ConnectionRevoked:
    return facts.ConnectionRevoked(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider=_PROVIDER,
        grant_ids=grant_ids,
        reason="revoked",
        revoked_at=_AT,
    )


def deleted(organisation_id: UUID, connection_id: UUID, *grant_ids: UUID) -> facts.ConnectionDeleted:
    return facts.ConnectionDeleted(
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider=_PROVIDER,
        grant_ids=grant_ids,
        deleted_by="p",
        deleted_at=_AT,
    )
