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
)
from connection_svc.domain.expiry import act_by
from connection_svc.domain.health import HealthStatus, health_of
from connection_svc.domain.token_life import dies_at
from koppel.contracts.event import UtcDateTime
from koppel.contracts.values import ACTOR, WhoMustAct
from koppel.platform.http import RequestModel, ResponseModel
from koppel.providers.profile import TokenTiming

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Credentials = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=4096)]], Field(min_length=1, max_length=10)
]
ReturnUrl = Annotated[str, StringConstraints(max_length=2000)]


class CreateConnection(RequestModel):
    """Which provider to connect, and where to go after the login."""

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
        description="Id of the provider, one of `GET /v1/providers`."
    )
    region: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = Field(
        default=None,
        description="Id of the provider's region, one of `GET /v1/providers`; null or left out: the first.",
    )
    name: Name | None = Field(
        default=None,
        description="What the office calls the connection, 1 to 200 characters; null or left out: the provider's name.",
    )
    return_url: ReturnUrl | None = Field(
        default=None,
        description="Where the browser goes after the login; must be on the service's list, else 422. Null or left out: `credentials` are given.",
    )
    credentials: Credentials | None = Field(
        default=None,
        repr=False,
        description="What the person pasted, by the names of the provider's `fields`; checked at the provider before it is stored. Null or left out: the person logs in.",
    )


class StartAuthorization(RequestModel):
    """One more login, or the renewal of one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"return_url": "http://127.0.0.1:8180/connections"}]}
    )

    return_url: ReturnUrl | None = Field(
        default=None,
        description="Where the browser goes after the login; must be on the service's list, else 422. Null or left out: `credentials` are given.",
    )
    credentials: Credentials | None = Field(
        default=None,
        repr=False,
        description="What the person pasted, by the names of the provider's `fields`; checked at the provider before it is stored. Null or left out: the person logs in.",
    )
    grant_id: UUID | None = Field(
        default=None, description="The login to renew; null or left out: one more login round."
    )


class Authorization(ResponseModel):
    """Where to send the browser, and until when the login can be finished."""

    authorization_url: str = Field(description="Where to send the browser: the provider's login page.")
    expires_at: UtcDateTime = Field(description="Until when the login can be finished.")


class CreatedConnection(Authorization):
    """A new connection, and where to log in."""

    id: UUID = Field(description="The new connection.")
    provider: str = Field(description="Id of its provider.")
    name: str = Field(description="What the office calls it.")
    state: ConnectionState = Field(description="`pending` until the first login is finished.")


class CompanyItem(ResponseModel):
    """A company at the provider."""

    external_id: str = Field(description="The company's id at the provider.")
    name: str = Field(description="Its name at the provider.")


class LoginItem(ResponseModel):
    """Who logged in, in the provider's own words."""

    place: str = Field(description="Where the name is unique, such as a country's host.")
    subject: str = Field(description="The provider's name of the person.")


class TokenItem(ResponseModel):
    """How long what the provider gave holds."""

    expires_at: UtcDateTime | None = Field(
        description="When the access token ends and is replaced; null: no end is known."
    )
    dies_at: UtcDateTime | None = Field(
        description="When a login is needed unless the token is replaced before; null: it does not end unused."
    )
    refreshed_at: UtcDateTime = Field(description="When the provider last gave tokens.")


class GrantItem(ResponseModel):
    """One completed login."""

    id: UUID = Field(description="The login.")
    state: GrantState = Field(
        description="Whether it can be used: `active`, a person must log in again, or `revoked`."
    )
    company: CompanyItem | None = Field(
        description="The company that it covers; null where the provider does not say."
    )
    scopes: list[str] = Field(description="What the person allowed, in the provider's words.")
    authorized_at: UtcDateTime = Field(description="When the person last allowed it.")
    authorized_by: str = Field(description=f"Who allowed it last. {ACTOR}")
    login: LoginItem | None = Field(description="Who logged in at the provider; null where it does not say.")
    token: TokenItem | None = Field(description="What the provider gave; null once the login is revoked.")


class HealthItem(ResponseModel):
    """How a connection is."""

    status: HealthStatus = Field(
        description="`waiting` for the first login, `healthy`, `action_needed`, or `revoked`."
    )
    reason: str | None = Field(description="A code that says why action is needed; null: it is not.")
    who_must_act: WhoMustAct | None = Field(description="Who can mend it; null: nobody has to.")
    since: UtcDateTime = Field(description="Since when it is so.")
    act_by: UtcDateTime | None = Field(
        description="Until when acting keeps the logins alive; null: no such moment is known."
    )


class ConnectionItem(ResponseModel):
    """An organisation's link to one provider."""

    id: UUID = Field(description="The connection.")
    provider: str = Field(description="Id of its provider.")
    region: str | None = Field(
        description="Id of the provider's region; null where it has one place for all."
    )
    name: str = Field(description="What the office calls it.")
    state: ConnectionState = Field(
        description="`pending` before its first login, then what its logins allow."
    )
    created_at: UtcDateTime = Field(description="When it was made.")
    health: HealthItem = Field(description="How it is, in one word, and who must act.")
    grants: list[GrantItem] = Field(description="Its logins, oldest first.")


def connection_item(
    connection: Connection, grants: Sequence[Grant], timing: TokenTiming | None
) -> ConnectionItem:
    """A connection with its grants as the API shows it; `timing` is None where the provider is off."""
    health = health_of(connection, grants)
    troubled = [grant.tokens for grant in grants if grant.trouble and grant.tokens]
    ends = [end for tokens in troubled if timing and (end := dies_at(tokens, timing))]
    return ConnectionItem(
        id=connection.id,
        provider=connection.provider,
        region=connection.region,
        name=connection.name,
        state=connection.state,
        created_at=connection.created_at,
        health=HealthItem(
            status=health.status,
            reason=health.reason,
            who_must_act=health.who_must_act,
            since=health.since,
            act_by=act_by(min(ends)) if ends else None,
        ),
        grants=[_grant_item(grant, timing) for grant in grants],
    )


def _grant_item(grant: Grant, timing: TokenTiming | None) -> GrantItem:
    tokens = grant.tokens
    return GrantItem(
        id=grant.id,
        state=grant.state,
        company=None if grant.company is None else CompanyItem.model_validate(grant.company),
        scopes=list(grant.scopes),
        authorized_at=grant.authorized_at,
        authorized_by=grant.authorized_by,
        login=None if grant.login is None else LoginItem.model_validate(grant.login),
        token=None
        if tokens is None
        else TokenItem(
            expires_at=tokens.expires_at,
            dies_at=None if timing is None else dies_at(tokens, timing),
            refreshed_at=tokens.issued_at,
        ),
    )
