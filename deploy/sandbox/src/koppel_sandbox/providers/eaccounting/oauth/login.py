"""The steps of one login, between the first form and the redirect back."""

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from koppel_sandbox.instants import SECOND, Clock
from koppel_sandbox.oauth.clients import accepts_redirect
from koppel_sandbox.providers.eaccounting.books.catalogue import SCOPES
from koppel_sandbox.providers.eaccounting.world import User
from koppel_sandbox.settings import Client

_LOGIN_SECONDS = 900
_PROMPTS = {"login", "select_account", "consent"}


@dataclass(slots=True)
class Login:
    """What the client asked, and how far the user came."""

    id: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None
    shows_selector: bool
    """Also for a user with a default company."""
    expires_at: int
    user: User | None = None
    company_id: str | None = None

    def back(self, **parameters: str) -> str:
        """The redirect to the client, with its state."""
        if self.state is not None:
            parameters["state"] = self.state
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return self.redirect_uri + joint + urlencode(parameters)


class UnusableRequestError(Exception):
    """The request names no client or redirect that can be trusted: told to the user, not to the client."""


class RefusedRequestError(Exception):
    """The client is told by redirect; `code` is RFC 6749's `error`."""

    def __init__(self, login: Login, code: str, description: str) -> None:
        super().__init__(description)
        self.location = login.back(error=code, error_description=description)


class Logins:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Login] = {}

    def begin(self, query: dict[str, str], client: Client | None) -> Login:
        """Raises UnusableRequestError or RefusedRequestError for a request that cannot go on."""
        redirect_uri = query.get("redirect_uri", "")
        if client is None:
            raise UnusableRequestError("Unknown client_id")
        if not accepts_redirect(client, redirect_uri, "eaccounting"):
            raise UnusableRequestError("redirect_uri is not registered for this client")
        prompts = _words(query.get("prompt", ""))
        acr = _words(query.get("acr_values", ""))
        login = Login(
            id=secrets.token_urlsafe(24),
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            scopes=tuple(query.get("scope", "").split()),
            state=query.get("state"),
            challenge=query.get("code_challenge"),
            shows_selector="select_account" in prompts
            or ("login" in prompts and "forceselectcompany:true" in acr),
            expires_at=self._clock() + _LOGIN_SECONDS * SECOND,
        )
        _check(login, query, prompts)
        self._forget_expired()
        self._open[login.id] = login
        return login

    def find(self, login_id: str) -> Login | None:
        login = self._open.get(login_id)
        return login if login is not None and self._clock() < login.expires_at else None

    def end(self, login: Login) -> None:
        self._open.pop(login.id, None)

    def _forget_expired(self) -> None:
        now = self._clock()
        for login in [each for each in self._open.values() if each.expires_at <= now]:
            del self._open[login.id]


def _words(text: str) -> set[str]:
    """Space separated; a plus sign that was itself escaped is taken as the space it was meant for."""
    return set(text.replace("+", " ").split())


def _check(login: Login, query: dict[str, str], prompts: set[str]) -> None:
    if query.get("response_type") != "code":
        raise RefusedRequestError(login, "unsupported_response_type", "only response_type=code is supported")
    if not set(login.scopes) <= SCOPES:
        raise RefusedRequestError(login, "invalid_scope", "unknown scope")
    if "ea:api" not in login.scopes:
        raise RefusedRequestError(login, "invalid_scope", "ea:api is mandatory")
    if not prompts <= _PROMPTS:
        raise RefusedRequestError(login, "invalid_request", "unknown prompt")
    method = query.get("code_challenge_method")
    if (login.challenge is None) != (method is None) or method not in {None, "S256"}:
        raise RefusedRequestError(login, "invalid_request", "only code_challenge_method=S256 is supported")
