"""What the use cases need of the outside world."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.revocation import Revocation
from connection_svc.application.rotation import Answer, Attempt
from connection_svc.domain.connection import Connection, ConnectionState, Grant, GrantState, Tokens
from connection_svc.domain.login import Ending, LoginOutcome, LoginRound
from connection_svc.domain.provider import IssuedTokens, LoginEndpoints, ProviderDescription
from koppel.contracts.connection import Company
from koppel.contracts.event import Event
from koppel.kernel.clock import Clock

T = TypeVar("T")


class Connections(Protocol):
    async def insert(self, connection: Connection) -> None: ...

    async def get(self, connection_id: UUID) -> Connection | None:
        """The connection, unless it is deleted or not visible."""
        ...

    async def lock(self, connection_id: UUID) -> Connection | None:
        """As `get`, deleted ones included, and locked until commit: always before its grants."""
        ...

    async def page(self, after: UUID | None, limit: int) -> Sequence[Connection]:
        """Connections behind `after` in the order they were made, deleted ones left out."""
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

    async def revoke(self, connection_id: UUID, since: datetime) -> Sequence[Grant]:
        """Shred the tokens of all grants of the connection; returns them as they were, tokens included."""
        ...

    async def count(self, state: GrantState) -> int: ...


class Logins(Protocol):
    async def insert(self, login: LoginRound) -> None: ...

    async def consume(self, state_sha256: bytes, provider: str, now: datetime) -> LoginRound | None:
        """Use the state, once for ever; None when there is no unused one of that provider."""
        ...

    async def is_used(self, state_sha256: bytes, provider: str) -> bool: ...

    async def end(self, login_id: UUID, outcome: LoginOutcome, code: str | None, now: datetime) -> bool:
        """Record how it ended and forget its verifier; False when it had ended before."""
        ...

    async def ending(self, login_id: UUID) -> Ending | None:
        """How the round ended; None while it is open."""
        ...

    async def cancel_of(self, connection_id: UUID, now: datetime) -> None:
        """End the connection's open rounds."""
        ...

    async def expire(self, now: datetime, limit: int) -> Sequence[LoginRound]:
        """End rounds whose time is over and that nobody works on; those returned are this caller's."""
        ...

    async def purge(self, ended_before: datetime) -> None: ...


class Rotations(Protocol):
    """The rotation journal."""

    async def confirm_owner(self, grant_id: UUID, fence: int) -> None:
        """Prove that this fence still owns the grant's refresh. Raises a `Conflict` when it does not."""
        ...

    async def intend(self, grant: Grant, now: datetime) -> Attempt:
        """Note that a token call for the grant's current version is about to be made."""
        ...

    async def withdraw(self, attempt: Attempt, not_before: datetime, code: str, *, answered: bool) -> None:
        """The call failed; `answered` says that the package cannot have replaced the token."""
        ...

    async def answer(self, attempt: Attempt, answer: Answer, now: datetime) -> bool:
        """Keep it; True also when it is kept already, False when the version has another ending."""
        ...

    async def close(self, attempt: Attempt, state: str, now: datetime) -> bool:
        """`stored`, `refused` or `superseded`; the answer's tokens leave the journal. False when it was closed."""
        ...

    async def close_overtaken(self, intended_before: datetime) -> None:
        """End open calls without an answer whose grant has newer tokens, none, or waits for a person."""
        ...

    async def claim_left(
        self, now: datetime, intended_before: datetime, claimed_before: datetime, limit: int
    ) -> Sequence[Attempt]:
        """Take answers that were not stored, and calls whose outcome nobody knows and that may be made again."""
        ...

    async def prove(self, grant: Grant, now: datetime) -> None:
        """The grant's current tokens were lent again, so the ones before are not needed any more."""
        ...

    async def shred(self, grant_ids: Sequence[UUID]) -> Sequence[Attempt]:
        """Take tokens out of the journal of revoked grants; returns the answers as they were."""
        ...


