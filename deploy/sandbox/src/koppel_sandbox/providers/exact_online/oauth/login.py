"""The steps of one login, between the first form and the redirect back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from koppel_sandbox.instants import SECOND, Clock
from koppel_sandbox.oauth.clients import accepts_redirect
from koppel_sandbox.providers.exact_online.world import User
from koppel_sandbox.settings import Client

_LOGIN_SECONDS = 900


class UnusableRequestError(Exception):
    """The request names no client or redirect that can be trusted: told to the person, not to the client."""


@dataclass(slots=True)
class Login:
    """What the client asked, and who came. Parameters that Exact does not know (PKCE, scopes) are passed over."""

    id: str
    region: str
    client_id: str
    redirect_uri: str
    state: str | None
    expires_at: int
    user: User | None = None

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

    def begin(self, region: str, query: Mapping[str, str], client: Client | None) -> Login:
        """Raises UnusableRequestError."""
        redirect_uri = query.get("redirect_uri", "")
        if client is None:
            raise UnusableRequestError("Unknown client_id")
        if not accepts_redirect(client, redirect_uri, "exact_online"):
            raise UnusableRequestError("redirect_uri is not registered for this client")
        if query.get("response_type") != "code":
            raise UnusableRequestError("Only response_type=code is supported")
        now = self._clock()
        self._open = {key: login for key, login in self._open.items() if now < login.expires_at}
        login = Login(
            id=secrets.token_urlsafe(24),
            region=region,
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            state=query.get("state"),
            expires_at=now + _LOGIN_SECONDS * SECOND,
        )
        self._open[login.id] = login
        return login

    def find(self, login_id: str) -> Login | None:
        login = self._open.get(login_id)
        return login if login is not None and self._clock() < login.expires_at else None

    def end(self, login: Login) -> None:
        self._open.pop(login.id, None)
