"""Facts of connection-svc, on `koppel.connection.v1`, keyed by connection."""

from typing import ClassVar
from uuid import UUID

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import CONNECTION, Topic
from koppel.contracts.values import Value, WhoMustAct


class Company(Value):
    """The company that a grant covers, as the package names it."""

    external_id: str
    name: str


class ConnectionEvent(Event):
    """Base of the connection's facts."""

    topic: ClassVar[Topic] = CONNECTION

    connection_id: UUID
    provider: str

    @property
    def key(self) -> str:
        return str(self.connection_id)


class ConnectionCreated(ConnectionEvent):
    """An organisation started to link a package; nobody has logged in yet."""

    name: str
    created_by: str
    created_at: UtcDateTime


class ConnectionAuthorized(ConnectionEvent):
    """A person completed a login at the package: the connection has one grant more, or one renewed."""

    grant_id: UUID
    company: Company | None = None
    scopes: tuple[str, ...]
    authorized_by: str
    authorized_at: UtcDateTime


class AuthorizationExpired(ConnectionEvent):
    """A login was started and not finished in time."""

    authorization_id: UUID
    expired_at: UtcDateTime


class ConnectionReauthorizationRequired(ConnectionEvent):
    """A grant no longer works; a person has to log in again."""

    grant_id: UUID
    reason: str
    who_must_act: WhoMustAct
    required_at: UtcDateTime


class ConnectionRecovered(ConnectionEvent):
    """Every grant of the connection that was not withdrawn works again; `grant_id` is the one that did last."""

    grant_id: UUID
    recovered_at: UtcDateTime


class ConnectionRevoked(ConnectionEvent):
    """Access was withdrawn: at the package, or by disconnecting."""

    grant_ids: tuple[UUID, ...]
    reason: str
    revoked_at: UtcDateTime


class ConnectionDeleted(ConnectionEvent):
    """The connection is gone and its tokens are shredded."""

    grant_ids: tuple[UUID, ...]
    deleted_by: str
    deleted_at: UtcDateTime
