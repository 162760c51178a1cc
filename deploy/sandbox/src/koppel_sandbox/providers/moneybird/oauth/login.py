"""The steps of one login, between the first form and the redirect back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from koppel_sandbox.instants import SECOND, Clock
from koppel_sandbox.oauth.clients import accepts_redirect
from koppel_sandbox.providers.moneybird.books.catalogue import SALES, SCOPES
from koppel_sandbox.settings import Client

_LOGIN_SECONDS = 900


class UnusableRequestError(Exception):
    """The request cannot go on: told to the user, not to the client."""


@dataclass(slots=True)
class Login:
    """What the client asked, and who logged in so far."""

    id: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    expires_at: int
    username: str | None = None

    def back(self, **parameters: str) -> str:
        """The redirect to the client, with its state."""
        if self.state is not None:
            parameters["state"] = self.state
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return self.redirect_uri + joint + urlencode(parameters)


class Logins:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Login] = {}

    def begin(self, query: Mapping[str, str], client: Client | None) -> Login:
        """Raises UnusableRequestError. Without a scope the provider's default is asked."""
        redirect_uri = query.get("redirect_uri", "")
        if client is None or not accepts_redirect(client, redirect_uri, "moneybird"):
            raise UnusableRequestError("Unknown client_id, or a redirect_uri that is not registered for it")
        scopes = tuple(query.get("scope", SALES).split())
        if query.get("response_type") != "code" or not set(scopes) <= SCOPES:
            raise UnusableRequestError("response_type must be code, and every scope a known one")
        expires_at = self._clock() + _LOGIN_SECONDS * SECOND
        login = Login(
            secrets.token_urlsafe(24), client.client_id, redirect_uri, scopes, query.get("state"), expires_at
        )
        self._open = {key: each for key, each in self._open.items() if self._clock() < each.expires_at}
        self._open[login.id] = login
        return login

    def find(self, login_id: str) -> Login | None:
        login = self._open.get(login_id)
        return login if login is not None and self._clock() < login.expires_at else None

    def end(self, login: Login) -> None:
        self._open.pop(login.id, None)
