"""Connections and grants: states and the rules between them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from connection_svc.domain.provider import At
from koppel.contracts.connection import Company
from koppel.contracts.values import WhoMustAct
from koppel.kernel.transitions import Transitions


class ConnectionState(StrEnum):
    """The state of a connection."""

    PENDING = "pending"
    ACTIVE = "active"
    REAUTHORIZATION_REQUIRED = "reauthorization_required"
    REVOKED = "revoked"
    DELETED = "deleted"


class GrantState(StrEnum):
    """The state of a grant."""

    ACTIVE = "active"
    REAUTHORIZATION_REQUIRED = "reauthorization_required"
    REVOKED = "revoked"


CONNECTION_STATES = Transitions(
    "connection",
    {
        ConnectionState.PENDING: set(ConnectionState) - {ConnectionState.PENDING},
        ConnectionState.ACTIVE: set(ConnectionState) - {ConnectionState.PENDING, ConnectionState.ACTIVE},
        ConnectionState.REAUTHORIZATION_REQUIRED: {
            ConnectionState.ACTIVE, ConnectionState.REVOKED, ConnectionState.DELETED
        },
        ConnectionState.REVOKED: {ConnectionState.ACTIVE, ConnectionState.DELETED},
        ConnectionState.DELETED: set(),
    },
)  # fmt: skip
GRANT_STATES = Transitions(
    "grant",
    {
        GrantState.ACTIVE: {GrantState.REAUTHORIZATION_REQUIRED, GrantState.REVOKED},
        GrantState.REAUTHORIZATION_REQUIRED: {GrantState.ACTIVE, GrantState.REVOKED},
        GrantState.REVOKED: set(),
    },
)
_REMOVED = "The connection was removed, or its access withdrawn; make a new one."


class ReauthorizationReason(StrEnum):
    """Why a grant stopped working."""

    GRANT_INVALID = "grant_invalid"
    """The provider refused a refresh token that nobody can have replaced."""
    ROTATION_LOST = "rotation_lost"
    """The provider may have replaced the refresh token in an answer that never reached us."""
    NO_REFRESH_TOKEN = "no_refresh_token"  # noqa: S105  (a reason)
    """The access token ended and the provider never gave a refresh token."""
    LOGIN_TAKEN_ELSEWHERE = "login_taken_elsewhere"
    """The same person logged in again elsewhere, and the provider keeps one login a person."""
    BROWSER_MISMATCH = "browser_mismatch"
    """A key was made in another browser than the one that asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Encrypted tokens of one version; `refresh_token` is None when the provider gave none.

    `issued_at` is when we got them, by our clock; `dated_at` when the provider gave them by its own, None when it did
    not say; `expires_at` None: no known end.
    """

    version: int
    access_token: bytes = field(repr=False)
    refresh_token: bytes | None = field(repr=False)
    issued_at: datetime
    expires_at: datetime | None
    dated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LoginIdentity:
    """Who logged in, in the provider's own words; `place` is where that name is unique.

    `fingerprint` is there where a provider keeps one login a person.
    """

    place: str
    subject: str
    fingerprint: bytes | None = None

    def is_same(self, other: "LoginIdentity | None") -> bool:
        return other is not None and (self.place, self.subject) == (other.place, other.subject)


CLIENT_REFUSED = "client_invalid"
"""Whatever the grant: the provider does not take our client."""
OUR_FAULTS = frozenset({CLIENT_REFUSED, "request_refused", "request_unsendable"})
"""Codes of failed refreshes that only another setting of ours ends."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a working grant cannot be refreshed: the provider refuses our client, or is away."""

    code: str
    since: datetime

    @property
    def who_must_act(self) -> WhoMustAct:
        return WhoMustAct.US if self.code in OUR_FAULTS else WhoMustAct.PROVIDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One completed login. `tokens` is None once it is revoked."""

    id: UUID
    organisation_id: UUID
    connection_id: UUID
    provider: str
    state: GrantState
    state_since: datetime
    reason: str | None = None
    who_must_act: WhoMustAct | None = None
    company: Company | None
    scopes: tuple[str, ...]
    authorized_by: str
    authorized_at: datetime
    tokens: Tokens | None
    trouble: Trouble | None = None
    login: LoginIdentity | None = None
    region: str | None = None

    @property
    def at(self) -> At:
        return At(self.provider, self.region)

    def moved(self, to: GrantState) -> GrantState:
        """The state that it goes on to, or keeps. Raises `IllegalTransition` (`connection_revoked`)."""
        if to is not self.state:
            GRANT_STATES.require(self.state, to, self.id, code="connection_revoked", detail=_REMOVED)
        return to


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An organisation's link to one provider."""

    id: UUID
    organisation_id: UUID
    provider: str
    name: str
    state: ConnectionState
    state_since: datetime
    created_by: str
    created_at: datetime
    region: str | None = None

    @property
    def at(self) -> At:
        return At(self.provider, self.region)

    def moved(self, to: ConnectionState) -> ConnectionState:
        """The state that it goes on to. Raises `IllegalTransition` (`connection_revoked`)."""
        CONNECTION_STATES.require(self.state, to, self.id, code="connection_revoked", detail=_REMOVED)
        return to