class Revocations(Protocol):
    async def insert(self, revocation: Revocation, due_at: datetime, now: datetime) -> None: ...

    async def claim(
        self, now: datetime, next_at: datetime, limit: int, only: Sequence[UUID] | None = None
    ) -> Sequence[Revocation]:
        """Take what is due (or, of `only`, whatever is open) and put it off until `next_at` for others."""
        ...

    async def postpone(self, revocation_id: UUID, until: datetime, code: str) -> None: ...

    async def end(self, revocation_id: UUID, outcome: str, code: str | None, now: datetime) -> None:
        """`revoked`, `given_up`, or `in_use` when the grant lives by that very token; the token goes."""
        ...


class EventLog(Protocol):
    async def append(self, *events: Event) -> object: ...


class Audit(Protocol):
    async def record(
        self,
        *,
        organisation_id: UUID | None,
        actor: str,
        action: str,
        target: str,
        reason: str | None = None,
    ) -> None: ...


class Transaction(Protocol):
    """Everything that one transaction may touch."""

    @property
    def connections(self) -> Connections: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def rotations(self) -> Rotations: ...
    @property
    def revocations(self) -> Revocations: ...
    @property
    def events(self) -> EventLog: ...
    @property
    def audit(self) -> Audit: ...


class UnitOfWork(Protocol):
    def begin(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[Transaction]:
        """One organisation's transaction, or with None the system's, over all organisations."""
        ...

    async def persist(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run repeatable work in a system transaction, again and again until the database has it or the process
        ends: for what exists nowhere else, such as tokens that a package has just replaced.
        """
        ...


class Sealer(Protocol):
    """Encrypts for one organisation with a key that is in memory: for what a package has just given."""

    def seal(self, subject_id: UUID, field: str, version: int, secret: SecretStr) -> bytes: ...


class Vault(Protocol):
    """Encrypts secrets to one place: organisation, subject (a grant or a login), field and version."""

    async def sealer(self, organisation_id: UUID) -> Sealer: ...

    async def seal(
        self, organisation_id: UUID, subject_id: UUID, field: str, version: int, secret: SecretStr
    ) -> bytes: ...

    async def unseal(
        self, organisation_id: UUID, subject_id: UUID, field: str, version: int, sealed: bytes
    ) -> SecretStr: ...


class ProviderGateway(Protocol):
    """The packages. Coroutines raise kernel errors with the provider layer's codes."""

    def catalogue(self) -> Sequence[ProviderDescription]: ...

    def describe(self, provider: str) -> ProviderDescription:
        """Raises `InvalidInput` with code `unknown_provider` and pointer `/provider`."""
        ...

    def endpoints(self, provider: str) -> LoginEndpoints: ...

    def authorization_url(
        self, provider: str, endpoints: LoginEndpoints, *, state: str, code_challenge: str
    ) -> str: ...

    def callback_error(self, error: str) -> str:
        """The failure code behind a callback's `error`."""
        ...

    async def exchange_code(
        self, provider: str, endpoints: LoginEndpoints, *, code: str, verifier: SecretStr
    ) -> IssuedTokens: ...

    async def company(
        self, provider: str, endpoints: LoginEndpoints, access_token: SecretStr
    ) -> Company | None:
        """The company that the token covers; None where one login covers many."""
        ...

    async def refresh(self, provider: str, refresh_token: SecretStr) -> IssuedTokens: ...

    async def revoke(self, provider: str, token: SecretStr) -> None: ...


class RefreshOwnership(Protocol):
    def own(self, grant_id: UUID) -> AbstractAsyncContextManager[int | None]:
        """Be the one process that refreshes the grant; yields a fence, or None while another is."""
        ...


class Publication(Protocol):
    async def settled(self, connection_id: UUID) -> bool:
        """Wait, for a bounded moment, until the connection's events are published; False when they are not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside world of the use cases that talk to a package."""

    unit_of_work: UnitOfWork
    providers: ProviderGateway
    vault: Vault
    clock: Clock
    publication: Publication
    revoke_within: timedelta = timedelta(seconds=4)
