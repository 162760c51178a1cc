"""Marks a grant for which a person must log in again: state, event and audit row in one transaction."""

from datetime import datetime

from connection_svc.application.connection_state import follow_grants
from connection_svc.application.ports import Transaction
from connection_svc.domain.connection import Connection, Grant, GrantState, ReauthorizationReason
from koppel.contracts.connection import ConnectionReauthorizationRequired
from koppel.contracts.values import WhoMustAct


async def require_login(
    tx: Transaction, connection: Connection, grant: Grant, reason: ReauthorizationReason, now: datetime
) -> None:
    """The caller has locked both; the grant is active."""
    grant.moved(GrantState.REAUTHORIZATION_REQUIRED)
    await tx.grants.require_login(grant.id, reason, now)
    await tx.events.append(
        ConnectionReauthorizationRequired(
            organisation_id=grant.organisation_id,
            connection_id=grant.connection_id,
            provider=grant.provider,
            grant_id=grant.id,
            reason=reason,
            who_must_act=WhoMustAct.CUSTOMER,
            required_at=now,
        )
    )
    await tx.audit.record(
        organisation_id=grant.organisation_id,
        actor="service:connection-svc",
        action="grant.reauthorization_required",
        target=f"grant/{grant.id}",
        reason=reason,
    )
    await follow_grants(tx, connection, grant.id, now)
