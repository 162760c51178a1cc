"""Logins that are under way: begun by a client, not at their end yet."""

import secrets
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import urlencode, urlsplit

from koppel_sandbox.instants import SECOND, Clock
from koppel_sandbox.oauth.clients import accepts_redirect
from koppel_sandbox.settings import Client

_LOGIN_SECONDS = 900


class UnusableRequestError(Exception):
    """The request names no client or redirect that can be trusted: told to the user, not to the client."""


class OAuthError(Exception):
    """An answer in RFC 6749's shape; `code` is the `error` member."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status


@dataclass(slots=True, kw_only=True)
class Login:
    """What the client asked; a provider adds how far the user came."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    client_id: str
    redirect_uri: str
    state: str | None
    expires_at: int = 0

    def back(self, **parameters: str) -> str:
        """The redirect to the client, with its state."""
        if self.state is not None:
            parameters["state"] = self.state
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return self.redirect_uri + joint + urlencode(parameters)


L = TypeVar("L", bound=Login)


class OpenLogins(Generic[L]):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, L] = {}

    def keep(self, login: L) -> L:
        """From now on, for a quarter of an hour."""
        now = self._clock()
        login.expires_at = now + _LOGIN_SECONDS * SECOND
        self._open = {key: each for key, each in self._open.items() if now < each.expires_at}
        self._open[login.id] = login
        return login

    def find(self, login_id: str) -> L | None:
        login = self._open.get(login_id)
        return login if login is not None and self._clock() < login.expires_at else None

    def end(self, login: L) -> None:
        self._open.pop(login.id, None)


def trusted(client: Client | None, redirect_uri: str, provider: str) -> Client:
    """The client, when it may send people there. Raises UnusableRequestError."""
    if client is None:
        raise UnusableRequestError("Unknown client_id")
    if not accepts_redirect(client, redirect_uri, provider):
        raise UnusableRequestError("redirect_uri is not registered for this client")
    return client
