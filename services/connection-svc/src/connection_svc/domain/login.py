"""One login round: what binds a callback to its start, and what ends it."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from connection_svc.domain.provider import At, LoginEndpoints
from koppel.kernel.errors import Permanent

LOGIN_LASTS = timedelta(minutes=10)
SECRET_BYTES = 32
"""State, PKCE verifier and browser binding are 256 random bits each."""
COOKIE_PREFIX = "koppel_login_"


class LoginOutcome(StrEnum):
    AUTHORIZED = "authorized"
    DENIED = "denied"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class BrowserBinding(StrEnum):
    """Whether a callback needs the cookie of its start. A wrong cookie is refused in both."""

    REQUIRED = "required"
    WHEN_PRESENT = "when_present"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRound:
    """A started login. `grant_id` is set when an existing grant is to be renewed."""

    id: UUID
    organisation_id: UUID
    connection_id: UUID
    grant_id: UUID | None
    provider: str
    return_url: str
    state_sha256: bytes = field(repr=False)
    browser_sha256: bytes = field(repr=False)
    code_verifier: bytes | None = field(repr=False)
    endpoints: LoginEndpoints
    started_by: str
    started_at: datetime
    expires_at: datetime
    outcome: LoginOutcome | None = None

    @property
    def at(self) -> At:
        return At(self.provider, self.endpoints.region)

    @property
    def cookie(self) -> str:
        """The name of the browser's cookie; the id's last part is random, so rounds do not collide."""
        return f"{COOKIE_PREFIX}{self.id.hex[-12:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What the provider sent the browser back with. `malformed` says that a parameter stands there twice."""

    provider: str
    state: str = field(repr=False)
    code: str | None = field(repr=False)
    error: str | None
    issuer: str | None
    cookies: Mapping[str, str] = field(repr=False)
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How a round ends, for its return URL. `missing` are administrations that the login does not reach; `retry_after` is
    in how many seconds another may pass."""

    outcome: LoginOutcome
    code: str | None = None
    missing: tuple[UUID, ...] = ()
    retry_after: float | None = None


def fingerprint(secret: str) -> bytes:
    """SHA-256; enough for 256 random bits, which cannot be guessed from it."""
    return hashlib.sha256(secret.encode()).digest()


def code_challenge(verifier: str) -> str:
    """PKCE S256 (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def state_unknown() -> Permanent:
    return Permanent("state_unknown", "This login is not known here; start it again from the application.")


def state_already_used() -> Permanent:
    return Permanent(
        "state_already_used", "This login was finished before; start a new one from the application."
    )


def refusal(login: LoginRound, callback: Callback, binding: BrowserBinding, now: datetime) -> Ending | None:
    """Why this callback gets no token call; None when it may go on."""
    if not same_browser(login, callback.cookies, binding):
        return Ending(LoginOutcome.FAILED, "browser_mismatch")
    if login.outcome is LoginOutcome.CANCELLED:
        return Ending(LoginOutcome.CANCELLED, "connection_deleted")
    if login.outcome is not None or login.expires_at <= now:
        return Ending(LoginOutcome.EXPIRED, "authorization_expired")
    if callback.issuer is not None and callback.issuer != login.endpoints.issuer:
        return Ending(LoginOutcome.FAILED, "issuer_mismatch")
    if callback.malformed or (callback.error is None) == (callback.code is None):
        return Ending(LoginOutcome.FAILED, "callback_malformed")
    if callback.error == "access_denied":
        return Ending(LoginOutcome.DENIED, "access_denied")
    return None


def same_browser(login: LoginRound, cookies: Mapping[str, str], binding: BrowserBinding) -> bool:
    """Whether the round was begun in the browser that has these cookies."""
    own = cookies.get(login.cookie)
    if own is not None:
        return hmac.compare_digest(fingerprint(own), login.browser_sha256)
    # A browser that started other logins and not this one is another browser than the one that did.
    started_others = any(name.startswith(COOKIE_PREFIX) for name in cookies)
    return binding is BrowserBinding.WHEN_PRESENT and not started_others


class Logins(Protocol):
    async def insert(self, login: LoginRound) -> None: ...

    async def consume(self, state_sha256: bytes, provider: str, now: datetime) -> LoginRound | None:
        """Use the state; it works once. None when that provider has no unused one."""
        ...

    async def find(self, state_sha256: bytes, provider: str) -> LoginRound | None:
        """The round of that state, used or not."""
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
        """End rounds whose time is over and that no process works on; the returned ones are this caller's."""
        ...

    async def purge(self, ended_before: datetime) -> None: ...
