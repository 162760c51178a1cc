"""Facts of connection-svc, on `koppel.connection.v1`, keyed by connection."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import CONNECTION, Topic
from koppel.contracts.values import ACTOR, ProviderId, Value, WhoMustAct, known


class Company(Value):
    """The company that a grant covers, as the provider names it."""

    external_id: str = Field(description="The provider's own id of the company.")
    name: str = Field(description="The company's name at the provider.")


class ConnectionEvent(Event):
    """Base of the connection's facts."""

    topic: ClassVar[Topic] = CONNECTION

    connection_id: UUID = Field(description="The organisation's link to the provider.")
    provider: ProviderId

    @property
    def key(self) -> str:
        return str(self.connection_id)


class ConnectionCreated(ConnectionEvent):
    """An organisation started to link a provider; nobody has logged in yet."""

    name: str = Field(description="What the office calls the connection.")
    created_by: str = Field(description=f"Who started it. {ACTOR}")
    created_at: UtcDateTime = Field(description="When it was started.")


class ConnectionAuthorized(ConnectionEvent):
    """A person completed a login at the provider: the connection has one grant more, or one renewed."""

    grant_id: UUID = Field(description="The login that is new or was renewed.")
    company: Company | None = Field(
        default=None,
        description="The company that the login gives access to; null when the provider does not tell, or the login covers many.",
    )
    scopes: tuple[str, ...] = Field(description="What the provider allows with this login, in its own words.")
    authorized_by: str = Field(description=f"Who started the login round. {ACTOR}")
    authorized_at: UtcDateTime = Field(description="When the provider's tokens were stored.")


class AuthorizationExpired(ConnectionEvent):
    """A login was started and not finished in time."""

    authorization_id: UUID = Field(description="The login round that was not finished.")
    expired_at: UtcDateTime = Field(description="When it was given up.")


class ConnectionExpiring(ConnectionEvent):
    """A grant still works and will die unless somebody acts: it could not be refreshed in time.

    Told when seven days are left, and again when one is.
    """

    since: ClassVar[date] = date(2026, 11, 29)

    grant_id: UUID = Field(description="The login that will die.")
    dies_at: UtcDateTime = Field(description="When the provider ends it, unless it is refreshed before.")
    act_by: UtcDateTime = Field(
        description="Until when somebody must have acted: an hour before, so that a login begun then is finished in time."
    )
    who_must_act: WhoMustAct = Field(description="Who can keep it alive.")
    told_at: UtcDateTime = Field(description="When it was found to be dying.")


class ConnectionReauthorizationRequired(ConnectionEvent):
    """A grant no longer works; a person has to log in again."""

    grant_id: UUID = Field(description="The login that no longer works.")
    reason: str = Field(
        description="Why it stopped: `grant_invalid`: the provider refused it; `rotation_lost`: the provider may have replaced"
        " its token in an answer that never came; `no_refresh_token`: it ended and the provider gave nothing to renew it with;"
        " `login_taken_elsewhere`: the same person logged in again, and the provider keeps one login a person;"
        " `browser_mismatch`: a key was made in another browser than the one that asked for it.",
        json_schema_extra=known(
            "grant_invalid", "rotation_lost", "no_refresh_token", "login_taken_elsewhere", "browser_mismatch"
        ),
    )
    who_must_act: WhoMustAct = Field(description="Who can make it work again.")
    required_at: UtcDateTime = Field(description="When it was found not to work.")


class ConnectionRecovered(ConnectionEvent):
    """Every grant of the connection that was not withdrawn works; `grant_id` is the one that works again since now, or that was
    told to be about to die and was renewed."""

    grant_id: UUID = Field(description="The login that was the last to work again, or that lives on.")
    recovered_at: UtcDateTime = Field(description="Since when.")


class ConnectionRevoked(ConnectionEvent):
    """Access was withdrawn: at the provider, or by disconnecting."""

    grant_ids: tuple[UUID, ...] = Field(description="The logins that no longer give access.")
    reason: str = Field(
        description="Why: `disconnected`: the office deleted the connection.",
        json_schema_extra=known("disconnected"),
    )
    revoked_at: UtcDateTime = Field(description="When access ended on our side.")


class ConnectionDeleted(ConnectionEvent):
    """The connection is gone and its tokens are shredded."""

    grant_ids: tuple[UUID, ...] = Field(description="The logins whose tokens are shredded.")
    deleted_by: str = Field(description=f"Who deleted it. {ACTOR}")
    deleted_at: UtcDateTime = Field(description="When it was deleted.")
