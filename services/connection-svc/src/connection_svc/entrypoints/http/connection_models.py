"""Shapes of connections and login rounds."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from connection_svc.domain.connection import Connection, Grant, health_of
from koppel.contracts.event import UtcDateTime
from koppel.contracts.values import WhoMustAct
from koppel.platform.http import RequestModel, ResponseModel

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ReturnUrl = Annotated[str, StringConstraints(max_length=2000)]


class CreateConnection(RequestModel):
    provider: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    name: Name | None = None
    return_url: ReturnUrl


class StartAuthorization(RequestModel):
    return_url: ReturnUrl
    grant_id: UUID | None = None


class Authorization(ResponseModel):
    """Where to send the browser, and until when the login can be finished."""

    authorization_url: str
    expires_at: UtcDateTime


class CreatedConnection(Authorization):
    id: UUID
    provider: str
    name: str
    state: str


class CompanyItem(ResponseModel):
    external_id: str
    name: str


class GrantItem(ResponseModel):
    id: UUID
    state: str
    company: CompanyItem | None
    scopes: list[str]
    authorized_at: UtcDateTime


class HealthItem(ResponseModel):
    """`status`: waiting, healthy, action_needed or revoked."""

    status: str
    reason: str | None
    who_must_act: WhoMustAct | None
    since: UtcDateTime


class ConnectionItem(ResponseModel):
    id: UUID
    provider: str
    name: str
    state: str
    created_at: UtcDateTime
    health: HealthItem
    grants: list[GrantItem]


def connection_item(connection: Connection, grants: Sequence[Grant]) -> ConnectionItem:
    """A connection with its grants as the API shows it."""
    return ConnectionItem(
        id=connection.id,
        provider=connection.provider,
        name=connection.name,
        state=connection.state,
        created_at=connection.created_at,
        health=HealthItem.model_validate(health_of(connection, grants)),
        grants=[GrantItem.model_validate(grant) for grant in grants],
    )
