"""The steps of one login, between the first form and the redirect back."""

from dataclasses import dataclass

from koppel_sandbox.oauth import logins
from koppel_sandbox.oauth.logins import OpenLogins, trusted
from koppel_sandbox.providers.eaccounting.books.catalogue import SCOPES
from koppel_sandbox.providers.eaccounting.world import User
from koppel_sandbox.settings import Client

_PROMPTS = {"login", "select_account", "consent"}


@dataclass(slots=True, kw_only=True)
class Login(logins.Login):
    """`shows_selector`: also for a user with a default company."""

    scopes: tuple[str, ...]
    challenge: str | None
    shows_selector: bool = False
    user: User | None = None
    company_id: str | None = None


class RefusedRequestError(Exception):
    """The client is told by redirect; `code` is RFC 6749's `error`."""

    def __init__(self, login: Login, code: str, description: str) -> None:
        super().__init__(description)
        self.location = login.back(error=code, error_description=description)


class Logins(OpenLogins[Login]):
    def begin(self, query: dict[str, str], client: Client | None) -> Login:
        """Raises UnusableRequestError or RefusedRequestError for a request that cannot go on."""
        redirect_uri = query.get("redirect_uri", "")
        prompts = _words(query.get("prompt", ""))
        acr = _words(query.get("acr_values", ""))
        login = Login(
            client_id=trusted(client, redirect_uri, "eaccounting").client_id,
            redirect_uri=redirect_uri,
            scopes=tuple(query.get("scope", "").split()),
            state=query.get("state"),
            challenge=query.get("code_challenge"),
            shows_selector="select_account" in prompts
            or ("login" in prompts and "forceselectcompany:true" in acr),
        )
        _check(login, query, prompts)
        return self.keep(login)


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