def state_by_grants(grants: Collection[GrantState]) -> ConnectionState:
    """The state of a connection that is not deleted: as good as its worst grant."""
    if not grants:
        return ConnectionState.PENDING
    if all(state is GrantState.REVOKED for state in grants):
        return ConnectionState.REVOKED
    if GrantState.REAUTHORIZATION_REQUIRED in grants:
        return ConnectionState.REAUTHORIZATION_REQUIRED
    return ConnectionState.ACTIVE


class ConnectionOrder(StrEnum):
    """By the name in any case; with a minus the other way round."""

    NAME = "name"
    NAME_DOWN = "-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFilter:
    """What a list is of; without `state` those that are not deleted. `text` is in the name, the provider's id or a
    company's name. `code` is why a login stopped or is in trouble, `since` the earliest moment that the state began.
    One that is named by `connection_id` is listed in every state."""

    state: ConnectionState | None = None
    code: str | None = None
    text: str | None = None
    since: datetime | None = None
    connection_id: UUID | None = None


ALL_CONNECTIONS = ConnectionFilter()


class Connections(Protocol):
    async def insert(self, connection: Connection) -> None: ...

    async def get(self, connection_id: UUID) -> Connection | None:
        """The connection, unless it is deleted or not visible."""
        ...

    async def lock(self, connection_id: UUID) -> Connection | None:
        """As `get`, deleted ones included, and locked until commit: always before its grants."""
        ...

    async def page(
        self,
        after: UUID | None,
        limit: int,
        which: ConnectionFilter = ALL_CONNECTIONS,
        order: ConnectionOrder | None = None,
    ) -> Sequence[Connection]:
        """Connections behind `after`, without `order` in that in which they were made."""
        ...

    async def count(self, which: ConnectionFilter = ALL_CONNECTIONS) -> int:
        """How many `page` lists in all."""
        ...

    async def change_state(self, connection_id: UUID, state: ConnectionState, since: datetime) -> None: ...


class Grants(Protocol):
    async def get(self, grant_id: UUID) -> Grant | None: ...

    async def lock(self, grant_id: UUID) -> Grant | None:
        """The grant, locked until commit."""
        ...

    async def of_company(self, connection_id: UUID, external_id: str) -> Grant | None:
        """The connection's grant of that company, locked until commit."""
        ...

    async def of_login(self, provider: str, fingerprint: bytes) -> Grant | None:
        """The grant, of any organisation, that is not revoked and has this login."""
        ...

    async def of_connections(self, connection_ids: Sequence[UUID]) -> Sequence[Grant]:
        """All grants of these connections, oldest first."""
        ...

    async def insert(self, grant: Grant) -> None: ...

    async def renew(self, grant: Grant) -> None:
        """Replace everything that a new login brought, tokens included, and make it active."""
        ...

    async def replace_tokens(self, grant_id: UUID, tokens: Tokens) -> bool:
        """Compare-and-swap: store version n only over version n-1, and make the grant active."""
        ...

    async def require_login(self, grant_id: UUID, reason: str, since: datetime) -> None: ...

    async def note_trouble(self, grant_id: UUID, trouble: Trouble) -> None:
        """Until its tokens are replaced; it lasts since the first one."""
        ...

    async def idle(
        self, provider: str, issued_before: datetime, now: datetime, limit: int
    ) -> Sequence[Grant]:
        """Active grants with tokens of that age, the oldest first; those whose refresh rests are left out."""
        ...

    async def troubled(self, codes: Collection[str], now: datetime, limit: int) -> Sequence[Grant]:
        """Those that work and have one of these troubles, the longest first; those whose refresh rests are left out."""
        ...

    async def revoke(self, connection_id: UUID, since: datetime) -> Sequence[Grant]:
        """Shred the tokens of all grants of the connection; returns them as they were, tokens included."""
        ...

    async def count(self, state: GrantState) -> int: ...

    async def count_troubled(self, codes: Collection[str]) -> Mapping[str, int]:
        """Those that work and have one of these troubles, by provider."""
        ...
