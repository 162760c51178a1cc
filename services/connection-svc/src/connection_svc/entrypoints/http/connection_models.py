"""Shapes of connections and login rounds."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from connection_svc.domain.connection import (
    Connection,
    ConnectionState,
    Grant,
    GrantState,
    HealthStatus,
    health_of,
)
from koppel.contracts.event import UtcDateTime
from koppel.contracts.values import WhoMustAct
from koppel.platform.http import RequestModel, ResponseModel

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ReturnUrl = Annotated[str, StringConstraints(max_length=2000)]


class CreateConnection(RequestModel):
    """Which package to connect, and where to go after the login."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "provider": "eaccounting",
                    "name": "Kantoor Noord",
                    "return_url": "http://127.0.0.1:8180/connections",
                }
            ]
        }
    )

    provider: Annotated[str, StringConstraints(min_length=1, max_length=50)] = Field(
        description="Id of the accounting package, one of `GET /v1/providers`."
    )
    region: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = Field(
        default=None,
        description="Id of the package's region, one of `GET /v1/providers`; null or left out: the first.",
    )
    name: Name | None = Field(
        default=None,
        description="What the office calls the connection, 1 to 200 characters; null or left out: the package's name.",
    )
    return_url: ReturnUrl = Field(
        description="Where the browser goes after the login; must be on the service's list, else 422."
    )


class StartAuthorization(RequestModel):
    """One more login, or the renewal of one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"return_url": "http://127.0.0.1:8180/connections"}]}
    )

    return_url: ReturnUrl = Field(
        description="Where the browser goes after the login; must be on the service's list, else 422."
    )
    grant_id: UUID | None = Field(
        default=None, description="The login to renew; null or left out: one more login round."
    )


class Authorization(ResponseModel):
    """Where to send the browser, and until when the login can be finished."""

    authorization_url: str = Field(description="Where to send the browser: the package's login page.")
    expires_at: UtcDateTime = Field(description="Until when the login can be finished.")


class CreatedConnection(Authorization):
    """A new connection, and where to log in."""

    id: UUID = Field(description="The new connection.")
    provider: str = Field(description="Id of its package.")
    name: str = Field(description="What the office calls it.")
    state: ConnectionState = Field(description="`pending` until the first login is finished.")


class CompanyItem(ResponseModel):
    """A company at the package."""

    external_id: str = Field(description="The company's id at the package.")
    name: str = Field(description="Its name at the package.")


class GrantItem(ResponseModel):
    """One completed login."""

    id: UUID = Field(description="The login.")
    state: GrantState = Field(
        description="Whether it can be used: `active`, a person must log in again, or `revoked`."
    )
    company: CompanyItem | None = Field(
        description="The company that it covers; null where the package does not say."
    )
    scopes: list[str] = Field(description="What the person allowed, in the package's words.")
    authorized_at: UtcDateTime = Field(description="When the person last allowed it.")


class HealthItem(ResponseModel):
    """How a connection is."""

    status: HealthStatus = Field(
        description="`waiting` for the first login, `healthy`, `action_needed`, or `revoked`."
    )
    reason: str | None = Field(description="A code that says why action is needed; null: it is not.")
    who_must_act: WhoMustAct | None = Field(description="Who can mend it; null: nobody has to.")
    since: UtcDateTime = Field(description="Since when it is so.")


class ConnectionItem(ResponseModel):
    """An organisation's link to one package."""

    id: UUID = Field(description="The connection.")
    provider: str = Field(description="Id of its package.")
    region: str | None = Field(description="Id of the package's region; null where it has one place for all.")
    name: str = Field(description="What the office calls it.")
    state: ConnectionState = Field(
        description="`pending` before its first login, then what its logins allow."
    )
    created_at: UtcDateTime = Field(description="When it was made.")
    health: HealthItem = Field(description="How it is, in one word, and who must act.")
    grants: list[GrantItem] = Field(description="Its logins, oldest first.")


def connection_item(connection: Connection, grants: Sequence[Grant]) -> ConnectionItem:
    """A connection with its grants as the API shows it."""
    return ConnectionItem(
        id=connection.id,
        provider=connection.provider,
        region=connection.region,
        name=connection.name,
        state=connection.state,
        created_at=connection.created_at,
        health=HealthItem.model_validate(health_of(connection, grants)),
        grants=[GrantItem.model_validate(grant) for grant in grants],
    )
