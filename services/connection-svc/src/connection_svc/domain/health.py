"""How a connection is, read off its state and its grants."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connection_svc.domain.connection import Connection, ConnectionState, Grant, GrantState
from koppel.contracts.values import WhoMustAct


class HealthStatus(StrEnum):
    """A connection's health in one word."""

    WAITING = "waiting"
    HEALTHY = "healthy"
    ACTION_NEEDED = "action_needed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Health:
    """How a connection is, and who can change that."""

    status: HealthStatus
    since: datetime
    reason: str | None = None
    who_must_act: WhoMustAct | None = None


def health_of(connection: Connection, grants: Collection[Grant]) -> Health:
    """The connection's health; the reason is that of the grant that broke first, then of one in trouble."""
    broken = sorted(
        (grant for grant in grants if grant.state is GrantState.REAUTHORIZATION_REQUIRED),
        key=lambda grant: grant.state_since,
    )
    if broken:
        first = broken[0]
        return Health(HealthStatus.ACTION_NEEDED, first.state_since, first.reason, first.who_must_act)
    troubles = [grant.trouble for grant in grants if grant.trouble and grant.state is GrantState.ACTIVE]
    if troubles:
        oldest = min(troubles, key=lambda trouble: trouble.since)
        return Health(HealthStatus.ACTION_NEEDED, oldest.since, oldest.code, oldest.who_must_act)
    match connection.state:
        case ConnectionState.PENDING:
            return Health(HealthStatus.WAITING, connection.state_since, "not_authorized", WhoMustAct.CUSTOMER)
        case ConnectionState.ACTIVE:
            return Health(HealthStatus.HEALTHY, connection.state_since)
        case _:
            return Health(HealthStatus.REVOKED, connection.state_since, "revoked", WhoMustAct.CUSTOMER)
